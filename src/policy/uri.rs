//! Policies by name.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::base::problem::did_you_mean;

/// Which policy, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicyUri {
    /// The program of the task file, which knows the truth.
    Expert {
        /// It takes everything to stand so far from where it does, along the world's X, mm.
        bias_mm: f64,
    },
    /// Does nothing.
    Idle,
    /// Does anything.
    Random,
    /// The actions of a recording, by episode.
    Replay(PathBuf),
    /// A file, in this process.
    Onnx(PathBuf),
    /// Behind a socket.
    Server(Protocol, Address),
}

/// Protocols of policy servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    OpenPi,
    Gr00t,
    VlaEval,
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub host: String,
    pub port: u16,
}

/// Words of the URIs, and what they look like.
const FORMS: [(&str, &str); 8] = [
    ("expert", "expert"),
    ("idle", "idle"),
    ("random", "random"),
    ("replay", "replay:DATASET"),
    ("onnx", "onnx:FILE"),
    ("openpi", "openpi://HOST:PORT"),
    ("gr00t", "gr00t://HOST:PORT"),
    ("vla-eval", "vla-eval://HOST:PORT"),
];

impl Protocol {
    const ALL: [Self; 3] = [Self::OpenPi, Self::Gr00t, Self::VlaEval];

    /// The word of its URI.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::OpenPi => "openpi",
            Self::Gr00t => "gr00t",
            Self::VlaEval => "vla-eval",
        }
    }

    /// Where its servers listen if nobody says otherwise.
    pub fn default_port(self) -> u16 {
        match self {
            Self::OpenPi | Self::VlaEval => 8000,
            Self::Gr00t => 5555,
        }
    }
}

impl PolicyUri {
    /// Whether each answer comes over a network: then more workers than cores are of use.
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::Server(..))
    }
}

impl FromStr for PolicyUri {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let forms = || FORMS.map(|(_, form)| form).join(", ");
        if let Some((scheme, rest)) = text.split_once("://") {
            let Some(protocol) = Protocol::ALL.into_iter().find(|p| p.scheme() == scheme) else {
                let meant = did_you_mean(scheme, FORMS.map(|(word, _)| word));
                let meant = meant.map_or(String::new(), |m| format!("; did you mean `{m}`?"));
                return Err(format!("no protocol `{scheme}`: {}{meant}", forms()));
            };
            return Ok(Self::Server(protocol, address(rest, protocol)?));
        }
        let (word, rest) = match text.split_once(':') {
            Some((word, rest)) => (word, Some(rest)),
            None => (text, None),
        };
        match (word, rest) {
            ("expert", None) => Ok(Self::Expert { bias_mm: 0.0 }),
            ("expert", Some(rest)) => {
                let bias = rest.strip_prefix("bias_mm=").and_then(|b| b.parse().ok());
                let bias = bias.filter(|b: &f64| b.is_finite() && b.abs() <= 1000.0);
                bias.map(|bias_mm| Self::Expert { bias_mm }).ok_or_else(|| {
                    format!("`{rest}` after expert: expected bias_mm=NUMBER, at most 1000")
                })
            }
            ("idle", None) => Ok(Self::Idle),
            ("random", None) => Ok(Self::Random),
            ("replay", Some(path)) if !path.is_empty() => Ok(Self::Replay(path.into())),
            ("onnx", Some(path)) if !path.is_empty() => Ok(Self::Onnx(path.into())),
            _ => {
                let meant = did_you_mean(word, FORMS.map(|(word, _)| word));
                let meant = meant.map_or(String::new(), |m| format!("; did you mean `{m}`?"));
                Err(format!("expected one of {}{meant}", forms()))
            }
        }
    }
}

fn address(text: &str, protocol: Protocol) -> Result<Address, String> {
    let text = text.strip_suffix('/').unwrap_or(text);
    let (host, port) = match text.rsplit_once(':') {
        // An IPv6 address has colons of its own, in brackets.
        Some((host, port)) if !port.ends_with(']') => {
            let number = port.parse::<u16>().ok().filter(|p| *p > 0);
            let wrong = || format!("port `{port}`: expected 1 … 65535");
            (host, number.ok_or_else(wrong)?)
        }
        _ => (text, protocol.default_port()),
    };
    if host.is_empty() || host.contains(['/', ' ', '?', '#', '@']) {
        return Err(format!("host `{host}`: expected a name or an address"));
    }
    Ok(Address {
        host: host.to_owned(),
        port,
    })
}

impl fmt::Display for PolicyUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expert { bias_mm } if *bias_mm == 0.0 => write!(f, "expert"),
            Self::Expert { bias_mm } => write!(f, "expert:bias_mm={bias_mm}"),
            Self::Idle => write!(f, "idle"),
            Self::Random => write!(f, "random"),
            Self::Replay(path) => write!(f, "replay:{}", path.display()),
            Self::Onnx(path) => write!(f, "onnx:{}", path.display()),
            Self::Server(protocol, address) => {
                let Address { host, port } = address;
                write!(f, "{}://{host}:{port}", protocol.scheme())
            }
        }
    }
}
