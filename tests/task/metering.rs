//! What is measured of an episode, on states made by hand.

use benchside::base::ids::InstanceId;
use benchside::base::seed::SeedPath;
use benchside::eval::meter::Meter;
use benchside::task::goal::Goal;
use benchside::task::judge::Progress;
use benchside::task::rollout::Watcher;

use super::fixture::{FULL, bench, start};

/// Regrasps when the hand holds these one after the other, for half a second each.
fn regrasps(held: impl Fn(&Goal) -> Vec<Option<InstanceId>>) -> u32 {
    let bench = bench();
    let task = bench.task(FULL);
    let bound = |seed: u64| {
        let spec = bench.spec(&task, seed);
        let state = start(&bench.robot, &spec);
        let stream = SeedPath::root(seed);
        Goal::bind(&task, bench.episode(&spec), &state, &stream).is_ok()
    };
    let seed = (0..100).find(|seed| bound(*seed)).expect("most are");
    let spec = bench.spec(&task, seed);
    let mut state = start(&bench.robot, &spec);
    let stream = SeedPath::root(seed);
    let goal = Goal::bind(&task, bench.episode(&spec), &state, &stream).expect("bound");
    let mut meter = Meter::new(&task, &spec, &goal);
    let progress = Progress {
        stage: 0,
        reward_terms: [0.0; 2],
        verdict: None,
    };
    for held in held(&goal) {
        for _ in 0..10 {
            state.time_secs += 0.05;
            state.robots[0].held = held;
            meter.after(&progress, Some(&state));
        }
    }
    meter.finish(0).0.regrasps
}

#[test]
fn what_is_grasped_again_counts_and_what_comes_next_does_not() {
    // A crate and a rack.
    let things = |goal: &Goal| [0, 1].map(|object| Some(goal.instance(object).expect("a thing")));
    let each_once = |goal: &Goal| {
        let [a, b] = things(goal);
        vec![a, None, b, None]
    };
    assert_eq!(regrasps(each_once), 0);
    let one_again = |goal: &Goal| {
        let [a, b] = things(goal);
        vec![a, None, b, None, a, None]
    };
    assert_eq!(regrasps(one_again), 1);
}
