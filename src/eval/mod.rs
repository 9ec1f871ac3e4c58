//! A verdict on a policy: rollouts of a suite, what was measured, and what that says.

pub mod judgement;
pub mod record;
pub mod report;
