//! Rollouts: the same however they are played, and measured as formulas say.

use benchside::eval::record::{Class, RolloutId, RolloutRecord};

use super::arena::{play, suite};

fn json(records: &[RolloutRecord]) -> Vec<String> {
    let line = |r: &RolloutRecord| serde_json::to_string(r).expect("plain data");
    records.iter().map(line).collect()
}

#[test]
fn rollouts_are_the_same_for_any_number_of_workers_and_in_any_order() {
    let suite = suite("hover.suite.toml");
    let ids = suite.rollouts(0..2);
    assert_eq!(ids.len(), 10);
    let (one, _) = play(&suite, "expert", &ids, 1, "eval_one");
    assert!(one.iter().all(RolloutRecord::is_success), "{one:?}");
    let mut digests: Vec<&str> = one.iter().map(|r| r.digest.as_str()).collect();
    digests.sort_unstable();
    digests.dedup();
    // Neither cameras nor words change what the expert does; two seeds, the start, the delay do.
    assert_eq!(digests.len(), 6, "{digests:?}");
    let (two, _) = play(&suite, "expert", &ids, 2, "eval_two");
    assert_eq!(json(&one), json(&two));
    let backwards: Vec<RolloutId> = ids.iter().rev().cloned().collect();
    let (seven, _) = play(&suite, "expert", &backwards, 7, "eval_seven");
    assert_eq!(json(&one), json(&seven));
    // Alone, without the others before it.
    let (alone, _) = play(&suite, "expert", &ids[6..7], 1, "eval_alone");
    assert!(json(&one).contains(&json(&alone)[0]));
}

#[test]
fn idle_and_random_policies_fail_and_a_bias_is_measured_as_it_is() {
    let suite = suite("plain.suite.toml");
    let ids = suite.rollouts(0..2);
    let (idle, _) = play(&suite, "idle", &ids, 2, "eval_idle");
    for rollout in &idle {
        assert_eq!(rollout.class, Class::Task);
        assert_eq!(rollout.reason, "timed out");
        assert_eq!(rollout.metrics.steps, 120);
        assert_eq!(rollout.metrics.secs, 6.0);
        // Gravity is compensated: the arm stands.
        assert!(rollout.metrics.idle_share > 0.9, "{:?}", rollout.metrics);
        assert!(rollout.metrics.path_m < 0.01, "{:?}", rollout.metrics);
    }
    let (random, _) = play(&suite, "random", &ids, 2, "eval_random");
    for rollout in &random {
        assert_ne!(rollout.class, Class::Success);
        assert!(rollout.metrics.path_m > 0.1, "{:?}", rollout.metrics);
        assert!(
            rollout.metrics.jerk_rms_m_per_s3 > 1.0,
            "{:?}",
            rollout.metrics
        );
    }
    let (biased, _) = play(&suite, "expert:bias_mm=3", &ids, 2, "eval_biased");
    for rollout in &biased {
        assert_eq!(rollout.class, Class::Task, "within 2 mm is asked");
        let error_mm = rollout.metrics.error_mm.expect("a pose is asked for");
        assert!((error_mm - 3.0).abs() < 0.1, "{error_mm} mm");
    }
}
