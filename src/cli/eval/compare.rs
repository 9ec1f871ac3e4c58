//! `benchside compare`: two runs on the same seeds.

use std::path::{Path, PathBuf};

use super::{INFO, exit};
use crate::base::problem::{Problem, Problems};
use crate::cli::Verdict;
use crate::cli::output::print;
use crate::eval::gate::Gates;
use crate::eval::judge::judge;
use crate::eval::record::{RolloutRecord, RunInfo, Timing};
use crate::eval::report::{self, Report};
use crate::eval::run;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Folder of the run that is the baseline
    baseline: PathBuf,
    /// Folder of the run that is judged
    run: PathBuf,
    /// What is asked [default: that it is not worse than the baseline]
    #[arg(long, value_name = "FILE")]
    gate: Option<PathBuf>,
    /// Folder for a report [default: none is written]
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The number of seeds was not fixed beforehand: only statistics that allow that are used
    #[arg(long)]
    sequential: bool,
}

pub(in crate::cli) fn run(args: &Args) -> Result<Verdict, Problems> {
    let baseline = records(&args.baseline)?;
    let records = records(&args.run)?;
    let info = info(&args.run)?;
    check_same(&args.baseline, &info)?;
    let gates = match &args.gate {
        None => Gates::default_for(true),
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|e| Problem::error(file, "", e.to_string(), "a gate file", ""))?;
            Gates::parse(&text, file)?
        }
    };
    let judgement = judge(&records, Some(&baseline), &gates, args.sequential);
    let timings = vec![Timing::default(); records.len()];
    let name = args.baseline.display().to_string();
    let report = Report {
        info: &info,
        judgement: &judgement,
        rollouts: &records,
        timings: &timings,
        baseline: Some(&name),
        wall_secs: 0.0,
    };
    print(&report::terminal::text(&report))?;
    if let Some(out) = &args.out {
        std::fs::create_dir_all(out).map_err(|e| crate::dataset::store::write_problem(out, &e))?;
        super::write(out, &report)?;
    }
    Ok(exit(judgement.verdict))
}

/// The rollouts of a run, in the order of their ids.
pub(super) fn records(folder: &Path) -> Result<Vec<RolloutRecord>, Problems> {
    let lines = run::read(folder)?;
    if lines.is_empty() {
        let expected = "the folder of a run of `benchside eval`";
        return Err(Problem::error(folder, "", "no rollouts", expected, "").into());
    }
    Ok(lines.into_values().map(|line| line.record).collect())
}

fn info(folder: &Path) -> Result<RunInfo, Problems> {
    let path = folder.join(INFO);
    std::fs::read(&path)
        .map_err(|e| e.to_string())
        .and_then(|bytes| serde_json::from_slice(&bytes).map_err(|e| e.to_string()))
        .map_err(|found| Problem::error(&path, "", found, "what a run is of", "").into())
}

/// Rollouts are compared by their ids: these must mean the same in both runs.
pub(super) fn check_same(baseline: &Path, info: &RunInfo) -> Result<(), Problems> {
    let there = self::info(baseline)?;
    let problem = |found: String, expected: String| {
        let path = baseline.join(INFO);
        let remedy = "run the baseline again with what is judged now";
        Err(Problem::error(path, "", found, expected, remedy).into())
    };
    if there.seed != info.seed {
        return problem(
            format!("seed {}", there.seed),
            format!("seed {}", info.seed),
        );
    }
    // Files of the policies differ, and suites may have other axes; tasks and scenes must not.
    for (path, sha256) in &info.files {
        let other = there.files.get(path);
        let is_world = !path.starts_with("adapter ") && !path.ends_with(".suite.toml");
        if is_world && other.is_some_and(|other| other != sha256) {
            return problem(
                format!("another `{path}`"),
                "the same tasks and scenes".into(),
            );
        }
    }
    Ok(())
}
