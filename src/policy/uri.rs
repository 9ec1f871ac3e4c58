//! Policies by name.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::wire::Address;
use crate::base::problem::did_you_mean;

/// Which policy, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicyUri {
    /// The program of the task file, which knows the truth.
    Expert {
        /// It takes everything that it does not hold to stand so far from where it does, along the world's
        /// X, mm.
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
    Server(Address),
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

impl PolicyUri {
    /// Whether each answer comes over a network: then more workers than cores are of use.
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::Server(_))
    }
}

impl FromStr for PolicyUri {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let forms = || FORMS.map(|(_, form)| form).join(", ");
        if Address::is_one(text) {
            let address = Address::parse(text).map(Self::Server);
            return address
                .map_err(|p| format!("{}: expected {}; {}", p.found, p.expected, p.remedy));
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

impl fmt::Display for PolicyUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expert { bias_mm } if *bias_mm == 0.0 => write!(f, "expert"),
            Self::Expert { bias_mm } => write!(f, "expert:bias_mm={bias_mm}"),
            Self::Idle => write!(f, "idle"),
            Self::Random => write!(f, "random"),
            Self::Replay(path) => write!(f, "replay:{}", path.display()),
            Self::Onnx(path) => write!(f, "onnx:{}", path.display()),
            Self::Server(address) => write!(f, "{address}"),
        }
    }
}
