//! What goes wrong on the way, and what may be done about it.

use std::fmt;
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use crate::policy::exchange::PolicyError;

/// Who failed, and whether asking again on a fresh connection can help.
#[derive(Debug)]
pub enum Fault {
    /// The connection was refused, reset or closed: nothing was answered.
    Lost(String),
    /// Too late, or nonsense.
    Server(String),
    /// The policy's own failure.
    Policy(String),
}

impl Fault {
    /// For the caller, with the server's address in front.
    pub fn at(self, address: &dyn fmt::Display) -> PolicyError {
        match self {
            Self::Lost(what) | Self::Server(what) => {
                PolicyError::Server(format!("{address}: {what}"))
            }
            Self::Policy(what) => PolicyError::Policy(format!("{address}: {what}")),
        }
    }
}

/// Until when something may take, and how that came to be.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    pub instant: Instant,
    limit: Duration,
}

impl Deadline {
    /// So long from now.
    pub fn after(limit: Duration) -> Self {
        Self {
            instant: Instant::now() + limit,
            limit,
        }
    }

    /// What an error of reading or writing is, while `what` was under way.
    pub fn fault(&self, what: &str, error: &io::Error) -> Fault {
        match error.kind() {
            ErrorKind::TimedOut => self.missed(what),
            ErrorKind::ConnectionRefused => {
                Fault::Lost("refuses connections: is the server running there?".to_string())
            }
            ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe => {
                Fault::Lost(format!("closed the connection instead of {what}"))
            }
            _ => Fault::Lost(format!("{what}: {error}")),
        }
    }

    /// That it is too late.
    pub fn missed(&self, what: &str) -> Fault {
        Fault::Server(format!("no {what} within {} s", self.limit.as_secs_f64()))
    }
}

/// Does it, and once more on a fresh connection if that was lost. `again` makes the fresh state.
///
/// # Errors
///
/// That of the last attempt.
pub fn twice<S, T>(
    state: &mut S,
    mut attempt: impl FnMut(&mut S) -> Result<T, Fault>,
    again: impl FnOnce(&mut S),
) -> Result<T, Fault> {
    let first = match attempt(state) {
        Err(Fault::Lost(first)) => first,
        result => return result,
    };
    again(state);
    attempt(state).map_err(|second| match second {
        Fault::Lost(what) if what != first => Fault::Lost(format!("{first}; then {what}")),
        Fault::Server(what) => Fault::Server(format!("{first}; then {what}")),
        other => other,
    })
}
