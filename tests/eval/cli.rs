//! `benchside eval` and `compare` as pipelines use them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::arena::file;
use crate::support::cli::{benchside, fresh};

fn eval(suite: &str, policy: &str, out: &Path, more: &[&str]) -> Command {
    let mut command = benchside(["eval"]);
    command
        .arg(file(suite))
        .args(["--policy", policy, "--video", "none", "-o"]);
    command.arg(out).args(more);
    command
}

/// The exit code, and what was said.
fn ends(mut command: Command) -> (i32, String) {
    let output = command.output().expect("the binary runs");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    (output.status.code().expect("not killed"), text)
}

fn text(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn a_killed_run_goes_on_to_the_same_bytes() {
    let unbroken = fresh("eval_unbroken");
    let (code, said) = ends(eval(
        "hover.suite.toml",
        "expert",
        &unbroken,
        &["--workers", "2"],
    ));
    assert_eq!(code, 0, "{said}");
    let killed = fresh("eval_killed");
    let mut child = eval("hover.suite.toml", "expert", &killed, &["--workers", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let journal = killed.join("rollouts.part.jsonl");
    let begin = Instant::now();
    let lines = || {
        std::fs::read_to_string(&journal)
            .unwrap_or_default()
            .lines()
            .count()
    };
    while lines() < 3 {
        assert!(begin.elapsed() < Duration::from_secs(300), "no rollouts");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().expect("SIGKILL");
    child.wait().expect("it ends");
    assert!(lines() < 20, "killed too late to show anything");
    // As if killed while it wrote a line.
    let mut torn = std::fs::read(&journal).unwrap();
    torn.truncate(torn.len() - 20);
    std::fs::write(&journal, torn).unwrap();
    let (code, said) = ends(eval("hover.suite.toml", "expert", &killed, &[]));
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("--resume"), "{said}");
    let (code, said) = ends(eval("hover.suite.toml", "expert", &killed, &["--resume"]));
    assert_eq!(code, 0, "{said}");
    for name in ["rollouts.jsonl", "rollouts.parquet", "judgement.json"] {
        let read = |folder: &PathBuf| std::fs::read(folder.join(name)).expect(name);
        assert!(read(&killed) == read(&unbroken), "{name} differs");
    }
    assert!(!journal.exists());
    // What is complete is not played again.
    let (code, said) = ends(eval("hover.suite.toml", "expert", &killed, &["--resume"]));
    assert_eq!((code, said.contains("is complete")), (0, true), "{said}");
    // Another policy's rollouts do not go into it.
    let (code, said) = ends(eval("hover.suite.toml", "idle", &killed, &["--resume"]));
    assert_eq!(
        (code, said.contains("another suite or policy")),
        (3, true),
        "{said}"
    );
}

#[test]
fn a_biased_expert_has_regressed_and_an_expert_against_itself_has_not() {
    let expert = fresh("eval_expert");
    let (code, said) = ends(eval("plain.suite.toml", "expert", &expert, &[]));
    assert_eq!(code, 0, "{said}");
    let biased = fresh("eval_bias");
    let baseline = expert.to_str().unwrap();
    let more = ["--baseline", baseline];
    let (code, said) = ends(eval("plain.suite.toml", "expert:bias_mm=3", &biased, &more));
    assert_eq!(code, 1, "{said}");
    assert!(text(&biased, "junit.xml").contains("<failure"));
    assert!(text(&biased, "report.html").contains("hover"));
    // As many seeds as that are not enough to say that nothing was lost.
    let again = fresh("eval_again");
    let (code, said) = ends(eval("plain.suite.toml", "expert", &again, &more));
    assert_eq!(code, 2, "{said}");
    let compare = |a: &Path, b: &Path| {
        let mut command = benchside(["compare"]);
        command.arg(a).arg(b);
        ends(command)
    };
    assert_eq!(compare(&expert, &biased).0, 1);
    assert_eq!(compare(&expert, &again).0, 2);
    let (code, said) = compare(&expert, &fresh("eval_nothing"));
    assert_eq!((code, said.contains("no rollouts")), (3, true), "{said}");
}

#[test]
fn seeds_are_played_until_there_is_a_verdict_and_no_longer() {
    let out = fresh("eval_auto");
    let more = ["--baseline", "expert", "--seeds", "auto"];
    let (code, said) = ends(eval("plain.suite.toml", "idle", &out, &more));
    assert_eq!(code, 1, "{said}");
    let rollouts = text(&out, "rollouts.jsonl").lines().count();
    // All are lost: 2^n over n + 1 and a little is enough after very few.
    assert!((5..=15).contains(&rollouts), "{rollouts} rollouts");
    assert_eq!(
        text(&out, "baseline/rollouts.jsonl").lines().count(),
        rollouts
    );
    let (code, said) = ends(eval(
        "plain.suite.toml",
        "idle",
        &fresh("eval_auto_2"),
        &["--seeds", "auto"],
    ));
    assert_eq!((code, said.contains("--gate")), (3, true), "{said}");
}

#[test]
fn one_rollout_is_played_alone_by_its_own_command() {
    let out = fresh("eval_only");
    let more = ["--seeds", "1"];
    let (code, said) = ends(eval("hover.suite.toml", "expert", &out, &more));
    assert_eq!(code, 0, "{said}");
    let rollouts = text(&out, "rollouts.jsonl");
    let line = rollouts
        .lines()
        .find(|l| l.contains("robot_start"))
        .expect("one");
    let record: serde_json::Value = serde_json::from_str(line).unwrap();
    let command = record["reproduce"].as_str().expect("a command");
    let arguments: Vec<&str> = command.split(' ').skip(1).collect();
    let mut alone = benchside(arguments);
    alone.arg("-o").arg(fresh("eval_only_alone"));
    let output = alone.output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.contains(record["digest"].as_str().expect("one")),
        "{said}"
    );
    // It was filmed.
    let film = said.lines().last().expect("its path");
    let poster = std::fs::read(film.replace(".mp4", ".jpg")).expect("its poster");
    let poster = image::load_from_memory(&poster).expect("a JPEG").to_rgb8();
    assert_eq!(poster.dimensions(), (320, 240));
    assert!(poster.pixels().any(|p| p != poster.get_pixel(0, 0)));
    let bytes = std::fs::read(film).expect("a film");
    assert_eq!(&bytes[4..8], b"ftyp");
    let mut wrong = eval(
        "hover.suite.toml",
        "expert",
        &out,
        &["--only", "hover/none/0"],
    );
    let output = wrong.output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("task/axis/severity/seed"), "{said}");
}

#[test]
fn a_recording_is_a_policy_too() {
    let recording = fresh("eval_recording");
    let mut record = benchside(["record"]);
    record.arg(file("hover.toml")).args([
        "-n",
        "2",
        "--seed",
        "7",
        "--cameras",
        "wrist",
        "--size",
        "32x32",
        "--color-only",
        "--samples",
        "1",
        "--formats",
        "native",
        "-o",
    ]);
    record.arg(&recording);
    let (code, said) = ends(record);
    assert_eq!(code, 0, "{said}");
    let out = fresh("eval_replayed");
    let policy = format!("replay:{}", recording.display());
    let (code, said) = ends(eval("plain.suite.toml", &policy, &out, &["--seeds", "3"]));
    assert_eq!(code, 0, "{said}");
    let rollouts = text(&out, "rollouts.jsonl");
    let classes: Vec<bool> = rollouts
        .lines()
        .map(|l| l.contains(r#""class":"success""#))
        .collect();
    assert_eq!(classes, [true, true, false]);
    assert!(
        rollouts.contains("the recording has no episode 2"),
        "{rollouts}"
    );
}

#[test]
fn policies_that_are_none_are_refused_with_what_to_write() {
    for (uri, words) in [
        ("exprt", "did you mean `expert`?"),
        ("open-pi://x:1", "openpi"),
        ("openpi://x:99999", "65535"),
        ("expert:bias=3", "bias_mm=NUMBER"),
        ("replay:", "replay:DATASET"),
    ] {
        let (code, said) = ends(eval("plain.suite.toml", uri, &fresh("eval_none"), &[]));
        assert_eq!((code, said.contains(words)), (3, true), "{uri}: {said}");
    }
    for uri in ["expert", "openpi://127.0.0.1:1"] {
        let more = ["--batch", "4"];
        let (code, said) = ends(eval("plain.suite.toml", uri, &fresh("eval_none"), &more));
        assert_eq!((code, said.contains("--batch")), (3, true), "{uri}: {said}");
    }
}
