//! A store in memory as a service of opendal, in place of the core's own `memory`.
//!
//! * It can do what any service can, so that a test on it means something: conditions, versions,
//!   copy, rename, compose, append, ranges, user metadata, times.
//! * It is an object store: names are flat, and a directory is there as long as something is in
//!   it, or a marker of its own.
//! * Nobody waits: the store is a persistent map that each change replaces as a whole. A reader
//!   takes the map as it is, a listing keeps the one that it began with.

mod change;
mod compose;
mod conditions;
mod config;
mod copy;
mod delete;
mod list;
mod object;
mod read;
mod service;
mod store;
mod write;

pub use config::{MemoryBuilder, MemoryConfig};
pub use service::MemoryService;

/// The scheme of the service.
pub const MEMORY_SCHEME: &str = "memory";
