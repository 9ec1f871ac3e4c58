//! Clients of policy servers: openpi, GR00T and vla-eval, each in its own words, blocking, one
//! connection for each client.
//!
//! Whatever the other side does, a call ends: connecting, greeting and each inference have limits
//! ([`Limits`]), a slow drip of bytes does not extend them, and an answer is refused beyond
//! [`Limits::reply_bytes`] before it is read. What was lost on the way is asked once more on a
//! fresh connection where that changes nothing: beginnings always, inferences where the protocol
//! has no state between them, and never after an answer or a time limit. There is no TLS.

mod array;
mod batch;
mod fault;
mod gr00t;
mod observation;
mod openpi;
mod reply;
mod socket;
mod stream;
mod value;
mod vla_eval;
mod zmtp;

use std::fmt;
use std::time::Duration;

use crate::base::problem::{Problem, did_you_mean};
use crate::policy::exchange::Client;

pub use batch::Batch;
pub use gr00t::Gr00t;
pub use observation::ImageFormat;
pub use openpi::Openpi;
pub use vla_eval::VlaEval;

/// Environment variable with the server's API key or token, for those that ask for one.
pub const KEY_VARIABLE: &str = "BENCHSIDE_POLICY_KEY";

/// How long what may take, and how large an answer may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Until TCP is connected, name lookup included. Default 10 s.
    pub connect: Duration,
    /// From there to the end of the handshake (metadata, modality configuration, hello), and for
    /// the beginning of an episode. A server that compiles for another client answers late:
    /// default 30 s.
    pub greeting: Duration,
    /// The first inference of a connection, for which servers may compile. Default 120 s.
    pub first_inference: Duration,
    /// Each later inference. Default 30 s.
    pub inference: Duration,
    /// Bytes of one answer. Default 64 MiB.
    pub reply_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            greeting: Duration::from_secs(30),
            first_inference: Duration::from_secs(120),
            inference: Duration::from_secs(30),
            reply_bytes: 64 << 20,
        }
    }
}

/// What a client is told beside its address.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    pub limits: Limits,
    /// API key of openpi (`Authorization: Api-Key …`), token of GR00T.
    pub key: Option<String>,
    /// GR00T's parts of an action in the order of the caller's, if not that of the server's
    /// modality configuration: `left_arm`, `left_hand`.
    pub action_keys: Option<Vec<String>>,
    /// How vla-eval gets pictures. Default PNG, as its own harness.
    pub image_format: ImageFormat,
}

impl Settings {
    /// The defaults, with the key that [`KEY_VARIABLE`] holds.
    pub fn from_environment() -> Self {
        let key = std::env::var(KEY_VARIABLE).ok();
        Self {
            key: key.filter(|k| !k.is_empty()),
            ..Self::default()
        }
    }
}

/// A protocol of policy servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Openpi,
    Gr00t,
    VlaEval,
}

const PROTOCOLS: [(&str, Protocol, u16); 3] = [
    ("openpi", Protocol::Openpi, 8000),
    ("gr00t", Protocol::Gr00t, 5555),
    ("vla-eval", Protocol::VlaEval, 8000),
];

/// Where a policy server is: `openpi://robot.lab:8000`, `gr00t://[::1]`. The port defaults to the
/// protocol's own: 8000, 5555, 8000.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub protocol: Protocol,
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
}

impl Address {
    /// Whether a policy's URI is one of these.
    pub fn is_one(uri: &str) -> bool {
        uri.split_once("://").is_some()
    }

    /// Of `protocol://host:port`.
    ///
    /// # Errors
    ///
    /// If it is none, with what to write instead.
    pub fn parse(uri: &str) -> Result<Self, Box<Problem>> {
        let problem = |found: String, remedy: &str| {
            let expected = "openpi://host:port, gr00t://host:port or vla-eval://host:port";
            Box::new(Problem::error("--policy", "", found, expected, remedy))
        };
        let tls = "there is no TLS here: reach the server through an SSH tunnel, \
                   ssh -L 8000:localhost:8000 HOST";
        let (scheme, rest) = uri.split_once("://").unwrap_or(("", uri));
        let Some((_, protocol, port)) = PROTOCOLS.iter().find(|(name, ..)| *name == scheme) else {
            if ["wss", "https", "openpis", "vla-evals"].contains(&scheme)
                || scheme.ends_with("+tls")
            {
                return Err(problem(uri.to_string(), tls));
            }
            let names = PROTOCOLS.iter().map(|(name, ..)| *name);
            let remedy = match (did_you_mean(scheme, names), scheme) {
                (Some(name), _) => format!("did you mean {name}://{rest}?"),
                (None, "ws" | "http") => format!("say which protocol: openpi://{rest}?"),
                _ => String::new(),
            };
            return Err(problem(uri.to_string(), &remedy));
        };
        if rest.contains("://") {
            let remedy = if rest.starts_with("wss") || rest.starts_with("https") {
                tls
            } else {
                "name the host alone after the protocol"
            };
            return Err(problem(uri.to_string(), remedy));
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, number) = match rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, after)) => (host, Some(after.strip_prefix(':').unwrap_or(after))),
            None => match rest.rsplit_once(':') {
                Some((host, number)) => (host, Some(number)),
                None => (rest, None),
            },
        };
        let name = |c: char| c.is_alphanumeric() || "-._:%".contains(c);
        if host.is_empty() || !host.chars().all(name) {
            return Err(problem(format!("the host {host:?} in {uri}"), ""));
        }
        let port = match number {
            None => *port,
            Some(number) => match number.parse() {
                Ok(port) if port > 0 => port,
                _ => {
                    let found = format!("the port {number:?} in {uri}");
                    return Err(problem(found, "ports are 1 to 65535"));
                }
            },
        };
        Ok(Self {
            protocol: *protocol,
            host: host.to_string(),
            port,
        })
    }

    /// `host:port`, with brackets where they are due.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = PROTOCOLS.iter().find(|(_, p, _)| *p == self.protocol);
        let scheme = named.map_or("", |(name, ..)| name);
        write!(f, "{scheme}://{}", self.authority())
    }
}

/// A client of the server at this address. Nothing is connected yet: that is the first call's.
pub fn client(address: Address, settings: Settings) -> Box<dyn Client> {
    match address.protocol {
        Protocol::Openpi => Box::new(Openpi::new(address, settings)),
        Protocol::Gr00t => Box::new(Gr00t::new(address, settings)),
        Protocol::VlaEval => Box::new(VlaEval::new(address, settings)),
    }
}

/// The codec alone, for tests against the packages that it must agree with.
pub mod codec {
    pub use super::array::{npy, openpi_dress, tensor, vla_eval_dress};
    pub use super::observation::{array_picture, tree};
    pub use super::value::Value;
}
