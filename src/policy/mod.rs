//! Policies, however they are served: in this process, from a file, behind a socket.

pub mod exchange;
pub mod wire;
