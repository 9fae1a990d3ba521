//! What all operations of one operator share.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use opendal::raw::ServiceInfo;
use opendal::{Capability, Error, ErrorKind, Result};

use crate::bare::Bare;
use crate::config::FsConfig;
use crate::root::{self, Root};
use crate::sweep::Sweeper;
use crate::{FS_SCHEME, attributes, error, here, sys};

#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) info: ServiceInfo,
    pub(crate) capability: Capability,
    pub(crate) root: Root,
    /// Where temporaries go if not beside their targets.
    pub(crate) temporaries: Option<OwnedFd>,
    pub(crate) sweeper: Sweeper,
    pub(crate) durable: bool,
    /// Whether the file system of the root keeps extended attributes.
    pub(crate) attributes: bool,
    pub(crate) bare: Bare,
    inline: bool,
}

impl Core {
    pub(crate) fn open(path: &Path, temporaries: Option<&Path>, config: &FsConfig) -> Result<Self> {
        let root = Root::open(path, config.confine)?;
        let temporaries = temporaries.map(|path| beside(&root, path)).transpose()?;
        let attributes = attributes::work(root.fd().as_fd());
        let bare = Bare::of(root.fd().as_fd());
        Ok(Self {
            info: ServiceInfo::new(FS_SCHEME, root.path().to_string_lossy(), ""),
            capability: capability(attributes),
            root,
            temporaries,
            sweeper: Sweeper::default(),
            durable: config.durable,
            attributes,
            bare,
            inline: config.inline,
        })
    }

    /// Whether system calls may run on this thread, now.
    pub(crate) fn here(&self) -> bool {
        self.inline && here::is_inline()
    }
}

/// The directory for temporaries. A rename does not cross file systems, so better say so now
/// than at the end of the first write.
fn beside(root: &Root, path: &Path) -> Result<OwnedFd> {
    let (directory, _) = root::open_or_make(path)?;
    let ours = sys::fstat(root.fd().as_fd()).map_err(error::call)?;
    let theirs = sys::fstat(directory.as_fd()).map_err(error::call)?;
    if ours.st_dev != theirs.st_dev {
        return Err(Error::new(
            ErrorKind::ConfigInvalid,
            "'atomic_write_dir' must be on the file system of 'root'",
        ));
    }
    Ok(directory)
}

fn capability(attributes: bool) -> Capability {
    Capability {
        stat: true,
        stat_with_if_modified_since: true,
        stat_with_if_unmodified_since: true,

        read: true,
        read_with_suffix: true,
        read_with_if_modified_since: true,
        read_with_if_unmodified_since: true,

        write: true,
        write_can_empty: true,
        write_can_multi: true,
        write_can_append: true,
        write_with_if_not_exists: true,
        write_with_content_type: attributes,
        write_with_content_disposition: attributes,
        write_with_content_encoding: attributes,
        write_with_cache_control: attributes,
        write_with_user_metadata: attributes,

        create_dir: true,

        delete: true,
        delete_with_recursive: true,

        list: true,
        list_with_recursive: true,

        copy: true,
        copy_with_if_not_exists: true,

        rename: true,
        rename_with_if_not_exists: true,

        shared: true,

        ..Default::default()
    }
}
