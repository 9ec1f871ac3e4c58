//! A verdict on a policy: rollouts of a suite, what was measured, and what that says.

pub mod axis;
pub mod film;
pub mod gate;
pub mod judge;
pub mod judgement;
pub mod measure;
pub mod meter;
pub mod player;
pub mod ready;
pub mod record;
pub mod report;
pub mod rollout;
pub mod run;
pub mod stats;
pub mod suite;
