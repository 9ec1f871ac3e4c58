//! What goes to a policy and what comes back, before any protocol's dress.

use serde_json::Value;

/// A colour picture, as policies take them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub width_px: u32,
    pub height_px: u32,
    /// Rows from the top, 3 bytes a pixel, sRGB.
    pub rgb: Vec<u8>,
    /// Whether the policy wants it as channels, rows, columns.
    pub channels_first: bool,
}

/// One entry of an observation.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    Picture(Picture),
    /// One row of numbers.
    Numbers(Vec<f32>),
    Text(String),
}

/// What a policy sees at one moment, in the order of its adapter. A key is a path: one part for
/// `observation/image` and `video.front`, two for ALOHA's nested `images` → `cam_high`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation(pub Vec<(Vec<String>, Input)>);

/// What a policy answers: actions of the coming control steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// Numbers of each action.
    pub width: usize,
    /// By step, then number. A multiple of `width`, and not empty.
    pub numbers: Vec<f32>,
}

/// Beginning of an episode, for protocols that have one.
#[derive(Clone, Debug, PartialEq)]
pub struct EpisodeStart {
    pub task: String,
    pub instruction: String,
    pub seed: u64,
}

/// Who failed, and how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The policy gave what is no action: a wrong shape, NaN, an error of its own code. Not
    /// tried again.
    #[error("{0}")]
    Policy(String),
    /// It could not be asked: refused, timed out, closed, talked nonsense.
    #[error("{0}")]
    Server(String),
}

/// Asks a policy. One for each worker; an episode is begun before it is asked.
pub trait Client: Send {
    /// What it says of itself: metadata, modality configuration, action specification.
    ///
    /// # Errors
    ///
    /// If it cannot be reached.
    fn describe(&mut self) -> Result<Value, PolicyError>;

    /// A new episode begins. What could not be told is told again on a fresh connection, as
    /// nothing is lost yet.
    ///
    /// # Errors
    ///
    /// If it cannot be reached, or refuses.
    fn begin(&mut self, episode: &EpisodeStart) -> Result<(), PolicyError>;

    /// Actions for what is seen. Within the time limit, whatever the other side does.
    ///
    /// # Errors
    ///
    /// Whatever goes wrong, by who failed.
    fn infer(&mut self, observation: &Observation) -> Result<Chunk, PolicyError>;

    /// The episode is over; told where the protocol has a word for it, and never an error.
    fn end(&mut self, success: bool);
}
