//! Predicates in states made by hand, and the order of verdicts.

use benchside::base::ids::InstanceId;
use benchside::base::pose::Pose;
use benchside::base::seed::SeedPath;
use benchside::task::desc::TaskDesc;
use benchside::task::goal::Goal;
use benchside::task::judge::{Judge, Verdict};
use benchside::task::predicate::{Memory, Predicate};
use benchside::world::state::{ContactState, WorldState};
use glam::{Quat, Vec3};

use super::fixture::{Bench, FULL, bench, start};

/// A task whose success is this predicate, bound in an episode.
struct Scene {
    task: TaskDesc,
    goal: Goal,
    state: WorldState,
    /// Of the crate, the bench and the robot's fingers.
    ids: [InstanceId; 4],
}

fn scene(bench: &Bench, when: &str) -> Scene {
    let begin = FULL.find("[success]").expect("it is there");
    let end = FULL.find("[safety.dropped]").expect("it is there");
    let text = format!(
        "{}[success]\nwhen = {when}\n\n{}",
        &FULL[..begin],
        &FULL[end..]
    );
    let task = bench.task(&text.replace("reach_m = 0.7", "reach_m = 7"));
    let spec = bench.spec(&task, 2);
    let state = start(&bench.robot, &spec);
    let goal = Goal::bind(&task, bench.episode(&spec), &state, &SeedPath::root(2)).expect("bound");
    let object = |name: &str| {
        let index = task.objects.iter().position(|o| o.name == name);
        goal.instance(index.expect("named")).expect("a body")
    };
    let finger = |link: usize| {
        InstanceId::of_index(spec.robots[0].links[link].expect("fingers are bodies") as usize)
    };
    let ids = [object("crate"), object("bench"), finger(10), finger(11)];
    Scene {
        task,
        goal,
        state,
        ids,
    }
}

impl Scene {
    fn body(&mut self) -> &mut benchside::world::state::BodyState {
        let index = self.ids[0].object_index().expect("a body");
        &mut self.state.bodies[index]
    }

    fn target(&self) -> Pose {
        let slot = self.task.objects.iter().position(|o| o.name == "slot");
        let slot = self.goal.object(slot.expect("named"), &self.state);
        slot.expect("it is there").pose()
    }

    fn touch(&mut self, a: InstanceId, b: InstanceId, force_n: f32, peak_force_n: f32) {
        self.state.contacts.push(ContactState {
            instances: (a.min(b), a.max(b)),
            force_n,
            peak_force_n,
        });
    }

    fn holds(&self) -> bool {
        let mut memory = Memory::new(self.task.timers);
        self.predicate().holds(&self.goal, &self.state, &mut memory)
    }

    fn predicate(&self) -> &Predicate {
        &self.task.success
    }
}

fn turned(axis: Vec3, deg: f32) -> Pose {
    Pose::new(Quat::from_axis_angle(axis, deg.to_radians()), Vec3::ZERO)
}

#[test]
fn a_pose_is_within_its_tolerances() {
    let bench = bench();
    let at_pose =
        "{ at_pose = { object = \"crate\", target = \"slot\", within_mm = 2, within_deg = 3 } }";
    let mut scene = scene(&bench, at_pose);
    assert!(!scene.holds());
    let target = scene.target();
    let mm = |x: f32| Pose::at(Vec3::new(x, 0.0, 0.0) / 1000.0);
    let cases = [
        (mm(0.0), true),
        (mm(1.99), true),
        (mm(2.01), false),
        (turned(Vec3::Z, 2.9), true),
        (turned(Vec3::Z, 3.1), false),
        // The crate looks the same after half a turn.
        (turned(Vec3::Z, 182.9), true),
        (turned(Vec3::X, 180.0), false),
        (mm(1.5) * turned(Vec3::Y, 2.0), true),
    ];
    for (off, holds) in cases {
        scene.body().world_from_object = target * off;
        assert_eq!(scene.holds(), holds, "{off:?}");
    }
}

#[test]
fn heights_regions_and_uprightness_are_geometry() {
    let bench = bench();
    let raised = "{ height = { of = \"crate\", from = { frame = \"crate\", moment = \"start\" }, above_mm = 40, below_mm = 60 } }";
    let mut raised = scene(&bench, raised);
    let first = raised.body().world_from_object;
    for (mm, holds) in [
        (0.0, false),
        (39.9, false),
        (40.1, true),
        (59.9, true),
        (60.1, false),
    ] {
        raised.body().world_from_object = Pose::at(Vec3::Z * mm / 1000.0) * first;
        assert_eq!(raised.holds(), holds, "{mm}");
    }
    let mut upright = scene(
        &bench,
        "{ upright = { object = \"crate\", within_deg = 20 } }",
    );
    for (deg, holds) in [(0.0, true), (19.9, true), (20.1, false), (180.0, false)] {
        upright.body().world_from_object = first * turned(Vec3::X, deg);
        assert_eq!(upright.holds(), holds, "{deg}");
    }
    // The slot's box is 44 × 34 × 20 mm; its frame is the middle of its floor.
    let mut inside = scene(
        &bench,
        "{ inside = { object = \"crate\", region = \"slot\", margin_mm = 1 } }",
    );
    let target = inside.target();
    let cases = [
        ([0.0, 0.0, 10.0], true),
        ([22.9, 0.0, 0.0], true),
        ([23.1, 0.0, 0.0], false),
        ([0.0, 0.0, -0.9], true),
        ([0.0, 0.0, -1.1], false),
        ([0.0, 0.0, 20.9], true),
        ([0.0, -18.1, 5.0], false),
    ];
    for (mm, holds) in cases {
        inside.body().world_from_object = target * Pose::at(Vec3::from(mm) / 1000.0);
        assert_eq!(inside.holds(), holds, "{mm:?}");
    }
    // A crate reaches 20 mm to each side of its middle; the slot's wall is at 22 mm.
    let mut entered = scene(
        &bench,
        "{ entered = { bodies = \"crate\", region = \"slot\" } }",
    );
    for (mm, holds) in [(0.0, true), (41.9, true), (42.1, false)] {
        entered.body().world_from_object = target * Pose::at(Vec3::new(mm, 0.0, 0.0) / 1000.0);
        assert_eq!(entered.holds(), holds, "{mm}");
    }
    let near = "{ near = { a = \"arm.tool\", b = \"crate.keypoint.corner\", within_mm = 5 } }";
    let mut near = scene(&bench, near);
    let tool = near.state.robots[0].world_from_tool;
    let corner = Pose::at(Vec3::new(0.02, 0.015, 0.02)).inverse();
    for (mm, holds) in [(0.0, true), (4.9, true), (5.1, false)] {
        let off = Pose::at(Vec3::new(0.0, mm / 1000.0, 0.0));
        near.body().world_from_object = tool * off * corner;
        assert_eq!(near.holds(), holds, "{mm}");
    }
}

#[test]
fn touch_counts_by_bodies_and_force() {
    let bench = bench();
    let pressed = "{ touching = { a = [\"arm\", \"crate\"], b = \"bench\", except = \"arm.link.left_finger\", over_n = 10 } }";
    let mut pressed = scene(&bench, pressed);
    let [crate_id, bench_id, left, right] = pressed.ids;
    assert!(!pressed.holds());
    pressed.touch(left, right, 50.0, 50.0);
    assert!(!pressed.holds(), "the fingers alone");
    pressed.touch(crate_id, bench_id, 9.0, 50.0);
    assert!(!pressed.holds(), "the mean counts, not the peak");
    pressed.touch(right, bench_id, 11.0, 11.0);
    assert!(pressed.holds());
    let peak = "{ touching = { a = \"crate\", over_n = 10, under_n = 20, peak = true } }";
    let mut peak = scene(&bench, peak);
    peak.touch(crate_id, left, 1.0, 15.0);
    assert!(peak.holds());
    peak.state.contacts[0].peak_force_n = 25.0;
    assert!(!peak.holds());
    let mut fingers = scene(
        &bench,
        "{ touching = { a = \"spawn.crates\", b = \"arm.fingers\" } }",
    );
    fingers.touch(crate_id, right, 0.5, 0.5);
    assert!(fingers.holds());
    let except = "{ touching = { a = \"arm.fingers\", except = \"crate\" } }";
    let mut except = scene(&bench, except);
    except.touch(crate_id, right, 0.5, 0.5);
    assert!(!except.holds());
    except.touch(bench_id, left, 0.5, 0.5);
    assert!(except.holds());
}

#[test]
fn holding_letting_go_and_falling() {
    let bench = bench();
    let mut held = scene(&bench, "{ held = { object = \"crate\" } }");
    let mut released = scene(&bench, "{ released = { object = \"crate\" } }");
    let mut dropped = scene(
        &bench,
        "{ dropped = { object = \"crate\", faster_than_mm_per_s = 400 } }",
    );
    let mut still = scene(&bench, "{ still = { object = \"crate\" } }");
    let mut open = scene(&bench, "{ gripper = { above = 0.5 } }");
    let [crate_id, bench_id, left, _] = held.ids;
    assert!(!held.holds() && released.holds() && !dropped.holds() && still.holds());
    held.state.robots[0].held = Some(crate_id);
    released.state.robots[0].held = Some(crate_id);
    assert!(held.holds() && !released.holds());
    held.state.robots[0].held = Some(bench_id);
    assert!(!held.holds());
    released.state.robots[0].held = None;
    released.touch(crate_id, left, 0.1, 0.1);
    assert!(!released.holds(), "a finger still touches it");
    for (speed, falls) in [(-0.39, false), (-0.41, true), (0.41, false)] {
        dropped.body().linear_m_per_s = Vec3::new(0.0, 0.0, speed);
        assert_eq!(dropped.holds(), falls, "{speed}");
    }
    dropped.body().linear_m_per_s = Vec3::new(0.0, 0.0, -1.0);
    dropped.state.robots[0].held = Some(crate_id);
    assert!(!dropped.holds(), "carried downwards");
    still.body().linear_m_per_s = Vec3::new(0.004, 0.0, 0.0);
    assert!(still.holds());
    still.body().linear_m_per_s = Vec3::new(0.006, 0.0, 0.0);
    assert!(!still.holds());
    still.body().linear_m_per_s = Vec3::ZERO;
    still.body().angular_rad_per_s = Vec3::X * 11f32.to_radians();
    assert!(!still.holds());
    open.state.robots[0].open_fraction = 0.5;
    assert!(open.holds());
    open.state.robots[0].open_fraction = 0.49;
    assert!(!open.holds());
}

#[test]
fn a_hold_is_timed_and_a_break_starts_it_anew() {
    let bench = bench();
    // Beside a part that is false at first: the timer runs all the same.
    let when = "{ all = [ { after = { secs = 1 } }, { held_for = { secs = 0.5, when = { held = { object = \"crate\" } } } } ] }";
    let mut scene = scene(&bench, when);
    let crate_id = scene.ids[0];
    let mut memory = Memory::new(scene.task.timers);
    let mut at = |step: u32, held: bool| {
        scene.state.time_secs = f64::from(step) * 0.05;
        scene.state.robots[0].held = held.then_some(crate_id);
        scene
            .predicate()
            .holds(&scene.goal, &scene.state, &mut memory)
    };
    for step in 0..10 {
        assert!(!at(step, true), "{step}");
    }
    assert!(!at(10, true), "not yet a second");
    assert!(!at(15, false), "a break");
    assert!(!at(16, true));
    assert!(!at(25, true), "0.45 s");
    assert!(at(26, true), "0.5 s");
    assert!(!at(27, false));
    assert!(!at(28, true));
}

#[test]
fn the_first_of_several_ends_counts() {
    let bench = bench();
    let scene = scene(&bench, "{ held = { object = \"crate\", robot = \"arm\" } }");
    let mut state = scene.state.clone();
    let crate_index = scene.ids[0].object_index().expect("a body");
    let judge = || Judge::new(&scene.task, &scene.goal, &scene.state).expect("nothing done");
    state.time_secs = 60.0;
    assert_eq!(judge().observe(&state).verdict, Some(Verdict::TimedOut));
    state.robots[0].held = Some(scene.ids[0]);
    let both = judge().observe(&state);
    assert_eq!(both.verdict, Some(Verdict::Success));
    assert_eq!((both.stage, both.reward_terms), (1, [1.0 / 3.0, 1.0]));
    let upside_down = turned(Vec3::X, 180.0);
    state.bodies[crate_index].world_from_object.rotation = upside_down.rotation;
    let failed = judge().observe(&state);
    let reason = "overturned".to_owned();
    assert_eq!(failed.verdict, Some(Verdict::Failure { reason }));
    assert_eq!(failed.reward_terms, [1.0 / 3.0, 0.0]);
    state.bodies[0].linear_m_per_s.x = f32::NAN;
    let mut diverged = judge();
    assert_eq!(diverged.observe(&state).verdict, Some(Verdict::Diverged));
    // It stays.
    let again = diverged.observe(&scene.state);
    assert_eq!(
        (again.verdict, again.reward_terms),
        (Some(Verdict::Diverged), [0.0; 2])
    );
}

#[test]
fn stages_pay_once_and_what_is_skipped_counts() {
    let bench = bench();
    let scene = scene(&bench, "{ after = { secs = 50 } }");
    let mut judge = Judge::new(&scene.task, &scene.goal, &scene.state).expect("nothing done");
    let mut state = scene.state.clone();
    let target = scene.target();
    let index = scene.ids[0].object_index().expect("a body");
    let first = state.bodies[index].world_from_object;
    state.bodies[index].world_from_object = target;
    let placed = judge.observe(&state);
    assert_eq!(placed.stage, 3);
    assert!((placed.reward_terms[0] - 1.0).abs() < 1e-12);
    assert_eq!(placed.verdict, None);
    state.bodies[index].world_from_object = first;
    state.robots[0].held = Some(scene.ids[0]);
    let back = judge.observe(&state);
    assert_eq!((back.stage, back.reward_terms), (3, [0.0, 0.0]));
}

#[test]
fn what_is_done_from_the_start_is_refused() {
    let bench = bench();
    let scene = scene(&bench, "{ after = { secs = 0 } }");
    let error = Judge::new(&scene.task, &scene.goal, &scene.state).expect_err("it is done");
    assert_eq!(error.to_string(), "success holds before anything is done");
    let mut state = scene.state.clone();
    state.robots[0].held = Some(scene.ids[0]);
    let error = Judge::new(&scene.task, &scene.goal, &state).expect_err("a stage is done");
    assert_eq!(
        error.to_string(),
        "stage `grasped` holds before anything is done"
    );
}

#[test]
fn verdicts_are_written_as_words() {
    let text = |verdict: &Verdict| serde_json::to_string(verdict).expect("it serializes");
    assert_eq!(text(&Verdict::Success), "\"success\"");
    assert_eq!(text(&Verdict::TimedOut), "\"timed_out\"");
    let reason = "dropped".to_owned();
    let failure = Verdict::Failure { reason };
    assert_eq!(text(&failure), "{\"failure\":{\"reason\":\"dropped\"}}");
    assert_eq!(failure.reason(), "dropped");
}
