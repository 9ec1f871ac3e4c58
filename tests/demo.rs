//! Recordings: what the files hold, by the libraries that people load them with.

mod broken;
mod clients;
mod files;
mod formats;
mod synth;
