//! Deleting: names, never what a link leads to.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use opendal::raw::{OpDelete, oio};
use opendal::{ErrorKind, Result};
use opendal_rules::pause::pause;

use crate::core::Core;
use crate::here::hop;
use crate::root::Dir;
use crate::sys::dirents::Directory;
use crate::tree::{self, Tree};
use crate::{error, metadata, path, sweep, sys};

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
        if core.here() {
            if let Some(mut tree) = delete(&core, &path, recursive)? {
                while tree.some()? {
                    pause().await;
                }
            }
            return Ok(());
        }
        hop(move |asked| {
            if let Some(mut tree) = delete(&core, &path, recursive)? {
                while tree.some()? {
                    asked.still()?;
                }
            }
            Ok(())
        })
        .await
    }
}

/// Deletes a path, or says what is still to be removed for that.
fn delete(core: &Core, target: &str, recursive: bool) -> Result<Option<Tree>> {
    let relative = path::relative(target)?;
    let (dir, name) = match core.root.parent(&relative) {
        Ok(found) => found,
        // There is nothing of that path.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    if name.is_empty() {
        // The root stays, whatever is asked.
        if !recursive {
            return must_be_empty(dir.as_fd()).map(|()| None);
        }
        let top = sys::openat(dir.as_fd(), b".", tree::DIRECTORY, 0).map_err(error::call)?;
        return Tree::new(None, b"", top).map(Some);
    }
    let name = name.as_bytes();
    let stat = match sys::lstatat(dir.as_fd(), name) {
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => return Ok(None),
        stat => stat.map_err(error::call)?,
    };
    if metadata::is(&stat, libc::S_IFDIR) {
        return remove(dir, name, recursive);
    }
    // `a/` is not the file `a`, but a link may stand for a directory.
    if target.ends_with('/') && !metadata::is(&stat, libc::S_IFLNK) {
        return Err(error::call(error::errno(libc::ENOTDIR)));
    }
    tree::gone(sys::unlinkat(dir.as_fd(), name)).map(|()| None)
}

/// Removes a directory, or says what is still to be removed for that.
fn remove(dir: Dir, name: &[u8], recursive: bool) -> Result<Option<Tree>> {
    let Some(inner) = tree::open_if_full(dir.as_fd(), name)? else { return Ok(None) };
    if recursive {
        return Tree::new(Some(dir), name, inner).map(Some);
    }
    // What nobody sees in a listing must not be in the way.
    sweep::sweep(inner.as_fd());
    tree::gone(sys::rmdirat(dir.as_fd(), name)).map(|()| None)
}

fn must_be_empty(dir: BorrowedFd<'_>) -> Result<()> {
    let mut empty = true;
    let mut directory = Directory::of(dir).map_err(error::call)?;
    while empty && directory.page(|_, _, _| empty = false).map_err(error::call)? {}
    if empty { Ok(()) } else { Err(error::call(error::errno(libc::ENOTEMPTY))) }
}
