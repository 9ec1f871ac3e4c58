//! Policies, however they are served: in this process, from a file, behind a socket.

pub mod actor;
pub mod adapter;
pub mod convention;
pub mod exchange;
pub mod observe;
#[cfg(feature = "onnx")]
pub mod onnx;
pub mod uri;
pub mod wire;

use std::sync::Arc;

use self::adapter::AdapterDesc;
use self::exchange::Client;
use self::uri::PolicyUri;
use self::wire::{Address, Batch, Settings};
use crate::base::problem::{Problem, Problems};

/// A policy that is asked, found where its URI says.
#[derive(Clone)]
pub enum Source {
    /// Nothing is connected yet.
    Server(Address, Settings),
    /// One connection for all workers.
    Batch(Arc<Batch>),
    #[cfg(feature = "onnx")]
    Onnx(onnx::OnnxPolicy),
}

impl Source {
    /// Of a policy that is asked; `None` for one that is not.
    ///
    /// # Errors
    ///
    /// An ONNX file that cannot be run, or does not fit its adapter.
    pub fn open(uri: &PolicyUri, adapter: &AdapterDesc) -> Result<Option<Self>, Problems> {
        match uri {
            PolicyUri::Server(address) => {
                let keys = &adapter.action.keys;
                let settings = Settings {
                    action_keys: (!keys.is_empty()).then(|| keys.clone()),
                    ..Settings::from_environment()
                };
                Ok(Some(Self::Server(address.clone(), settings)))
            }
            #[cfg(feature = "onnx")]
            PolicyUri::Onnx(path) => {
                let policy = onnx::OnnxPolicy::load(path, onnx::OnnxSpec::of(adapter)?)?;
                Ok(Some(Self::Onnx(policy)))
            }
            #[cfg(not(feature = "onnx"))]
            PolicyUri::Onnx(path) => {
                let found = "a benchside that was built without ONNX";
                let expected = "one that can run it";
                let remedy =
                    "build it with the feature: cargo run --release --features onnx -- eval …";
                Err(Problem::error(path, "", found, expected, remedy).into())
            }
            _ => Ok(None),
        }
    }

    /// The same, asked with up to `most` workers' observations at once.
    ///
    /// # Errors
    ///
    /// If its protocol has no batches.
    pub fn batched(self, most: usize) -> Result<Self, Problems> {
        match self {
            Self::Server(address, settings) if Batch::is_possible(&address) => {
                Ok(Self::Batch(Batch::new(address, settings, most)))
            }
            _ => {
                let found = "a policy that is asked with one observation at a time";
                let expected = "a gr00t:// server of N1.6 or later";
                let remedy =
                    "leave --batch out; a server may still gather what several workers ask";
                Err(Problem::error("--batch", "", found, expected, remedy).into())
            }
        }
    }

    /// A connection of a worker's own, or its share of a common one.
    pub fn client(&self) -> Box<dyn Client> {
        match self {
            Self::Server(address, settings) => wire::client(address.clone(), settings.clone()),
            Self::Batch(batch) => batch.client(),
            #[cfg(feature = "onnx")]
            Self::Onnx(policy) => Box::new(policy.clone()),
        }
    }
}
