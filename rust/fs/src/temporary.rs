//! A file that becomes an object only when it is complete.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opendal::{ErrorKind, Metadata, Result};

use crate::core::Core;
use crate::here::Asked;
use crate::root::{self, Dir};
use crate::sys::{self, noreplace};
use crate::{error, metadata, sweep, write};

/// What stood under the target's name when the write began.
#[derive(Clone, Copy)]
struct Replaced {
    mode: libc::mode_t,
    user: libc::uid_t,
    group: libc::gid_t,
}

/// Vanishes unless it is published.
pub(crate) struct Temporary {
    core: Arc<Core>,
    file: OwnedFd,
    name: String,
    directory: Dir,
    target: String,
    replaced: Option<Replaced>,
    if_not_exists: bool,
    /// Permissions that only the temporary needs.
    lent: libc::mode_t,
    /// The process whose file it is: a fork of it has no business with it.
    process: u32,
    named: bool,
}

impl Temporary {
    /// Begins an object at `relative`. `mode` is what a new file may have of permissions, before
    /// the umask.
    pub(crate) fn begin(
        core: &Arc<Core>,
        relative: &str,
        if_not_exists: bool,
        mode: libc::mode_t,
    ) -> Result<Self> {
        // Someone may remove the directory as fast as it is made, but not for ever.
        for _ in 0..8 {
            let begun = Self::try_begin(core, relative, if_not_exists, mode);
            if !begun.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
                return begun;
            }
        }
        Self::try_begin(core, relative, if_not_exists, mode)
    }

    fn try_begin(
        core: &Arc<Core>,
        relative: &str,
        if_not_exists: bool,
        mode: libc::mode_t,
    ) -> Result<Self> {
        let (directory, target) = core.root.make_parent(relative, core.durable)?;
        if target.is_empty() {
            return Err(error::call(error::errno(libc::EISDIR)));
        }
        let replaced = look(directory.as_fd(), target, if_not_exists)?;
        let elsewhere = core.temporaries.as_ref().map(AsFd::as_fd);
        let home = elsewhere.unwrap_or(directory.as_fd());
        let home_name = if elsewhere.is_some() { "/" } else { crate::path::split(relative).0 };
        core.sweeper.sweep(home_name, home);
        // Until it is published, nobody may read it who could not read what it replaces.
        let mode = replaced.map_or(mode, |replaced| replaced.mode & 0o777);
        // We must be able to set attributes, and a sweeper to open it.
        let lent = 0o600 & !mode;
        let (file, name) = make(home, mode | lent).map_err(error::call)?;
        Ok(Self {
            core: Arc::clone(core),
            file,
            name,
            directory,
            target: target.to_owned(),
            replaced,
            if_not_exists,
            lent,
            process: std::process::id(),
            named: true,
        })
    }

    pub(crate) fn file(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// Gives the object its name, at once and whole.
    pub(crate) fn publish(mut self, asked: &Asked) -> Result<Metadata> {
        let stat = sys::fstat(self.file()).map_err(error::call)?;
        if let Some(replaced) = self.replaced {
            self.keep(replaced, &stat)?;
        } else if self.lent != 0 {
            let mode = stat.st_mode & 0o7777 & !self.lent;
            sys::fchmod(self.file(), mode).map_err(error::call)?;
        }
        if self.core.durable {
            sys::fsync(self.file()).map_err(error::call)?;
        }
        asked.still()?;
        let from = (self.home(), self.name.as_bytes());
        let to = (self.directory.as_fd(), self.target.as_bytes());
        if self.if_not_exists {
            noreplace::rename(from, to).map_err(error::create)?;
        } else {
            sys::renameat(from, to).map_err(error::call)?;
        }
        self.named = false;
        if self.core.durable {
            root::sync(self.directory.as_fd())?;
        }
        Ok(metadata::of(&stat).build())
    }

    /// Keeps the mode of what is replaced, and its owner where we may.
    fn keep(&self, replaced: Replaced, stat: &libc::stat) -> Result<()> {
        let mut mode = replaced.mode;
        let moved = (stat.st_uid, stat.st_gid) != (replaced.user, replaced.group);
        if moved && sys::fchown(self.file(), replaced.user, replaced.group).is_err() {
            // Nobody is to run as us what was to run as someone else.
            mode &= 0o1777;
        }
        // A change of the owner may have taken bits away.
        if moved || stat.st_mode & 0o7777 != mode {
            sys::fchmod(self.file(), mode).map_err(error::call)?;
        }
        Ok(())
    }

    fn home(&self) -> BorrowedFd<'_> {
        self.core.temporaries.as_ref().map_or(self.directory.as_fd(), AsFd::as_fd)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.named && self.process == std::process::id() {
            let _ = sys::unlinkat(self.home(), self.name.as_bytes());
        }
    }
}

/// Looks at the target, so that what cannot succeed fails before anything is written.
fn look(dir: BorrowedFd<'_>, target: &str, if_not_exists: bool) -> Result<Option<Replaced>> {
    let stat = match sys::lstatat(dir, target.as_bytes()) {
        Ok(stat) => stat,
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => return Ok(None),
        Err(error) => return Err(error::call(error)),
    };
    if if_not_exists {
        return Err(error::create(error::errno(libc::EEXIST)));
    }
    if metadata::is(&stat, libc::S_IFDIR) {
        return Err(error::call(error::errno(libc::EISDIR)));
    }
    if !metadata::is(&stat, libc::S_IFREG) && !metadata::is(&stat, libc::S_IFLNK) {
        // A device or a pipe would be one no more.
        return Err(write::not_a_file());
    }
    Ok(metadata::is(&stat, libc::S_IFREG).then_some(Replaced {
        mode: stat.st_mode & 0o7777,
        user: stat.st_uid,
        group: stat.st_gid,
    }))
}

/// Makes a temporary and locks it. A sweeper may find it before it is locked; then the sweeper
/// has it, and another is made.
fn make(home: BorrowedFd<'_>, mode: libc::mode_t) -> io::Result<(OwnedFd, String)> {
    loop {
        let name = format!("{}{:016x}", sweep::PREFIX, unique());
        let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL | libc::O_NOFOLLOW;
        let file = match sys::openat(home, name.as_bytes(), flags, mode) {
            Err(error) if error.raw_os_error() == Some(libc::EEXIST) => continue,
            file => file?,
        };
        match sys::lock(file.as_fd()) {
            Err(error) if error.raw_os_error() == Some(libc::EWOULDBLOCK) => continue,
            // A file system without locks is one where nothing is ever swept.
            Ok(()) | Err(_) => {}
        }
        if sys::fstat(file.as_fd())?.st_nlink > 0 {
            return Ok((file, name));
        }
    }
}

/// A number that no other process has at the same time, whatever it was forked from.
pub fn unique() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    RandomState::new().hash_one((std::process::id(), count))
}
