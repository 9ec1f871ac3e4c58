//! GR00T's client against a pyzmq server in the words of each version.

use benchside::policy::exchange::PolicyError;
use benchside::policy::wire::{Address, Batch, Settings};

use super::server::{
    STATE, Server, echoed, episode, local, observation_of, patient, patient_limits,
    play_back_twenty_episodes,
};
use crate::support::cli::fresh;

const VERSIONS: [&str; 3] = ["n15", "n16", "n17"];

#[test]
fn every_version_echoes_the_observation() {
    for version in VERSIONS {
        for dtype in ["<f4", "<f8"] {
            let arguments = ["--version", version, "--dtype", dtype];
            let Some(server) = Server::start("policy_gr00t.py", &arguments) else {
                return;
            };
            let mut client = patient("gr00t", server.port);
            let dialect = client.describe().unwrap()["dialect"].clone();
            assert_eq!(
                dialect.as_str().unwrap().starts_with("flat"),
                version == "n15"
            );
            client.begin(&episode("pick", 0)).unwrap();
            for prompt in ["pick up the tube", "é"] {
                let observation = observation_of("gr00t", &STATE, prompt);
                let chunk = client.infer(&observation).unwrap();
                assert_eq!(
                    (chunk.width, chunk.numbers),
                    echoed(&observation),
                    "{version}"
                );
            }
            client.end(true);
        }
    }
}

#[test]
fn actions_come_in_the_order_of_given_keys() {
    let Some(server) = Server::start("policy_gr00t.py", &["--version", "n17"]) else {
        return;
    };
    let settings = Settings {
        limits: patient_limits(),
        action_keys: Some(vec!["rest".to_string(), "state".to_string()]),
        ..Settings::default()
    };
    let observation = observation_of("gr00t", &STATE, "pick");
    let chunk = local("gr00t", server.port, settings)
        .infer(&observation)
        .unwrap();
    let (width, expected) = echoed(&observation);
    for (row, expected) in chunk.numbers.chunks(width).zip(expected.chunks(width)) {
        assert_eq!(row[..2], expected[width - 2..]);
        assert_eq!(row[2..], expected[..width - 2]);
    }
}

#[test]
fn a_token_is_sent_and_its_lack_explained() {
    let Some(server) = Server::start("policy_gr00t.py", &["--token", "secret"]) else {
        return;
    };
    let Err(PolicyError::Server(message)) = patient("gr00t", server.port).describe() else {
        panic!("a server fault is due");
    };
    assert!(
        message.contains("Unauthorized") && message.contains("BENCHSIDE_POLICY_KEY"),
        "{message}"
    );
    let settings = Settings {
        limits: patient_limits(),
        key: Some("secret".to_string()),
        ..Settings::default()
    };
    let mut client = local("gr00t", server.port, settings);
    client.begin(&episode("pick", 0)).unwrap();
    client
        .infer(&observation_of("gr00t", &STATE, "pick"))
        .unwrap();
}

#[test]
fn a_restarted_server_is_asked_again() {
    let Some(server) = Server::start("policy_gr00t.py", &[]) else {
        return;
    };
    let port = server.port.to_string();
    let mut client = patient("gr00t", server.port);
    let observation = observation_of("gr00t", &STATE, "pick");
    client.infer(&observation).unwrap();
    drop(server);
    let _again = Server::start("policy_gr00t.py", &["--port", &port]).unwrap();
    client.infer(&observation).unwrap();
}

/// Eight workers ask at once; each gets the answer to its own question.
fn eight_workers_ask(port: u16) {
    let address = Address::parse(&format!("gr00t://127.0.0.1:{port}")).unwrap();
    let settings = Settings {
        limits: patient_limits(),
        ..Settings::default()
    };
    let batch = Batch::new(address, settings, 4);
    std::thread::scope(|scope| {
        for worker in 0..8 {
            let mut client = batch.client();
            scope.spawn(move || {
                client.describe().unwrap();
                client.begin(&episode("pick", worker)).unwrap();
                for step in 0..5 {
                    let state = STATE.map(|x| x + (worker * 10 + step) as f32);
                    // Another shape, which cannot go with the others.
                    let state = &state[usize::from(worker == 7)..];
                    let observation = observation_of("gr00t", state, &format!("by {worker}"));
                    let chunk = client.infer(&observation).unwrap();
                    assert_eq!((chunk.width, chunk.numbers), echoed(&observation));
                }
                client.end(true);
            });
        }
    });
}

#[test]
fn workers_share_requests() {
    let rows = fresh("gr00t_rows");
    std::fs::create_dir_all(&rows).unwrap();
    for (version, most) in [("n16", 4), ("n17", 4), ("n17", 1)] {
        let file = rows.join(format!("{version}-{most}"));
        let (path, most) = (file.to_str().unwrap(), most.to_string());
        let arguments = ["--version", version, "--delay", "0.02", "--rows", path];
        let arguments = [&arguments[..], &["--most-rows", &most]].concat();
        let Some(server) = Server::start("policy_gr00t.py", &arguments) else {
            return;
        };
        eight_workers_ask(server.port);
        let counts = std::fs::read_to_string(&file).unwrap();
        let counts: Vec<usize> = counts.lines().map(|l| l.parse().unwrap()).collect();
        let together = counts.iter().filter(|&&n| n > 1).count();
        assert!(counts.iter().all(|&n| n <= 4), "{counts:?}");
        if most == "4" {
            assert_eq!(counts.iter().sum::<usize>(), 8 * 5);
            assert!(together > 0, "{counts:?}");
        } else {
            // Refused, each asked alone, and no batch sent again but what was under way.
            assert_eq!(together, 1, "{counts:?}");
        }
    }
}

#[test]
fn a_batch_that_fails_fails_for_all_of_it() {
    for fault in ["nan", "shape", "garbage", "close", "missing", "empty"] {
        let arguments = ["--delay", "0.05", "--fault", fault];
        let Some(server) = Server::start("policy_gr00t.py", &arguments) else {
            return;
        };
        let address = Address::parse(&format!("gr00t://127.0.0.1:{}", server.port)).unwrap();
        let settings = Settings {
            limits: patient_limits(),
            ..Settings::default()
        };
        let batch = Batch::new(address, settings, 4);
        std::thread::scope(|scope| {
            for worker in 0..4 {
                let mut client = batch.client();
                scope.spawn(move || {
                    let observation = observation_of("gr00t", &STATE, &format!("by {worker}"));
                    match client.infer(&observation) {
                        Err(_) => assert_ne!(fault, "nan"),
                        // Numbers that are none are found where actions are read.
                        Ok(chunk) => assert!(chunk.numbers.iter().any(|x| x.is_nan())),
                    }
                });
            }
        });
    }
}

#[test]
fn one_observation_at_a_time_is_all_that_n15_takes() {
    let Some(server) = Server::start("policy_gr00t.py", &["--version", "n15"]) else {
        return;
    };
    let address = Address::parse(&format!("gr00t://127.0.0.1:{}", server.port)).unwrap();
    let mut client = Batch::new(address, Settings::default(), 4).client();
    let Err(PolicyError::Policy(message)) = client.describe() else {
        panic!("a refusal is due");
    };
    assert!(message.contains("leave out --batch"), "{message}");
}

#[test]
fn twenty_episodes_are_played_back() {
    for version in VERSIONS {
        play_back_twenty_episodes("policy_gr00t.py", "gr00t", &["--version", version]);
    }
}
