//! Runs that cannot be: what they say, and what they leave behind.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::cli::{TINY, benchside, digests, fresh, generate, ok, stderr};

/// Runs a command that must end with exit code 3; the message.
fn fails(mut command: Command) -> String {
    let output: Output = command.output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(3), "{command:?}\n{said}");
    assert_eq!(output.stdout, b"", "{command:?}");
    said
}

/// The whole message, with `out` for the path of the folder.
fn message(command: Command, out: &Path) -> String {
    fails(command).replace(out.to_str().unwrap(), "OUT")
}

#[test]
fn a_finished_data_set_is_not_overwritten() {
    let out = fresh("bad_finished");
    ok(generate(&out, &["-n", "1"]));
    let before = digests(&out);
    assert_eq!(
        message(generate(&out, &["-n", "1"]), &out),
        "error: OUT\n  found:    a finished data set\n  expected: an empty folder, or none\n  \
         remedy:   choose another folder with -o, or remove this one\n"
    );
    assert_eq!(digests(&out), before);
}

#[test]
fn an_unfinished_data_set_is_not_overwritten() {
    let out = fresh("bad_unfinished");
    ok(generate(&out, &["-n", "1", "--only", "0"]));
    assert_eq!(
        message(generate(&out, &["-n", "1"]), &out),
        "error: OUT\n  found:    an unfinished data set\n  expected: an empty folder, or none\n  \
         remedy:   go on with it by --resume, choose another folder with -o, or remove this one\n"
    );
}

#[test]
fn a_folder_with_other_files_is_left_alone() {
    let out = fresh("bad_other_files");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("thesis.tex"), "years of work").unwrap();
    for option in ["--resume", "--only=0", "--threads=1"] {
        assert_eq!(
            message(generate(&out, &[option]), &out),
            "error: OUT\n  found:    files, but no manifest.json\n  expected: an empty folder, or \
             none\n  remedy:   choose another folder with -o\n"
        );
    }
    assert_eq!(digests(&out).len(), 1);
}

#[test]
fn an_empty_folder_is_used() {
    let out = fresh("bad_empty");
    std::fs::create_dir(&out).unwrap();
    ok(generate(&out, &["-n", "1"]));
    assert!(out.join("summary.json").exists());
}

#[test]
fn resuming_with_other_options_names_all_of_them() {
    let out = fresh("bad_resume");
    ok(generate(&out, &["-n", "2", "--only", "0"]));
    let before = digests(&out);
    let said = message(
        generate(
            &out,
            &["-n", "3", "--seed", "4", "--size", "32x24", "--resume"],
        ),
        &out,
    );
    for (place, found, expected) in [
        ("seed", "0", "4"),
        ("episodes", "2", "3"),
        ("size_px", "[64,48]", "[32,24]"),
    ] {
        let one = format!(
            "error: OUT/manifest.json: request.{place}\n  found:    {found}\n  expected: {expected} \
             (as asked for now)\n  remedy:   resume with the same recipe, files and options, or \
             choose another folder with -o"
        );
        assert!(said.contains(&one), "{said}");
    }
    assert_eq!(said.matches("error:").count(), 3, "{said}");
    assert_eq!(digests(&out), before);
}

#[test]
fn resuming_after_the_scene_changed_names_the_file() {
    let (scene, out) = (fresh("bad_changed_scene"), fresh("bad_changed"));
    std::fs::create_dir(&scene).unwrap();
    for entry in std::fs::read_dir(TINY).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), scene.join(entry.file_name())).unwrap();
    }
    let run = |more: &[&str]| {
        let mut command = benchside(["generate", "-n", "1", "--device", "cpu"]);
        command.arg(&scene).arg("-o").arg(&out).args(more);
        command
    };
    ok(run(&["--only", "0"]));
    let recipe = scene.join("recipe.toml");
    let text = std::fs::read_to_string(&recipe).unwrap() + "# another day\n";
    std::fs::write(&recipe, text).unwrap();
    assert_eq!(
        message(run(&["--resume"]), &out),
        "error: OUT/manifest.json: files\n  found:    the scene's files have changed: \
         recipe.toml\n  expected: the files that the data set was begun with\n  remedy:   resume \
         with the same recipe, files and options, or choose another folder with -o\n"
    );
}

#[test]
fn an_output_below_a_file_is_refused() {
    let file = fresh("bad_file");
    std::fs::create_dir(&file).unwrap();
    let file = file.join("file");
    std::fs::write(&file, "").unwrap();
    let out = file.join("dataset");
    assert_eq!(
        message(generate(&out, &["-n", "1"]), &out),
        "error: OUT\n  found:    Not a directory (os error 20)\n  expected: a file or folder that \
         can be written\n  remedy:   choose another folder with -o\n"
    );
}

/// Files that may not grow, as on a full disk.
fn with_file_limit(command: &Command, blocks: u32) -> Command {
    let mut shell = Command::new("bash");
    // Ignored, the signal becomes an error of the write.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    shell.args(["-c", &script, "bash"]);
    shell.arg(command.get_program()).args(command.get_args());
    shell
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let out = fresh("bad_full");
    // Not even the manifest fits: nothing is left.
    let said = message(with_file_limit(&generate(&out, &["-n", "2"]), 1), &out);
    assert_eq!(
        said,
        "error: OUT/manifest.json\n  found:    File too large (os error 27)\n  expected: a file or \
         folder that can be written\n  remedy:   free some space, then run the same command with \
         --resume\n"
    );
    assert!(!out.exists());

    // The images fit, the annotations do not: whole images are left, and can be resumed.
    let whole = fresh("bad_full_whole");
    ok(generate(&whole, &["-n", "6"]));
    let size = std::fs::metadata(whole.join("coco/annotations.json"))
        .unwrap()
        .len();
    let blocks = u32::try_from(size / 1024 - 1).unwrap();
    let said = message(with_file_limit(&generate(&out, &["-n", "6"]), blocks), &out);
    assert!(
        said.starts_with("error: OUT/coco/annotations.json\n"),
        "{said}"
    );
    let left = digests(&out);
    let all = digests(&whole);
    assert!(
        left.iter()
            .all(|(name, digest)| all.get(name) == Some(digest)),
        "{left:?}"
    );
    assert_eq!(left.len(), all.len() - 2);
    ok(generate(&out, &["-n", "6", "--resume"]));
    assert_eq!(digests(&out), all);
}

#[test]
fn an_image_that_is_not_there_cannot_be_made() {
    let out = fresh("bad_only");
    assert_eq!(
        message(generate(&out, &["-n", "3", "--only", "12"]), &out),
        "error: --only\n  found:    image 12\n  expected: 0 to 11: the data set has 3 episodes of \
         4 images\n  remedy:   choose another image, or give the data set's number of episodes \
         with -n\n"
    );
    assert!(!out.exists());
}

#[test]
fn a_scene_that_is_not_there_leaves_no_folder() {
    let out = fresh("bad_no_scene");
    let mut command = benchside(["generate", "no/such/scene", "-o"]);
    command.arg(&out);
    assert!(message(command, &out).contains("no/such/scene"));
    assert!(!out.exists());
}

#[test]
fn wrong_arguments_end_with_3() {
    let out = fresh("bad_arguments");
    for (arguments, what) in [
        (&["--formats", "yolo"][..], "yolo"),
        (&["--size", "640"], "640x480"),
        (&["--size", "0x480"], "1 to 8192"),
        (&["--samples", "2"], "1, 4 or 16"),
        (&["-n", "0"], "0 is not in"),
        (&["--threads", "0"], "0 is not in"),
        (&["--resume", "--only", "1"], "cannot be used with"),
        (&["--colour", "red"], "--colour"),
    ] {
        let said = fails(generate(&out, arguments));
        assert!(said.contains(what), "{said}");
    }
    assert!(!out.exists());
}

#[test]
fn a_log_that_cannot_be_opened_stops_before_the_work() {
    let out = fresh("bad_log");
    let said = fails(generate(&out, &["--log", "/no/such/folder/log"]));
    assert!(said.starts_with("error: /no/such/folder/log\n"), "{said}");
    assert!(!out.exists());
}

#[test]
fn check_of_something_else_cannot_run() {
    let folder = fresh("bad_check");
    std::fs::create_dir(&folder).unwrap();
    let mut command = benchside(["check"]);
    command.arg(&folder);
    assert_eq!(
        message(command, &folder),
        "error: OUT\n  found:    a folder without manifest.json, recipe.toml and robot.toml\n  \
         expected: a scene folder, a recipe, a task, a glTF file, a robot or a data set\n  remedy:   name a folder \
         that has one of these files\n"
    );
}

#[test]
fn manifests_of_other_versions_are_told() {
    let out = fresh("bad_version");
    ok(generate(&out, &["-n", "1"]));
    let path = out.join("manifest.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"schema\": 1", "\"schema\": 99", 1)).unwrap();
    let mut command = benchside(["inspect"]);
    command.arg(&out);
    assert_eq!(
        message(command, &out),
        "error: OUT/manifest.json: schema\n  found:    99\n  expected: 1\n  remedy:   use the \
         version of benchside that wrote the data set\n"
    );
}
