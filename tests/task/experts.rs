//! The expert in a world without forces.

use benchside::base::pose::Pose;
use benchside::base::seed::SeedPath;
use benchside::robot::Command;
use benchside::task::desc::TaskDesc;
use benchside::task::expert::Expert;
use benchside::task::expert::obstacles::Obstacles;
use benchside::task::goal::Goal;
use benchside::task::judge::{Judge, Verdict};
use benchside::world::state::ContactState;

use super::fixture::{Bench, FULL, Kinematic, bench, start};

/// Seeds in whose episodes crate and slot are within reach.
const WITHIN_REACH: usize = 25;

/// One episode, and every command.
struct Run {
    verdict: Option<Verdict>,
    stage: usize,
    reward: f64,
    commands: Vec<Command>,
    secs: f64,
    retries: u32,
    why: Option<String>,
}

fn run(
    bench: &Bench,
    task: &TaskDesc,
    seed: u64,
    noise_seed: u64,
    prepare: impl FnOnce(&mut Kinematic<'_>, &Goal),
) -> Option<Run> {
    let spec = bench.spec(task, seed);
    let first = start(&bench.robot, &spec);
    let goal = Goal::bind(task, bench.episode(&spec), &first, &SeedPath::root(seed));
    let Ok(goal) = goal else {
        return None;
    };
    let object = task
        .objects
        .iter()
        .position(|o| o.name == "crate")
        .expect("a crate");
    let mut world = Kinematic::new(bench, &spec, &goal, &[object]);
    prepare(&mut world, &goal);
    let mut judge = Judge::new(task, &goal, &world.state).expect("nothing is done yet");
    let stream = SeedPath::root(noise_seed);
    let robot_start = &spec.robots[0].start;
    let mut expert = Expert::new(
        task,
        &goal,
        0,
        &bench.robot,
        robot_start,
        Obstacles::none(),
        &stream,
    );
    let mut commands = vec![Command {
        arm: bench
            .robot
            .control
            .arm
            .iter()
            .map(|&j| robot_start[j])
            .collect(),
        open_fraction: 1.0,
    }];
    let mut reward = 0.0;
    loop {
        let command = expert.command(&world.state);
        world.step(&command);
        commands.push(command);
        let progress = judge.observe(&world.state);
        reward += progress.reward_terms.iter().sum::<f64>();
        if progress.verdict.is_some() {
            return Some(Run {
                verdict: progress.verdict,
                stage: progress.stage,
                reward,
                commands,
                secs: world.state.time_secs,
                retries: expert.retries(),
                why: expert.stopped().map(str::to_owned),
            });
        }
    }
}

fn first_within_reach(bench: &Bench) -> u64 {
    let task = bench.task(FULL);
    let bound = |seed: &u64| {
        let spec = bench.spec(&task, *seed);
        let first = start(&bench.robot, &spec);
        let stream = SeedPath::root(*seed);
        Goal::bind(&task, bench.episode(&spec), &first, &stream).is_ok()
    };
    (0..100).find(bound).expect("most are")
}

/// No command goes faster than the joints can, nor speeds up faster than in a quarter of a second.
fn assert_smooth(bench: &Bench, commands: &[Command], dt: f64) {
    for (i, &joint) in bench.robot.control.arm.iter().enumerate() {
        let max_speed = bench.robot.joints[joint].max_speed;
        let (low, high) = bench.robot.joints[joint].range;
        let mut before = 0.0;
        for (step, pair) in commands.windows(2).enumerate() {
            let q = pair[1].arm[i];
            assert!((low..=high).contains(&q), "joint {i}, step {step}: {q}");
            let speed = (q - pair[0].arm[i]) / dt;
            assert!(
                speed.abs() <= max_speed,
                "joint {i}, step {step}: {speed} rad/s"
            );
            let acceleration = (speed - before) / dt;
            assert!(
                acceleration.abs() <= 4.0 * max_speed,
                "joint {i}, step {step}: {acceleration} rad/s²"
            );
            before = speed;
        }
    }
    for (step, pair) in commands.windows(2).enumerate() {
        let change = (pair[1].open_fraction - pair[0].open_fraction).abs();
        assert!(change <= 2.5 * dt + 1e-9, "fingers, step {step}: {change}");
    }
}

#[test]
fn a_crate_is_stored_from_any_start() {
    let bench = bench();
    let task = bench.task(FULL);
    let runs = (0..100).filter_map(|seed| Some((seed, run(&bench, &task, seed, seed, |_, _| {})?)));
    let runs: Vec<(u64, Run)> = runs.take(WITHIN_REACH).collect();
    assert_eq!(runs.len(), WITHIN_REACH);
    for (seed, run) in runs {
        assert_eq!(
            run.verdict,
            Some(Verdict::Success),
            "seed {seed}: {:?}",
            run.why
        );
        assert_eq!(run.stage, 3);
        // A third for each stage, and one for success.
        assert!((run.reward - 2.0).abs() < 1e-9, "{}", run.reward);
        assert!(run.secs < 25.0, "seed {seed}: {} s", run.secs);
        assert_eq!(run.retries, 0, "seed {seed}");
        assert_smooth(&bench, &run.commands, 0.05);
    }
}

#[test]
fn noise_varies_what_is_done_and_not_whether_it_succeeds() {
    let bench = bench();
    let task = bench.task(&FULL.replace("noise = 0\n", "noise = 1.5\n"));
    let seed = first_within_reach(&bench);
    let mut all: Vec<Vec<Command>> = Vec::new();
    for noise_seed in 0..10 {
        let run = run(&bench, &task, seed, noise_seed, |_, _| {}).expect("bound");
        assert_eq!(
            run.verdict,
            Some(Verdict::Success),
            "{noise_seed}: {:?}",
            run.why
        );
        assert_smooth(&bench, &run.commands, 0.05);
        assert!(
            all.iter().all(|other| *other != run.commands),
            "{noise_seed}"
        );
        all.push(run.commands);
    }
    let again = run(&bench, &task, seed, 4, |_, _| {}).expect("bound");
    assert_eq!(again.commands, all[4]);
}

#[test]
fn what_slips_is_taken_up_again() {
    let bench = bench();
    let task = bench.task(FULL);
    let seed = first_within_reach(&bench);
    for slips_at in [3.2, 4.5, 6.0] {
        let run = run(&bench, &task, seed, 0, |world, _| {
            world.slips_at_secs = Some(slips_at)
        })
        .expect("bound");
        assert_eq!(
            run.verdict,
            Some(Verdict::Success),
            "{slips_at}: {:?}",
            run.why
        );
        assert_eq!(run.retries, 1, "{slips_at}");
        assert_smooth(&bench, &run.commands, 0.05);
    }
}

#[test]
fn what_never_holds_is_given_up_after_so_many_tries() {
    let bench = bench();
    let task = bench.task(FULL);
    let seed = first_within_reach(&bench);
    let run = run(&bench, &task, seed, 0, |world, _| world.graspable.clear()).expect("bound");
    assert_eq!(run.verdict, Some(Verdict::TimedOut));
    assert_eq!(run.stage, 0);
    assert_eq!(run.reward, 0.0);
    assert_eq!(run.retries, 3);
    let why = "step 4, close: what it expects does not hold";
    assert_eq!(run.why.as_deref(), Some(why));
}

/// The hole is 1.5 mm beside where the task says: above the force the crate cannot go in, and the
/// spiral finds it.
#[test]
fn insertion_gives_way_and_finds_the_hole() {
    let bench = bench();
    let text = FULL.replace("within_mm = 2, within_deg", "within_mm = 4, within_deg");
    let task = bench.task(&text.replace("within_mm = 3, within_deg", "within_mm = 4, within_deg"));
    let slot = task
        .objects
        .iter()
        .position(|o| o.name == "slot")
        .expect("a slot");
    let off = glam::Vec3::new(0.0011, -0.001, 0.0);
    let seed = first_within_reach(&bench);
    let run = run(&bench, &task, seed, 0, |world, goal| {
        let hole = goal.object(slot, &world.state).expect("it is there").pose() * Pose::at(off);
        let id = world.graspable[0].0;
        let bench_id = benchside::base::ids::InstanceId(1);
        world.contact = Some(Box::new(move |pose| {
            let from_hole = hole.inverse() * pose;
            let beside = from_hole.translation_m.truncate().length();
            let deep = from_hole.translation_m.z < 0.01;
            let force_n = if deep && beside > 0.0008 { 12.0 } else { 0.0 };
            vec![ContactState {
                instances: (bench_id.min(id), bench_id.max(id)),
                force_n,
                peak_force_n: force_n,
            }]
        }));
    });
    let run = run.expect("bound");
    assert_eq!(run.verdict, Some(Verdict::Success), "{:?}", run.why);
    assert_smooth(&bench, &run.commands, 0.05);
}

#[test]
fn a_line_stops_where_it_meets_something() {
    let bench = bench();
    let program = r#"
[[expert]]
skill = "reach"
to = { frame = "world", offset_mm = [0, 0, 300], turn_deg = [180, 0, 0] }

[[expert]]
skill = "line"
to = { frame = "world", offset_mm = [0, 0, 20], turn_deg = [180, 0, 0] }
speed_mm_per_s = 100
until_force_n = 5
"#;
    let head = &FULL[..FULL.find("[[expert]]").expect("a program")];
    let task = bench.task(&format!("{head}{program}"));
    let seed = first_within_reach(&bench);
    let spec = bench.spec(&task, seed);
    let first = start(&bench.robot, &spec);
    let goal =
        Goal::bind(&task, bench.episode(&spec), &first, &SeedPath::root(seed)).expect("bound");
    let mut world = Kinematic::new(&bench, &spec, &goal, &[]);
    let robot_start = &spec.robots[0].start;
    let stream = SeedPath::root(0);
    let mut expert = Expert::new(
        &task,
        &goal,
        0,
        &bench.robot,
        robot_start,
        Obstacles::none(),
        &stream,
    );
    let finger = spec.robots[0].links[10].expect("fingers have geometry");
    let mut commands = vec![Command {
        arm: robot_start[..7].to_vec(),
        open_fraction: 1.0,
    }];
    let mut met_at = None;
    for _ in 0..400 {
        let command = expert.command(&world.state);
        world.step(&command);
        commands.push(command);
        let height = world.state.robots[0].world_from_tool.translation_m.z;
        if height < 0.15 {
            met_at.get_or_insert(height);
            world.state.contacts.push(ContactState {
                instances: (
                    benchside::base::ids::InstanceId(1),
                    benchside::base::ids::InstanceId::of_index(finger as usize),
                ),
                force_n: 8.0,
                peak_force_n: 8.0,
            });
        }
    }
    assert!(expert.is_done(), "{:?}", expert.stopped());
    assert_smooth(&bench, &commands, 0.05);
    let end = world.state.robots[0].world_from_tool.translation_m.z;
    let met_at = met_at.expect("it comes down");
    // At 187 mm/s at most, four steps of slowing down.
    assert!(met_at - end < 0.03 && end <= met_at, "{met_at} → {end}");
}

/// Carried over the slot, where the program is made to want what cannot be: before the fingers open,
/// the crate is back where it stood.
#[test]
fn what_is_held_is_put_back_before_the_hand_opens() {
    let bench = bench();
    let held = "clear_mm = 80\nexpect = { held = { object = \"crate\" } }";
    let there = "clear_mm = 80\nexpect = { near = { a = \"crate\", b = \"slot\", within_mm = 1 } }";
    assert!(FULL.contains(held));
    let task = bench.task(&FULL.replace(held, there));
    let seed = first_within_reach(&bench);
    let spec = bench.spec(&task, seed);
    let first = start(&bench.robot, &spec);
    let stream = SeedPath::root(seed);
    let goal = Goal::bind(&task, bench.episode(&spec), &first, &stream).expect("bound");
    let crate_index = task.objects.iter().position(|o| o.name == "crate");
    let crate_index = crate_index.expect("a crate");
    let mut world = Kinematic::new(&bench, &spec, &goal, &[crate_index]);
    let id = goal.instance(crate_index).expect("an object");
    let body = id.object_index().expect("a body");
    let place = |world: &Kinematic<'_>| world.state.bodies[body].world_from_object.translation_m;
    let stood = place(&world);
    let mut expert = Expert::new(
        &task,
        &goal,
        0,
        &bench.robot,
        &spec.robots[0].start,
        Obstacles::none(),
        &stream,
    );
    let (mut farthest, mut let_go) = (0.0f32, None);
    for _ in 0..1200 {
        let had = world.state.robots[0].held.is_some();
        let command = expert.command(&world.state);
        world.step(&command);
        farthest = farthest.max(place(&world).distance(stood));
        if had && world.state.robots[0].held.is_none() {
            let_go = Some(place(&world));
            break;
        }
    }
    assert_eq!(expert.retries(), 1);
    assert!(farthest > 0.08, "it was not carried: {farthest} m");
    let off = let_go.expect("it was let go").distance(stood);
    assert!(off < 2e-3, "let go {off} m from where it stood");
}

/// Turned about the slot's axis it may lie as it likes, and does: the arm takes the shortest way.
#[test]
fn aim_by_axis_leaves_the_turn_free() {
    let bench = bench();
    let free = FULL.replace(
        "symmetry = \"half_turn_z\" } },\n  { released",
        "symmetry = \"any_turn_z\" } },\n  { released",
    );
    assert_ne!(free, FULL);
    let by_axis = free
        .replace("clear_mm = 80\n", "clear_mm = 80\naim = \"axis\"\n")
        .replace("search_mm = 3\n", "search_mm = 3\naim = \"axis\"\n");
    let travelled = |text: &str, seed| {
        let run = run(&bench, &bench.task(text), seed, seed, |_, _| {})?;
        assert_eq!(
            run.verdict,
            Some(Verdict::Success),
            "seed {seed}: {:?}",
            run.why
        );
        let steps = run.commands.windows(2);
        let turns = steps.map(|pair| (pair[1].arm[6] - pair[0].arm[6]).abs());
        Some(turns.sum::<f64>())
    };
    let (mut posed, mut axis, mut runs) = (0.0, 0.0, 0);
    for seed in 0..40 {
        if let (Some(p), Some(a)) = (travelled(&free, seed), travelled(&by_axis, seed)) {
            posed += p;
            axis += a;
            runs += 1;
        }
    }
    assert!(runs >= 5, "{runs}");
    // The hand turns less when nothing asks it to.
    assert!(
        axis < 0.9 * posed,
        "{axis} rad, {posed} rad by pose, {runs} runs"
    );
}
