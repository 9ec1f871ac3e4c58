//! Metrics of one rollout, from the simulator's truth.

use std::collections::BTreeSet;
use std::time::Duration;

use glam::DVec3;
use sha2::{Digest, Sha256};

use super::record::Metrics;
use crate::base::ids::InstanceId;
use crate::episode::spec::EpisodeSpec;
use crate::task::desc::TaskDesc;
use crate::task::geometry;
use crate::task::goal::Goal;
use crate::task::judge::Progress;
use crate::task::predicate::{Memory, Predicate};
use crate::task::rollout::{Moment, Watcher};
use crate::world::liquid::Contamination;
use crate::world::state::WorldState;

/// A tool slower than this is idle.
const IDLE_M_PER_S: f64 = 0.002;
/// A gripper that opens or closes more slowly is idle, share of its opening a second.
const IDLE_OPENING_PER_SEC: f64 = 0.01;
/// Touching with less is no collision.
const COLLISION_N: f32 = 1.0;
/// An object must be out of the hand for so long before taking it again counts as another grasp,
/// and within so long after it was lost it must fall for that to be a drop.
const GRASP_GAP_SECS: f64 = 0.3;
/// What falls faster was dropped.
const DROP_M_PER_S: f32 = 0.4;

/// Watches one rollout.
pub struct Meter<'a> {
    task: &'a TaskDesc,
    spec: &'a EpisodeSpec,
    goal: &'a Goal,
    dt: f64,
    hash: Sha256,
    metrics: Metrics,
    /// Links of robots, and what the task is about.
    links: BTreeSet<InstanceId>,
    handled: BTreeSet<InstanceId>,
    touching: BTreeSet<(InstanceId, InstanceId)>,
    /// By robot: the tool's last positions, newest last.
    tools: Vec<Vec<DVec3>>,
    openings: Vec<f64>,
    jerk_sum: f64,
    jerk_count: u64,
    idle_steps: u64,
    grasps: Vec<Grasp>,
    zones: Vec<(&'a Predicate, Memory, bool)>,
    pub stage: usize,
    /// By control step: what each robot did.
    pub actions: Vec<Vec<Vec<f32>>>,
    /// Of all steps, on the clock.
    pub physics: Duration,
}

/// What a robot holds or has held.
#[derive(Clone, Default)]
struct Grasp {
    held: Option<InstanceId>,
    /// All that it has held.
    taken: BTreeSet<InstanceId>,
    /// Of the last object, and since when it is gone.
    lost: Option<(InstanceId, f64)>,
    dropped: bool,
}

impl<'a> Meter<'a> {
    /// From the first settled state on.
    pub fn new(task: &'a TaskDesc, spec: &'a EpisodeSpec, goal: &'a Goal) -> Self {
        let links = spec.robots.iter().flat_map(|r| &r.links).flatten();
        let links = links.map(|&i| InstanceId::of_index(i as usize)).collect();
        let objects = 0..task.objects.len();
        let handled = objects.filter(|&i| goal.is_object(i));
        let zones = task.safety.iter().filter(|s| is_zone(&s.when));
        Self {
            task,
            spec,
            goal,
            dt: 1.0 / f64::from(task.control_hz),
            hash: Sha256::new(),
            metrics: Metrics::default(),
            links,
            handled: handled.filter_map(|i| goal.instance(i)).collect(),
            touching: BTreeSet::new(),
            tools: vec![Vec::new(); spec.robots.len()],
            openings: vec![f64::NAN; spec.robots.len()],
            jerk_sum: 0.0,
            jerk_count: 0,
            idle_steps: 0,
            grasps: vec![Grasp::default(); spec.robots.len()],
            zones: zones
                .map(|s| (&s.when, Memory::new(task.timers), false))
                .collect(),
            stage: 0,
            actions: Vec::new(),
            physics: Duration::ZERO,
        }
    }

    /// Whether a contamination is one that the task's safety is about: what a transfer brings
    /// where it is asked for is none. Where no safety speaks of contamination, all count.
    fn is_against(&self, event: &Contamination) -> bool {
        let safety = self.task.safety.iter();
        let meant = safety.filter_map(|s| s.when.means(event, self.goal));
        meant.reduce(|a, b| a || b).unwrap_or(true)
    }

    /// All metrics, and the digest of states and actions.
    pub fn finish(mut self, clamped: u64) -> (Metrics, String, Vec<Vec<Vec<f32>>>) {
        let steps = self.metrics.steps.max(1) as f64;
        self.metrics.idle_share = self.idle_steps as f64 / steps;
        self.metrics.jerk_rms_m_per_s3 = libm::sqrt(self.jerk_sum / self.jerk_count.max(1) as f64);
        self.metrics.clamped = clamped;
        let digest = crate::scene::files::hex(&self.hash.finalize());
        (self.metrics, digest, self.actions)
    }

    fn motion(&mut self, state: &WorldState) {
        let mut idle = true;
        for (index, robot) in state.robots.iter().enumerate() {
            let tools = &mut self.tools[index];
            tools.push(robot.world_from_tool.translation_m.as_dvec3());
            if let [.., from, to] = tools[..] {
                let way = (to - from).length();
                self.metrics.path_m += way;
                idle &= way / self.dt < IDLE_M_PER_S;
            }
            if let [a, b, c, d] = tools[..] {
                let third = (d - a) - 3.0 * (c - b);
                let jerk = third.length() / (self.dt * self.dt * self.dt);
                self.jerk_sum += jerk * jerk;
                self.jerk_count += 1;
                tools.remove(0);
            }
            let opened = (robot.open_fraction - self.openings[index]).abs();
            idle &= !(opened / self.dt >= IDLE_OPENING_PER_SEC);
            self.openings[index] = robot.open_fraction;
        }
        self.idle_steps += u64::from(idle);
    }

    fn forces(&mut self, state: &WorldState) {
        let mut touching = BTreeSet::new();
        for contact in &state.contacts {
            let (a, b) = contact.instances;
            let (robot, other) = match (self.links.contains(&a), self.links.contains(&b)) {
                (true, true) | (false, false) => continue,
                (true, false) => (a, b),
                (false, true) => (b, a),
            };
            let force = f64::from(contact.force_n);
            self.metrics.peak_force_n = self.metrics.peak_force_n.max(force);
            self.metrics.impulse_n_s += force * self.dt;
            let held = self.grasps.iter().any(|g| g.held == Some(other));
            if contact.peak_force_n < COLLISION_N || held || self.handled.contains(&other) {
                continue;
            }
            touching.insert((robot, other));
        }
        // One thing touched by several links at once is touched once.
        let others = |pairs: &BTreeSet<(InstanceId, InstanceId)>| -> BTreeSet<InstanceId> {
            pairs.iter().map(|pair| pair.1).collect()
        };
        let (before, now) = (others(&self.touching), others(&touching));
        self.metrics.collisions += now.difference(&before).count() as u32;
        self.touching = touching;
    }

    fn grasp(&mut self, state: &WorldState) {
        for (grasp, robot) in self.grasps.iter_mut().zip(&state.robots) {
            let held = robot.held.filter(|id| self.handled.contains(id));
            match (grasp.held, held) {
                (Some(was), None) => {
                    grasp.lost = Some((was, state.time_secs));
                    grasp.dropped = false;
                }
                (None, Some(now)) => {
                    let flicker = grasp.lost.is_some_and(|(was, since)| {
                        was == now && state.time_secs - since < GRASP_GAP_SECS
                    });
                    let is_first = grasp.taken.insert(now);
                    self.metrics.regrasps += u32::from(!flicker && !is_first);
                    grasp.lost = None;
                }
                _ => {}
            }
            grasp.held = held;
            if let Some((lost, since)) = grasp.lost
                && !grasp.dropped
                && state.time_secs - since <= GRASP_GAP_SECS
                && (state.body(lost)).is_some_and(|b| b.linear_m_per_s.z < -DROP_M_PER_S)
            {
                grasp.dropped = true;
                self.metrics.drops += 1;
            }
        }
    }

    fn error(&mut self, state: &WorldState) {
        let Some((object, target, symmetry)) = pose_of(&self.task.success) else {
            return;
        };
        let frames = (
            self.goal.frame(object, state),
            self.goal.frame(target, state),
        );
        let (Some(object), Some(target)) = frames else {
            return;
        };
        let between = (object.translation_m - target.translation_m).length();
        let angle = geometry::angle(object.rotation, target.rotation, symmetry);
        self.metrics.error_mm = Some(1e3 * between);
        self.metrics.error_deg = Some(angle.to_degrees());
    }
}

impl Watcher for Meter<'_> {
    fn before(&mut self, moment: &Moment<'_>, actions: &[Vec<f32>]) {
        if self.metrics.steps == 0 {
            debug_assert_eq!(self.spec.robots.len(), moment.state.robots.len());
            self.motion(moment.state);
            self.idle_steps = 0;
        }
        self.hash.update(moment.session.digest());
        for number in actions.iter().flatten() {
            self.hash.update(number.to_bits().to_le_bytes());
        }
        self.actions.push(actions.to_vec());
    }

    fn stepped(&mut self, took: Duration) {
        self.physics += took;
    }

    fn after(&mut self, progress: &Progress, state: Option<&WorldState>) {
        self.stage = progress.stage;
        self.metrics.steps += 1;
        self.metrics.secs = self.metrics.steps as f64 * self.dt;
        let Some(state) = state else {
            return;
        };
        self.motion(state);
        self.grasp(state);
        self.forces(state);
        self.error(state);
        if let Some(liquids) = &state.liquids {
            self.metrics.spilled_ul = Some(liquids.spilled_ul.iter().sum());
            let events = liquids.contaminations.iter();
            let against = events.filter(|event| self.is_against(event)).count();
            self.metrics.contaminations = Some(against as u32);
        }
        for (zone, memory, inside) in &mut self.zones {
            let now = zone.holds(self.goal, state, memory);
            self.metrics.zone_entries += u32::from(now && !*inside);
            *inside = now;
        }
    }
}

/// The first pose that a predicate asks for.
fn pose_of(
    predicate: &Predicate,
) -> Option<(
    &crate::task::desc::FrameDesc,
    &crate::task::desc::FrameDesc,
    crate::task::desc::Symmetry,
)> {
    match predicate {
        Predicate::AtPose {
            object,
            target,
            symmetry,
            ..
        } => Some((object, target, *symmetry)),
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().find_map(pose_of),
        Predicate::HeldFor { when, .. } => pose_of(when),
        _ => None,
    }
}

/// Whether it asks for a zone that must not be entered, somewhere.
fn is_zone(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::Entered { .. } => true,
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().any(is_zone),
        Predicate::HeldFor { when, .. } => is_zone(when),
        _ => false,
    }
}
