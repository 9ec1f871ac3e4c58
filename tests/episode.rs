//! Sampling of episodes: against formulas, and against queries of parry's made here.

mod distributions;
mod groups;
mod placement;
mod streams;
mod views;
