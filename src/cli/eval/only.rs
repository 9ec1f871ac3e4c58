//! One rollout alone.

use std::collections::BTreeMap;
use std::path::Path;

use super::films::films;
use super::{Args, Video, reproduce};
use crate::base::problem::{Problem, Problems};
use crate::cli::Verdict;
use crate::cli::output::print;
use crate::dataset::store::write_problem;
use crate::eval::player::Player;
use crate::eval::ready::Ready;
use crate::eval::record::{RolloutId, RolloutRecord};
use crate::eval::run::{self, Keep, Run};
use crate::eval::suite::Suite;

/// Plays it, and prints its record.
pub(super) fn only(
    args: &Args,
    suite: &Suite,
    player: &Player,
    text: &str,
) -> Result<Verdict, Problems> {
    let parts: Vec<&str> = text.split('/').collect();
    let id = match parts[..] {
        [task, axis, severity, seed] => {
            (severity.parse().ok().zip(seed.parse().ok())).map(|(severity, seed)| RolloutId {
                task: task.to_owned(),
                axis: axis.to_owned(),
                severity,
                seed,
            })
        }
        _ => None,
    };
    let known = |id: &RolloutId| {
        let tasks = suite.tasks.iter().zip(&suite.arms);
        tasks.clone().any(|(task, arms)| {
            let has = |(p, _): &(crate::eval::axis::Perturbation, u64)| {
                p.axis_name() == id.axis && p.severity == id.severity
            };
            task.task.name == id.task && arms.iter().any(has)
        })
    };
    let Some(id) = id.filter(known) else {
        let mut ids = Vec::new();
        for rollout in suite.rollouts(0..1).iter().take(4) {
            let RolloutId {
                task,
                axis,
                severity,
                ..
            } = rollout;
            ids.push(format!("{task}/{axis}/{severity}/0"));
        }
        let expected = format!(
            "task/axis/severity/seed of the suite, such as {}",
            ids.join(", ")
        );
        return Err(Problem::error("--only", "", text, expected, "").into());
    };
    let ready = Ready::new(suite)?;
    let arenas = ready.arenas(player)?;
    let default = || Path::new("output/eval").join(format!("{}-only", suite.name));
    let out = args.out.clone().unwrap_or_else(default);
    std::fs::create_dir_all(&out).map_err(|e| write_problem(&out, &e))?;
    let _ = std::fs::remove_file(out.join(run::JOURNAL));
    let reproduce = |id: &RolloutId| reproduce(args, id);
    let run = Run {
        suite,
        arenas: &arenas,
        player,
        workers: 1,
        folder: &out,
        keep: if args.video == Video::None {
            Keep::None
        } else {
            Keep::All
        },
        reproduce: &reproduce,
    };
    let outcome = run.play(std::slice::from_ref(&id), &BTreeMap::new(), &|_| {})?;
    let _ = std::fs::remove_file(out.join(run::JOURNAL));
    let mut records: Vec<RolloutRecord> = outcome.lines.into_iter().map(|l| l.record).collect();
    let video = if args.video == Video::None {
        Video::None
    } else {
        Video::All
    };
    films(&run, video, &mut records, &out)?;
    let record = records.first().expect("one was played");
    let text = serde_json::to_string_pretty(record).expect("plain data");
    print(&format!("{text}\n"))?;
    if let Some(video) = &record.video {
        print(&format!("{}\n", out.join(video).display()))?;
    }
    Ok(match record.is_success() {
        true => Verdict::Fine,
        false => Verdict::ProblemsFound,
    })
}
