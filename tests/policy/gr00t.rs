//! GR00T's client against a pyzmq server in the words of each version.

use benchside::policy::exchange::PolicyError;
use benchside::policy::wire::Settings;

use super::server::{
    STATE, Server, echoed, episode, local, observation_of, patient, patient_limits,
    play_back_twenty_episodes,
};

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

#[test]
fn twenty_episodes_are_played_back() {
    for version in VERSIONS {
        play_back_twenty_episodes("policy_gr00t.py", "gr00t", &["--version", version]);
    }
}
