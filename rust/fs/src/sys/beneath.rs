//! Opening a path so that it stays beneath a directory: `openat2` on Linux, else by steps.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use libc::c_int;

use super::{lstatat, openat};

/// For names that are only passed through.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const PATH: c_int = libc::O_PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const PATH: c_int = libc::O_RDONLY;

/// What others rename meanwhile may have to be looked at again; openat2 asks for that where it
/// resolved a `..` in a link.
const ATTEMPTS: usize = 256;

/// Opens `path`, which neither `..`, nor a link, nor a race can lead out of `root`.
///
/// EXDEV says that it would have led out.
pub(crate) fn open(
    root: BorrowedFd<'_>,
    path: &[u8],
    flags: c_int,
    mode: libc::mode_t,
) -> io::Result<OwnedFd> {
    if linux::available() {
        linux::open(root, path, flags, mode)
    } else {
        walk(root, path, flags, mode)
    }
}

/// Opens one component after the other and follows no link at all.
pub(crate) fn walk(
    root: BorrowedFd<'_>,
    path: &[u8],
    flags: c_int,
    mode: libc::mode_t,
) -> io::Result<OwnedFd> {
    let mut held: Option<OwnedFd> = None;
    let mut rest = path;
    while let Some(slash) = rest.iter().position(|byte| *byte == b'/') {
        let here = held.as_ref().map_or(root, AsFd::as_fd);
        held = Some(step(here, &rest[..slash], PATH | libc::O_DIRECTORY, 0)?);
        rest = &rest[slash + 1..];
    }
    step(held.as_ref().map_or(root, AsFd::as_fd), rest, flags, mode)
}

fn step(dir: BorrowedFd<'_>, name: &[u8], flags: c_int, mode: libc::mode_t) -> io::Result<OwnedFd> {
    if name == b".." {
        return Err(io::Error::from_raw_os_error(libc::EXDEV));
    }
    let kind = |stat: libc::stat| stat.st_mode & libc::S_IFMT;
    let mut attempts = 0;
    loop {
        let opened = openat(dir, name, flags | libc::O_NOFOLLOW, mode);
        attempts += 1;
        match opened {
            // With O_DIRECTORY a link is only said to be no directory.
            Err(error) if error.raw_os_error() == Some(libc::ENOTDIR) => {
                match lstatat(dir, name).map(kind) {
                    Ok(libc::S_IFLNK) => return Err(io::Error::from_raw_os_error(libc::ELOOP)),
                    // It was a link a moment ago, or there would be no error.
                    Ok(libc::S_IFDIR) if attempts < ATTEMPTS => {}
                    _ => return Err(error),
                }
            }
            // With O_PATH alone, the link itself is what was opened.
            Ok(fd) if flags & PATH == PATH && PATH != 0 => {
                return match kind(super::fstat(fd.as_fd())?) {
                    libc::S_IFLNK => Err(io::Error::from_raw_os_error(libc::ELOOP)),
                    _ => Ok(fd),
                };
            }
            opened => return opened,
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
    use std::sync::OnceLock;

    use libc::c_int;

    use super::super::{owned, retry, with_c};
    use super::ATTEMPTS;

    /// `struct open_how`. The one of libc cannot be built field by field, as it may grow.
    #[repr(C)]
    struct How {
        flags: u64,
        mode: u64,
        resolve: u64,
    }

    /// Whether the kernel has openat2 (5.6) and no filter hides it. Asked once.
    pub(super) fn available() -> bool {
        static AVAILABLE: OnceLock<bool> = OnceLock::new();
        *AVAILABLE.get_or_init(|| {
            // SAFETY: AT_FDCWD needs no descriptor of ours.
            let here = unsafe { BorrowedFd::borrow_raw(libc::AT_FDCWD) };
            let answer = open(here, b".", libc::O_PATH | libc::O_DIRECTORY, 0);
            // A filter may answer EPERM; a directory that is gone answers ENOENT, which is fine.
            !answer.is_err_and(|error| {
                matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM | libc::EINVAL))
            })
        })
    }

    pub(super) fn open(
        root: BorrowedFd<'_>,
        path: &[u8],
        flags: c_int,
        mode: libc::mode_t,
    ) -> io::Result<OwnedFd> {
        let flags = flags | libc::O_CLOEXEC;
        let how = How {
            flags: u64::try_from(flags).map_err(io::Error::other)?,
            // A mode is refused where nothing can be made.
            mode: if flags & libc::O_CREAT == 0 { 0 } else { mode.into() },
            resolve: libc::RESOLVE_BENEATH | libc::RESOLVE_NO_MAGICLINKS,
        };
        with_c(path, |path| {
            let mut attempts = 0;
            loop {
                // SAFETY: the path ends with a NUL, and `how` has the size that is named.
                let opened = retry(|| unsafe {
                    libc::syscall(
                        libc::SYS_openat2,
                        root.as_raw_fd(),
                        path.as_ptr(),
                        &raw const how,
                        size_of::<How>(),
                    )
                });
                attempts += 1;
                match opened {
                    Err(error)
                        if error.raw_os_error() == Some(libc::EAGAIN) && attempts < ATTEMPTS => {}
                    opened => return owned(opened?),
                }
            }
        })
    }
}

#[cfg(not(target_os = "linux"))]
mod linux {
    use std::io;
    use std::os::fd::{BorrowedFd, OwnedFd};

    pub(super) fn available() -> bool {
        false
    }

    pub(super) fn open(
        _: BorrowedFd<'_>,
        _: &[u8],
        _: libc::c_int,
        _: libc::mode_t,
    ) -> io::Result<OwnedFd> {
        Err(io::Error::from_raw_os_error(libc::ENOSYS))
    }
}
