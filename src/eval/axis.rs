//! What is perturbed, and how much: graded changes of an episode that leave everything else of it
//! as the unperturbed rollout of the same seed has it.
//!
//! A severity (1 … 5) fixes how far something is moved; which way is drawn, from a stream of the
//! axis's own.

use glam::Vec3;

use super::record::UNPERTURBED;
use crate::base::color::blackbody_rgb;
use crate::base::frame::MaterialLook;
use crate::base::light::{Light, LightKind};
use crate::base::pose::{Pose, turn};
use crate::base::seed::{SeedPath, SeedRng};
use crate::base::sensor::{ColorParameters, SensorSpec};
use crate::episode::spec::{EpisodeSpec, Role};
use crate::robot::desc::{JointKind, RobotDesc};
use crate::robot::kinematics::resolve;
use crate::scene::desc::SceneDesc;
use crate::scene::recipe::desc::{Manner, Purpose, RecipeDesc};
use crate::scene::recipe::dist::{Continuous, Dist, Law};
use crate::scene::recipe::record::words;
use crate::task::start::place_links;

/// The greatest severity.
pub const MAX_SEVERITY: u8 = 5;

words! {
    /// What is perturbed. Amounts are those of severity 1; severity s has s times as much.
    pub enum Axis {
        /// Scattered things are turned by 6° more either way, and lie up to 2 mm elsewhere.
        "layout" => Layout,
        /// Cameras that stand still stand 8 mm elsewhere, turned by 1°.
        "camera" => Camera,
        /// The joint that is moved most starts 2° (2 mm) from where it would.
        "robot_start" => RobotStart,
        /// The robot's base stands 2 mm and 0.3° elsewhere on its mount; nobody tells the policy.
        "robot_mount" => RobotMount,
        /// Another phrasing; from 2 on politer words around it; from 3 on no capitals and no
        /// punctuation; from 4 on typing errors, 1 letter of 25, then 1 of 12.
        "language" => Language,
        /// Light is stronger or weaker by 0.4 stops, and warmer or colder by 15 mired.
        "light" => Light,
        /// Tints of the room and its fixtures, by up to 10 %, and their roughness by up to 0.08.
        "texture" => Texture,
        /// A worse camera: noise of a sensor of 6,000 electrons at gain 2, blur of 0.25 pixels,
        /// 0.1 stops of exposure and 8 mired of white balance.
        "sensor_noise" => SensorNoise,
        /// One more piece of clutter than the recipe has at most, of each kind that is scattered;
        /// all kinds that have a place of their own.
        "clutter" => Clutter,
        /// Friction of everything but the robot is higher or lower by the factor 2^0.15, mass by 2^0.2.
        "friction_mass" => FrictionMass,
        /// What the policy says is done one control step later.
        "latency" => Latency,
    }
}

/// A perturbation: an axis and its severity, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Perturbation {
    pub axis: Option<Axis>,
    /// 1 … [`MAX_SEVERITY`]; 0 without an axis.
    pub severity: u8,
}

impl Perturbation {
    /// Nothing is changed.
    pub const NONE: Self = Self {
        axis: None,
        severity: 0,
    };

    /// As records name it.
    pub fn axis_name(&self) -> &'static str {
        self.axis.map_or(UNPERTURBED, Axis::word)
    }

    fn is(&self, axis: Axis) -> Option<f64> {
        (self.axis == Some(axis)).then_some(f64::from(self.severity))
    }

    /// The recipe to draw episodes from, if it is another one.
    pub fn recipe(&self, recipe: &RecipeDesc) -> Option<RecipeDesc> {
        let mut changed = recipe.clone();
        if let Some(amount) = self.is(Axis::Layout) {
            let scattered = |s: &&mut crate::scene::recipe::desc::SpawnDesc| {
                s.manner == Manner::Scatter && s.role == Purpose::Object
            };
            for spawn in changed.spawns.iter_mut().filter(scattered) {
                widen(&mut spawn.yaw_deg, 6.0 * amount);
                if spawn.offset_m.law == Law::Constant([0.0; 3]) {
                    let most = 0.002 * amount;
                    let [low, high] = [-most, most].map(|m| [m, m, 0.0]);
                    spawn.offset_m.law = Law::Spread(Continuous::Uniform { low, high });
                }
            }
            return Some(changed);
        }
        if self.is(Axis::Clutter).is_some() {
            for spawn in changed
                .spawns
                .iter_mut()
                .filter(|s| s.role != Purpose::Object)
            {
                let most = spawn.count.law.extremes().into_iter().max().unwrap_or(0);
                let more = match spawn.manner {
                    Manner::Scatter => i64::from(self.severity),
                    Manner::Slots => 0,
                };
                spawn.count = Dist::constant(most + more);
            }
            return Some(changed);
        }
        None
    }

    /// Changes an episode that was drawn from [`Perturbation::recipe`].
    pub fn apply(
        &self,
        scene: &SceneDesc,
        robots: &[RobotDesc],
        stream: &SeedPath,
        spec: &mut EpisodeSpec,
    ) {
        let Some(axis) = self.axis else {
            return;
        };
        let amount = f64::from(self.severity);
        let stream = stream.child(axis.word());
        let mut rng = stream.rng();
        match axis {
            Axis::Camera => {
                for camera in spec.frames.iter_mut().flat_map(|f| &mut f.cameras) {
                    let mut rng = stream.child(&camera.name).rng();
                    let turned = turn(direction(&mut rng), (1.0 * amount).to_radians());
                    let moved = Pose::new(turned, direction(&mut rng) * (0.008 * amount) as f32);
                    camera.world_from_camera = camera.world_from_camera * moved;
                    camera.world_from_camera_next = camera.world_from_camera_next * moved;
                }
            }
            Axis::RobotStart => start(robots, spec, amount, &stream),
            Axis::RobotMount => {
                for index in 0..spec.robots.len() {
                    let mut rng = stream.index(index as u64).rng();
                    let robot = &mut spec.robots[index];
                    let angle = rng.uniform(0.0, std::f64::consts::TAU);
                    let (sin, cos) = libm::sincos(angle);
                    let shift = Vec3::new(cos as f32, sin as f32, 0.0) * (0.002 * amount) as f32;
                    let yaw = sign(&mut rng) * (0.3 * amount).to_radians();
                    robot.world_from_base = Pose::new(
                        turn(Vec3::Z, yaw) * robot.world_from_base.rotation,
                        robot.world_from_base.translation_m + shift,
                    );
                    place_links(&robots[robot.robot as usize], spec, index);
                }
            }
            Axis::Light => light(spec, amount, &mut rng),
            Axis::Texture => texture(scene, spec, amount, &stream),
            Axis::SensorNoise => {
                for camera in spec.frames.iter_mut().flat_map(|f| &mut f.cameras) {
                    let mut rng = stream.child(&camera.name).rng();
                    let color = worse(amount, &mut rng);
                    let depth = camera.sensor.take().and_then(|s| s.depth);
                    camera.sensor = Some(SensorSpec { color, depth });
                }
            }
            Axis::FrictionMass => {
                let factor = |rng: &mut SeedRng, octaves: f64| {
                    libm::exp2(sign(rng) * octaves * amount) as f32
                };
                spec.physics.friction_scale = factor(&mut rng, 0.15);
                spec.physics.mass_scale = factor(&mut rng, 0.2);
            }
            // In the recipe, the words, and the time.
            Axis::Layout | Axis::Clutter | Axis::Language | Axis::Latency => {}
        }
    }

    /// How many control steps later actions are carried out.
    pub fn delay_steps(&self) -> usize {
        self.is(Axis::Latency).map_or(0, |s| s as usize)
    }

    /// The words for the policy. `phrasings` are all that the task has for this episode, as said.
    pub fn words(&self, said: &str, phrasings: &[String], stream: &SeedPath) -> String {
        let Some(amount) = self.is(Axis::Language) else {
            return said.to_owned();
        };
        let mut rng = stream.child(Axis::Language.word()).rng();
        let others: Vec<&String> = phrasings.iter().filter(|p| *p != said).collect();
        let mut words = match others.is_empty() {
            true => said.to_owned(),
            false => others[rng.integer(0, others.len() as i64 - 1) as usize].clone(),
        };
        if amount >= 2.0 {
            const POLITE: [(&str, &str); 4] = [
                ("Please do the following: ", ""),
                ("", " Thank you."),
                ("When you are ready: ", ""),
                ("Here is what I need. ", " Take your time."),
            ];
            let (before, after) = POLITE[rng.integer(0, POLITE.len() as i64 - 1) as usize];
            words = format!("{before}{words}{after}");
        }
        if amount >= 3.0 {
            let plain = |c: &char| !c.is_ascii_punctuation();
            words = words.to_lowercase().chars().filter(plain).collect();
        }
        if amount >= 4.0 {
            let share = if amount >= 5.0 {
                1.0 / 12.0
            } else {
                1.0 / 25.0
            };
            words = mistyped(&words, share, &mut rng);
        }
        words
    }

    /// Why this recipe has nothing that the perturbation could change, if so.
    pub fn is_idle(&self, recipe: &RecipeDesc, phrasings: usize) -> Option<&'static str> {
        match self.axis? {
            Axis::Clutter if recipe.spawns.iter().all(|s| s.role == Purpose::Object) => {
                Some("its recipe has no clutter or distractors")
            }
            Axis::Layout
                if !(recipe.spawns.iter())
                    .any(|s| s.manner == Manner::Scatter && s.role == Purpose::Object) =>
            {
                Some("nothing in its recipe is scattered: all objects have slots")
            }
            Axis::Language if phrasings < 2 && self.severity == 1 => {
                Some("it has one phrasing, and severity 1 is another phrasing")
            }
            _ => None,
        }
    }
}

/// A number that varies by so much more, either way.
fn widen(dist: &mut Dist<f64>, more: f64) {
    let law = match &dist.law {
        Law::Constant(value) => Continuous::Uniform {
            low: value - more,
            high: value + more,
        },
        Law::Spread(Continuous::Uniform { low, high }) => Continuous::Uniform {
            low: low - more,
            high: high + more,
        },
        _ => return,
    };
    dist.law = Law::Spread(law);
}

fn sign(rng: &mut SeedRng) -> f64 {
    if rng.unit() < 0.5 { -1.0 } else { 1.0 }
}

/// Uniform on the unit sphere.
fn direction(rng: &mut SeedRng) -> Vec3 {
    let z = rng.uniform(-1.0, 1.0);
    let (sin, cos) = libm::sincos(rng.uniform(0.0, std::f64::consts::TAU));
    let radius = libm::sqrt(1.0 - z * z);
    Vec3::new((radius * cos) as f32, (radius * sin) as f32, z as f32)
}

/// Other starting postures, within the joints' ranges.
fn start(robots: &[RobotDesc], spec: &mut EpisodeSpec, amount: f64, stream: &SeedPath) {
    for index in 0..spec.robots.len() {
        let mut rng = stream.index(index as u64).rng();
        let robot = &mut spec.robots[index];
        let desc = &robots[robot.robot as usize];
        let arm = &desc.control.arm;
        let drawn: Vec<f64> = arm.iter().map(|_| rng.uniform(-1.0, 1.0)).collect();
        let most = drawn.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        for (&joint, share) in arm.iter().zip(drawn) {
            let unit = match desc.joints[joint].kind {
                JointKind::Prismatic => 0.002,
                JointKind::Revolute | JointKind::Fixed => 2f64.to_radians(),
            };
            let (low, high) = desc.joints[joint].range;
            let moved = robot.start[joint] + amount * unit * share / most.max(1e-9);
            robot.start[joint] = moved.max(low).min(high);
        }
        resolve(desc, &mut robot.start);
        place_links(desc, spec, index);
    }
}

fn light(spec: &mut EpisodeSpec, amount: f64, rng: &mut SeedRng) {
    let factor = libm::exp2(sign(rng) * 0.4 * amount) as f32;
    // From daylight, so that a shift in mired is a ratio of colours.
    let neutral = crate::base::camera::NEUTRAL_KELVIN;
    let shifted = 1e6 / (1e6 / neutral + sign(rng) * 15.0 * amount);
    let (from, to) = (blackbody_rgb(neutral), blackbody_rgb(shifted));
    let mounted = spec.frames.iter_mut().flat_map(|f| &mut f.lights);
    for light in spec.lights.iter_mut().chain(mounted) {
        for (channel, (from, to)) in light.color.iter_mut().zip(from.iter().zip(to)) {
            *channel *= to / from;
        }
        scale(light, factor);
    }
}

fn scale(light: &mut Light, factor: f32) {
    match &mut light.kind {
        LightKind::Point { candela, .. } | LightKind::Spot { candela, .. } => *candela *= factor,
        LightKind::Directional { lux, .. } => *lux *= factor,
        LightKind::Rect { nits, .. } => *nits *= factor,
        LightKind::Ambient {
            sky_nits,
            ground_nits,
            ..
        } => {
            *sky_nits *= factor;
            *ground_nits *= factor;
        }
        LightKind::Sky { scale, .. } => *scale *= factor,
        LightKind::EnvironmentMap { nits_per_unit, .. } => *nits_per_unit *= factor,
    }
}

/// Other tints and roughness of what belongs to the room. Robots and what they handle stay: tasks
/// speak of colours.
fn texture(scene: &SceneDesc, spec: &mut EpisodeSpec, amount: f64, stream: &SeedPath) {
    let look_of = |id: crate::base::ids::MaterialId, look: &mut MaterialLook| {
        let material = &scene.materials[id.index()];
        let mut rng = stream.child(&material.name).rng();
        for channel in &mut look.tint {
            *channel *= (1.0 + rng.uniform(-0.1, 0.1) * amount) as f32;
        }
        let roughness = f64::from(look.roughness.unwrap_or(material.roughness));
        let changed = roughness + rng.uniform(-0.08, 0.08) * amount;
        look.roughness = Some(changed.clamp(0.02, 1.0) as f32);
    };
    for object in spec.objects.iter_mut().filter(|o| o.role == Role::Scene) {
        for surface in &scene.objects[object.object.index()].surfaces {
            let of = surface.material;
            if object.looks.iter().any(|look| look.of == of) {
                continue;
            }
            object.looks.push(MaterialLook {
                of,
                name: scene.materials[of.index()].name.clone(),
                becomes: of,
                tint: [1.0; 3],
                roughness: None,
                metallic: None,
                uv_offset: [0.0; 2],
                texture: None,
            });
        }
        for look in &mut object.looks {
            look_of(look.becomes, look);
        }
    }
}

fn worse(amount: f64, rng: &mut SeedRng) -> ColorParameters {
    ColorParameters {
        exposure_error_ev: sign(rng) * 0.1 * amount,
        glare_share: 0.004 * amount,
        glare_px: 8.0,
        blur_px: 0.25 * amount,
        chromatic_red: 0.0,
        chromatic_blue: 0.0,
        vignetting_power: 0.0,
        vignetting_loss: 0.04 * amount,
        circle_radius: 0.0,
        circle_edge: 0.02,
        full_well_e: 6000.0,
        read_noise_e: 3.0 * amount,
        gain: 2.0 * amount,
        adc_bits: 10.0,
        white_balance_error_mired: sign(rng) * 8.0 * amount,
        jpeg_quality: 95.0 - 8.0 * amount,
    }
}

/// Some letters are doubled, left out, or change places with the next.
fn mistyped(words: &str, share: f64, rng: &mut SeedRng) -> String {
    let letters: Vec<char> = words.chars().collect();
    let mut text = String::with_capacity(words.len() + 8);
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        at += 1;
        // Digits name things: they stay.
        if !letter.is_alphabetic() || rng.unit() >= share {
            text.push(letter);
            continue;
        }
        match (rng.integer(0, 2), letters.get(at)) {
            (0, _) => text.extend([letter, letter]),
            (1, Some(next)) if next.is_alphabetic() => {
                text.extend([*next, letter]);
                at += 1;
            }
            _ => {}
        }
    }
    text
}
