//! A short suite, and ways to play it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use benchside::eval::player::Player;
use benchside::eval::ready::Ready;
use benchside::eval::record::{RolloutId, RolloutRecord};
use benchside::eval::run::{Keep, Run};
use benchside::eval::suite::Suite;

use crate::support::cli::fresh;

/// A file of `tests/data/hover`.
pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/hover")
        .join(name)
}

/// One of its suites.
pub fn suite(name: &str) -> Suite {
    Suite::load(&file(name)).unwrap_or_else(|problems| panic!("{problems}"))
}

pub fn player(uri: &str) -> Player {
    let uri = uri
        .parse()
        .unwrap_or_else(|error: String| panic!("{error}"));
    Player::load(&uri, None).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Plays these rollouts with so many workers; the records by id, and the folder.
pub fn play(
    suite: &Suite,
    uri: &str,
    ids: &[RolloutId],
    workers: usize,
    folder: &str,
) -> (Vec<RolloutRecord>, PathBuf) {
    let player = player(uri);
    let ready = Ready::new(suite).expect("shapes");
    let arenas = ready.arenas(&player).expect("nothing to look up");
    let folder = fresh(folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let run = Run {
        suite,
        arenas: &arenas,
        player: &player,
        workers,
        folder: &folder,
        keep: Keep::All,
        reproduce: &|id| format!("{id:?}"),
    };
    let outcome = run
        .play(ids, &BTreeMap::new(), &|_| {})
        .expect("a folder to write to");
    assert_eq!(outcome.stopped, None);
    let records = outcome.lines.into_iter().map(|line| line.record);
    (records.collect(), folder)
}
