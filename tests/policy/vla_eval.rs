//! vla-eval's client against the package's own server.

use benchside::policy::exchange::{Input, PolicyError};
use benchside::policy::wire::{ImageFormat, Settings};

use super::server::{
    STATE, Server, echoed, episode, local, observation_of, patient, patient_limits,
    play_back_twenty_episodes,
};

#[test]
fn values_and_pictures_survive_both_ways() {
    for dtype in ["<f4", "<f8", "<f2"] {
        let Some(server) = Server::start("policy_vla_eval.py", &["--dtype", dtype]) else {
            return;
        };
        for image_format in [ImageFormat::Png, ImageFormat::Raw] {
            let settings = Settings {
                limits: patient_limits(),
                image_format,
                ..Settings::default()
            };
            let mut client = local("vla-eval", server.port, settings);
            client.begin(&episode("pick", 0)).unwrap();
            for prompt in ["pick up the tube", "é"] {
                let observation = observation_of("vla-eval", &STATE, prompt);
                let chunk = client.infer(&observation).unwrap();
                assert_eq!(
                    (chunk.width, chunk.numbers),
                    echoed(&observation),
                    "{image_format:?}"
                );
            }
            client.end(true);
        }
    }
}

/// Lossy: the picture comes, but not to the bit; a grey one of whole blocks does.
#[test]
fn jpeg_is_read_by_the_package() {
    let Some(server) = Server::start("policy_vla_eval.py", &[]) else {
        return;
    };
    let settings = Settings {
        limits: patient_limits(),
        image_format: ImageFormat::Jpeg,
        ..Settings::default()
    };
    let mut observation = observation_of("vla-eval", &STATE, "pick");
    let Input::Picture(picture) = &mut observation.0[0].1 else {
        panic!("the picture comes first");
    };
    picture.rgb.fill(128);
    let mut client = local("vla-eval", server.port, settings);
    client.begin(&episode("pick", 0)).unwrap();
    let chunk = client.infer(&observation).unwrap();
    assert_eq!((chunk.width, chunk.numbers), echoed(&observation));
}

#[test]
fn chunks_buffered_by_the_server_come_step_by_step() {
    let Some(server) = Server::start("policy_vla_eval.py", &["--chunk-size", "4"]) else {
        return;
    };
    let mut client = patient("vla-eval", server.port);
    let observation = observation_of("vla-eval", &STATE, "pick");
    let (width, rows) = echoed(&observation);
    for seed in 0..2 {
        // Three of four: the next episode does not get the fourth.
        client.begin(&episode("pick", seed)).unwrap();
        for row in rows.chunks(width).take(3) {
            assert_eq!(client.infer(&observation).unwrap().numbers, row);
        }
        client.end(true);
    }
}

#[test]
fn a_server_says_what_it_is() {
    let Some(server) = Server::start("policy_vla_eval.py", &[]) else {
        return;
    };
    let said = patient("vla-eval", server.port).describe().unwrap();
    assert_eq!(said["hello"]["harness_version"], "0.8.0");
    assert_eq!(
        said["hello"]["action_spec"]["position"]["format"],
        "delta_xyz"
    );
    assert_eq!(said["hello"]["observation_spec"]["state"]["dims"], 7);
}

#[test]
fn a_refused_episode_is_the_policy_s_doing() {
    let Some(server) = Server::start("policy_vla_eval.py", &[]) else {
        return;
    };
    let mut client = patient("vla-eval", server.port);
    let Err(PolicyError::Policy(message)) = client.begin(&episode("refused", 0)) else {
        panic!("a policy fault is due");
    };
    assert!(message.contains("no such task here"), "{message}");
    client.begin(&episode("pick", 0)).unwrap();
    client
        .infer(&observation_of("vla-eval", &STATE, "pick"))
        .unwrap();
}

#[test]
fn a_restarted_server_has_lost_the_episode_and_gets_the_next() {
    let Some(server) = Server::start("policy_vla_eval.py", &[]) else {
        return;
    };
    let port = server.port.to_string();
    let mut client = patient("vla-eval", server.port);
    let observation = observation_of("vla-eval", &STATE, "pick");
    client.begin(&episode("pick", 0)).unwrap();
    client.infer(&observation).unwrap();
    drop(server);
    let _again = Server::start("policy_vla_eval.py", &["--port", &port]).unwrap();
    let Err(PolicyError::Server(message)) = client.infer(&observation) else {
        panic!("a server fault is due");
    };
    assert!(message.contains("lost within the episode"), "{message}");
    client.begin(&episode("pick", 1)).unwrap();
    client.infer(&observation).unwrap();
}

#[test]
fn twenty_episodes_are_played_back() {
    play_back_twenty_episodes("policy_vla_eval.py", "vla-eval", &[]);
}
