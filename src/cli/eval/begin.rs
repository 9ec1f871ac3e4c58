//! The folder of a run, and what the run is of.

use std::path::Path;

use super::{Args, INFO, Seeds, environment};
use crate::base::problem::{Problem, Problems};
use crate::dataset::store::{Found, Store};
use crate::eval::player::{Player, files};
use crate::eval::record::RunInfo;
use crate::eval::suite::Suite;

/// How many seeds were asked for, in the record of the environment.
const SEEDS: &str = "seeds";

/// What a run is of.
pub(super) fn info(args: &Args, suite: &Suite, player: &Player) -> Result<RunInfo, Problems> {
    let uri = &args.policy;
    let mut all = files(uri);
    all.insert(suite.path.display().to_string(), suite.sha256.clone());
    for task in &suite.tasks {
        all.insert(format!("task {}", task.task.name), task.task.sha256.clone());
        for file in &task.scene.files {
            let value = serde_json::to_value(file).expect("plain data");
            let text = |key: &str| value[key].as_str().map(str::to_owned);
            if let (Some(path), Some(sha256)) = (text("path"), text("sha256")) {
                all.insert(path, sha256);
            }
        }
    }
    if let Some(adapter) = &player.adapter {
        all.insert(format!("adapter {}", adapter.name), adapter.sha256.clone());
    }
    Ok(RunInfo {
        benchside: env!("CARGO_PKG_VERSION").to_owned(),
        suite: suite.name.clone(),
        policy: uri.to_string(),
        policy_metadata: player.metadata(),
        files: all,
        seed: suite.seed,
        environment: {
            let mut environment = environment::record();
            let seeds = match args.seeds {
                None => suite.seeds.to_string(),
                Some(Seeds::Fixed(n)) => n.to_string(),
                Some(Seeds::Auto) => format!("auto, at most {}", suite.max_seeds),
            };
            environment.insert(SEEDS.to_owned(), seeds);
            environment
        },
    })
}

/// Opens the folder of a run, new or to be gone on with.
pub(super) fn begin_run(out: &Path, info: &RunInfo, resume: bool) -> Result<Store, Problems> {
    let path = out.join(INFO);
    let there = std::fs::read(&path).ok();
    let found = Store::look(out)?;
    match &there {
        None if found != Found::Nothing => {
            let found = "files, but no run of `benchside eval`";
            let remedy = "choose another folder with -o";
            return Err(Problem::error(out, "", found, "an empty folder, or none", remedy).into());
        }
        Some(_) if !resume => {
            let found = "another run";
            let remedy =
                "choose another folder with -o, remove this one, or go on with it: --resume";
            return Err(Problem::error(out, "", found, "an empty folder, or none", remedy).into());
        }
        Some(bytes) => {
            let there: Result<RunInfo, _> = serde_json::from_slice(bytes);
            let same = there.as_ref().is_ok_and(|there| {
                (&there.suite, &there.policy, there.seed) == (&info.suite, &info.policy, info.seed)
                    && there.files == info.files
                    && there.benchside == info.benchside
                    && there.environment.get(SEEDS) == info.environment.get(SEEDS)
            });
            if !same {
                let found = "a run of another suite or policy, or of files that have changed since";
                let remedy = "choose another folder with -o";
                let expected = "a run with the same options";
                return Err(Problem::error(&path, "", found, expected, remedy).into());
            }
        }
        None => {}
    }
    let store = Store::open(out)?;
    if there.is_none() {
        let mut bytes = serde_json::to_vec_pretty(info).expect("plain data");
        bytes.push(b'\n');
        store.write_file(INFO, &bytes)?;
    }
    Ok(store)
}
