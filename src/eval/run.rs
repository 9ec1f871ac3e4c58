//! Many rollouts on several threads, written down one by one, so that a killed run goes on where
//! it was.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use super::axis::Perturbation;
use super::player::Player;
use super::record::{Class, RolloutId, RolloutRecord, Timing};
use super::rollout::{Arena, Played, Worker, play};
use super::suite::Suite;
use crate::base::problem::{Problem, Problems};
use crate::dataset::store::write_problem;

/// The rollouts of a run that is not finished, in the order in which they ended.
pub const JOURNAL: &str = "rollouts.part.jsonl";
/// All rollouts of a finished run, in the order of their ids.
pub const ROLLOUTS: &str = "rollouts.jsonl";
/// Folder of the actions of rollouts that may be filmed.
pub const ACTIONS: &str = "actions";
/// After so many rollouts a worker in a row that no server answered, none is asked any more.
const MOST_UNANSWERED: usize = 3;

/// A rollout as a line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub record: RolloutRecord,
    pub timing: Timing,
}

/// Which rollouts' actions are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    None,
    /// Of those that do not succeed.
    Failures,
    All,
}

/// What all rollouts of a run share.
pub struct Run<'a, 'r> {
    pub suite: &'a Suite,
    /// By task of the suite.
    pub arenas: &'a [Arena<'r>],
    pub player: &'a Player,
    /// Threads, and connections.
    pub workers: usize,
    /// Where it is written to.
    pub folder: &'a Path,
    pub keep: Keep,
    /// The command that plays one rollout alone.
    pub reproduce: &'a (dyn Fn(&RolloutId) -> String + Sync),
}

/// What became of a run.
pub struct Outcome {
    /// In the order of their ids.
    pub lines: Vec<Line>,
    /// Why it was not played to its end.
    pub stopped: Option<String>,
}

impl Run<'_, '_> {
    /// Plays all of these rollouts that are not in `done`; in any order, on any number of threads,
    /// with the same records. `watch` is told of each.
    ///
    /// # Errors
    ///
    /// A folder that cannot be written to.
    pub fn play(
        &self,
        ids: &[RolloutId],
        done: &BTreeMap<RolloutId, Line>,
        watch: &(dyn Fn(&RolloutRecord) + Sync),
    ) -> Result<Outcome, Problems> {
        let path = self.folder.join(JOURNAL);
        let journal = OpenOptions::new().create(true).append(true).open(&path);
        let journal = journal.map_err(|e| write_problem(&path, &e))?;
        let left: Vec<&RolloutId> = ids.iter().filter(|id| !done.contains_key(id)).collect();
        let next = AtomicUsize::new(0);
        let unanswered = AtomicUsize::new(0);
        let stop = AtomicBool::new(false);
        let shared = Mutex::new(Shared {
            journal,
            lines: BTreeMap::new(),
            stopped: None,
            problems: None,
        });
        let lock = || {
            shared
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        };
        let work = || {
            let mut worker = Worker::default();
            while !stop.load(Ordering::Relaxed) {
                let Some(id) = left.get(next.fetch_add(1, Ordering::Relaxed)) else {
                    return;
                };
                let played = self.rollout(id, &mut worker);
                if played.record.class == Class::PolicyServer {
                    let row = unanswered.fetch_add(1, Ordering::Relaxed) + 1;
                    if row >= MOST_UNANSWERED * self.workers.max(1) {
                        stop.store(true, Ordering::Relaxed);
                        let why = format!(
                            "{row} rollouts in a row in which no server answered; the last: {}",
                            played.record.reason
                        );
                        lock().stopped.get_or_insert(why);
                    }
                } else {
                    unanswered.store(0, Ordering::Relaxed);
                }
                let kept = self.keep_actions(&played);
                watch(&played.record);
                let line = Line {
                    record: played.record,
                    timing: played.timing,
                };
                let mut text = serde_json::to_string(&line).expect("plain data");
                text.push('\n');
                let mut shared = lock();
                let written = shared.journal.write_all(text.as_bytes());
                let written = written.map_err(|e| write_problem(&path, &e));
                if let Err(problems) = kept.and(written) {
                    stop.store(true, Ordering::Relaxed);
                    shared.problems.get_or_insert(problems);
                }
                shared.lines.insert(line.record.id.clone(), line);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.workers.max(1) {
                scope.spawn(work);
            }
        });
        let shared = shared
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(problems) = shared.problems {
            return Err(problems);
        }
        let mut lines = shared.lines;
        for id in ids {
            if let Some(line) = done.get(id) {
                lines.insert(id.clone(), line.clone());
            }
        }
        Ok(Outcome {
            lines: lines.into_values().collect(),
            stopped: shared.stopped,
        })
    }

    fn rollout(&self, id: &RolloutId, worker: &mut Worker) -> Played {
        let (task, perturbation) = self.look_up(id);
        let arena = &self.arenas[task];
        let reproduce = (self.reproduce)(id);
        play(arena, self.player, perturbation, id, reproduce, worker)
    }

    /// A rollout's task and perturbation.
    ///
    /// # Panics
    ///
    /// If the id is not of this suite.
    pub fn look_up(&self, id: &RolloutId) -> (usize, Perturbation) {
        let mut tasks = self.suite.tasks.iter();
        let task = tasks.position(|t| t.task.name == id.task);
        let task = task.expect("an id of this suite");
        let mut arms = self.suite.arms[task].iter();
        let arm = arms.find(|(p, _)| p.axis_name() == id.axis && p.severity == id.severity);
        (task, arm.expect("an id of this suite").0)
    }

    fn keep_actions(&self, played: &Played) -> Result<(), Problems> {
        let wanted = match self.keep {
            Keep::None => false,
            Keep::Failures => !played.record.is_success(),
            Keep::All => true,
        };
        if !wanted || played.actions.is_empty() {
            return Ok(());
        }
        let path = actions_path(self.folder, &played.record.id);
        let folder = path.parent().expect("it has one");
        std::fs::create_dir_all(folder).map_err(|e| write_problem(folder, &e))?;
        let numbers = played.actions.iter().flatten().flatten();
        let bytes: Vec<u8> = numbers.flat_map(|x| x.to_le_bytes()).collect();
        std::fs::write(&path, bytes).map_err(|e| write_problem(&path, &e))
    }
}

struct Shared {
    journal: File,
    lines: BTreeMap<RolloutId, Line>,
    stopped: Option<String>,
    problems: Option<Problems>,
}

/// The name of a rollout's files, without extension.
pub fn stem(id: &RolloutId) -> String {
    format!("{}-{}-{}-{}", id.task, id.axis, id.severity, id.seed)
}

/// Where a rollout's actions are: all numbers, by step, robot and number, as 32-bit little-endian
/// floats.
pub fn actions_path(folder: &Path, id: &RolloutId) -> PathBuf {
    folder.join(ACTIONS).join(format!("{}.f32", stem(id)))
}

/// The rollouts of a folder, finished (then without their timing) or not. A last line that was cut
/// short is left out.
///
/// # Errors
///
/// A file that cannot be read, or with lines that are none of ours.
pub fn read(folder: &Path) -> Result<BTreeMap<RolloutId, Line>, Problems> {
    let mut lines = BTreeMap::new();
    for name in [ROLLOUTS, JOURNAL] {
        let path = folder.join(name);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                let problem = Problem::error(&path, "", error.to_string(), "a file to read", "");
                return Err(problem.into());
            }
        };
        let mut reader = BufReader::new(file);
        let mut number = 0;
        let mut text = Vec::new();
        loop {
            text.clear();
            let read = reader.read_until(b'\n', &mut text);
            if read.is_ok_and(|n| n == 0) {
                break;
            }
            number += 1;
            let line = match name {
                ROLLOUTS => serde_json::from_slice(&text).map(|record| Line {
                    record,
                    timing: Timing::default(),
                }),
                _ => serde_json::from_slice::<Line>(&text),
            };
            match line {
                Ok(line) => {
                    lines.insert(line.record.id.clone(), line);
                }
                // What was being written when the run was killed.
                Err(_) if text.last() != Some(&b'\n') => break,
                Err(error) => {
                    let place = format!("line {number}");
                    let expected = "a rollout as `benchside eval` writes it";
                    let found = error.to_string();
                    return Err(Problem::error(&path, place, found, expected, "").into());
                }
            }
        }
    }
    Ok(lines)
}

/// Ends the journal's last line where a killed run left it open.
///
/// # Errors
///
/// A file that cannot be written to.
pub fn mend_journal(folder: &Path) -> Result<(), Problems> {
    let path = folder.join(JOURNAL);
    let Ok(bytes) = std::fs::read(&path) else {
        return Ok(());
    };
    let whole = bytes
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |at| at + 1);
    if whole == bytes.len() {
        return Ok(());
    }
    let file = OpenOptions::new().write(true).open(&path);
    let cut = file.and_then(|f| f.set_len(whole as u64));
    cut.map_err(|e| write_problem(&path, &e))
}
