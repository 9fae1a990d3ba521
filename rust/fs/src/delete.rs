//! Deleting: names, never what a link leads to.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use opendal::raw::{OpDelete, oio};
use opendal::{ErrorKind, Result};

use crate::core::Core;
use crate::here::{Asked, run};
use crate::sys::dirents::{Directory, Kind};
use crate::{error, metadata, path, sweep, sys};

/// How often a directory is emptied again when others fill it.
const ROUNDS: usize = 16;

/// Deletes one path at a time.
pub struct FsDeleter {
    core: Arc<Core>,
}

impl FsDeleter {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }
}

impl oio::OneShotDelete for FsDeleter {
    async fn delete_once(&self, path: String, options: OpDelete) -> Result<()> {
        let core = Arc::clone(&self.core);
        let recursive = options.recursive();
        run(self.core.here(), move |asked| delete(&core, &path, recursive, asked)).await
    }
}

fn delete(core: &Core, target: &str, recursive: bool, asked: &Asked) -> Result<()> {
    let relative = path::relative(target)?;
    let (dir, name) = match core.root.parent(&relative) {
        Ok(found) => found,
        // There is nothing of that path.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let dir = dir.as_fd();
    if name.is_empty() {
        // The root stays, whatever is asked.
        return if recursive { empty(dir, asked) } else { must_be_empty(dir) };
    }
    let name = name.as_bytes();
    let stat = match sys::lstatat(dir, name) {
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => return Ok(()),
        stat => stat.map_err(error::call)?,
    };
    if metadata::is(&stat, libc::S_IFDIR) {
        return remove(dir, name, recursive, asked);
    }
    // `a/` is not the file `a`, but a link may stand for a directory.
    if target.ends_with('/') && !metadata::is(&stat, libc::S_IFLNK) {
        return Err(error::call(error::errno(libc::ENOTDIR)));
    }
    gone(sys::unlinkat(dir, name))
}

const DIRECTORY: libc::c_int = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_NOFOLLOW;

/// Removes a directory.
fn remove(dir: BorrowedFd<'_>, name: &[u8], recursive: bool, asked: &Asked) -> Result<()> {
    for _ in 0..ROUNDS {
        let removed = sys::rmdirat(dir, name);
        if !is_full(&removed) {
            return gone(removed);
        }
        let inner = match sys::openat(dir, name, DIRECTORY, 0) {
            // It was removed meanwhile.
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => return Ok(()),
            inner => inner.map_err(error::call)?,
        };
        if recursive {
            empty(inner.as_fd(), asked)?;
        } else {
            // What nobody sees in a listing must not be in the way.
            sweep::sweep(inner.as_fd());
            break;
        }
    }
    gone(sys::rmdirat(dir, name))
}

/// A directory on the way down.
struct Level {
    /// Its name in the level above.
    name: Vec<u8>,
    directory: Directory,
    found: Vec<(Vec<u8>, Kind)>,
    rounds: usize,
}

impl Level {
    fn new(name: Vec<u8>, fd: OwnedFd) -> Self {
        Self { name, directory: Directory::new(fd), found: Vec::new(), rounds: 0 }
    }

    /// The next name; a page is read before it is changed, as reading may else skip names.
    fn next(&mut self) -> Result<Option<(Vec<u8>, Kind)>> {
        let found = &mut self.found;
        while found.is_empty() {
            let note = |_: BorrowedFd<'_>, name: &[u8], kind| found.push((name.to_vec(), kind));
            if !self.directory.page(note).map_err(error::call)? {
                return Ok(None);
            }
        }
        Ok(found.pop())
    }
}

/// Removes all that is in a directory, level by level and not by calling itself: nobody knows
/// how deep it goes, or how large the stack is.
fn empty(dir: BorrowedFd<'_>, asked: &Asked) -> Result<()> {
    let top = sys::openat(dir, b".", DIRECTORY, 0).map_err(error::call)?;
    let mut levels = vec![Level::new(Vec::new(), top)];
    while let Some(level) = levels.last_mut() {
        asked.still()?;
        if let Some((name, kind)) = level.next()? {
            if let Some(fd) = unlink(level.directory.fd(), &name, kind)? {
                levels.push(Level::new(name, fd));
            }
            continue;
        }
        let Some(mut done) = levels.pop() else { break };
        let Some(above) = levels.last() else { break };
        let removed = sys::rmdirat(above.directory.fd(), &done.name);
        if !is_full(&removed) {
            gone(removed)?;
        } else if done.rounds < ROUNDS {
            // Someone filled it again, or its listing was not complete.
            done.rounds += 1;
            done.directory = Directory::of(done.directory.fd()).map_err(error::call)?;
            levels.push(done);
        } else {
            return removed.map_err(error::call);
        }
    }
    Ok(())
}

/// Removes a name, or opens the directory that must be emptied first.
fn unlink(dir: BorrowedFd<'_>, name: &[u8], kind: Kind) -> Result<Option<OwnedFd>> {
    let is_directory = match kind {
        Kind::Directory => true,
        Kind::Link | Kind::File => false,
        Kind::Other => sys::lstatat(dir, name).is_ok_and(|stat| metadata::is(&stat, libc::S_IFDIR)),
    };
    if !is_directory {
        return gone(sys::unlinkat(dir, name)).map(|()| None);
    }
    let removed = sys::rmdirat(dir, name);
    if !is_full(&removed) {
        return gone(removed).map(|()| None);
    }
    match sys::openat(dir, name, DIRECTORY, 0) {
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(None),
        opened => opened.map(Some).map_err(error::call),
    }
}

fn is_full(removed: &std::io::Result<()>) -> bool {
    error::is(removed, libc::ENOTEMPTY) || error::is(removed, libc::EEXIST)
}

fn must_be_empty(dir: BorrowedFd<'_>) -> Result<()> {
    let mut names = 0_usize;
    let mut directory = Directory::of(dir).map_err(error::call)?;
    while directory.page(|_, _, _| names += 1).map_err(error::call)? {}
    if names == 0 { Ok(()) } else { Err(error::call(error::errno(libc::ENOTEMPTY))) }
}

/// What is no longer there needs no deleting.
fn gone(result: std::io::Result<()>) -> Result<()> {
    if error::is(&result, libc::ENOENT) { Ok(()) } else { result.map_err(error::call) }
}
