//! One flaw a recording, beside its exact message.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use benchside::dataset::demo::check::check;
use benchside::dataset::demo::steps::StepTable;
use benchside::dataset::demo::table::TableWriter;
use serde_json::Value;

use super::synth::{ALL, episode, record, schema};
use crate::support::cli::{fresh, sha256};

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = (entry.as_ref().unwrap().path(), entry.unwrap().file_name());
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(path, to.join(name)).unwrap();
        }
    }
}

fn edit(path: PathBuf, change: impl FnOnce(&mut Value)) {
    let mut json: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut json);
    fs::write(path, json.to_string()).unwrap();
}

/// Replaces a file of episode 0, and its digest.
fn forge(root: &Path, name: &str, bytes: &[u8]) {
    let folder = root.join("episodes/000/000000");
    fs::write(folder.join(name), bytes).unwrap();
    edit(folder.join("episode.json"), |e| {
        e["files"][name] = sha256(bytes).into()
    });
}

/// What the check says of a recording with a flaw.
fn says(name: &str, flaw: impl FnOnce(&Path)) -> String {
    static WHOLE: OnceLock<PathBuf> = OnceLock::new();
    let whole = WHOLE.get_or_init(|| {
        let root = fresh("demo_flawless");
        record(&root, &ALL, false);
        assert!(check(&root).problems.is_empty());
        root
    });
    let root = fresh(&format!("demo_flaw_{name}"));
    copy(whole, &root);
    flaw(&root);
    let problems = check(&root).problems.to_string();
    let problems = problems.replace(&format!("{}/", root.display()), "");
    problems.replace("error: episodes/000/000000", "error: EPISODE")
}

fn problem(place: &str, found: &str, expected: &str, remedy: &str) -> String {
    let head = format!("error: {place}\n  found:    {found}\n  expected: {expected}");
    format!("{head}\n  remedy:   {remedy}")
}

const AGAIN: &str = "remove the episode's folder and summary.json, then record again with --resume";
const LOST: &str = "remove summary.json, then record again with --resume";
const MAKE_AGAIN: &str =
    "remove this data set and summary.json, then run the same command with --resume";

#[test]
fn bytes_that_have_changed() {
    for name in [
        "steps.parquet",
        "front.mp4",
        "front.depth.zip",
        "front.instance.zip",
    ] {
        let found = says(&format!("bytes_{name}"), |root| {
            let path = root.join("episodes/000/000000").join(name);
            let mut bytes = fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(path, bytes).unwrap();
        });
        let (expected, place) = (
            "the SHA-256 that stands in episode.json",
            format!("EPISODE/{name}"),
        );
        assert_eq!(
            found,
            problem(&place, "other bytes than were written", expected, AGAIN)
        );
    }
}

#[test]
fn files_that_are_missing_or_do_not_belong() {
    let found = says("missing_episode", |root| {
        fs::remove_dir_all(root.join("episodes/000/000001")).unwrap();
    });
    let expected = problem("episodes/000/000001", "missing", "a file or folder", LOST);
    assert_eq!(found, expected);
    let found = says("missing_video", |root| {
        fs::remove_file(root.join("episodes/000/000000/wrist-2.mp4")).unwrap();
    });
    let expected = problem("EPISODE/wrist-2.mp4", "missing", "a file or folder", AGAIN);
    assert_eq!(found, expected);
    let found = says("extra", |root| {
        fs::write(root.join("notes.txt"), "").unwrap()
    });
    let extra = "does not belong to the data set";
    assert_eq!(
        found,
        problem("notes.txt", extra, "nothing here", "move it away")
    );
    let found = says("unfinished", |root| {
        fs::remove_file(root.join("summary.json")).unwrap();
    });
    let remedy = "finish the data set: run the same command with --resume";
    assert_eq!(
        found,
        problem("summary.json", "missing", "a file or folder", remedy)
    );
}

#[test]
fn files_that_do_not_agree() {
    let of_other =
        |root: &Path, name: &str| fs::read(root.join("episodes/000/000001").join(name)).unwrap();
    let found = says("video", |root| {
        forge(root, "front.mp4", &of_other(root, "front.mp4"))
    });
    let expected = problem(
        "EPISODE/front.mp4",
        "13 pictures of 96 x 64 px, 20 a second",
        "9 pictures of 96 x 64 px, 20 a second",
        AGAIN,
    );
    assert_eq!(found, expected);
    let found = says("cut_video", |root| {
        let bytes = of_other(root, "front.mp4");
        forge(root, "front.mp4", &bytes[..bytes.len() - 1]);
    });
    let (cut, video) = (
        "a box that ends beyond the file",
        "a video as benchside writes it",
    );
    assert_eq!(found, problem("EPISODE/front.mp4", cut, video, AGAIN));
    let found = says("depth", |root| {
        forge(root, "front.depth.zip", &of_other(root, "front.depth.zip"));
    });
    assert_eq!(
        found,
        problem("EPISODE/front.depth.zip", "13 pictures", "9", AGAIN)
    );
    let found = says("steps", |root| {
        forge(root, "steps.parquet", &of_other(root, "steps.parquet"));
    });
    let expected = "9, as episode.json says";
    assert_eq!(
        found,
        problem("EPISODE/steps.parquet", "13 rows", expected, AGAIN)
    );
    let found = says("nan", |root| {
        let mut episode = episode(&schema(), 0);
        episode.steps[3].state[1] = f32::NAN;
        let columns = StepTable::new(&episode.steps).columns();
        let mut writer = TableWriter::new(Vec::new(), &columns, &[]).unwrap();
        writer.write(&columns).unwrap();
        forge(root, "steps.parquet", &writer.finish().unwrap());
    });
    let expected = "the steps of the episode";
    assert_eq!(
        found,
        problem("EPISODE/steps.parquet", "NaN in state", expected, AGAIN)
    );
    let found = says("ids", |root| {
        let depth = fs::read(root.join("episodes/000/000000/front.depth.zip")).unwrap();
        forge(root, "front.instance.zip", &depth);
    });
    let place = "EPISODE/front.instance.zip: 000000.png";
    assert_eq!(found, problem(place, "id 690", "ids up to 3", AGAIN));
    let found = says("record", |root| {
        edit(root.join("episodes/000/000000/episode.json"), |e| {
            e["index"] = 4.into()
        });
    });
    assert_eq!(
        found,
        problem("EPISODE/episode.json: index", "4", "0", AGAIN)
    );
}

#[test]
fn totals_that_do_not_agree() {
    let found = says("summary", |root| {
        edit(root.join("summary.json"), |s| s["steps"] = 7.into());
    });
    let remedy = "remove it, then run the same command with --resume";
    let expected = "the counts of the episodes";
    assert_eq!(
        found,
        problem("summary.json", "other counts", expected, remedy)
    );
    for format in ["lerobot3", "lerobot2"] {
        let found = says(&format!("info_{format}"), |root| {
            edit(root.join(format).join("meta/info.json"), |i| {
                i["total_frames"] = 100.into()
            });
        });
        let place = format!("{format}/meta/info.json: total_frames");
        assert_eq!(found, problem(&place, "100", "101", MAKE_AGAIN));
    }
    let found = says("data", |root| {
        let data = root.join("lerobot2/data/chunk-000");
        fs::copy(
            data.join("episode_000000.parquet"),
            data.join("episode_000001.parquet"),
        )
        .unwrap();
    });
    assert_eq!(
        found,
        problem("lerobot2/data", "97 rows", "101", MAKE_AGAIN)
    );
    let found = says("videos", |root| {
        let video = "videos/observation.images.front/chunk-000/file-000.mp4";
        let one = root.join("episodes/000/000000/front.mp4");
        fs::copy(one, root.join("lerobot3").join(video)).unwrap();
    });
    let place = "lerobot3/videos: observation.images.front";
    assert_eq!(found, problem(place, "9 pictures", "101", MAKE_AGAIN));
    let found = says("hdf5", |root| {
        fs::write(root.join("robomimic.hdf5"), "no").unwrap()
    });
    assert!(
        found.starts_with("error: robomimic.hdf5\n  found:    "),
        "{found}"
    );
    assert!(found.ends_with(MAKE_AGAIN), "{found}");
}

#[test]
fn manifests_of_other_kinds() {
    let found = says("version", |root| {
        edit(root.join("manifest.json"), |m| m["schema"] = 99.into());
    });
    let remedy = "use the version of benchside that wrote the recording";
    assert_eq!(found, problem("manifest.json: schema", "99", "1", remedy));
    let found = says("kind", |root| {
        edit(root.join("manifest.json"), |m| {
            m["kind"] = "pictures".into()
        });
    });
    let remedy = "name a folder that benchside record has written";
    assert_eq!(
        found,
        problem("manifest.json: kind", "pictures", "demonstrations", remedy)
    );
}
