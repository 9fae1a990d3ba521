//! Renaming: one call of the system, so both names are never without the object.

use std::os::fd::AsFd;

use opendal::Result;

use crate::core::Core;
use crate::sys::{self, noreplace};
use crate::{error, path, root};

pub(crate) fn rename(core: &Core, from: &str, to: &str, if_not_exists: bool) -> Result<()> {
    let (from, to) = (path::relative(from)?, path::relative(to)?);
    if from.is_empty() || to.is_empty() {
        return Err(error::call(error::errno(libc::EISDIR)));
    }
    let (old_dir, old) = core.root.parent(&from)?;
    // Before directories are made for something that is not there.
    let source = sys::lstatat(old_dir.as_fd(), old.as_bytes()).map_err(error::call)?;
    let (new_dir, new) = core.root.make_parent(&to, core.durable)?;
    let (old, new) = ((old_dir.as_fd(), old.as_bytes()), (new_dir.as_fd(), new.as_bytes()));
    if if_not_exists {
        noreplace::rename(old, new).map_err(error::create)?;
    } else {
        // The system does nothing at all when both are names of one file.
        let twins = source.st_nlink > 1
            && sys::lstatat(new.0, new.1)
                .is_ok_and(|s| (s.st_dev, s.st_ino) == (source.st_dev, source.st_ino));
        sys::renameat(old, new).map_err(error::call)?;
        if twins && from != to {
            let _ = sys::unlinkat(old.0, old.1);
        }
    }
    if core.durable {
        root::sync(new.0)?;
        root::sync(old.0)?;
    }
    Ok(())
}
