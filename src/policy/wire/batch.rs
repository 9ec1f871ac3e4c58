//! Observations of several workers in one request.
//!
//! Nobody waits for a batch to fill: while one request is under way, what the other workers see
//! queues up, and whoever finds the connection free takes what has queued along with its own. So
//! batches grow with the load, and a lone worker is never held up.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use serde_json::Value as Json;

use super::gr00t::{Gr00t, same_shape};
use super::{Address, Protocol, Settings};
use crate::policy::exchange::{Chunk, Client, EpisodeStart, Observation, PolicyError};

/// One connection that many workers share.
pub struct Batch {
    address: Address,
    settings: Settings,
    /// Observations in one request.
    most: usize,
    state: Mutex<State>,
    /// The connection has become free, or answers have come.
    news: Condvar,
}

struct State {
    /// `None` while somebody uses it.
    connection: Option<Gr00t>,
    next_ticket: u64,
    waiting: Vec<(u64, Observation)>,
    answers: BTreeMap<u64, Result<Chunk, PolicyError>>,
    /// What the server turned out to take.
    most: usize,
}

impl Batch {
    /// Whether observations can be put together for this server, N1.5's aside.
    pub fn is_possible(address: &Address) -> bool {
        address.protocol == Protocol::Gr00t
    }

    /// Connects when first asked; `most` observations in one request.
    pub fn new(address: Address, settings: Settings, most: usize) -> Arc<Self> {
        let connection = Some(Gr00t::new(address.clone(), settings.clone()));
        Arc::new(Self {
            address,
            settings,
            most,
            state: Mutex::new(State {
                connection,
                next_ticket: 0,
                waiting: Vec::new(),
                answers: BTreeMap::new(),
                most,
            }),
            news: Condvar::new(),
        })
    }

    /// For one worker.
    pub fn client(self: &Arc<Self>) -> Box<dyn Client> {
        Box::new(Member(Arc::clone(self)))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'b>(&'b self, state: MutexGuard<'b, State>) -> MutexGuard<'b, State> {
        self.news
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection, once it is free.
    fn alone(&self) -> Lead<'_> {
        let mut state = self.lock();
        loop {
            if let Some(connection) = state.connection.take() {
                return self.lead(connection);
            }
            state = self.wait(state);
        }
    }

    fn lead(&self, connection: Gr00t) -> Lead<'_> {
        Lead {
            batch: self,
            connection,
            tickets: Vec::new(),
            answers: Vec::new(),
        }
    }

    fn infer(&self, observation: &Observation) -> Result<Chunk, PolicyError> {
        let mut state = self.lock();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        state.waiting.push((ticket, observation.clone()));
        loop {
            if let Some(answer) = state.answers.remove(&ticket) {
                return answer;
            }
            if let Some(connection) = state.connection.take() {
                let asked = state.take();
                drop(state);
                let mut lead = self.lead(connection);
                lead.ask(&asked);
                drop(lead);
                state = self.lock();
            } else {
                state = self.wait(state);
            }
        }
    }
}

impl State {
    /// The oldest observation and those of its shape, in the order in which they came.
    fn take(&mut self) -> Vec<(u64, Observation)> {
        let mut asked: Vec<(u64, Observation)> = Vec::new();
        let mut left = Vec::new();
        for entry in self.waiting.drain(..) {
            let fits = asked.len() < self.most
                && (asked.first()).is_none_or(|first| same_shape(&first.1, &entry.1));
            match fits {
                true => asked.push(entry),
                false => left.push(entry),
            }
        }
        self.waiting = left;
        asked
    }
}

/// Who uses the connection. Gives it back when dropped, with an answer for each ticket, also if
/// that is by a panic: the others are waiting.
struct Lead<'b> {
    batch: &'b Batch,
    connection: Gr00t,
    tickets: Vec<u64>,
    answers: Vec<Result<Chunk, PolicyError>>,
}

impl Lead<'_> {
    fn ask(&mut self, asked: &[(u64, Observation)]) {
        self.tickets = asked.iter().map(|(ticket, _)| *ticket).collect();
        let rows: Vec<&Observation> = asked.iter().map(|(_, observation)| observation).collect();
        match self.connection.infer_batch(&rows) {
            Ok(chunks) => self.answers = chunks.into_iter().map(Ok).collect(),
            Err(PolicyError::Policy(said)) if rows.len() > 1 => self.ask_each(&rows, &said),
            Err(error) => self.answers = vec![Err(error); rows.len()],
        }
    }

    /// One of them may have upset the policy, or it takes no batch of this size. If each alone is
    /// answered it is the batch, and from here on nobody sends one.
    fn ask_each(&mut self, rows: &[&Observation], said: &str) {
        for row in rows {
            let answer = self.connection.infer(row);
            self.answers.push(answer);
        }
        if self.answers.iter().all(Result::is_ok) {
            self.batch.lock().most = 1;
            eprintln!(
                "{}: takes no {} observations at once ({said}); asked one by one from here on",
                self.batch.address,
                rows.len()
            );
        }
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut state = self.batch.lock();
        let mut answers = self.answers.drain(..);
        for ticket in &self.tickets {
            let lost = || Err(PolicyError::Server("the request was given up".to_owned()));
            let answer = answers.next().unwrap_or_else(lost);
            state.answers.insert(*ticket, answer);
        }
        drop(answers);
        let fresh = Gr00t::new(self.batch.address.clone(), self.batch.settings.clone());
        state.connection = Some(std::mem::replace(&mut self.connection, fresh));
        drop(state);
        self.batch.news.notify_all();
    }
}

/// One worker's share of the connection.
struct Member(Arc<Batch>);

impl Client for Member {
    fn describe(&mut self) -> Result<Json, PolicyError> {
        let mut lead = self.0.alone();
        let connection = &mut lead.connection;
        if !connection.takes_batches()? {
            return Err(PolicyError::Policy(format!(
                "{}: a server of N1.5, which takes one observation at a time; leave out --batch",
                self.0.address
            )));
        }
        let mut said = connection.describe()?;
        said["batch"] = self.0.most.into();
        Ok(said)
    }

    /// Servers forget for all their clients at once, which is why nothing that remembers can be
    /// asked in batches: GR00T's policies do not.
    fn begin(&mut self, episode: &EpisodeStart) -> Result<(), PolicyError> {
        self.0.alone().connection.begin(episode)
    }

    fn infer(&mut self, observation: &Observation) -> Result<Chunk, PolicyError> {
        self.0.infer(observation)
    }

    fn end(&mut self, _: bool) {}
}
