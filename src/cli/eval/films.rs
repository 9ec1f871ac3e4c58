//! The films of a run.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Video;
use crate::base::problem::Problems;
use crate::dataset::store::write_problem;
use crate::eval::film::{film, poster_of};
use crate::eval::record::{RolloutId, RolloutRecord};
use crate::eval::report;
use crate::eval::run::{self, Run};

/// Films are made of no more than so many rollouts.
const MOST_FILMS: usize = 12;

/// Films of rollouts, and their names in the records.
pub(super) fn films(
    run: &Run<'_, '_>,
    video: Video,
    records: &mut [RolloutRecord],
    out: &Path,
) -> Result<(), Problems> {
    let chosen: Vec<usize> = match video {
        Video::None => Vec::new(),
        Video::Failures => report::telling_failures(records, MOST_FILMS),
        Video::All => (0..records.len().min(MOST_FILMS)).collect(),
    };
    let next = AtomicUsize::new(0);
    let made = Mutex::new(Vec::new());
    let problem = Mutex::new(None);
    let ids: Vec<RolloutId> = records.iter().map(|r| r.id.clone()).collect();
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(&index) = chosen.get(at) else {
                return;
            };
            let id = &ids[index];
            let (task, perturbation) = run.look_up(id);
            let name = format!("videos/{}.mp4", run::stem(id));
            match film(&run.arenas[task], perturbation, id, out) {
                Ok(None) => {}
                Ok(Some(film)) => {
                    let path = out.join(&name);
                    let folder = path.parent().expect("it has one");
                    let written = std::fs::create_dir_all(folder)
                        .and_then(|()| std::fs::write(&path, film.mp4))
                        .and_then(|()| std::fs::write(out.join(poster_of(&name)), film.poster))
                        .map_err(|e| write_problem(&path, &e));
                    let mut problem = problem.lock().expect("no thread panics");
                    match written {
                        Ok(()) => made.lock().expect("no thread panics").push((index, name)),
                        Err(problems) => *problem = Some(problems),
                    }
                }
                Err(error) => eprintln!("no film of {}: {error}", run::stem(id)),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, |n| n.get()) {
            scope.spawn(work);
        }
    });
    if let Some(problems) = problem.into_inner().expect("no thread panics") {
        return Err(problems);
    }
    for (index, name) in made.into_inner().expect("no thread panics") {
        records[index].video = Some(name);
    }
    // What was kept for films is not needed any more.
    let _ = std::fs::remove_dir_all(out.join(run::ACTIONS));
    Ok(())
}
