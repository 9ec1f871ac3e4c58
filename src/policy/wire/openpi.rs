//! `openpi://`: Physical Intelligence's protocol, and RoboArena's dialect of it. The server speaks
//! first (its metadata), then answers one observation at a time; an error is a text with the
//! traceback. RoboArena's metadata is a `PolicyServerConfig`; there an episode begins with a reset,
//! and observations say which session they are of.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

use super::array::{Array, openpi_dress};
use super::fault::{Deadline, Fault, twice};
use super::observation::{array_picture, tree};
use super::reply::{chunk, message, own_words};
use super::socket::{Frame, Socket};
use super::value::Value;
use super::{Address, Limits, Settings};
use crate::policy::exchange::{Chunk, Client, EpisodeStart, Observation, PolicyError};

/// Client of one openpi or RoboArena server.
pub struct Openpi {
    address: Address,
    settings: Settings,
    connection: Option<Connection>,
    /// Session of the episode under way, in RoboArena's dialect.
    session: Option<String>,
}

struct Connection {
    socket: Socket,
    metadata: serde_json::Value,
    roboarena: bool,
    /// Whether it has answered an inference.
    warm: bool,
}

impl Connection {
    fn open(address: &Address, settings: &Settings) -> Result<Self, Fault> {
        let mut socket = Socket::open(address, settings)?;
        let deadline = Deadline::after(settings.limits.greeting);
        let what = "metadata, which an openpi server sends first,";
        let bytes = match socket.receive(what, deadline)? {
            Frame::Binary(bytes) => bytes,
            Frame::Text(text) => {
                return Err(Fault::Server(format!(
                    "text where metadata is due: {}",
                    own_words(&text)
                )));
            }
        };
        let metadata = message(&bytes)?;
        let Value::Map(_) = metadata else {
            return Err(Fault::Server(format!(
                "{} where metadata is due",
                metadata.kind()
            )));
        };
        // Fields of PolicyServerConfig, of which each server has its own version.
        let marks = [
            "needs_session_id",
            "n_external_cameras",
            "needs_wrist_camera",
        ];
        Ok(Self {
            socket,
            roboarena: marks.iter().any(|key| metadata.get(key).is_some()),
            metadata: metadata.to_json(),
            warm: false,
        })
    }

    fn infer(&mut self, request: Vec<u8>, limits: &Limits) -> Result<Chunk, Fault> {
        let deadline = Deadline::after(match self.warm {
            false => limits.first_inference,
            true => limits.inference,
        });
        self.socket.send(request, deadline)?;
        let bytes = match self.socket.receive("actions", deadline)? {
            Frame::Binary(bytes) => bytes,
            Frame::Text(text) => return Err(Fault::Policy(own_words(&text))),
        };
        self.warm = true;
        let answer = message(&bytes)?;
        let actions = match answer.get("actions") {
            Some(actions) => actions,
            // RoboArena's servers may answer the array itself.
            None if Array::of(&answer).is_some() => &answer,
            None => {
                return Err(Fault::Policy(format!("{} without actions", answer.kind())));
            }
        };
        chunk(actions)
    }
}

/// Of no other client of the same server, in this process or another.
fn new_session() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed();
    let nanos = since.map_or(0, |s| s.as_nanos());
    format!("benchside-{}-{nanos:x}-{count}", std::process::id())
}

impl Openpi {
    /// Connects when first asked.
    pub fn new(address: Address, settings: Settings) -> Self {
        Self {
            address,
            settings,
            connection: None,
            session: None,
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

    fn reset(&mut self) -> Result<(), Fault> {
        let limit = self.settings.limits.greeting;
        let connection = self.connected()?;
        if !connection.roboarena {
            return Ok(());
        }
        let session = new_session();
        let request = Value::map([
            ("endpoint", Value::text("reset")),
            ("session_id", Value::text(&session)),
        ]);
        let deadline = Deadline::after(limit);
        connection.socket.send(request.encode(), deadline)?;
        // "reset successful" as a text, or anything as msgpack; but a traceback is a failure.
        if let Frame::Text(text) = connection.socket.receive("reset", deadline)?
            && text.contains("Traceback")
        {
            return Err(Fault::Policy(own_words(&text)));
        }
        self.session = Some(session);
        Ok(())
    }

    fn try_infer(&mut self, observation: &Observation) -> Result<Chunk, Fault> {
        if self.session.is_some() && self.connection.is_none() {
            return Err(lost_session());
        }
        let session = self.session.clone();
        let limits = self.settings.limits;
        let connection = self.connected()?;
        let mut request = tree(observation, openpi_dress, |p| {
            array_picture(p, openpi_dress)
        });
        if let (true, Value::Map(entries)) = (connection.roboarena, &mut request) {
            entries.push((Value::text("endpoint"), Value::text("infer")));
            if let Some(session) = &session {
                entries.push((Value::text("session_id"), Value::text(session)));
            }
        }
        connection.infer(request.encode(), &limits)
    }
}

fn lost_session() -> Fault {
    Fault::Server("lost within the episode, and the server's session with it".to_string())
}

impl Client for Openpi {
    fn describe(&mut self) -> Result<serde_json::Value, PolicyError> {
        self.call(|client| {
            let connection = client.connected()?;
            let dialect = match connection.roboarena {
                true => "roboarena",
                false => "openpi",
            };
            Ok(json!({"protocol": "openpi", "dialect": dialect, "metadata": connection.metadata}))
        })
    }

    fn begin(&mut self, _: &EpisodeStart) -> Result<(), PolicyError> {
        self.session = None;
        self.call(Self::reset)
    }

    fn infer(&mut self, observation: &Observation) -> Result<Chunk, PolicyError> {
        self.call(|client| client.try_infer(observation))
    }

    fn end(&mut self, _: bool) {
        self.session = None;
    }
}
