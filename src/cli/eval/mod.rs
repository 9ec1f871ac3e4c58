//! `benchside eval`: a policy on a suite → a verdict.

mod begin;
pub mod compare;
mod environment;
mod films;
mod only;
mod progress;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use self::begin::{begin_run, info};
use self::films::films;
use self::progress::Bar;
use super::Verdict;
use super::output::print;
use crate::base::problem::{Problem, Problems};
use crate::dataset::store::Store;
use crate::eval::gate::Gates;
use crate::eval::judge::{decided, judge};
use crate::eval::judgement::{Judgement, Verdict as Judged};
use crate::eval::player::Player;
use crate::eval::ready::{self, Ready};
use crate::eval::record::{RolloutId, RolloutRecord, RunInfo, Timing};
use crate::eval::report::{self, Report};
use crate::eval::run::{self, Keep, Line, Run};
use crate::eval::suite::Suite;
use crate::policy::uri::PolicyUri;

/// What a run is of.
const INFO: &str = "run.json";
/// Its verdict and how it came about.
const JUDGEMENT: &str = "judgement.json";
/// With `--seeds auto` a verdict is looked for after every so many seeds.
const SEEDS_AT_ONCE: u64 = 5;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A suite file, or the name of a suite below scenes/: smoke, lab-core …
    suite: PathBuf,
    /// expert, idle, random, replay:DATASET, onnx:FILE, openpi://HOST:PORT, gr00t://HOST:PORT or
    /// vla-eval://HOST:PORT
    #[arg(long, value_name = "URI")]
    policy: PolicyUri,
    /// What the policy sees and what it answers: benchside, droid, libero, aloha or a file
    /// [default: benchside; of an ONNX file FILE.toml]
    #[arg(long)]
    adapter: Option<String>,
    /// What it is compared with, on the same seeds: the folder of another run, or a policy
    #[arg(long, value_name = "RUN|URI")]
    baseline: Option<String>,
    /// Adapter of a baseline that is a policy [default: that of the policy]
    #[arg(long)]
    baseline_adapter: Option<String>,
    /// Episodes of each task, axis and severity, or `auto`: until there is a verdict, and no more
    /// than the suite allows [default: the suite's]
    #[arg(long, value_parser = seeds)]
    seeds: Option<Seeds>,
    /// Rollouts at once [default: as many as cores; with a server twice as many, or twice --batch];
    /// changes nothing but the time
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,
    /// Observations of different rollouts in one request, where the protocol has batches (gr00t, N1.6
    /// and later). A model's answers may then differ in their last digits from run to run
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    batch: u16,
    /// What is asked of the policy [default: that it is not worse than the baseline]
    #[arg(long, value_name = "FILE")]
    gate: Option<PathBuf>,
    /// Folder of the run [default: output/eval/<suite>]
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Of which rollouts films are made, no more than 12
    #[arg(long, value_enum, default_value_t = Video::Failures)]
    video: Video,
    /// Go on with a run that was begun with the same options; begin it if there is none
    #[arg(long)]
    resume: bool,
    /// Play this rollout alone and say how it went: task/axis/severity/seed
    #[arg(long, value_name = "ID", conflicts_with_all = ["baseline", "seeds", "gate", "resume"])]
    only: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Video {
    /// Of some of what did not succeed
    Failures,
    /// Of some of all
    All,
    /// None
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seeds {
    Fixed(u64),
    Auto,
}

fn seeds(text: &str) -> Result<Seeds, String> {
    if text == "auto" {
        return Ok(Seeds::Auto);
    }
    let number = text.parse().ok().filter(|n| (1..=100_000).contains(n));
    let number = number.map(Seeds::Fixed);
    number.ok_or_else(|| "expected 1 … 100000, or auto".to_owned())
}

pub(super) fn run(args: &Args) -> Result<Verdict, Problems> {
    let begin = Instant::now();
    let suite = Suite::load(&args.suite)?;
    for warning in suite.warnings.iter() {
        eprintln!("{warning}");
    }
    let player = Player::load(&args.policy, args.adapter.as_deref())?;
    let player = player.batched(args.batch.into())?;
    if let Some(only) = &args.only {
        return only::only(args, &suite, &player, only);
    }
    let baseline = Baseline::of(args)?;
    let gates = gates(args.gate.as_deref(), &suite, baseline.is_some())?;
    let default = || Path::new("output/eval").join(&suite.name);
    let out = args.out.clone().unwrap_or_else(default);
    let info = info(args, &suite, &player)?;
    if let (Some(Seeds::Auto), true) = (args.seeds, gates.list.is_empty()) {
        let found = "--seeds auto, and nothing that is asked";
        let remedy = "ask something with --gate FILE, or compare with --baseline";
        return Err(Problem::error("--seeds", "", found, "a gate or a baseline", remedy).into());
    }
    if let Some(Baseline::Records(_)) = &baseline {
        compare::check_same(Path::new(args.baseline.as_deref().unwrap_or("")), &info)?;
    }
    let store = begin_run(&out, &info, args.resume)?;
    if store.has(JUDGEMENT) {
        return finished(&out, store);
    }
    let result = whole(args, &suite, &player, baseline, &gates, info, &out, begin);
    match result {
        Ok((judgement, text)) => {
            let _ = std::fs::remove_file(out.join(run::JOURNAL));
            store.finish()?;
            print(&text)?;
            Ok(exit(judgement.verdict))
        }
        Err(problems) => {
            store.release();
            Err(problems)
        }
    }
}

/// From the first rollout to the report.
#[expect(clippy::too_many_arguments, reason = "the stations of one way")]
fn whole(
    args: &Args,
    suite: &Suite,
    player: &Player,
    baseline: Option<Baseline>,
    gates: &Gates,
    mut info: RunInfo,
    out: &Path,
    begin: Instant,
) -> Result<(Judgement, String), Problems> {
    let ready = Ready::new(suite)?;
    let workers = |player: &Player| {
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
        let usual = if player.uri.is_remote() {
            // Enough to fill a batch while the one before is under way.
            2 * cores.max(args.batch.into())
        } else {
            cores
        };
        args.workers.map_or(usual, usize::from)
    };
    let reproduce = |id: &RolloutId| reproduce(args, id);
    let keep = match args.video {
        Video::None => Keep::None,
        Video::Failures => Keep::Failures,
        Video::All => Keep::All,
    };
    let arenas = ready.arenas(player)?;
    info.policy_metadata = ready::check_conventions(&arenas, player)?;
    let mine = Run {
        suite,
        arenas: &arenas,
        player,
        workers: workers(player),
        folder: out,
        keep,
        reproduce: &reproduce,
    };
    let other = match &baseline {
        Some(Baseline::Policy(other)) => {
            let arenas = ready.arenas(other)?;
            ready::check_conventions(&arenas, other)?;
            Some((other, arenas, out.join("baseline")))
        }
        _ => None,
    };
    let theirs = match &other {
        Some((player, arenas, folder)) => {
            std::fs::create_dir_all(folder)
                .map_err(|e| crate::dataset::store::write_problem(folder, &e))?;
            Some(Run {
                suite,
                arenas,
                player,
                workers: workers(player),
                folder,
                keep: Keep::None,
                reproduce: &reproduce,
            })
        }
        None => None,
    };
    let (most, block, sequential) = match args.seeds {
        None => (suite.seeds, suite.seeds, false),
        Some(Seeds::Fixed(n)) => (n, n, false),
        Some(Seeds::Auto) => (suite.max_seeds, SEEDS_AT_ONCE, true),
    };
    let mut played = BTreeMap::new();
    run::mend_journal(out)?;
    let done = run::read(out)?;
    let mut other_played = match &baseline {
        Some(Baseline::Records(records)) => records.clone(),
        _ => Vec::new(),
    };
    let other_done = match &theirs {
        Some(run) => {
            run::mend_journal(run.folder)?;
            run::read(run.folder)?
        }
        None => BTreeMap::new(),
    };
    let bar = Bar::new(suite.rollouts(0..most).len() as u64);
    let mut stopped = None;
    let mut from = 0;
    while from < most && stopped.is_none() {
        let to = (from + block).min(most);
        let ids = suite.rollouts(from..to);
        let outcome = mine.play(&ids, &done, &|record| bar.tell(record))?;
        stopped = outcome.stopped;
        for line in outcome.lines {
            played.insert(line.record.id.clone(), line);
        }
        if let (Some(theirs), None) = (&theirs, &stopped) {
            let outcome = theirs.play(&ids, &other_done, &|_| {})?;
            stopped = outcome.stopped.map(|why| format!("baseline: {why}"));
            other_played.extend(outcome.lines.into_iter().map(|line| line.record));
        }
        from = to;
        let records: Vec<RolloutRecord> =
            played.values().map(|l: &Line| l.record.clone()).collect();
        let baseline = baseline.as_ref().map(|_| other_played.as_slice());
        if sequential && decided(&records, baseline, gates) {
            break;
        }
    }
    bar.finish();
    let (mut records, timings): (Vec<RolloutRecord>, Vec<Timing>) =
        played.into_values().map(|l| (l.record, l.timing)).unzip();
    films(&mine, args.video, &mut records, out)?;
    let against = baseline.as_ref().map(|_| other_played.as_slice());
    let mut judgement = judge(&records, against, gates, sequential);
    if let Some(why) = stopped {
        judgement.verdict = Judged::CouldNotRun;
        judgement.headline = format!("could not run: {why}");
    }
    if theirs.is_some() {
        let path = out.join("baseline").join(run::ROLLOUTS);
        other_played.sort_by(|a, b| a.id.cmp(&b.id));
        std::fs::write(&path, report::rollouts::jsonl(&other_played))
            .map_err(|e| crate::dataset::store::write_problem(&path, &e))?;
        let _ = std::fs::remove_file(out.join("baseline").join(run::JOURNAL));
    }
    let report = Report {
        info: &info,
        judgement: &judgement,
        rollouts: &records,
        timings: &timings,
        baseline: args.baseline.as_deref(),
        wall_secs: begin.elapsed().as_secs_f64(),
    };
    let text = format!(
        "{}\n{}\n",
        report::terminal::text(&report).trim_end(),
        out.display()
    );
    write(out, &report)?;
    Ok((judgement, text))
}

/// Writes a report's files, the verdict last: what has one is finished.
fn write(out: &Path, report: &Report<'_>) -> Result<(), Problems> {
    let mut files = report::files(report);
    let mut info = serde_json::to_vec_pretty(report.info).expect("plain data");
    info.push(b'\n');
    files.push((INFO.to_owned(), info));
    files.sort_by_key(|(name, _)| name == JUDGEMENT);
    for (name, bytes) in files {
        let path = out.join(&name);
        let new = out.join(format!("{name}.new"));
        std::fs::write(&new, bytes)
            .and_then(|()| std::fs::rename(&new, &path))
            .map_err(|e| crate::dataset::store::write_problem(&path, &e))?;
    }
    Ok(())
}

/// What a policy is compared with.
enum Baseline {
    Records(Vec<RolloutRecord>),
    Policy(Box<Player>),
}

impl Baseline {
    fn of(args: &Args) -> Result<Option<Self>, Problems> {
        let Some(text) = &args.baseline else {
            return Ok(None);
        };
        if Path::new(text).is_dir() {
            return Ok(Some(Self::Records(compare::records(Path::new(text))?)));
        }
        let uri: PolicyUri = text.parse().map_err(|found: String| {
            let expected = "the folder of a run of `benchside eval`, or a policy";
            Problem::error("--baseline", "", format!("`{text}`: {found}"), expected, "")
        })?;
        let adapter = args.baseline_adapter.as_deref();
        let asked = matches!(uri, PolicyUri::Server(_));
        let adapter = adapter.or(args.adapter.as_deref().filter(|_| asked));
        Ok(Some(Self::Policy(Box::new(Player::load(&uri, adapter)?))))
    }
}

fn gates(file: Option<&Path>, suite: &Suite, has_baseline: bool) -> Result<Gates, Problems> {
    let Some(file) = file else {
        return Ok(Gates::default_for(has_baseline));
    };
    let text = std::fs::read_to_string(file)
        .map_err(|e| Problem::error(file, "", e.to_string(), "a gate file", ""))?;
    let gates = Gates::parse(&text, file)?;
    let tasks: Vec<&str> = suite.tasks.iter().map(|t| t.task.name.as_str()).collect();
    let arms = suite.arms.iter().flatten().skip(1);
    let axes: Vec<&str> = arms.map(|(p, _)| p.axis_name()).collect();
    let problems = gates.check_names(&tasks, &axes, file);
    if problems.has_errors() {
        return Err(problems);
    }
    if gates.needs_baseline() && !has_baseline {
        let found = "a gate that compares with a baseline, and no --baseline";
        let remedy = "name a run or a policy with --baseline";
        return Err(Problem::error(file, "", found, "a baseline", remedy).into());
    }
    Ok(gates)
}

fn finished(out: &Path, store: Store) -> Result<Verdict, Problems> {
    let path = out.join(JUDGEMENT);
    let bytes = std::fs::read(&path).unwrap_or_default();
    let judgement: Judgement = serde_json::from_slice(&bytes).map_err(|e| {
        let expected = "a judgement of `benchside eval`";
        Problem::error(&path, "", e.to_string(), expected, "")
    })?;
    store.finish()?;
    print(&format!(
        "{} is complete: {}\n",
        out.display(),
        judgement.headline
    ))?;
    Ok(exit(judgement.verdict))
}

fn exit(verdict: Judged) -> Verdict {
    match verdict {
        Judged::Pass => Verdict::Fine,
        Judged::Fail => Verdict::ProblemsFound,
        Judged::NotEnoughEvidence => Verdict::NotEnoughEvidence,
        Judged::CouldNotRun => Verdict::CouldNotRun,
    }
}

/// The command that plays a rollout alone.
fn reproduce(args: &Args, id: &RolloutId) -> String {
    let quoted = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@".contains(c);
        match text.chars().all(plain) && !text.is_empty() {
            true => text.to_owned(),
            false => format!("'{}'", text.replace('\'', r"'\''")),
        }
    };
    let mut command = format!(
        "benchside eval {} --policy {}",
        quoted(&args.suite.display().to_string()),
        quoted(&args.policy.to_string())
    );
    if let Some(adapter) = &args.adapter {
        command += &format!(" --adapter {}", quoted(adapter));
    }
    let RolloutId {
        task,
        axis,
        severity,
        seed,
    } = id;
    command
        + &format!(
            " --only {}",
            quoted(&format!("{task}/{axis}/{severity}/{seed}"))
        )
}
