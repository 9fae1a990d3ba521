//! What a stat says, as metadata of opendal, and the conditions on it.

use opendal::raw::Timestamp;
use opendal::{EntryMode, MetadataBuilder, Result};

use crate::error;

pub(crate) fn mode(stat: &libc::stat) -> EntryMode {
    match stat.st_mode & libc::S_IFMT {
        libc::S_IFREG => EntryMode::FILE,
        libc::S_IFDIR => EntryMode::DIR,
        _ => EntryMode::Unknown,
    }
}

pub(crate) fn is(stat: &libc::stat, kind: libc::mode_t) -> bool {
    stat.st_mode & libc::S_IFMT == kind
}

pub(crate) fn size(stat: &libc::stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}

pub(crate) fn modified(stat: &libc::stat) -> Option<Timestamp> {
    Timestamp::new(stat.st_mtime, i32::try_from(stat.st_mtime_nsec).unwrap_or(0)).ok()
}

pub(crate) fn of(stat: &libc::stat) -> MetadataBuilder {
    let mut metadata = match mode(stat) {
        EntryMode::FILE => MetadataBuilder::file(size(stat)),
        EntryMode::DIR => MetadataBuilder::dir(),
        EntryMode::Unknown => MetadataBuilder::unknown(),
    };
    if let Some(modified) = modified(stat) {
        metadata.last_modified(modified);
    }
    metadata
}

/// The conditions of a stat or a read that a file system can tell.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Conditions {
    pub(crate) modified_since: Option<Timestamp>,
    pub(crate) unmodified_since: Option<Timestamp>,
}

impl Conditions {
    pub(crate) fn check(&self, stat: &libc::stat) -> Result<()> {
        if self.modified_since.is_none() && self.unmodified_since.is_none() {
            return Ok(());
        }
        let Some(modified) = modified(stat) else { return Ok(()) };
        if self.modified_since.is_some_and(|since| modified <= since) {
            return Err(error::condition("the object was not modified since then"));
        }
        if self.unmodified_since.is_some_and(|since| modified > since) {
            return Err(error::condition("the object was modified since then"));
        }
        Ok(())
    }
}
