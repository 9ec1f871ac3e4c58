//! Policies, however they are served: in this process, from a file, behind a socket.

pub mod actor;
pub mod adapter;
pub mod convention;
pub mod exchange;
pub mod observe;
pub mod uri;
pub mod wire;

use self::adapter::AdapterDesc;
use self::exchange::{Client, PolicyError};
use self::uri::PolicyUri;
use self::wire::Settings;

/// A connection to a policy that is asked.
///
/// # Errors
///
/// If it cannot be reached or run.
pub fn connect(uri: &PolicyUri, adapter: &AdapterDesc) -> Result<Box<dyn Client>, PolicyError> {
    match uri {
        PolicyUri::Server(address) => {
            let keys = &adapter.action.keys;
            let settings = Settings {
                action_keys: (!keys.is_empty()).then(|| keys.clone()),
                ..Settings::from_environment()
            };
            Ok(wire::client(address.clone(), settings))
        }
        _ => Err(PolicyError::Server(format!("{uri} cannot be asked"))),
    }
}
