//! `vla-eval://`: the protocol of the `vla-eval` package, version 1. Each message says its type and
//! a number that the answer echoes; both sides say hello; episodes begin and end. Beginnings have
//! no answer of their own, so that a second hello follows one: its answer shows that the beginning
//! has been dealt with.

use serde_json::json;

use super::array::vla_eval_dress;
use super::fault::{Deadline, Fault, twice};
use super::observation::{tree, vla_eval_picture};
use super::reply::{chunk, message, own_words};
use super::socket::{Frame, Socket};
use super::value::Value;
use super::{Address, Settings};
use crate::policy::exchange::{Chunk, Client, EpisodeStart, Observation, PolicyError};

const PROTOCOL_VERSION: i64 = 1;

/// Client of one vla-eval server.
pub struct VlaEval {
    address: Address,
    settings: Settings,
    connection: Option<Connection>,
    /// Whether an episode is under way, which a fresh connection would know nothing of.
    in_episode: bool,
}

struct Connection {
    socket: Socket,
    hello: serde_json::Value,
    sequence: i64,
    /// Whether it has answered an inference.
    warm: bool,
}

impl Connection {
    fn open(address: &Address, settings: &Settings) -> Result<Self, Fault> {
        let mut connection = Self {
            socket: Socket::open(address, settings)?,
            hello: serde_json::Value::Null,
            sequence: 0,
            warm: false,
        };
        connection.say_hello(Deadline::after(settings.limits.greeting))?;
        Ok(connection)
    }

    fn say_hello(&mut self, deadline: Deadline) -> Result<(), Fault> {
        let payload = Value::map([
            ("harness_version", Value::text(env!("CARGO_PKG_VERSION"))),
            ("protocol_version", Value::Int(PROTOCOL_VERSION)),
            ("benchmark", Value::text("benchside")),
        ]);
        let sequence = self.send("hello", payload, deadline)?;
        let hello = self.answer("hello", sequence, deadline, |payload| {
            let version = payload.get("protocol_version");
            if version != Some(&Value::Int(PROTOCOL_VERSION)) {
                let version = version.map_or("none".to_string(), |v| v.to_json().to_string());
                return Err(Fault::Server(format!(
                    "speaks version {version} of the protocol, not {PROTOCOL_VERSION}"
                )));
            }
            Ok(payload.to_json())
        })?;
        self.hello = hello;
        Ok(())
    }

    /// Sends a message and answers its number.
    fn send(&mut self, kind: &str, payload: Value<'_>, deadline: Deadline) -> Result<i64, Fault> {
        self.sequence += 1;
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed();
        let frame = Value::map([
            ("type", Value::text(kind)),
            ("payload", payload),
            ("seq", Value::Int(self.sequence)),
            (
                "timestamp",
                Value::Float(since.map_or(0.0, |s| s.as_secs_f64())),
            ),
        ]);
        self.socket.send(frame.encode(), deadline)?;
        Ok(self.sequence)
    }

    /// The answer to a message, of the type that is due. Errors to earlier messages count.
    fn answer<T>(
        &mut self,
        due: &str,
        sequence: i64,
        deadline: Deadline,
        read: impl FnOnce(&Value<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        loop {
            let bytes = match self.socket.receive(due, deadline)? {
                Frame::Binary(bytes) => bytes,
                Frame::Text(text) => {
                    return Err(Fault::Server(format!(
                        "text where the message {due} is due: {}",
                        own_words(&text)
                    )));
                }
            };
            let frame = message(&bytes)?;
            let kind = frame.get("type").and_then(Value::as_text);
            let (Some(kind), Some(payload), Some(Value::Int(number))) =
                (kind, frame.get("payload"), frame.get("seq"))
            else {
                return Err(Fault::Server(format!(
                    "{} where type, payload and seq are due",
                    frame.kind()
                )));
            };
            if kind == "error" {
                let error = payload.get("error").unwrap_or(payload);
                let words = error.as_text().map_or(error.kind(), str::to_string);
                return Err(Fault::Policy(own_words(&words)));
            }
            if *number < sequence {
                continue; // late, to what was asked before
            }
            if *number > sequence || kind != due {
                return Err(Fault::Server(format!(
                    "a message {kind:?} to message {number}, where {due:?} to {sequence} is due"
                )));
            }
            return read(payload);
        }
    }
}

impl VlaEval {
    /// Connects when first asked.
    pub fn new(address: Address, settings: Settings) -> Self {
        Self {
            address,
            settings,
            connection: None,
            in_episode: false,
        }
    }

    fn connected(&mut self) -> Result<&mut Connection, Fault> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => Ok(none.insert(Connection::open(&self.address, &self.settings)?)),
        }
    }

    /// Runs it, on a fresh connection once more if one is lost; forgets a connection that failed.
    fn call<T>(
        &mut self,
        attempt: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, PolicyError> {
        twice(self, attempt, |client| client.connection = None).map_err(|fault| {
            self.connection = None;
            fault.at(&self.address)
        })
    }

    fn try_begin(&mut self, episode: &EpisodeStart) -> Result<(), Fault> {
        let deadline = Deadline::after(self.settings.limits.greeting);
        let connection = self.connected()?;
        let seed = match i64::try_from(episode.seed) {
            Ok(seed) => Value::Int(seed),
            Err(_) => Value::UInt(episode.seed),
        };
        let task = Value::map([
            ("name", Value::text(&episode.task)),
            ("instruction", Value::text(&episode.instruction)),
            ("seed", seed),
        ]);
        connection.send("episode_start", Value::map([("task", task)]), deadline)?;
        connection.say_hello(deadline)
    }

    fn try_infer(&mut self, observation: &Observation) -> Result<Chunk, Fault> {
        if self.in_episode && self.connection.is_none() {
            return Err(Fault::Server(
                "lost within the episode, and what the server knew of it".to_string(),
            ));
        }
        let (limits, format) = (self.settings.limits, self.settings.image_format);
        let connection = self.connected()?;
        let deadline = Deadline::after(match connection.warm {
            false => limits.first_inference,
            true => limits.inference,
        });
        let payload = tree(observation, vla_eval_dress, |picture| {
            vla_eval_picture(picture, format, vla_eval_dress)
        });
        let sequence = connection.send("observation", payload, deadline)?;
        let chunk = connection.answer("action", sequence, deadline, |payload| {
            match payload.get("actions").or_else(|| payload.get("action")) {
                Some(actions) => chunk(actions),
                None => Err(Fault::Policy(format!("{} without actions", payload.kind()))),
            }
        })?;
        connection.warm = true;
        Ok(chunk)
    }
}

impl Client for VlaEval {
    fn describe(&mut self) -> Result<serde_json::Value, PolicyError> {
        self.call(|client| {
            let hello = &client.connected()?.hello;
            Ok(json!({"protocol": "vla-eval", "hello": hello}))
        })
    }

    fn begin(&mut self, episode: &EpisodeStart) -> Result<(), PolicyError> {
        self.in_episode = false;
        self.call(|client| client.try_begin(episode))?;
        self.in_episode = true;
        Ok(())
    }

    fn infer(&mut self, observation: &Observation) -> Result<Chunk, PolicyError> {
        self.call(|client| client.try_infer(observation))
    }

    fn end(&mut self, success: bool) {
        self.in_episode = false;
        let deadline = Deadline::after(self.settings.limits.connect);
        let Some(connection) = &mut self.connection else {
            return;
        };
        let metrics = Value::map([("success", Value::Bool(success))]);
        let payload = Value::map([("metrics", metrics)]);
        if connection.send("episode_end", payload, deadline).is_err() {
            self.connection = None;
        }
    }
}
