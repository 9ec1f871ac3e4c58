//! Tasks: their files, what holds when, how episodes are judged, and what experts do.

#[path = "task/actions.rs"]
mod actions;
#[path = "task/experts.rs"]
mod experts;
#[path = "task/files.rs"]
mod files;
#[path = "task/filling.rs"]
mod filling;
#[path = "task/fixture.rs"]
mod fixture;
#[path = "task/goals.rs"]
mod goals;
#[path = "task/judging.rs"]
mod judging;
#[path = "task/liquids.rs"]
mod liquids;
#[path = "task/metering.rs"]
mod metering;
#[path = "task/shipped.rs"]
mod shipped;
