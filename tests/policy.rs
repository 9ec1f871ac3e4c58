//! Policies behind sockets: the codecs against the packages they must agree with, the clients
//! against servers made of these packages, and every fault in its class and in time.

mod codec;
mod faults;
mod gr00t;
#[cfg(feature = "onnx")]
mod onnx;
mod openpi;
pub mod server;
mod vla_eval;
