//! The real clients.

use std::path::Path;
use std::process::Command;

use benchside::dataset::demo::lerobot::v3::{self, Limits};
use benchside::dataset::demo::training::Training;

use super::synth::{ALL, EPISODES, manifest, record, write_truth};
use crate::support::cli::{fresh, ok};
use crate::support::python::{lerobot_python, script};

/// A recording with everything in it, and what must be found there.
fn recording(name: &str, keep_failures: bool) -> std::path::PathBuf {
    let root = fresh(name);
    record(&root, &ALL, keep_failures);
    write_truth(&root.with_extension("truth.json"), keep_failures);
    root
}

fn run(modules: &str, name: &str, recording: &Path, data: &Path) {
    let Some(python) = lerobot_python(modules) else {
        return;
    };
    let mut command = Command::new(python);
    command.arg(script(name)).arg(recording).arg(data);
    command.arg(recording.with_extension("truth.json"));
    command.env("HF_HUB_OFFLINE", "1");
    command.env("HF_HOME", recording.with_extension("hf"));
    print!("{}", ok(command));
}

#[test]
fn lerobot_loads_every_frame_of_version_3() {
    for keep_failures in [false, true] {
        let root = recording(&format!("demo_lerobot3_{keep_failures}"), keep_failures);
        run("lerobot", "demo_lerobot3.py", &root, &root.join("lerobot3"));
    }
}

#[test]
fn lerobot_loads_version_3_from_many_files() {
    let root = recording("demo_lerobot3_small_files", false);
    let training = Training::gather(&root, &manifest(&ALL, false), EPISODES);
    let limits = Limits {
        data_mib: 0,
        video_mib: 0,
        files_a_chunk: 2,
    };
    let data = root.join("small");
    v3::write_limited(&data, &training.unwrap().0, &limits, &|_| ()).unwrap();
    assert!(data.join("data/chunk-002/file-000.parquet").exists());
    assert!(
        data.join("videos/observation.images.front/chunk-002/file-000.mp4")
            .exists()
    );
    run("lerobot", "demo_lerobot3.py", &root, &data);
}

#[test]
fn version_2_follows_its_loaders_rules() {
    for keep_failures in [false, true] {
        let root = recording(&format!("demo_lerobot2_{keep_failures}"), keep_failures);
        run(
            "av, pyarrow",
            "demo_lerobot2.py",
            &root,
            &root.join("lerobot2"),
        );
    }
}

#[test]
fn h5py_and_robomimic_read_the_hdf5() {
    for keep_failures in [false, true] {
        let root = recording(&format!("demo_robomimic_{keep_failures}"), keep_failures);
        run(
            "h5py",
            "demo_robomimic.py",
            &root,
            &root.join("robomimic.hdf5"),
        );
    }
}

#[test]
fn native_episodes_open_with_pillow_pyarrow_and_pyav() {
    let root = recording("demo_native", true);
    run("av, pyarrow, PIL", "demo_native.py", &root, &root);
}
