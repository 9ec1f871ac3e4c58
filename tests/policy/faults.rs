//! Every fault ends in its class, within its time, with words that name it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use benchside::policy::exchange::{Client, PolicyError};
use benchside::policy::wire::{Address, Limits, Settings};

use super::server::{STATE, Server, episode, local, observation_of, patient, patient_limits};
use crate::support::heap::peak_of;

const PROTOCOLS: [(&str, &str); 3] = [
    ("openpi", "policy_openpi.py"),
    ("gr00t", "policy_gr00t.py"),
    ("vla-eval", "policy_vla_eval.py"),
];

/// Scheduling of a machine under load, beyond the limit itself.
const SLACK: Duration = Duration::from_secs(4);

fn with(protocol: &str, port: u16, limits: Limits) -> Box<dyn Client> {
    let settings = Settings {
        limits,
        ..Settings::default()
    };
    local(protocol, port, settings)
}

/// Limits for servers that never say who they are.
fn short_greeting() -> Limits {
    Limits {
        connect: Duration::from_secs(2),
        greeting: Duration::from_secs(3),
        ..Limits::default()
    }
}

/// Class, words and time of a fault of the Python servers.
fn check(protocol: &str, script: &str, fault: &str, words: &str, class: &str) {
    let Some(server) = Server::start(script, &["--fault", fault]) else {
        return;
    };
    // What is only late waits for its limit; all else is told at once, if the machine has time.
    let mut limits = patient_limits();
    if ["hang", "slow"].contains(&fault) {
        limits.first_inference = Duration::from_secs(3);
    }
    let mut client = with(protocol, server.port, limits);
    let observation = observation_of(protocol, &STATE, "pick");
    let begun = client.begin(&episode("pick", 0));
    let start = Instant::now();
    let (result, peak) = peak_of(|| begun.and_then(|()| client.infer(&observation)));
    let elapsed = start.elapsed();
    let (found, message) = match result {
        Err(PolicyError::Policy(message)) => ("policy", message),
        Err(PolicyError::Server(message)) => ("server", message),
        Ok(chunk) => {
            let nan = chunk.numbers.iter().any(|n| n.is_nan());
            ("answer", format!("nan: {nan}"))
        }
    };
    println!(
        "{protocol} | {fault} | {found} | {:.1} s | {message}",
        elapsed.as_secs_f64()
    );
    assert_eq!(found, class, "{protocol} {fault}: {message}");
    assert!(message.contains(words), "{protocol} {fault}: {message}");
    let limit = limits.first_inference + SLACK;
    assert!(elapsed < limit, "{protocol} {fault}: {elapsed:?}");
    assert!(peak < 16 << 20, "{protocol} {fault}: {peak} bytes");
}

fn check_all(protocol: &'static str, script: &'static str) {
    let faults = [
        ("refuse", "refuses connections", "server"),
        ("hang", "no a", "server"),
        ("slow", "no a", "server"),
        ("garbage", "no msgpack", "server"),
        ("huge", "limit of 64 MiB", "server"),
        ("deep", "nested", "server"),
        ("liar", "values follow", "server"),
        ("close", "closed the connection", "server"),
        ("nan", "nan: true", "answer"),
        ("shape", "[", "policy"),
        ("empty", "of shape", "policy"),
        ("dtype", "of type \"<U5\"", "policy"),
        ("missing", "without", "policy"),
        ("error", "the policy does not like this", "policy"),
    ];
    for batch in faults.chunks(5) {
        thread::scope(|scope| {
            for (fault, words, class) in batch {
                scope.spawn(|| check(protocol, script, fault, words, class));
            }
        });
    }
}

#[test]
fn openpi_s_faults_are_classed_in_time() {
    check_all("openpi", "policy_openpi.py");
    // Text is how openpi says that the policy failed.
    check(
        "openpi",
        "policy_openpi.py",
        "text",
        "what is due here is binary",
        "policy",
    );
}

#[test]
fn gr00t_s_faults_are_classed_in_time() {
    check_all("gr00t", "policy_gr00t.py");
    check("gr00t", "policy_gr00t.py", "text", "ERROR", "policy");
}

#[test]
fn vla_eval_s_faults_are_classed_in_time() {
    check_all("vla-eval", "policy_vla_eval.py");
}

/// A fault in the middle of an episode, after inferences that went well.
#[test]
fn a_server_that_closes_in_an_episode_is_told_at_once() {
    for (protocol, script) in PROTOCOLS {
        let Some(server) = Server::start(script, &["--fault", "close", "--fault-from", "2"]) else {
            return;
        };
        let mut client = patient(protocol, server.port);
        let observation = observation_of(protocol, &STATE, "pick");
        client.begin(&episode("pick", 0)).unwrap();
        client.infer(&observation).unwrap();
        client.infer(&observation).unwrap();
        let start = Instant::now();
        let Err(PolicyError::Server(message)) = client.infer(&observation) else {
            panic!("{protocol}: a server fault is due");
        };
        println!(
            "{protocol} | close after two | {:.1} s | {message}",
            start.elapsed().as_secs_f64()
        );
        assert!(start.elapsed() < SLACK, "{protocol}: {message}");
        client.end(false);
    }
}

/// Listens, and gives each connection to `serve` on a thread of its own.
fn listen(serve: impl Fn(TcpStream) + Send + Sync + Copy + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    port
}

fn drip(mut stream: TcpStream, bytes: &[u8]) {
    for byte in bytes.iter().cycle() {
        if stream.write_all(&[*byte]).is_err() {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

const ZMTP_HELLO: [u8; 64] = {
    let mut greeting = [0; 64];
    (greeting[0], greeting[9], greeting[10]) = (0xff, 0x7f, 3);
    (greeting[12], greeting[13], greeting[14], greeting[15]) = (b'N', b'U', b'L', b'L');
    greeting
};

/// What is no policy server at all: each client says so within the limit of greeting.
#[test]
fn what_is_no_policy_server_is_told() {
    let silent = listen(|mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let closing = listen(|stream| drop(stream.shutdown(Shutdown::Both)));
    let web = listen(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let noise = listen(|mut stream| {
        let bytes: Vec<u8> = (0..4000_u32).map(|i| (i * i * 31 / 8) as u8).collect();
        let _ = stream.write_all(&bytes);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let headers = listen(|stream| drip(stream, b"HTTP/1.1 101 Switching Protocols\r\nA: b\r\n"));
    let greeting = listen(|stream| drip(stream, &ZMTP_HELLO));
    // A greeting, then a frame that promises 2⁶² bytes.
    let liar = listen(|mut stream| {
        let _ = stream.write_all(&ZMTP_HELLO);
        let _ = stream.write_all(&[2, 0x40, 0, 0, 0, 0, 0, 0, 0]);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let endless = listen(|mut stream| {
        let _ = stream.write_all(&ZMTP_HELLO);
        while stream.write_all(&[4, 0]).is_ok() {}
    });
    let limits = short_greeting();
    thread::scope(|scope| {
        for (protocol, _) in PROTOCOLS {
            for (name, port) in [
                ("silent", silent),
                ("closing", closing),
                ("web", web),
                ("noise", noise),
                ("headers", headers),
                ("greeting", greeting),
                ("liar", liar),
                ("endless", endless),
            ] {
                scope.spawn(move || {
                    let start = Instant::now();
                    let (result, peak) = peak_of(|| with(protocol, port, limits).describe());
                    let elapsed = start.elapsed();
                    let Err(PolicyError::Server(message)) = result else {
                        panic!("{protocol} {name}: a server fault is due, not {result:?}");
                    };
                    println!(
                        "{protocol} | {name} | server | {:.1} s | {message}",
                        elapsed.as_secs_f64()
                    );
                    let limit = 2 * limits.connect + limits.greeting + SLACK;
                    assert!(elapsed < limit, "{protocol} {name}: {elapsed:?}");
                    assert!(peak < 8 << 20, "{protocol} {name}: {peak} bytes");
                    let start = Instant::now();
                    let begun = with(protocol, port, limits).begin(&episode("pick", 0));
                    assert!(matches!(begun, Err(PolicyError::Server(_))));
                    assert!(start.elapsed() < limit);
                });
            }
        }
    });
}

/// A listener that never accepts and whose queue is full, as far as the system lets it be, and a
/// name that nobody has.
#[test]
fn names_that_nobody_has_are_told() {
    for (protocol, _) in PROTOCOLS {
        let uri = format!("{protocol}://no-such-host.invalid:9");
        let address = Address::parse(&uri).unwrap();
        let settings = Settings {
            limits: short_greeting(),
            ..Settings::default()
        };
        let start = Instant::now();
        let mut client = benchside::policy::wire::client(address, settings);
        let Err(PolicyError::Server(message)) = client.describe() else {
            panic!("a server fault is due");
        };
        assert!(message.starts_with(&uri), "{message}");
        assert!(start.elapsed() < 2 * short_greeting().connect + SLACK);
    }
}

#[test]
fn one_protocol_s_client_tells_another_s_server() {
    for (server_protocol, script) in PROTOCOLS {
        let Some(server) = Server::start(script, &[]) else {
            return;
        };
        for (protocol, _) in PROTOCOLS.iter().filter(|(p, _)| *p != server_protocol) {
            let limits = short_greeting();
            let start = Instant::now();
            let Err(PolicyError::Server(message)) = with(protocol, server.port, limits).describe()
            else {
                panic!("{protocol} at {server_protocol}: a server fault is due");
            };
            println!(
                "{protocol} at {server_protocol} | {:.1} s | {message}",
                start.elapsed().as_secs_f64()
            );
            assert!(start.elapsed() < 2 * limits.greeting + SLACK);
        }
    }
}

#[test]
fn addresses_are_read_and_mistakes_explained() {
    for (uri, written) in [
        ("openpi://localhost:8001", "openpi://localhost:8001"),
        ("openpi://robot.lab", "openpi://robot.lab:8000"),
        ("gr00t://[::1]", "gr00t://[::1]:5555"),
        ("vla-eval://10.0.0.7:1/", "vla-eval://10.0.0.7:1"),
    ] {
        assert_eq!(Address::parse(uri).unwrap().to_string(), written);
    }
    for (uri, words) in [
        ("openpy://a:1", "did you mean openpi://a:1?"),
        ("groot://a:1", "did you mean gr00t://a:1?"),
        ("wss://a:1", "SSH tunnel"),
        ("openpi://wss://a:1", "SSH tunnel"),
        ("openpi://ws://a:1", "name the host alone"),
        ("ws://a:1", "openpi://a:1"),
        ("openpi://a:port", "ports are"),
        ("openpi://a:0", "ports are"),
        ("openpi://a:70000", "ports are"),
        ("openpi://", "the host \"\""),
        ("openpi://:8000", "the host \"\""),
        ("openpi://a b:1", "the host \"a b\""),
        ("openpi://user@a:1", "the host"),
    ] {
        let problem = Address::parse(uri).unwrap_err().to_string();
        assert!(problem.contains(words), "{uri}: {problem}");
    }
}
