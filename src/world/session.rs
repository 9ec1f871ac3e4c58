//! An episode under control: robots that are told what to do, step by step.

use glam::Vec3;
use sha2::{Digest, Sha256};

use super::SimulationError;
use super::filling::Fillings;
use super::liquid::{Draught, LiquidState, Liquids};
use super::plan::Plan;
use super::state::{BodyState, RobotState, WorldState};
use super::step::World;
use crate::base::camera::CameraSpec;
use crate::base::frame::FrameSnapshot;
use crate::base::pose::Pose;
use crate::base::settling::Settling;
use crate::episode::spec::EpisodeSpec;
use crate::robot::Command;
use crate::robot::desc::RobotDesc;
use crate::scene::desc::SceneDesc;
use crate::scene::shapes::Shapes;

/// A running episode with robots.
pub struct Session<'a> {
    spec: &'a EpisodeSpec,
    world: World<'a>,
    /// Physics steps a control step.
    substeps: u32,
    control_steps: u64,
    settling: Settling,
    liquids: Option<Liquids<'a>>,
    fillings: Option<Fillings<'a>>,
}

impl<'a> Session<'a> {
    /// Releases the objects, lets them settle with the robots at their start, and stops there:
    /// time 0. `control_hz` divides the physics rate of the episode.
    ///
    /// # Errors
    ///
    /// An episode that does not fit the scene or the robots, a control rate that does not divide
    /// the physics rate, and physics that becomes non-finite.
    pub fn start(
        scene: &SceneDesc,
        shapes: &Shapes,
        robots: &'a [RobotDesc],
        spec: &'a EpisodeSpec,
        control_hz: u32,
    ) -> Result<Self, SimulationError> {
        let plan = Plan::of(scene, spec)?;
        let substeps = substeps(spec.physics.timestep_secs, control_hz)?;
        let mut world = World::build(scene, shapes, robots, spec)?;
        while world.steps() < plan.settle_steps && !world.at_rest() {
            world.step()?;
        }
        let settling = world.settling();
        world.forget_contacts();
        let liquids = spec.liquids.as_ref().map(|liquids| {
            let robots = 0..spec.robots.len();
            let plungers: Vec<_> = robots.map(|robot| world.plunger_ul(robot)).collect();
            Liquids::new(liquids, &plungers)
        });
        Ok(Self {
            spec,
            world,
            substeps,
            control_steps: 0,
            settling,
            liquids,
            fillings: Fillings::new(spec, robots),
        })
    }

    /// How the objects came to rest before the start.
    pub fn settling(&self) -> &Settling {
        &self.settling
    }

    /// Control steps since the start.
    pub fn control_steps(&self) -> u64 {
        self.control_steps
    }

    /// Length of a control step.
    pub fn control_secs(&self) -> f64 {
        f64::from(self.substeps) * self.spec.physics.timestep_secs
    }

    /// One control step: the drives' targets go from where they are to what is commanded at an
    /// even pace, no faster than the joints may and no further than they reach. One command a
    /// robot, in order. Gives how many joint targets had to be cut.
    ///
    /// # Errors
    ///
    /// Physics that becomes non-finite.
    pub fn step(&mut self, commands: &[Command]) -> Result<u32, SimulationError> {
        let (moves, cut) = self.world.plan_moves(commands, self.control_secs());
        self.world.forget_contacts();
        for step in 1..=self.substeps {
            let fraction = f64::from(step) / f64::from(self.substeps);
            self.world.drive(&moves, fraction, self.control_secs());
            self.world.step()?;
            self.world.note_contacts();
            self.pipette();
        }
        self.control_steps += 1;
        Ok(cut)
    }

    /// Moves the liquids as tips and plungers have moved.
    fn pipette(&mut self) {
        let (world, robots) = (&self.world, self.spec.robots.len());
        let Some(liquids) = &mut self.liquids else {
            return;
        };
        for robot in 0..robots {
            if let Some(plunger_ul) = world.plunger_ul(robot) {
                let end = world.world_from_tool(robot).translation_m.as_dvec3();
                let pose = |owner: u32| world.pose(owner as usize);
                liquids.advance(robot, end, plunger_ul, pose);
            }
        }
    }

    /// Everything, now.
    pub fn state(&self) -> WorldState {
        WorldState {
            time_secs: self.control_steps as f64 * self.control_secs(),
            bodies: self.world.body_states(),
            robots: self.world.robot_states(),
            contacts: self.world.contacts(),
            liquids: self.liquids.as_ref().map(|liquids| liquids.state().clone()),
        }
    }

    /// What the drives of a robot go to, by joint: the last command, cut to what they can do.
    pub fn targets(&self, robot: usize) -> &[f64] {
        self.world.targets(robot)
    }

    /// The picture of now through these cameras. Lights that move with the scene's cameras stand
    /// where those are in the first frame, as the cameras do.
    pub fn snapshot(&self, cameras: Vec<CameraSpec>) -> FrameSnapshot {
        let poses = self.world.poses();
        let mut instances = super::instances(self.spec, &poses, &poses);
        if let (Some(liquids), Some(fillings)) = (&self.liquids, &self.fillings) {
            fillings.fill(liquids.state(), &mut instances);
        }
        let mounted = self.spec.frames.iter().take(1).flat_map(|f| &f.lights);
        FrameSnapshot {
            time_secs: self.control_steps as f64 * self.control_secs(),
            flow_secs: 0.0,
            instances,
            lights: self.spec.lights.iter().chain(mounted).cloned().collect(),
            cameras,
        }
    }

    /// Where a link of a robot is, by their indices.
    pub fn world_from_link(&self, robot: usize, link: usize) -> Pose {
        self.world.world_from_link(robot, link)
    }

    /// SHA-256 of every number that moves: two runs with the same digests at all steps are the
    /// same to the bit.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.control_steps.to_le_bytes());
        let mut vector = |v: Vec3| {
            for x in v.to_array() {
                hash.update(x.to_bits().to_le_bytes());
            }
        };
        for BodyState {
            world_from_object: pose,
            linear_m_per_s,
            angular_rad_per_s,
        } in self.world.body_states()
        {
            let q = pose.rotation;
            vector(pose.translation_m);
            vector(Vec3::new(q.x, q.y, q.z));
            vector(Vec3::new(q.w, 0.0, 0.0));
            vector(linear_m_per_s);
            vector(angular_rad_per_s);
        }
        for RobotState {
            positions, speeds, ..
        } in self.world.robot_states()
        {
            for x in positions.iter().chain(&speeds) {
                hash.update(x.to_bits().to_le_bytes());
            }
        }
        if let Some(liquids) = &self.liquids {
            digest_liquids(liquids.state(), &mut hash);
        }
        hash.finalize().into()
    }
}

/// Every volume, and all that has happened.
fn digest_liquids(state: &LiquidState, hash: &mut Sha256) {
    let mut volumes = |volumes: &[f64]| {
        for ul in volumes {
            hash.update(ul.to_bits().to_le_bytes());
        }
    };
    for vessel in &state.vessels {
        volumes(&vessel.volumes_ul);
        volumes(&[vessel.overflowed_ul]);
    }
    for draught in state.tips.iter().flatten().flat_map(|tip| &tip.column) {
        match draught {
            Draught::Air(air) => volumes(&[*air]),
            Draught::Liquid(liquid) => volumes(liquid),
        }
    }
    volumes(&state.spilled_ul);
    for event in &state.contaminations {
        hash.update((event.vessel as u64).to_le_bytes());
        hash.update((event.liquid as u64).to_le_bytes());
    }
}

/// Physics steps in a control step.
fn substeps(timestep_secs: f64, control_hz: u32) -> Result<u32, SimulationError> {
    let physics_hz = 1.0 / timestep_secs;
    let ratio = physics_hz / f64::from(control_hz.max(1));
    let whole = libm::round(ratio);
    if control_hz == 0 || whole < 1.0 || libm::fabs(ratio - whole) > 1e-6 * ratio {
        return Err(SimulationError::BadSpec {
            place: "control_hz".into(),
            found: format!("{control_hz} control steps a second"),
            expected: format!("a divisor of the {physics_hz:.3} physics steps a second"),
        });
    }
    Ok(whole as u32)
}
