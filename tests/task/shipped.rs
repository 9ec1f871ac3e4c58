//! The shipped tasks, played in physics.

use std::path::PathBuf;

use benchside::robot::action::ActionSpace;
use benchside::scene::shapes::Shapes;
use benchside::task::actors::{ExpertActor, Idle, Random};
use benchside::task::judge::Verdict;
use benchside::task::load::LoadedTask;
use benchside::task::rollout::{Actor, Nobody, Stage};

use crate::support::cli;

/// Every task below scenes/, sorted.
fn shipped() -> Vec<PathBuf> {
    let scenes = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenes");
    let mut tasks = Vec::new();
    for scene in std::fs::read_dir(scenes).expect("scenes").flatten() {
        let files = std::fs::read_dir(scene.path().join("tasks"));
        for file in files.into_iter().flatten().flatten() {
            tasks.push(file.path());
        }
    }
    tasks.sort();
    assert!(tasks.len() >= 4, "{tasks:?}");
    tasks
}

/// How many of the first episodes succeed.
fn successes<A>(stage: &Stage<'_>, episodes: u64, actor: A) -> u64
where
    A: for<'g> Fn(
        &Stage<'g>,
        &benchside::episode::spec::EpisodeSpec,
        &'g benchside::task::goal::Goal,
        &benchside::base::seed::SeedPath,
    ) -> Box<dyn Actor + 'g>,
{
    let success = |episode: &u64| {
        let spec = stage.spec(0, *episode);
        let ended = stage.play(
            &spec,
            |stage, goal, stream| actor(stage, &spec, goal, stream),
            &mut Nobody,
        );
        ended
            .unwrap_or_else(|e| panic!("episode {episode}: {e}"))
            .verdict
            == Verdict::Success
    };
    (0..episodes).filter(success).count() as u64
}

/// The rates over many seeds are in README; this is the least that a change must keep.
#[test]
fn experts_do_the_shipped_tasks_and_others_do_not() {
    for file in shipped() {
        let loaded = LoadedTask::load(&file).unwrap_or_else(|p| panic!("{p}"));
        assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
        let shapes = Shapes::build(&loaded.scene).unwrap_or_else(|p| panic!("{p}"));
        let stage = loaded.stage(&shapes, ActionSpace::JointPosition);
        let expert = successes(&stage, 2, |stage, spec, goal, stream| {
            Box::new(ExpertActor::new(stage, spec, goal, stream))
        });
        assert!(expert >= 1, "{}: the expert never succeeds", file.display());
        let idle = successes(&stage, 1, |stage, spec, _, _| {
            Box::new(Idle::new(stage.robots, spec))
        });
        let random = successes(&stage, 1, |stage, spec, _, stream| {
            Box::new(Random::new(stage.robots, spec, stream))
        });
        assert_eq!((idle, random), (0, 0), "{}", file.display());
    }
}

#[test]
fn a_recording_replays_to_the_bit() {
    let out = cli::fresh("replay");
    let command = "record plate_to_reader -n 1 --formats native --size 32x32 --samples 1 -o";
    let mut record = cli::benchside(command.split(' '));
    record.arg(&out);
    cli::ok(record);
    let mut replay = cli::benchside(["replay"]);
    replay.arg(&out);
    let said = cli::ok(replay);
    assert!(
        said.starts_with("1 of 1 episode the same to the bit"),
        "{said}"
    );
}

/// An arm and a gantry, each with its own program, cameras, state and actions.
#[test]
fn two_robots_share_a_world() {
    let out = cli::fresh("pair");
    let mut record = cli::benchside("record tests/data/pair/pair.toml -n 2 -o".split(' '));
    record.arg(&out);
    record.args("--cameras front,arm_wrist,gantry_deck --size 32x32 --samples 1".split(' '));
    record.args(["--formats", "native,lerobot3"]);
    let said = cli::ok(record);
    assert!(said.contains("2 of 2 episodes succeeded"), "{said}");
    let manifest = std::fs::read(out.join("manifest.json")).expect("a manifest");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
    let actions = manifest["demonstrations"]["action"].as_array();
    let names = actions.expect("channels").iter();
    let names: Vec<&str> = names.filter_map(|c| c["name"].as_str()).collect();
    // Six joints and a gripper, three and a plunger.
    assert_eq!(names.len(), 11, "{names:?}");
    let arm = names.iter().filter(|name| name.starts_with("arm."));
    assert_eq!(arm.count(), 7, "{names:?}");
    for threads in ["1", "2"] {
        let mut replay = cli::benchside(["replay", "--threads", threads]);
        replay.arg(&out);
        let said = cli::ok(replay);
        assert!(
            said.starts_with("2 of 2 episodes the same to the bit"),
            "{said}"
        );
    }
}
