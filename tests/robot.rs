//! Robot files, and kinematics.

mod chains;
mod kinematics;
