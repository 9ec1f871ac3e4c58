//! Robot files → [`desc::RobotDesc`], and its kinematics. Physics is [`crate::world`]'s.

pub mod desc;
mod inverse;
pub mod kinematics;
