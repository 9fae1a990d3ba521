//! What holds on every service, whoever asks: how a path is read, what the options of a service
//! are called, and which known name is nearest to one that is not known.
//!
//! Nothing here knows of Python, so `cargo test` checks all of it.

pub mod environment;
pub mod expiry;
pub mod nearest;
pub mod path;
pub mod pause;
pub mod ranges;
pub mod secrets;
pub mod service;
pub mod text;
pub mod uri;
