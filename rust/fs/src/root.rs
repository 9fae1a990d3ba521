//! The directory beneath which everything is, and how a path is resolved beneath it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use libc::c_int;
use opendal::{Error, ErrorKind, Result};
use parking_lot::RwLock;

use crate::sys::{self, beneath};
use crate::{error, path};

/// A directory to act in: the root itself costs no call.
pub(crate) enum Dir {
    Root(Arc<OwnedFd>),
    Opened(OwnedFd),
}

impl AsFd for Dir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Dir::Root(fd) => fd.as_fd(),
            Dir::Opened(fd) => fd.as_fd(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Root {
    path: PathBuf,
    confine: bool,
    fd: RwLock<Arc<OwnedFd>>,
}

const DIRECTORY: c_int = beneath::PATH | libc::O_DIRECTORY;

impl Root {
    /// Opens the root, and makes it if it is missing.
    pub(crate) fn open(path: &Path, confine: bool) -> Result<Self> {
        let (fd, path) = open_or_make(path)?;
        Ok(Self { path, confine, fd: RwLock::new(Arc::new(fd)) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn fd(&self) -> Arc<OwnedFd> {
        Arc::clone(&self.fd.read())
    }

    /// Opens what a path leads to.
    pub(crate) fn get(&self, relative: &str, flags: c_int) -> Result<OwnedFd> {
        self.anew(|root| self.resolve(root, relative, flags, 0)).map_err(error::look)
    }

    /// Opens a file for writing, which is made if it is missing, as its directories are.
    pub(crate) fn create(&self, relative: &str, flags: c_int, durable: bool) -> Result<OwnedFd> {
        let flags = flags | libc::O_CREAT;
        let opened = self.resolve(&self.fd(), relative, flags, 0o666);
        if !error::is(&opened, libc::ENOENT) {
            return opened.map_err(error::resolve);
        }
        self.make(path::split(relative).0, durable)?;
        self.resolve(&self.fd(), relative, flags, 0o666).map_err(error::resolve)
    }

    /// The directory that a path's last name is in.
    pub(crate) fn parent<'a>(&self, relative: &'a str) -> Result<(Dir, &'a str)> {
        let (directory, name) = path::split(relative);
        let dir = if directory.is_empty() {
            Dir::Root(self.alive(false)?)
        } else {
            Dir::Opened(self.get(directory, DIRECTORY)?)
        };
        Ok((dir, name))
    }

    /// The root, where a call on it and a whole path cannot lead out of it, if the last name is
    /// not followed.
    pub(crate) fn direct(&self, relative: &str) -> Option<Arc<OwnedFd>> {
        let direct = !relative.is_empty() && (!self.confine || !relative.contains('/'));
        direct.then(|| self.fd())
    }

    /// As [`Self::parent`], but makes what is missing.
    pub(crate) fn make_parent<'a>(
        &self,
        relative: &'a str,
        durable: bool,
    ) -> Result<(Dir, &'a str)> {
        let (directory, name) = path::split(relative);
        Ok((self.make(directory, durable)?, name))
    }

    /// Opens a directory, and makes it and those above it as far as they are missing.
    pub(crate) fn make(&self, relative: &str, durable: bool) -> Result<Dir> {
        let root = self.alive(true)?;
        if relative.is_empty() {
            return Ok(Dir::Root(root));
        }
        match self.resolve(&root, relative, DIRECTORY, 0) {
            Ok(fd) => return Ok(Dir::Opened(fd)),
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {}
            Err(error) => return Err(error::resolve(error)),
        }
        let mut above = Dir::Root(Arc::clone(&root));
        let ends = relative.match_indices('/').map(|(at, _)| at).chain([relative.len()]);
        for end in ends {
            let prefix = &relative[..end];
            let mut opened = self.resolve(&root, prefix, DIRECTORY, 0);
            if error::is(&opened, libc::ENOENT) {
                let name = path::split(prefix).1.as_bytes();
                match sys::mkdirat(above.as_fd(), name) {
                    // Someone else was faster.
                    Err(error) if error.raw_os_error() == Some(libc::EEXIST) => {}
                    made => made.map_err(error::call)?,
                }
                if durable {
                    sync(above.as_fd())?;
                }
                opened = self.resolve(&root, prefix, DIRECTORY, 0);
            }
            above = Dir::Opened(opened.map_err(error::resolve)?);
        }
        Ok(above)
    }

    fn resolve(
        &self,
        root: &OwnedFd,
        relative: &str,
        flags: c_int,
        mode: libc::mode_t,
    ) -> io::Result<OwnedFd> {
        let relative = if relative.is_empty() { "." } else { relative };
        // A terminal must not become ours.
        let flags = flags | libc::O_NOCTTY;
        // openat2 is strict about flags that O_PATH ignores.
        let flags = if flags & beneath::PATH == beneath::PATH && beneath::PATH != 0 {
            flags & (beneath::PATH | libc::O_DIRECTORY | libc::O_NOFOLLOW)
        } else {
            flags
        };
        if self.confine {
            beneath::open(root.as_fd(), relative.as_bytes(), flags, mode)
        } else {
            sys::openat(root.as_fd(), relative.as_bytes(), flags, mode)
        }
    }

    /// The root, opened again if it was removed since. That shows only in ENOENT, so only then
    /// is it looked for.
    fn anew<T>(&self, f: impl Fn(&OwnedFd) -> io::Result<T>) -> io::Result<T> {
        let root = self.fd();
        let result = f(&root);
        if error::is(&result, libc::ENOENT) && removed(root.as_fd()) {
            let root = self.reopen(false)?;
            return f(&root);
        }
        result
    }

    /// The root for a call on a name in it. A root that is gone is looked for by name, and made
    /// again for a writer.
    fn alive(&self, make: bool) -> Result<Arc<OwnedFd>> {
        let root = self.fd();
        if removed(root.as_fd()) {
            return self.reopen(make).map_err(error::call);
        }
        Ok(root)
    }

    fn reopen(&self, make: bool) -> io::Result<Arc<OwnedFd>> {
        if make {
            std::fs::create_dir_all(&self.path)?;
        }
        let fd = Arc::new(open_directory(&self.path)?);
        *self.fd.write() = Arc::clone(&fd);
        Ok(fd)
    }
}

/// Whether a directory that is held has no name any more.
pub(crate) fn removed(root: BorrowedFd<'_>) -> bool {
    sys::fstat(root).is_ok_and(|stat| stat.st_nlink == 0)
}

fn open_directory(path: &Path) -> io::Result<OwnedFd> {
    use std::os::unix::ffi::OsStrExt;
    // SAFETY: AT_FDCWD needs no descriptor of ours.
    let here = unsafe { BorrowedFd::borrow_raw(libc::AT_FDCWD) };
    sys::openat(here, path.as_os_str().as_bytes(), DIRECTORY, 0)
}

/// Opens a directory of the configuration, made if it is missing, and its path without links.
pub(crate) fn open_or_make(path: &Path) -> Result<(OwnedFd, PathBuf)> {
    let opened = open_directory(path).or_else(|error| {
        if error.kind() != io::ErrorKind::NotFound {
            return Err(error);
        }
        std::fs::create_dir_all(path)?;
        open_directory(path)
    });
    let named = |error: io::Error| {
        let error = match error.kind() {
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                Error::new(ErrorKind::NotADirectory, "the root is a file").set_source(error)
            }
            _ => error::call(error),
        };
        error.with_context("root", path.to_string_lossy())
    };
    let fd = opened.map_err(named)?;
    Ok((fd, path.canonicalize().map_err(named)?))
}

/// Makes changes of names in a directory durable.
pub(crate) fn sync(dir: BorrowedFd<'_>) -> Result<()> {
    let flags = libc::O_RDONLY | libc::O_DIRECTORY;
    sys::openat(dir, b".", flags, 0).and_then(|dir| sys::fsync(dir.as_fd())).map_err(error::call)
}
