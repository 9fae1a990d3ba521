//! Stat: one call for a path of one name, and one descriptor for a longer one.

use std::os::fd::{AsFd, BorrowedFd};

use opendal::{Metadata, Result};

use crate::attributes;
use crate::bare::{self, Clock};
use crate::core::Core;
use crate::metadata::{self, Conditions};
use crate::sys::{self, beneath};
use crate::{error, path};

pub(crate) fn stat(core: &Core, target: &str, conditions: Conditions) -> Result<Metadata> {
    let relative = path::relative(target)?;
    if let Some(root) = core.root.direct(&relative) {
        match sys::lstatat(root.as_fd(), relative.as_bytes()) {
            Ok(stat) if metadata::is(&stat, libc::S_IFLNK) => {}
            Ok(stat) => {
                if is_plain(core, root.as_fd(), &relative, &stat) {
                    return said(target, &stat, conditions).map(|()| metadata::of(&stat).build());
                }
            }
            // Perhaps because the root was made anew, which is looked into below.
            Err(error)
                if error.raw_os_error() == Some(libc::ENOENT)
                    && crate::root::removed(root.as_fd()) => {}
            Err(error) => return Err(error::look(error)),
        }
    }
    // One descriptor for all that is asked, so that a rename cannot mix two objects.
    let file = core.root.get(&relative, beneath::PATH)?;
    let stat = sys::fstat(file.as_fd()).map_err(error::call)?;
    said(target, &stat, conditions)?;
    let mut metadata = metadata::of(&stat);
    if core.attributes && metadata::is(&stat, libc::S_IFREG) && !core.bare.knows(&stat) {
        let clock = Clock::now();
        if !attributes::describe(file.as_fd(), &mut metadata)? {
            core.bare.remember(&stat, clock);
        }
    }
    Ok(metadata.build())
}

/// Whether the stat of a name is all there is to say; false where only a closer look can tell.
fn is_plain(core: &Core, root: BorrowedFd<'_>, name: &str, stat: &libc::stat) -> bool {
    if !core.attributes || !metadata::is(stat, libc::S_IFREG) || core.bare.knows(stat) {
        return true;
    }
    let clock = Clock::now();
    if attributes::any_at(root, name) {
        return false;
    }
    // The name may have led to another file by then. If it leads to this one still and in this
    // state, it did so all the time, as what is moved away and back is stamped (unless, with
    // confinement given up, directories above it were exchanged twice in that moment).
    if core.bare.may_remember(stat, clock)
        && sys::lstatat(root, name.as_bytes()).is_ok_and(|again| bare::is_same(stat, &again))
    {
        core.bare.remember(stat, clock);
    }
    true
}

/// Whether it is what was asked for: `a/` is not the file `a`.
fn said(target: &str, stat: &libc::stat, conditions: Conditions) -> Result<()> {
    if target.ends_with('/') && !metadata::is(stat, libc::S_IFDIR) {
        return Err(error::call(error::errno(libc::ENOTDIR)));
    }
    conditions.check(stat)
}
