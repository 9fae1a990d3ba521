//! Renaming without replacing: `renameat2` on Linux, else a link and an unlink.

use std::io;
use std::os::fd::BorrowedFd;

/// Gives a file a new name, or says EEXIST: whatever has the name keeps it.
pub(crate) fn rename(from: (BorrowedFd<'_>, &[u8]), to: (BorrowedFd<'_>, &[u8])) -> io::Result<()> {
    match at_once(from, to) {
        // The kernel or the file system cannot. A link is as free of races, but not for
        // directories, and for a moment both names are there.
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EINVAL)) => {
            super::linkat(from, to)?;
            super::unlinkat(from.0, from.1)
        }
        result => result,
    }
}

#[cfg(target_os = "linux")]
fn at_once(from: (BorrowedFd<'_>, &[u8]), to: (BorrowedFd<'_>, &[u8])) -> io::Result<()> {
    use std::os::fd::AsRawFd;

    super::with_c(from.1, |old| {
        super::with_c(to.1, |new| {
            // SAFETY: both names end with a NUL. The call is made by number, as old C libraries
            // have no function for it.
            super::retry(|| unsafe {
                libc::syscall(
                    libc::SYS_renameat2,
                    from.0.as_raw_fd(),
                    old.as_ptr(),
                    to.0.as_raw_fd(),
                    new.as_ptr(),
                    libc::RENAME_NOREPLACE,
                )
            })
            .map(drop)
        })
    })
}

#[cfg(not(target_os = "linux"))]
fn at_once(_: (BorrowedFd<'_>, &[u8]), _: (BorrowedFd<'_>, &[u8])) -> io::Result<()> {
    Err(io::Error::from_raw_os_error(libc::ENOSYS))
}
