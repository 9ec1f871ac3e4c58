//! How an episode's objects came to rest.

use serde::{Deserialize, Serialize};

/// Slower than this (centre of mass) is at rest.
pub const REST_LINEAR_M_PER_S: f32 = 1e-3;

/// Slower than this is at rest.
pub const REST_ANGULAR_RAD_PER_S: f32 = 0.05;

/// For so long everything must be slow.
pub const REST_SECS: f64 = 0.2;

/// Further than this beyond the box that held everything at release, an object has left the
/// scene, metres.
pub const ESCAPE_M: f32 = 10.0;

/// How the time before the first frame ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settling {
    /// Whether everything had come to rest; else the time was up. Rest: every object slower than
    /// [`REST_LINEAR_M_PER_S`] and [`REST_ANGULAR_RAD_PER_S`] for [`REST_SECS`].
    pub at_rest: bool,
    /// Simulated time, [`REST_SECS`] included.
    pub secs: f64,
    /// Of the centre of mass of the fastest object at that moment.
    pub fastest_m_per_s: f64,
    /// Of the fastest-turning object at that moment.
    pub fastest_rad_per_s: f64,
    /// Names of the objects then faster than rest allows, in order of instance id.
    pub moving: Vec<String>,
    /// Names of the objects that left the scene at any time of the episode, in order of
    /// instance id: more than [`ESCAPE_M`] metres beyond the box that held everything at
    /// release. They stop, and stay in the snapshots where they were last.
    pub escaped: Vec<String>,
}
