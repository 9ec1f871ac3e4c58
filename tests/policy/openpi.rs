//! openpi's client against a server on openpi-client's own codec, and its RoboArena dialect.

use benchside::policy::exchange::{Input, Observation, PolicyError};
use benchside::policy::wire::Settings;

use super::server::{
    STATE, Server, echoed, episode, local, observation_of, patient, patient_limits, picture,
    play_back_twenty_episodes,
};

#[test]
fn values_and_types_survive_both_ways() {
    for dtype in ["<f4", "<f8", ">f4", ">f8", "<f2"] {
        let Some(server) = Server::start("policy_openpi.py", &["--dtype", dtype]) else {
            return;
        };
        let mut client = patient("openpi", server.port);
        client.begin(&episode("pick", 0)).unwrap();
        for prompt in ["pick up the tube", "é", ""] {
            let observation = observation_of("openpi", &STATE, prompt);
            let chunk = client.infer(&observation).unwrap();
            assert_eq!(
                (chunk.width, chunk.numbers),
                echoed(&observation),
                "{dtype}"
            );
        }
    }
}

#[test]
fn integers_are_numbers_too() {
    let whole = [3.0, -4.0, 100.0];
    for dtype in ["<i8", ">i4", "<i2"] {
        let Some(server) = Server::start("policy_openpi.py", &["--dtype", dtype]) else {
            return;
        };
        let observation = observation_of("openpi", &whole, "pick");
        let chunk = patient("openpi", server.port).infer(&observation).unwrap();
        assert_eq!(
            (chunk.width, chunk.numbers),
            echoed(&observation),
            "{dtype}"
        );
    }
}

#[test]
fn pictures_go_nested_and_with_channels_first() {
    let Some(server) = Server::start("policy_openpi.py", &[]) else {
        return;
    };
    let path = |parts: &[&str]| parts.iter().map(|p| p.to_string()).collect::<Vec<_>>();
    // ALOHA's keys.
    let observation = Observation(vec![
        (path(&["images", "cam_high"]), Input::Picture(picture(true))),
        (path(&["images", "cam_low"]), Input::Picture(picture(true))),
        (path(&["state"]), Input::Numbers(vec![0.5; 14])),
        (path(&["prompt"]), Input::Text("fold".to_string())),
    ]);
    let chunk = patient("openpi", server.port).infer(&observation).unwrap();
    assert_eq!((chunk.width, chunk.numbers), echoed(&observation));
}

#[test]
fn a_server_says_what_it_is() {
    let Some(server) = Server::start("policy_openpi.py", &[]) else {
        return;
    };
    let said = patient("openpi", server.port).describe().unwrap();
    assert_eq!(said["dialect"], "openpi");
    assert_eq!(said["metadata"]["horizon"], 4);
}

#[test]
fn roboarena_is_told_by_its_handshake() {
    let Some(server) = Server::start("policy_openpi.py", &["--dialect", "roboarena"]) else {
        return;
    };
    let mut client = patient("openpi", server.port);
    assert_eq!(client.describe().unwrap()["dialect"], "roboarena");
    for seed in 0..3 {
        client.begin(&episode("pick", seed)).unwrap();
        for _ in 0..2 {
            let observation = observation_of("openpi", &STATE, "pick");
            let chunk = client.infer(&observation).unwrap();
            assert_eq!((chunk.width, chunk.numbers), echoed(&observation));
        }
        client.end(true);
    }
}

#[test]
fn a_key_is_sent_and_its_lack_explained() {
    let Some(server) = Server::start("policy_openpi.py", &["--key", "secret"]) else {
        return;
    };
    let Err(PolicyError::Server(message)) = patient("openpi", server.port).describe() else {
        panic!("a server fault is due");
    };
    assert!(
        message.contains("HTTP 401") && message.contains("BENCHSIDE_POLICY_KEY"),
        "{message}"
    );
    let settings = Settings {
        limits: patient_limits(),
        key: Some("secret".to_string()),
        ..Settings::default()
    };
    local("openpi", server.port, settings).describe().unwrap();
}

/// The server restarts between two inferences: nothing is lost where it keeps nothing.
#[test]
fn a_restarted_server_is_asked_again() {
    let Some(server) = Server::start("policy_openpi.py", &[]) else {
        return;
    };
    let port = server.port.to_string();
    let mut client = patient("openpi", server.port);
    let observation = observation_of("openpi", &STATE, "pick");
    client.begin(&episode("pick", 0)).unwrap();
    client.infer(&observation).unwrap();
    drop(server);
    let _again = Server::start("policy_openpi.py", &["--port", &port]).unwrap();
    let chunk = client.infer(&observation).unwrap();
    assert_eq!((chunk.width, chunk.numbers), echoed(&observation));
}

/// The same with a session in the server: the episode is lost, the next one is not.
#[test]
fn a_lost_session_is_not_asked_again() {
    let arguments = ["--dialect", "roboarena", "--port"];
    let Some(server) = Server::start("policy_openpi.py", &arguments[..2]) else {
        return;
    };
    let port = server.port.to_string();
    let mut client = patient("openpi", server.port);
    let observation = observation_of("openpi", &STATE, "pick");
    client.begin(&episode("pick", 0)).unwrap();
    client.infer(&observation).unwrap();
    drop(server);
    let arguments = [&arguments[..], &[port.as_str()]].concat();
    let _again = Server::start("policy_openpi.py", &arguments).unwrap();
    for _ in 0..2 {
        let Err(PolicyError::Server(message)) = client.infer(&observation) else {
            panic!("a server fault is due");
        };
        assert!(message.contains("lost within the episode"), "{message}");
    }
    client.begin(&episode("pick", 1)).unwrap();
    client.infer(&observation).unwrap();
}

#[test]
fn twenty_episodes_are_played_back() {
    play_back_twenty_episodes("policy_openpi.py", "openpi", &[]);
}
