//! A recording's folder: whole or not at all, the same bytes every time.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use benchside::dataset::demo::check::check;
use benchside::dataset::demo::{DemoFormat, Recording, layout};
use benchside::dataset::image_file::decode;

use super::synth::{ALL, EPISODES, episode, manifest, record, schema};
use crate::support::cli::{benchside, digests, fresh, ok};

/// Names this process's folder to [`a_process_that_records`].
const CHILD: &str = "BENCHSIDE_TEST_RECORDING";

fn go_on(root: &Path, pause: Duration) {
    let manifest = manifest(&ALL, true);
    let schema = manifest.demonstrations.clone();
    let recording = Recording::create_or_resume(root, manifest, true).unwrap();
    // From the last: order must not matter.
    for index in (0..EPISODES).rev().filter(|&i| !recording.has(i)) {
        std::thread::sleep(pause);
        recording.write(&episode(&schema, index)).unwrap();
    }
    recording
        .finish(EPISODES, &|_, _, _| std::thread::sleep(pause))
        .unwrap();
}

#[test]
fn a_process_that_records() {
    if let Some(root) = std::env::var_os(CHILD) {
        go_on(Path::new(&root), Duration::from_millis(5));
    }
}

#[test]
fn killed_runs_go_on_to_the_same_bytes() {
    let whole = fresh("demo_whole");
    let summary = record(&whole, &ALL, true);
    assert_eq!(
        (summary.episodes, summary.successes, summary.kept),
        (7, 5, 6)
    );
    let killed = fresh("demo_killed");
    let child = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "demo::files::a_process_that_records"]);
        command
            .env(CHILD, &killed)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let mut kills = 0;
    for wait in (0..).map(|i| Duration::from_millis(20 + 20 * i)) {
        let mut child = child();
        std::thread::sleep(wait);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success());
            break;
        }
        // SIGKILL on Unix.
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    println!("killed {kills} times");
    assert!(kills >= 3, "{kills}");
    assert_eq!(digests(&killed), digests(&whole));
}

#[test]
fn one_thread_or_many_any_order_the_same_bytes() {
    let (many, one) = (fresh("demo_many"), fresh("demo_one"));
    record(&many, &ALL, true);
    go_on(&one, Duration::ZERO);
    let (many, one) = (digests(&many), digests(&one));
    assert_eq!(many, one);
    assert!(many.keys().all(|name| !name.starts_with(".work")));
}

#[test]
fn robomimic_has_the_pictures_that_were_given_even_after_a_resume() {
    let root = fresh("demo_lossless");
    let schema = schema();
    let begin = |resume| Recording::create_or_resume(&root, manifest(&ALL, false), resume);
    let recording = begin(false).unwrap();
    recording.write(&episode(&schema, 0)).unwrap();
    recording.write(&episode(&schema, 1)).unwrap();
    recording.release();
    // Without its lossless pictures an episode is not there.
    std::fs::remove_dir_all(root.join(layout::work_color(1))).unwrap();
    let recording = begin(true).unwrap();
    assert!(recording.has(0) && !recording.has(1) && !recording.has(2));
    assert_eq!(recording.verdict(0).unwrap().reason, "success");
    recording.write(&episode(&schema, 1)).unwrap();
    recording.finish(2, &|_, _, _| ()).unwrap();
    assert!(!root.join(".work").exists());
    let again = begin(true).unwrap();
    assert!(again.is_finished() && again.has(1));
    assert_eq!(again.finish(2, &|_, _, _| ()).unwrap().steps, 22);
    assert!(check(&root).problems.is_empty());
}

#[test]
fn what_a_run_made_in_passing_is_removed() {
    let (more, exact) = (fresh("demo_more"), fresh("demo_exact"));
    let formats = [DemoFormat::Native];
    for (root, written) in [(&more, [0, 1, 2, 3, 1003]), (&exact, [0, 1, 2, 0, 1])] {
        let manifest = manifest(&formats, false);
        let recording = Recording::create_or_resume(root, manifest, false).unwrap();
        for index in written {
            recording
                .write(&episode(&schema(), index % 1000).with_index(index))
                .unwrap();
        }
        recording.finish(3, &|_, _, _| ()).unwrap();
    }
    assert_eq!(digests(&more), digests(&exact));
}

trait WithIndex {
    fn with_index(self, index: u64) -> Self;
}

impl WithIndex for benchside::dataset::demo::DemoEpisode {
    fn with_index(mut self, index: u64) -> Self {
        self.index = index;
        self
    }
}

#[test]
fn failures_leave_their_record_unless_they_are_kept() {
    let root = fresh("demo_failures");
    record(&root, &[DemoFormat::Lerobot3], false);
    let names = |i: u64| {
        let entries = std::fs::read_dir(root.join(layout::episode(i))).unwrap();
        entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(2), ["episode.json"]);
    assert_eq!(names(5), ["episode.json"]);
    assert_eq!(names(3).len(), 6);
    let output = ok(benchside(["check".into(), root.clone()]));
    assert!(
        output.ends_with(": no problems (recording, 101 steps of 7 episodes)\n"),
        "{output}"
    );
}

#[test]
fn inspect_counts_and_draws() {
    let root = fresh("demo_inspect");
    record(&root, &ALL, true);
    let sheet = root.with_extension("png");
    let output = ok(benchside([
        "inspect".into(),
        root,
        "-o".into(),
        sheet.clone(),
    ]));
    let expected = "\
load_slide with fr3: 5 of 7 episodes succeeded, 118 steps at 20 Hz
formats: native, lerobot3, lerobot2, robomimic
cameras: front 96x64 + depth + instances, wrist-2 64x80
numbers: 9 of state, 8 of action
success: 71.4%
       5  success
       2  timed out
instructions:
       3  Put slide \"7\" into the tray – gently.
       4  Seat the slide.
lengths: 9 to 33 steps, median 21; 1.0 s on average, 0.1 min together
       9 to     12       1  ########################
      13 to     16       1  ########################
      17 to     20       1  ########################
      21 to     24       1  ########################
      25 to     28       1  ########################
      29 to     32       0  
      33 to     36       1  ########################
stage reach: 0.2 s on average
stage seat: 0.2 s on average
contact sheet: ";
    assert!(output.starts_with(expected), "{output}");
    let picture = decode(&std::fs::read(sheet).unwrap()).unwrap();
    assert!(picture.width_px > 1500 && picture.height_px > 1500);
}
