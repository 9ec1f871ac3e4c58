//! A verdict on a policy: rollouts of a suite, what was measured, and what that says.

pub mod gate;
pub mod judge;
pub mod judgement;
pub mod measure;
pub mod record;
pub mod stats;
