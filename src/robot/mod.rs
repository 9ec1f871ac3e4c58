//! Robot files → [`desc::RobotDesc`], and its kinematics. Physics is [`crate::world`]'s.

pub mod action;
pub mod desc;
mod inverse;
pub mod kinematics;

/// What one robot shall do in one control step.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Where the arm's joints shall be at its end, rad or m, by [`desc::ControlDesc::arm`].
    pub arm: Vec<f64>,
    /// 0 closed … 1 open; ignored without a gripper.
    pub open_fraction: f64,
}
