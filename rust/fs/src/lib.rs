//! The local file system as a service of opendal, in place of the core's own `fs`.
//!
//! * Paths are resolved beneath a root that is held open, so no link and no race leads out of it.
//! * An object appears whole, under its name, or not at all; what a killed process leaves behind
//!   is swept by the next writer.
//! * An operation is one hop to the blocking pool, or none: see [`inline`](fn@inline).
//!
//! Linux is what is tested. What only Linux has sits in one module each below `sys`, with a
//! fallback for other Unix systems that has only been run on Linux; Windows is not served.

#[cfg(not(unix))]
compile_error!("opendal-fs needs a Unix system: it works on descriptors of directories");

mod attributes;
mod bare;
mod config;
mod copy;
mod core;
mod delete;
mod error;
mod here;
mod list;
mod metadata;
mod names;
mod path;
mod place;
mod read;
mod rename;
mod room;
mod root;
mod service;
mod stat;
mod sweep;
mod sys;
mod temporary;
mod tree;
mod write;

pub use config::{FsBuilder, FsConfig};
pub use here::{Inline, inline, is_inline};
pub use names::{NamesOnly, names_only};
pub use room::{Room, lend};
pub use service::FsService;
pub use temporary::unique;

/// The scheme of the service.
pub const FS_SCHEME: &str = "fs";
