//! Policy servers in Python, and what is asked of them.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use benchside::policy::exchange::{Client, EpisodeStart, Input, Observation, Picture};
use benchside::policy::wire::{Address, Limits, Settings, client};

use crate::support::python::{policy_python, script};

/// A server of `tests/clients`, ended when dropped.
pub struct Server {
    child: Child,
    pub port: u16,
}

impl Server {
    /// Starts one and waits for its port. `None`, visibly, without its Python packages.
    pub fn start(name: &str, arguments: &[&str]) -> Option<Self> {
        let python = policy_python("msgpack_numpy, openpi_client, vla_eval, websockets, zmq")?;
        let mut child = Command::new(python)
            .arg(script(name))
            .args(arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Python starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let port = line.trim().parse().expect("a port on the first line");
        Some(Self { child, port })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Limits for what is to go well, on a machine under load too.
pub fn patient_limits() -> Limits {
    Limits {
        first_inference: Duration::from_secs(30),
        ..Limits::default()
    }
}

/// A client of a local server.
pub fn local(protocol: &str, port: u16, settings: Settings) -> Box<dyn Client> {
    let uri = format!("{protocol}://127.0.0.1:{port}");
    client(Address::parse(&uri).unwrap(), settings)
}

/// The same with patient limits and nothing else.
pub fn patient(protocol: &str, port: u16) -> Box<dyn Client> {
    let settings = Settings {
        limits: patient_limits(),
        ..Settings::default()
    };
    local(protocol, port, settings)
}

pub fn episode(task: &str, seed: u64) -> EpisodeStart {
    EpisodeStart {
        task: task.to_string(),
        instruction: format!("do {task}"),
        seed,
    }
}

/// 40 × 30 px of noise, which PNG cannot shrink.
pub fn picture(channels_first: bool) -> Picture {
    let noise = |i: u32| (i.wrapping_mul(2_654_435_761) >> 13) as u8;
    Picture {
        width_px: 40,
        height_px: 30,
        rgb: (0..40 * 30 * 3).map(noise).collect(),
        channels_first,
    }
}

pub const STATE: [f32; 7] = [0.25, -1.5, 3.0, 0.0, 0.125, -0.5, 1.0];

/// A picture, a state and a prompt under a protocol's usual keys.
pub fn observation_of(protocol: &str, state: &[f32], prompt: &str) -> Observation {
    let (image, numbers, text) = match protocol {
        "openpi" => ("observation/image", "observation/state", "prompt"),
        "gr00t" => (
            "video.front",
            "state.arm",
            "annotation.human.task_description",
        ),
        _ => ("images\0front", "state", "task_description"),
    };
    let path = |key: &str| key.split('\0').map(str::to_string).collect::<Vec<_>>();
    Observation(vec![
        (path(image), Input::Picture(picture(false))),
        (path(numbers), Input::Numbers(state.to_vec())),
        (path(text), Input::Text(prompt.to_string())),
    ])
}

/// What the echo policy of `policy_common.py` answers to it: 4 rows of state, checksum, length.
pub fn echoed(observation: &Observation) -> (usize, Vec<f32>) {
    let (mut checksum, mut state, mut length) = (0, Vec::new(), 0);
    for (_, input) in &observation.0 {
        match input {
            Input::Picture(p) => {
                let plane = |c: usize| p.rgb.iter().skip(c).step_by(3);
                let bytes: Vec<u64> = if p.channels_first {
                    (0..3).flat_map(plane).map(|b| u64::from(*b)).collect()
                } else {
                    p.rgb.iter().map(|b| u64::from(*b)).collect()
                };
                let sum: u64 = bytes.iter().zip(1..).map(|(b, i)| b * i).sum();
                checksum += sum % 997;
            }
            Input::Numbers(numbers) => state.extend_from_slice(numbers),
            Input::Text(text) => length = text.chars().count(),
        }
    }
    let row = |h: u8| {
        let moved = state.iter().map(move |s| s + f32::from(h));
        moved.chain([(checksum % 997) as f32, length as f32])
    };
    (state.len() + 2, (0..4).flat_map(row).collect())
}

/// Twenty episodes of a recording that the server plays back, in chunks of 8 steps, two tasks.
pub fn play_back_twenty_episodes(script: &str, protocol: &str, arguments: &[&str]) {
    let number = |seed: u64, step: usize, i: usize| seed as f32 + step as f32 / 64.0 + i as f32;
    let steps = |seed: u64| 11 + seed as usize;
    let recording = |seed: u64| {
        let row = |step| (0..5).map(|i| number(seed, step, i)).collect::<Vec<f32>>();
        (
            seed.to_string(),
            serde_json::json!((0..steps(seed)).map(row).collect::<Vec<_>>()),
        )
    };
    let seeds: serde_json::Map<_, _> = (0..10).map(recording).collect();
    let file = std::env::temp_dir().join(format!(
        "benchside-playback-{protocol}-{}.json",
        std::process::id()
    ));
    let text = serde_json::json!({"pick": seeds, "place": seeds}).to_string();
    std::fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();
    let Some(server) = Server::start(script, &[arguments, &["--playback", path]].concat()) else {
        return;
    };
    let mut client = patient(protocol, server.port);
    for (task, seed) in ["pick", "place"]
        .iter()
        .flat_map(|t| (0..10).map(move |s| (*t, s)))
    {
        client.begin(&episode(task, seed)).unwrap();
        let mut step = 0;
        while step < steps(seed) {
            // vla-eval's server knows the episode and counts; the others are told.
            let state = [0.5, seed as f32, step as f32];
            let observation = observation_of(protocol, &state, task);
            let chunk = client.infer(&observation).unwrap();
            assert_eq!(chunk.width, 5);
            let taken = chunk.numbers.chunks(5).take(steps(seed) - step);
            for (h, action) in taken.enumerate() {
                let expected: Vec<f32> = (0..5).map(|i| number(seed, step + h, i)).collect();
                if protocol != "vla-eval" || h == 0 {
                    assert_eq!(action, expected, "{task} {seed} {step}+{h}");
                }
            }
            step += if protocol == "vla-eval" {
                1
            } else {
                chunk.numbers.len() / 5
            };
        }
        client.end(seed % 2 == 0);
    }
    std::fs::remove_file(&file).unwrap();
}
