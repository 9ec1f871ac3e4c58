//! Policies behind real servers: what an expert did, played back over each protocol, is the same to
//! the bit; and faults of a server are the server's.

use std::path::Path;
use std::process::Output;

use benchside::eval::record::{Class, RolloutRecord};
use benchside::eval::run::{actions_path, read};
use serde_json::json;

use super::arena::{file, play, suite};
use crate::policy::server::Server;
use crate::support::cli::{benchside, fresh};

/// Of hover: six joints and the gripper.
const WIDTH: usize = 6 + 1;

/// An expert's rollouts, and its actions as the servers of `tests/clients` want them.
fn recorded(folder: &str, seeds: u64) -> (Vec<RolloutRecord>, std::path::PathBuf) {
    let suite = suite("plain.suite.toml");
    let (records, folder) = play(&suite, "expert", &suite.rollouts(0..seeds), 2, folder);
    let mut by_words = serde_json::Map::new();
    for record in &records {
        let bytes = std::fs::read(actions_path(&folder, &record.id)).expect("they are kept");
        let numbers: Vec<f32> = (bytes.chunks_exact(4))
            .map(|b| f32::from_le_bytes(b.try_into().expect("four")))
            .collect();
        let steps: Vec<&[f32]> = numbers.chunks_exact(WIDTH).collect();
        // openpi and GR00T know the words, vla-eval the task's name.
        for key in [&record.instruction, &record.id.task] {
            let seeds = by_words.entry(key.clone()).or_insert_with(|| json!({}));
            seeds[record.id.seed.to_string()] = json!(steps);
        }
    }
    let path = folder.join("playback.json");
    std::fs::write(&path, serde_json::to_vec(&by_words).unwrap()).unwrap();
    (records, path)
}

fn eval(protocol: &str, port: u16, out: &Path, more: &[&str]) -> Output {
    let adapter = file(&format!("{protocol}.adapter.toml"));
    let mut command = benchside(["eval"]);
    command
        .arg(file("plain.suite.toml"))
        .arg("--adapter")
        .arg(adapter);
    let policy = format!("{protocol}://127.0.0.1:{port}");
    command
        .args(["--policy", &policy, "--video", "none", "-o"])
        .arg(out);
    command.args(more).output().expect("the binary runs")
}

#[test]
fn twenty_episodes_over_each_protocol_are_the_experts() {
    let (expert, playback) = recorded("eval_recorded", 20);
    assert!(expert.iter().all(RolloutRecord::is_success));
    let playback = playback.to_str().unwrap();
    // A server that counts its own steps has one episode at a time.
    let (alone, four) = (&["--workers", "1"][..], &["--workers", "4"][..]);
    let batches = &["--workers", "8", "--batch", "4"][..];
    for (protocol, script, arguments, how) in [
        ("openpi", "policy_openpi.py", &[][..], four),
        ("gr00t", "policy_gr00t.py", &["--version", "n15"][..], four),
        ("gr00t", "policy_gr00t.py", &["--version", "n17"][..], four),
        (
            "gr00t",
            "policy_gr00t.py",
            &["--delay", "0.01"][..],
            batches,
        ),
        ("vla-eval", "policy_vla_eval.py", &[][..], alone),
    ] {
        let Some(server) = Server::start(script, &[arguments, &["--playback", playback]].concat())
        else {
            return;
        };
        let out = fresh(&format!("eval_over_{protocol}{}", arguments.concat()));
        let output = eval(protocol, server.port, &out, how);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{protocol}: {said}");
        let records = read(&out).expect("rollouts");
        assert_eq!(records.len(), 20);
        for (line, expected) in records.values().zip(&expert) {
            let record = &line.record;
            assert_eq!(
                record.class,
                Class::Success,
                "{protocol}: {}",
                record.reason
            );
            assert_eq!(record.digest, expected.digest, "{protocol} {:?}", record.id);
        }
    }
}

#[test]
fn a_server_that_fails_is_no_verdict_on_the_policy() {
    let (_, playback) = recorded("eval_faults", 2);
    let playback = playback.to_str().unwrap();
    let seeds = ["--seeds", "2", "--workers", "1"];
    // After the first questions, which no rollout has asked: from the second rollout on.
    for (fault, class, code) in [
        ("close", Class::PolicyServer, 3),
        ("garbage", Class::PolicyServer, 3),
        ("nan", Class::Policy, 0),
        ("shape", Class::Policy, 0),
        ("error", Class::Policy, 0),
    ] {
        let arguments = [
            "--playback",
            playback,
            "--fault",
            fault,
            "--fault-from",
            "3",
        ];
        let Some(server) = Server::start("policy_openpi.py", &arguments) else {
            return;
        };
        let out = fresh(&format!("eval_fault_{fault}"));
        let output = eval("openpi", server.port, &out, &seeds);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{fault}: {said}");
        let records = read(&out).expect("rollouts");
        for line in records.values() {
            assert_eq!(line.record.class, class, "{fault}: {}", line.record.reason);
            assert!(!line.record.reason.is_empty());
        }
    }
}

#[test]
fn what_does_not_fit_is_said_before_anything_is_scored() {
    // Nobody listens there.
    let out = fresh("eval_refused");
    let output = eval("openpi", 1, &out, &[]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("refuses connections"), "{said}");
    assert!(said.contains("nothing was scored"), "{said}");
    // DROID's policies have seven joints and 15 actions a second.
    let mut command = benchside(["eval"]);
    command
        .arg(file("plain.suite.toml"))
        .args(["--adapter", "droid", "--policy"]);
    command
        .args(["openpi://127.0.0.1:1", "-o"])
        .arg(fresh("eval_droid"));
    let output = command.output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("15 actions a second"), "{said}");
    assert!(said.contains("control_hz = 15"), "{said}");
    // A policy of another width.
    let Some(server) = Server::start("policy_openpi.py", &[]) else {
        return;
    };
    let out = fresh("eval_width");
    let output = eval("openpi", server.port, &out, &[]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("actions of 10 numbers; task `hover` takes 7"),
        "{said}"
    );
    assert!(said.contains("gripper.open_fraction"), "{said}");
}
