//! Robot files, and kinematics.

mod chains;
mod files;
mod kinematics;
mod models;
