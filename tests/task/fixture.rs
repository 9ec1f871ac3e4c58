//! A task in the small laboratory, a seven-jointed arm, and a world without forces.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use benchside::base::ids::{AssetId, InstanceId};
use benchside::base::pose::Pose;
use benchside::base::problem::Problems;
use benchside::base::seed::SeedPath;
use benchside::episode::sample;
use benchside::episode::spec::EpisodeSpec;
use benchside::robot::Command;
use benchside::robot::desc::{
    ControlDesc, GripperDesc, JointDesc, JointKind, LinkDesc, Mimic, Rigid, RobotDesc,
};
use benchside::robot::kinematics::{forward, resolve};
use benchside::scene::desc::{AssetDesc, NamedFrame, NamedPoint, SceneDesc};
use benchside::scene::recipe::desc::RecipeDesc;
use benchside::task::check::{Files, check};
use benchside::task::desc::TaskDesc;
use benchside::task::goal::{Episode, Goal};
use benchside::task::parse;
use benchside::world::state::{BodyState, ContactState, RobotState, WorldState};
use glam::{DQuat, DVec3, Quat, Vec3};

use crate::support::recipes::{lab, recipe, shapes};
use crate::support::scenes::box_mesh;

/// A task with every key, in the laboratory of [`lab`].
pub const FULL: &str = include_str!("full.toml");

/// What its recipe places: a rack with four slots, two crates and three balls.
pub const ENTRIES: &str = r#"
[[spawn]]
name = "racks"
asset = "rack.glb"
count = 1
region = "bench_work"
place = "scatter"
yaw_deg = { uniform = [-30, 30] }
offset_m = [0, 0, 0]

[[spawn]]
name = "crates"
asset = "crate.glb"
count = 3
region = "bench_work"
place = "scatter"
yaw_deg = { uniform = [-180, 180] }
variant = { choice = ["blue", "pink"] }
gap_m = 0.05

[[spawn]]
name = "pairs"
asset = "pair.glb"
count = { uniform = [0, 1] }
region = "bench_work"
place = "scatter"
"#;

pub struct Bench {
    pub scene: SceneDesc,
    pub recipe: RecipeDesc,
    pub robot: RobotDesc,
}

/// A laboratory with an arm, and grasps on its crates.
pub fn bench() -> Bench {
    let mut scene = lab();
    let down = Quat::from_xyzw(1.0, 0.0, 0.0, 0.0);
    let crate_id = scene.assets[1].objects.start as usize;
    scene.objects[crate_id].grasps = vec![
        NamedFrame {
            name: "across".into(),
            object_from_frame: Pose::new(
                down * Quat::from_xyzw(0.0, 0.0, 0.5f32.sqrt(), 0.5f32.sqrt()),
                Vec3::new(0.0, 0.0, 0.012),
            ),
        },
        NamedFrame {
            name: "along".into(),
            object_from_frame: Pose::new(down, Vec3::new(0.0, 0.0, 0.012)),
        },
    ];
    scene.objects[crate_id].keypoints = vec![NamedPoint {
        name: "corner".into(),
        point_m: Vec3::new(0.02, 0.015, 0.02),
    }];
    scene.assets[0]
        .nodes
        .push(("arm_mount".into(), Pose::at(Vec3::new(0.0, -0.62, 0.0))));
    let recipe = recipe(&scene, ENTRIES);
    let robot = arm(&mut scene);
    Bench {
        scene,
        recipe,
        robot,
    }
}

/// Offsets and limits of a Franka FR3 with a parallel hand; fingers are boxes.
fn arm(scene: &mut SceneDesc) -> RobotDesc {
    let half = std::f64::consts::FRAC_PI_2;
    let first_object = scene.objects.len() as u32;
    let at = |roll: f64, xyz: [f64; 3]| Rigid {
        rotation: DQuat::from_rotation_x(roll),
        translation_m: DVec3::from(xyz),
    };
    let placed = [
        at(0.0, [0.0, 0.0, 0.333]),
        at(-half, [0.0, 0.0, 0.0]),
        at(half, [0.0, -0.316, 0.0]),
        at(half, [0.0825, 0.0, 0.0]),
        at(-half, [-0.0825, 0.384, 0.0]),
        at(half, [0.0, 0.0, 0.0]),
        at(half, [0.088, 0.0, 0.0]),
    ];
    let ranges = [
        (-2.7437, 2.7437),
        (-1.7837, 1.7837),
        (-2.9007, 2.9007),
        (-3.0421, -0.1518),
        (-2.8065, 2.8065),
        (0.5445, 4.5169),
        (-3.0159, 3.0159),
    ];
    let speeds = [2.62, 2.62, 2.62, 2.62, 5.26, 4.18, 5.26];
    let joint = |name: String, kind, parent, parent_from_joint, axis, range, max_speed| JointDesc {
        name,
        kind,
        parent,
        parent_from_joint,
        axis,
        range,
        max_speed,
        max_effort: 87.0,
        damping: 0.0,
        friction: 0.0,
        armature: 0.0,
        mimic: None,
    };
    let mut joints: Vec<JointDesc> = (0..7)
        .map(|i| {
            let name = format!("joint{}", i + 1);
            let kind = JointKind::Revolute;
            joint(name, kind, i, placed[i], DVec3::Z, ranges[i], speeds[i])
        })
        .collect();
    let fixed = (0.0, 0.0);
    let hand = Rigid {
        rotation: DQuat::from_rotation_z(-std::f64::consts::FRAC_PI_4),
        translation_m: DVec3::new(0.0, 0.0, 0.107),
    };
    joints.push(joint(
        "hand".into(),
        JointKind::Fixed,
        7,
        hand,
        DVec3::Z,
        fixed,
        0.0,
    ));
    let tip = at(0.0, [0.0, 0.0, 0.1034]);
    joints.push(joint(
        "tool".into(),
        JointKind::Fixed,
        8,
        tip,
        DVec3::Z,
        fixed,
        0.0,
    ));
    let finger = at(0.0, [0.0, 0.0, 0.0584]);
    let slide = (0.0, 0.04);
    for (name, way) in [("left", DVec3::X), ("right", DVec3::NEG_X)] {
        let kind = JointKind::Prismatic;
        joints.push(joint(name.into(), kind, 8, finger, way, slide, 0.1));
    }
    joints[10].mimic = Some(Mimic {
        joint: 9,
        multiplier: 1.0,
        offset: 0.0,
    });
    let mut links: Vec<LinkDesc> = (0..=11)
        .map(|i| LinkDesc {
            name: match i {
                8 => "hand".into(),
                9 => "tip".into(),
                10 => "left_finger".into(),
                11 => "right_finger".into(),
                _ => format!("link{i}"),
            },
            inertial: None,
            object: None,
        })
        .collect();
    // Beside the crates' material: only their boxes matter.
    let template = scene.objects[scene.assets[1].objects.start as usize].clone();
    for link in [10, 11] {
        let mut object = template.clone();
        let mesh = box_mesh(Vec3::new(0.008, 0.016, 0.05));
        object.bounds.min = Vec3::new(-0.004, -0.008, 0.0);
        object.bounds.max = Vec3::new(0.004, 0.008, 0.05);
        object.name = links[link].name.clone();
        object.grasps.clear();
        object.keypoints.clear();
        scene.meshes.push(mesh);
        links[link].object = Some(benchside::base::ids::ObjectId(scene.objects.len() as u32));
        scene.objects.push(object);
    }
    scene.assets.push(AssetDesc {
        name: "fr3".into(),
        path: PathBuf::from("fr3"),
        objects: first_object..scene.objects.len() as u32,
        articulated: true,
        regions: Vec::new(),
        cameras: Vec::new(),
        lights: Vec::new(),
        variants: Vec::new(),
        nodes: Vec::new(),
    });
    let mut home = vec![0.0, -0.785, 0.0, -2.356, 0.0, 1.571, 0.785];
    home.extend([0.0, 0.0, 0.04, 0.04]);
    RobotDesc {
        name: "fr3".into(),
        path: PathBuf::from("fr3"),
        asset: AssetId(scene.assets.len() as u32 - 1),
        links,
        joints,
        no_contact: Vec::new(),
        control: ControlDesc {
            home,
            arm: (0..7).collect(),
            tool: 9,
            gripper: Some(GripperDesc {
                joint: 9,
                open: 0.04,
                closed: 0.0,
                effort: 30.0,
                opening_m: 0.08,
                volume_ul: None,
                tip: None,
                fingers: vec![10, 11],
            }),
            drives: Vec::new(),
            cameras: Vec::new(),
        },
    }
}

impl Bench {
    /// Reads and checks a task, as `load` does with files.
    pub fn load(&self, text: &str) -> (Option<TaskDesc>, Problems) {
        let file = Path::new("move_crate.toml");
        let (raw, mut problems) = parse(text, file);
        let Some(raw) = raw else {
            return (None, problems);
        };
        let words = serde_json::json!({ "colors": { "blue": "navy", "pink": "rose" } });
        let files = Files {
            scene: &self.scene,
            recipe: &self.recipe,
            robots: std::slice::from_ref(&self.robot),
            robot_paths: BTreeMap::from([("robots/fr3".to_owned(), 0)]),
            words: BTreeMap::from([("words.json".to_owned(), words)]),
        };
        let (task, more) = check(&raw, &files, file, String::new());
        problems.extend(more);
        (task.filter(|_| !problems.has_errors()), problems)
    }

    pub fn task(&self, text: &str) -> TaskDesc {
        match self.load(text) {
            (Some(task), problems) if problems.is_empty() => task,
            (_, problems) => panic!("{problems}"),
        }
    }

    pub fn spec(&self, task: &TaskDesc, seed: u64) -> EpisodeSpec {
        let shapes = shapes(&self.scene);
        let mut spec = sample(&self.scene, &self.recipe, &shapes, seed, 0, None);
        let robots = std::slice::from_ref(&self.robot);
        task.add_robots(&self.scene, robots, &SeedPath::root(seed), &mut spec);
        task.fill_vessels(&self.scene, &SeedPath::root(seed), &mut spec);
        spec
    }

    pub fn episode<'a>(&'a self, spec: &'a EpisodeSpec) -> Episode<'a> {
        Episode {
            scene: &self.scene,
            robots: std::slice::from_ref(&self.robot),
            spec,
        }
    }
}

/// Everything at rest where the episode puts it.
pub fn start(robot: &RobotDesc, spec: &EpisodeSpec) -> WorldState {
    let bodies = spec.objects.iter().map(|object| BodyState {
        world_from_object: object.world_from_object,
        linear_m_per_s: Vec3::ZERO,
        angular_rad_per_s: Vec3::ZERO,
    });
    let robots = spec.robots.iter().map(|r| {
        let tool = Rigid::from(r.world_from_base) * forward(robot, &r.start)[robot.control.tool];
        RobotState {
            positions: r.start.clone(),
            speeds: vec![0.0; r.start.len()],
            world_from_tool: tool.pose(),
            open_fraction: 1.0,
            held: None,
        }
    });
    WorldState {
        time_secs: 0.0,
        bodies: bodies.collect(),
        robots: robots.collect(),
        contacts: Vec::new(),
        liquids: None,
    }
}

/// The arm goes where it is told to; what is between the fingers when they close goes with the
/// tool until they open, and then stays where it is.
pub struct Kinematic<'a> {
    pub robot: &'a RobotDesc,
    pub spec: &'a EpisodeSpec,
    pub state: WorldState,
    pub dt: f64,
    /// Where fingers of this grip can take hold: instance, and grasp points in its frame.
    pub graspable: Vec<(InstanceId, Vec<Vec3>)>,
    tool_from_held: Option<Pose>,
    /// Has slipped: nothing is held before the fingers have opened.
    slipped: bool,
    /// Lets go of what is held when this time comes; once.
    pub slips_at_secs: Option<f64>,
    /// Contacts of the object that is held, by its pose.
    #[allow(clippy::type_complexity)]
    pub contact: Option<Box<dyn Fn(Pose) -> Vec<ContactState> + 'a>>,
}

impl<'a> Kinematic<'a> {
    pub fn new(bench: &'a Bench, spec: &'a EpisodeSpec, goal: &Goal, objects: &[usize]) -> Self {
        let graspable = objects.iter().map(|&object| {
            let points = goal.grasps(object).iter();
            let points = points.map(|g| g.object_from_frame.translation_m).collect();
            (goal.instance(object).expect("an object"), points)
        });
        Self {
            robot: &bench.robot,
            spec,
            state: start(&bench.robot, spec),
            dt: 0.05,
            graspable: graspable.collect(),
            tool_from_held: None,
            slipped: false,
            slips_at_secs: None,
            contact: None,
        }
    }

    pub fn step(&mut self, command: &Command) {
        let state = &mut self.state;
        state.time_secs += self.dt;
        let base = Rigid::from(self.spec.robots[0].world_from_base);
        let robot = &mut state.robots[0];
        let before = robot.positions.clone();
        for (&joint, q) in self.robot.control.arm.iter().zip(&command.arm) {
            robot.positions[joint] = *q;
        }
        let gripper = self.robot.control.gripper.as_ref().expect("it has one");
        let closing = command.open_fraction < robot.open_fraction;
        // A crate keeps the fingers apart.
        let wanted = match robot.held {
            Some(_) => command.open_fraction.max(0.35),
            None => command.open_fraction,
        };
        robot.open_fraction = wanted;
        robot.positions[gripper.joint] = wanted * gripper.open;
        resolve(self.robot, &mut robot.positions);
        let pairs = robot.positions.iter().zip(&before);
        robot.speeds = pairs
            .map(|(now, before)| (now - before) / self.dt)
            .collect();
        let links = forward(self.robot, &robot.positions);
        robot.world_from_tool = (base * links[self.robot.control.tool]).pose();
        for (link, index) in self.spec.robots[0].links.iter().enumerate() {
            if let Some(index) = index {
                state.bodies[*index as usize].world_from_object = (base * links[link]).pose();
            }
        }
        let tool = robot.world_from_tool;
        if closing && !self.slipped && robot.held.is_none() && robot.open_fraction < 0.4 {
            let near = |(id, points): &&(InstanceId, Vec<Vec3>)| {
                let body = &state.bodies[id.object_index().expect("a body")];
                let mut points = points.iter();
                points.any(|p| {
                    let point = body.world_from_object.point(*p);
                    point.distance(tool.translation_m) < 0.008
                })
            };
            if let Some((id, _)) = self.graspable.iter().find(near) {
                robot.held = Some(*id);
                let body = &state.bodies[id.object_index().expect("a body")];
                self.tool_from_held = Some(tool.inverse() * body.world_from_object);
            }
        }
        let open = command.open_fraction > 0.5;
        self.slipped &= !open;
        if robot.held.is_some() && self.slips_at_secs.is_some_and(|at| state.time_secs >= at) {
            self.slips_at_secs = None;
            self.slipped = true;
        }
        if open || self.slipped {
            robot.held = None;
            self.tool_from_held = None;
        }
        state.contacts.clear();
        if let (Some(id), Some(tool_from_held)) = (robot.held, self.tool_from_held) {
            let pose = tool * tool_from_held;
            state.bodies[id.object_index().expect("a body")].world_from_object = pose;
            let fingers = self.spec.robots[0].links.iter().flatten();
            state.contacts.extend(fingers.map(|index| ContactState {
                instances: (id, InstanceId::of_index(*index as usize)),
                force_n: 15.0,
                peak_force_n: 16.0,
            }));
            if let Some(contact) = &self.contact {
                state.contacts.extend(contact(pose));
            }
        }
    }
}
