//! Robot files, and kinematics.

mod bad_files;
mod chains;
mod files;
mod kinematics;
mod models;
