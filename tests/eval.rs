//! Verdicts on policies: what they rest on, and how they are told.

mod arena;
mod cli;
mod faults;
mod gates;
mod judging;
mod perturbing;
mod playing;
mod report;
mod rollouts;
mod simulated;
mod stats;
