//! `gr00t://`: NVIDIA's GR00T over ZeroMQ, one request and one answer at a time. Its versions
//! differ in three ways, all told by what `get_modality_config` answers: whether observations are
//! flat (`video.front`; N1.5) or nested by modality and batched (N1.6, N1.7), whether an answer is
//! the actions or actions and information, and how arrays are written (N1.7's later servers answer
//! as msgpack-numpy does). Requests are written in the older way, which all of them read.

mod actions;
mod observation;

use serde_json::{Value as Json, json};

use self::actions::chunks;
use self::observation::{flat, nested};
use super::fault::{Deadline, Fault, twice};
use super::reply::{message, own_words};
use super::value::Value;
use super::zmtp::Requester;
use super::{Address, KEY_VARIABLE, Settings};
use crate::policy::exchange::{Chunk, Client, EpisodeStart, Observation, PolicyError};

pub use self::observation::same_shape;

/// Client of one GR00T server.
pub struct Gr00t {
    address: Address,
    settings: Settings,
    connection: Option<Connection>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    /// N1.5: keys `video.front`, no batch.
    Flat,
    /// N1.6 and N1.7: maps of modalities, with a batch of one.
    Nested,
}

struct Connection {
    socket: Requester,
    dialect: Dialect,
    /// `as_json` of each modality.
    config: Json,
    /// Whether it has answered an inference.
    warm: bool,
}

/// One request and the bytes of its answer.
fn ask(
    socket: &mut Requester,
    key: Option<&str>,
    endpoint: &str,
    data: Option<Value<'_>>,
    deadline: Deadline,
) -> Result<Vec<u8>, Fault> {
    let mut entries = vec![(Value::text("endpoint"), Value::text(endpoint))];
    entries.extend(data.map(|data| (Value::text("data"), data)));
    entries.extend(key.map(|key| (Value::text("api_token"), Value::text(key))));
    socket.ask(&Value::Map(entries).encode(), deadline)
}

/// An answer that is not an error.
fn answer(bytes: &[u8]) -> Result<Value<'_>, Fault> {
    if bytes == b"ERROR" {
        return Err(Fault::Policy("answers ERROR, without words".to_string()));
    }
    let answer = message(bytes)?;
    let Some(error) = answer.get("error") else {
        return Ok(answer);
    };
    let words = own_words(error.as_text().unwrap_or(""));
    Err(if words.starts_with("Unauthorized") {
        Fault::Server(format!("{words}; the token is read from {KEY_VARIABLE}"))
    } else {
        Fault::Policy(words)
    })
}

/// Whether a server says that it has no such endpoint.
fn unknown_endpoint(fault: &Fault) -> bool {
    matches!(fault, Fault::Policy(words) if words.starts_with("Unknown endpoint"))
}

impl Connection {
    fn open(address: &Address, settings: &Settings) -> Result<Self, Fault> {
        let mut socket = Requester::open(address, &settings.limits)?;
        let deadline = Deadline::after(settings.limits.greeting);
        let key = settings.key.as_deref();
        let bytes = ask(&mut socket, key, "get_modality_config", None, deadline)?;
        let config = match answer(&bytes) {
            Err(fault) if unknown_endpoint(&fault) => json!({}),
            config => modalities(&config?)?,
        };
        let connection = Self {
            socket,
            dialect: dialect_of(&config),
            config,
            warm: false,
        };
        connection.refuse_history()?;
        Ok(connection)
    }

    fn keys(&self, modality: &str) -> Vec<&str> {
        let keys = self.config[modality]["modality_keys"].as_array();
        keys.map_or(Vec::new(), |k| k.iter().filter_map(Json::as_str).collect())
    }

    /// Observations are of one moment; a policy that looks back would be given less than it was
    /// trained with.
    fn refuse_history(&self) -> Result<(), Fault> {
        for modality in ["video", "state", "language"] {
            let steps = &self.config[modality]["delta_indices"];
            if steps.as_array().is_some_and(|s| s.len() > 1) {
                return Err(Fault::Policy(format!(
                    "wants {modality} of the steps {steps}; observations here are of one step"
                )));
            }
        }
        Ok(())
    }
}

/// `as_json` of each modality: JSON in a text (N1.5) or a map (N1.6 and later).
fn modalities(answer: &Value<'_>) -> Result<Json, Fault> {
    let Value::Map(entries) = answer else {
        let kind = answer.kind();
        return Err(Fault::Server(format!(
            "{kind}, where a modality configuration is due"
        )));
    };
    let mut config = serde_json::Map::new();
    for (name, modality) in entries {
        let Some(name) = name.as_text() else {
            continue;
        };
        let fields = match modality.get("as_json") {
            Some(json) => match json.as_text() {
                Some(text) => serde_json::from_str(text).map_err(|e| {
                    Fault::Server(format!("a modality configuration that is no JSON: {e}"))
                })?,
                None => json.to_json(),
            },
            None => modality.to_json(),
        };
        config.insert(name.to_string(), fields);
    }
    Ok(Json::Object(config))
}

/// Flat, if keys carry their modality themselves.
fn dialect_of(config: &Json) -> Dialect {
    let prefixed = |modality: &str| {
        let keys = config[modality]["modality_keys"].as_array();
        keys.is_some_and(|keys| {
            keys.iter().filter_map(Json::as_str).any(|key| {
                key.strip_prefix(modality)
                    .is_some_and(|k| k.starts_with('.'))
            })
        })
    };
    match ["video", "state", "action"].into_iter().any(prefixed) {
        true => Dialect::Flat,
        false => Dialect::Nested,
    }
}

impl Gr00t {
    /// Connects when first asked.
    pub fn new(address: Address, settings: Settings) -> Self {
        Self {
            address,
            settings,
            connection: None,
        }
    }

    fn connected(&mut self) -> Result<&mut Connection, Fault> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => Ok(none.insert(Connection::open(&self.address, &self.settings)?)),
        }
    }

    /// Runs it, on a fresh connection once more if one is lost; forgets a connection that failed,
    /// as a REQ socket must after a time limit.
    fn call<T>(
        &mut self,
        attempt: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, PolicyError> {
        twice(self, attempt, |client| client.connection = None).map_err(|fault| {
            self.connection = None;
            fault.at(&self.address)
        })
    }

    /// Forgets what the policy remembers, where it can; else asks whether it is there.
    fn reset(&mut self) -> Result<(), Fault> {
        let key = self.settings.key.clone();
        let limit = self.settings.limits.greeting;
        let connection = self.connected()?;
        let key = key.as_deref();
        if connection.dialect == Dialect::Nested {
            let data = Value::map([("options", Value::Nil)]);
            let deadline = Deadline::after(limit);
            let bytes = ask(&mut connection.socket, key, "reset", Some(data), deadline)?;
            match answer(&bytes) {
                Err(fault) if unknown_endpoint(&fault) => {}
                result => return result.map(drop),
            }
        }
        let deadline = Deadline::after(limit);
        let bytes = ask(&mut connection.socket, key, "ping", None, deadline)?;
        answer(&bytes).map(drop)
    }

    /// Whether it takes several observations at once.
    ///
    /// # Errors
    ///
    /// If it cannot be reached.
    pub fn takes_batches(&mut self) -> Result<bool, PolicyError> {
        self.call(|client| Ok(client.connected()?.dialect == Dialect::Nested))
    }

    /// Actions for each of these observations, which have one shape, in one request.
    ///
    /// # Errors
    ///
    /// Whatever goes wrong, by who failed; of all of them.
    pub fn infer_batch(&mut self, batch: &[&Observation]) -> Result<Vec<Chunk>, PolicyError> {
        self.call(|client| client.try_infer(batch))
    }

    fn try_infer(&mut self, batch: &[&Observation]) -> Result<Vec<Chunk>, Fault> {
        let Settings {
            limits,
            key,
            action_keys,
            ..
        } = self.settings.clone();
        let connection = self.connected()?;
        let deadline = Deadline::after(match connection.warm {
            false => limits.first_inference,
            true => limits.inference,
        });
        let data = match connection.dialect {
            Dialect::Flat => flat(batch[0]),
            Dialect::Nested => {
                Value::map([("observation", nested(batch)), ("options", Value::Nil)])
            }
        };
        let (socket, key) = (&mut connection.socket, key.as_deref());
        let bytes = ask(socket, key, "get_action", Some(data), deadline)?;
        let answer = answer(&bytes)?;
        connection.warm = true;
        let keys = match &action_keys {
            Some(keys) => keys.iter().map(String::as_str).collect(),
            None => connection.keys("action"),
        };
        chunks(&answer, &keys, batch.len())
    }
}

impl Client for Gr00t {
    fn describe(&mut self) -> Result<Json, PolicyError> {
        self.call(|client| {
            let connection = client.connected()?;
            let dialect = match connection.dialect {
                Dialect::Flat => "flat (N1.5)",
                Dialect::Nested => "nested (N1.6 and later)",
            };
            Ok(json!({
                "protocol": "gr00t",
                "dialect": dialect,
                "modality_config": connection.config,
            }))
        })
    }

    fn begin(&mut self, _: &EpisodeStart) -> Result<(), PolicyError> {
        self.call(Self::reset)
    }

    fn infer(&mut self, observation: &Observation) -> Result<Chunk, PolicyError> {
        let mut chunks = self.infer_batch(&[observation])?;
        Ok(chunks.remove(0))
    }

    fn end(&mut self, _: bool) {}
}
