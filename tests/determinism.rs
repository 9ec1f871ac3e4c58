//! Same seed, same bytes.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::cli::{benchside, digests, fresh, generate, ok, sha256};

/// Names of files that differ or are missing on one side.
fn differences(a: &Path, b: &Path) -> Vec<String> {
    let (a, b) = (digests(a), digests(b));
    assert!(!a.is_empty());
    let names = a.keys().chain(b.keys()).filter(|k| a.get(*k) != b.get(*k));
    names.cloned().collect()
}

const NONE: [String; 0] = [];

#[test]
fn threads_change_nothing() {
    let (one, three) = (fresh("threads_1"), fresh("threads_3"));
    ok(generate(&one, &["-n", "6", "--threads", "1"]));
    ok(generate(&three, &["-n", "6", "--threads", "3"]));
    assert_eq!(differences(&one, &three), NONE);
}

#[test]
fn seeds_change_the_images() {
    let (a, b) = (fresh("seed_0"), fresh("seed_1"));
    ok(generate(&a, &["-n", "1"]));
    ok(generate(&b, &["-n", "1", "--seed", "1"]));
    let different = differences(&a, &b);
    assert!(different.contains(&"images/000/000000/color.png".to_string()));
}

/// Counts entries of the data set's one folder of images.
fn images(out: &Path, folder: &str) -> usize {
    std::fs::read_dir(out.join(folder)).map_or(0, Iterator::count)
}

/// Kills a run half-way, leaves what a kill in the middle of a write leaves, and resumes.
fn kill_and_resume(name: &str, formats: &str, folder: &str) {
    let (whole, killed) = (
        fresh(&format!("{name}_whole")),
        fresh(&format!("{name}_killed")),
    );
    let options = ["-n", "30", "--formats", formats, "--threads", "2"];
    ok(generate(&whole, &options));

    let mut child = generate(&killed, &options).spawn().unwrap();
    let begin = Instant::now();
    while images(&killed, folder) < 10 {
        assert!(begin.elapsed() < Duration::from_secs(120), "no images came");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let there = images(&killed, folder);
    assert!(there < 120, "it was killed too late to tell");
    assert!(!killed.join("summary.json").exists());

    let half = killed.join(".work/new/4711");
    std::fs::create_dir_all(&half).unwrap();
    std::fs::write(half.join("color.png"), b"half").unwrap();

    ok(generate(&killed, &[&options[..], &["--resume"]].concat()));
    assert_eq!(differences(&whole, &killed), NONE);
    // Once more: nothing to do, nothing changed.
    ok(generate(&killed, &[&options[..], &["--resume"]].concat()));
    assert_eq!(differences(&whole, &killed), NONE);
}

#[test]
fn a_killed_run_resumes_to_the_same_bytes() {
    kill_and_resume("kill", "native,coco", "images/000");
}

#[test]
fn a_killed_coco_run_resumes_to_the_same_bytes() {
    kill_and_resume("kill_coco", "coco", "coco/images/000");
}

/// An error in the middle of a run must not cost more than what a kill costs.
#[test]
fn a_missing_image_comes_back_by_resuming() {
    let (whole, mended) = (fresh("mend_whole"), fresh("mend_mended"));
    ok(generate(&whole, &["-n", "2"]));
    ok(generate(&mended, &["-n", "2"]));
    std::fs::remove_dir_all(mended.join("images/000/000003")).unwrap();
    std::fs::remove_file(mended.join("summary.json")).unwrap();
    ok(generate(&mended, &["-n", "2", "--resume"]));
    assert_eq!(differences(&whole, &mended), NONE);
}

#[test]
fn an_image_made_alone_has_the_same_bytes() {
    let (whole, alone) = (fresh("only_whole"), fresh("only_alone"));
    ok(generate(&whole, &["-n", "3", "--seed", "5"]));
    ok(generate(&alone, &["-n", "3", "--seed", "5", "--only", "9"]));
    let (whole_files, alone_files) = (digests(&whole), digests(&alone));
    let folder = |(name, _): &(&String, &String)| name.starts_with("images/000/000009/");
    assert_eq!(
        whole_files.iter().filter(folder).collect::<Vec<_>>(),
        alone_files.iter().filter(folder).collect::<Vec<_>>(),
    );
    // Beside it: its episode and the manifest, as in the whole, and nothing else.
    for name in ["manifest.json", "episodes/000/000002.json"] {
        assert_eq!(whole_files[name], alone_files[name], "{name}");
    }
    assert_eq!(alone_files.len(), 12 + 2);

    // A damaged image is mended in its place, and that is said.
    let color = whole.join("images/000/000009/color.png");
    std::fs::write(&color, b"damaged").unwrap();
    let said = ok(generate(&whole, &["--seed", "5", "--only", "9"]));
    assert_eq!(digests(&whole), whole_files);
    assert!(said.contains("color.png: replaced: the bytes were different"));
    assert!(said.contains("z_depth.png: same bytes as before"));
}

#[test]
fn images_made_alone_add_up_to_the_whole() {
    let (whole, parts) = (fresh("parts_whole"), fresh("parts_parts"));
    ok(generate(&whole, &["-n", "2"]));
    for k in ["6", "1"] {
        ok(generate(&parts, &["-n", "2", "--only", k]));
    }
    ok(generate(&parts, &["-n", "2", "--resume"]));
    assert_eq!(differences(&whole, &parts), NONE);
}

#[test]
fn formats_do_not_change_the_picture() {
    let (both, coco) = (fresh("formats_both"), fresh("formats_coco"));
    ok(generate(&both, &["-n", "2"]));
    ok(generate(&coco, &["-n", "2", "--formats", "coco"]));
    for k in 0..8 {
        let native = both.join(format!("images/000/{k:06}/color.png"));
        let alone = coco.join(format!("coco/images/000/{k:06}.png"));
        assert_eq!(
            sha256(&std::fs::read(native).unwrap()),
            sha256(&std::fs::read(alone).unwrap())
        );
    }
    let annotations = |root: &Path| {
        let text = std::fs::read_to_string(root.join("coco/annotations.json")).unwrap();
        text.split_once("\"annotations\"").unwrap().1.to_string()
    };
    assert_eq!(annotations(&both), annotations(&coco));
    assert!(!coco.join(".work").exists());
}

/// Digests of every kind of file of two episodes, so that a change names its culprit.
///
/// `BENCHSIDE_BLESS=1` writes new ones, and fails, so that nobody blesses by accident.
#[test]
fn committed_digests_hold() {
    let out = fresh("digests");
    ok(generate(&out, &["-n", "2", "--seed", "7"]));
    let mut kinds: BTreeMap<String, String> = BTreeMap::new();
    for (path, mut digest) in digests(&out) {
        if path.ends_with("/labels.json") {
            // They repeat the digests of the planes; only what else they say counts here.
            let text = std::fs::read_to_string(out.join(&path)).unwrap();
            let mut labels: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert!(labels.as_object_mut().unwrap().remove("files").is_some());
            digest = sha256(labels.to_string().as_bytes());
        }
        let name = path.rsplit('/').next().unwrap();
        let kind = match path.split('/').next().unwrap() {
            "episodes" => "episode",
            _ => name,
        };
        *kinds.entry(kind.into()).or_default() += &digest;
    }
    // The manifest names the version of the tool, and says nothing of the pictures.
    kinds.remove("manifest.json");
    kinds.remove("annotations.json");
    kinds
        .values_mut()
        .for_each(|all| *all = sha256(all.as_bytes()));

    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny_digests.json");
    if std::env::var_os("BENCHSIDE_BLESS").is_some() {
        let text = serde_json::to_string_pretty(&kinds).unwrap() + "\n";
        std::fs::write(committed, text).unwrap();
        panic!("wrote {committed}: look at the change, and run again without BENCHSIDE_BLESS");
    }
    let text = std::fs::read_to_string(committed).expect("no digests are committed");
    let expected: BTreeMap<String, String> = serde_json::from_str(&text).unwrap();
    let changed: Vec<&String> = kinds
        .keys()
        .chain(expected.keys())
        .filter(|k| kinds.get(*k) != expected.get(*k))
        .collect();
    assert!(
        changed.is_empty(),
        "other bytes than committed: {changed:?}; if that is meant, run with BENCHSIDE_BLESS=1"
    );
}

#[test]
fn a_second_run_may_not_write_at_the_same_time() {
    let out = fresh("locked");
    let mut first = generate(&out, &["-n", "200"]).spawn().unwrap();
    while images(&out, "images/000") < 2 {
        assert!(
            first.try_wait().unwrap().is_none(),
            "it ended too early to tell"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    let second = generate(&out, &["-n", "200", "--resume"]).output().unwrap();
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(second.status.code(), Some(3));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("another run is writing here"), "{said}");
    // The lock went with the first run.
    let third = benchside(["inspect", "--no-sheet"])
        .arg(&out)
        .output()
        .unwrap();
    assert!(third.status.success());
}
