//! Many episodes of a task without pictures: how often it ends how.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::Verdict;
use super::output::{count, print};
use crate::base::problem::Problems;
use crate::base::seed::SeedPath;
use crate::episode::spec::EpisodeSpec;
use crate::task::goal::Goal;
use crate::task::judge::Verdict as Judged;
use crate::task::rollout::{Actor, Nobody, Stage};

/// Plays `episodes` from `first` on and prints how they ended, those that failed one by one.
pub(super) fn run<A>(
    stage: &Stage<'_>,
    seed: u64,
    first: u64,
    episodes: u64,
    actor: A,
) -> Result<Verdict, Problems>
where
    A: for<'g> Fn(&Stage<'g>, &EpisodeSpec, &'g Goal, &SeedPath) -> Box<dyn Actor + 'g> + Sync,
{
    let begin = Instant::now();
    let next = AtomicU64::new(first);
    let lines = Mutex::new(BTreeMap::new());
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= first + episodes {
                return;
            }
            let spec = stage.spec(seed, index);
            let ended = stage.play(
                &spec,
                |stage, goal, stream| actor(stage, &spec, goal, stream),
                &mut Nobody,
            );
            let mut lines = lines
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            lines.insert(index, ended);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(worker);
        }
    });
    let lines = lines
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut text = String::new();
    let (mut successes, mut played, mut steps) = (0u64, 0u64, 0u64);
    for (index, ended) in lines {
        match ended {
            Ok(ended) => {
                played += 1;
                steps += ended.steps;
                successes += u64::from(ended.verdict == Judged::Success);
                if ended.verdict != Judged::Success {
                    let why = ended
                        .gave_up
                        .map_or(String::new(), |why| format!("; {why}"));
                    let reason = ended.verdict.reason();
                    text += &format!("episode {index}: {reason}, stage {}{why}\n", ended.stage);
                }
            }
            Err(error) => text += &format!("episode {index}: not played: {error}\n"),
        }
    }
    let secs = begin.elapsed().as_secs_f64();
    text += &format!(
        "{successes} of {} succeeded; {} in {secs:.0} s\n",
        count(played, "episode"),
        count(steps, "step"),
    );
    print(&text)?;
    Ok(Verdict::Fine)
}
