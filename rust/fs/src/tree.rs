//! Removing a directory with all that is in it, however deep it goes.
//!
//! Level by level and not by calling itself, as nobody knows how large the stack is; and with a
//! bounded number of descriptors, as a process has few. Of a deep tree only the lowest levels are
//! held. The way back to one that was let go is its `..`, which must be the directory that it was
//! on the way down: if others moved the tree meanwhile, it may lead anywhere.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use opendal::{Error, ErrorKind, Result};

use crate::here::Stint;
use crate::root::Dir;
use crate::sys::dirents::{Directory, Kind};
use crate::{error, metadata, sys};

/// How often a directory is emptied again when others fill it.
const ROUNDS: usize = 16;
/// How many levels are held.
const HELD: usize = 32;

pub(crate) const DIRECTORY: libc::c_int = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_NOFOLLOW;

/// A directory on the way down that was let go.
struct Away {
    /// Its name in the level above.
    name: Vec<u8>,
    /// Device and inode. The inode may be given out again, but not to a directory of someone who
    /// did not put our tree there.
    id: (libc::dev_t, libc::ino_t),
    rounds: usize,
}

/// A directory on the way down that is held.
struct Level {
    at: Away,
    directory: Directory,
    found: Vec<(Vec<u8>, Kind)>,
}

impl Level {
    fn new(name: Vec<u8>, fd: OwnedFd) -> Result<Self> {
        let id = id(fd.as_fd())?;
        let at = Away { name, id, rounds: 0 };
        Ok(Self { at, directory: Directory::new(fd), found: Vec::new() })
    }

    /// Comes back from a level below.
    fn again(at: Away, below: BorrowedFd<'_>) -> Result<Self> {
        let fd = sys::openat(below, b"..", DIRECTORY, 0).map_err(error::call)?;
        if id(fd.as_fd())? != at.id {
            return Err(Error::new(
                ErrorKind::Conflict,
                "a directory was moved while the tree around it was removed",
            )
            .set_temporary());
        }
        // What was found and not removed yet is found again.
        Ok(Self { at, directory: Directory::new(fd), found: Vec::new() })
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

/// A tree that is being removed.
pub(crate) struct Tree {
    /// Where the top is removed from; nowhere, if it is the root, which stays.
    base: Option<Dir>,
    away: Vec<Away>,
    held: VecDeque<Level>,
    stint: Stint,
}

impl Tree {
    pub(crate) fn new(base: Option<Dir>, name: &[u8], top: OwnedFd) -> Result<Self> {
        let held = VecDeque::from([Level::new(name.to_vec(), top)?]);
        Ok(Self { base, away: Vec::new(), held, stint: Stint::default() })
    }

    /// Removes some of it; false when there is nothing left to do.
    pub(crate) fn some(&mut self) -> Result<bool> {
        while self.one()? {
            if self.stint.is_over(1) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes a name, or goes a level down or up.
    fn one(&mut self) -> Result<bool> {
        let Some(level) = self.held.back_mut() else { return Ok(false) };
        let Some((name, kind)) = level.next()? else { return self.leave() };
        if let Some(fd) = unlink(level.directory.fd(), &name, kind)? {
            self.held.push_back(Level::new(name, fd)?);
            if self.held.len() > HELD
                && let Some(level) = self.held.pop_front()
            {
                self.away.push(level.at);
            }
        }
        Ok(true)
    }

    /// Leaves a level that is empty and removes it from the one above.
    fn leave(&mut self) -> Result<bool> {
        let Some(mut done) = self.held.pop_back() else { return Ok(false) };
        if self.held.is_empty()
            && let Some(above) = self.away.pop()
        {
            self.held.push_back(Level::again(above, done.directory.fd())?);
        }
        let base = self.base.as_ref().map(AsFd::as_fd);
        let Some(above) = self.held.back().map(|level| level.directory.fd()).or(base) else {
            return Ok(false);
        };
        let removed = sys::rmdirat(above, &done.at.name);
        if !is_full(&removed) {
            gone(removed)?;
        } else if done.at.rounds < ROUNDS {
            // Someone filled it again, or its listing was not complete.
            done.at.rounds += 1;
            done.directory = Directory::of(done.directory.fd()).map_err(error::call)?;
            self.held.push_back(done);
        } else {
            return removed.map_err(error::call).map(|()| false);
        }
        Ok(true)
    }
}

fn id(fd: BorrowedFd<'_>) -> Result<(libc::dev_t, libc::ino_t)> {
    sys::fstat(fd).map(|stat| (stat.st_dev, stat.st_ino)).map_err(error::call)
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
    open_if_full(dir, name)
}

/// Removes a directory, or opens it if it must be emptied first.
pub(crate) fn open_if_full(dir: BorrowedFd<'_>, name: &[u8]) -> Result<Option<OwnedFd>> {
    let removed = sys::rmdirat(dir, name);
    if !is_full(&removed) {
        return gone(removed).map(|()| None);
    }
    match sys::openat(dir, name, DIRECTORY, 0) {
        // It was removed meanwhile.
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(None),
        opened => opened.map(Some).map_err(error::call),
    }
}

pub(crate) fn is_full(removed: &std::io::Result<()>) -> bool {
    error::is(removed, libc::ENOTEMPTY) || error::is(removed, libc::EEXIST)
}

/// What is no longer there needs no deleting.
pub(crate) fn gone(result: std::io::Result<()>) -> Result<()> {
    if error::is(&result, libc::ENOENT) { Ok(()) } else { result.map_err(error::call) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn open(path: &Path) -> OwnedFd {
        fs::File::open(path).unwrap().into()
    }

    /// A tree of 200 levels, of which the upper ones were let go, is moved from its place.
    #[test]
    fn a_tree_that_was_moved_is_not_followed() {
        let space = std::env::temp_dir().join(format!("opendal-fs-tree-{}", std::process::id()));
        let _ = fs::remove_dir_all(&space);
        for moved in [20, 60, 0] {
            let (root, outside) = (space.join("root"), space.join("outside"));
            fs::create_dir_all(root.join("d/".repeat(200))).unwrap();
            fs::create_dir_all(&outside).unwrap();
            fs::write(outside.join("keep"), "x").unwrap();
            let base = Dir::Opened(open(&root));
            let mut tree = Tree::new(Some(base), b"d", open(&root.join("d"))).unwrap();
            while tree.away.len() < 100 {
                assert!(tree.one().unwrap());
            }
            assert_eq!(tree.held.len(), HELD);
            if moved > 0 {
                fs::rename(root.join("d/".repeat(moved)), outside.join("moved")).unwrap();
            }
            let result = loop {
                match tree.one() {
                    Ok(true) => {}
                    result => break result,
                }
            };
            if moved > 0 {
                let error = result.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Conflict);
                assert!(error.is_temporary());
                assert_eq!(fs::read_dir(&outside).unwrap().count(), 2);
                assert!(root.join("d/".repeat(moved - 1)).exists());
            } else {
                assert!(!result.unwrap() && !root.join("d").exists());
            }
            assert!(outside.join("keep").exists());
            fs::remove_dir_all(&space).unwrap();
        }
    }
}
