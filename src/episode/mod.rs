//! Scene and recipe × seed → [`spec::EpisodeSpec`], every random choice made.

pub mod spec;
