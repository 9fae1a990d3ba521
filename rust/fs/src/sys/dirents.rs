//! The names in a directory, a page at a time: `getdents64` on Linux, else `readdir`.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::openat;

/// What the directory says of an entry; not every file system says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory,
    Link,
    File,
    /// Something else, or unknown.
    Other,
}

/// A directory that is read page by page.
#[derive(Debug)]
pub(crate) struct Directory {
    fd: OwnedFd,
    pages: pages::Pages,
}

impl Directory {
    /// Reads the directory behind `fd`, which must have been opened for reading.
    pub(crate) fn new(fd: OwnedFd) -> Self {
        Self { fd, pages: pages::Pages::default() }
    }

    /// Reads a directory that is held by any descriptor, from its start.
    pub(crate) fn of(dir: BorrowedFd<'_>) -> io::Result<Self> {
        openat(dir, b".", libc::O_RDONLY | libc::O_DIRECTORY, 0).map(Self::new)
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Calls `f` for each entry of the next page; false when there was none.
    pub(crate) fn page(
        &mut self,
        mut f: impl FnMut(BorrowedFd<'_>, &[u8], Kind),
    ) -> io::Result<bool> {
        let fd = self.fd.as_fd();
        self.pages.next(fd, |name, kind| {
            if name != b"." && name != b".." {
                f(fd, name, kind);
            }
        })
    }
}

fn kind(d_type: u8) -> Kind {
    match d_type {
        libc::DT_DIR => Kind::Directory,
        libc::DT_LNK => Kind::Link,
        libc::DT_REG => Kind::File,
        _ => Kind::Other,
    }
}

#[cfg(not(target_os = "linux"))]
use streams as pages;

#[cfg(target_os = "linux")]
mod pages {
    use std::ffi::CStr;
    use std::io;
    use std::mem::offset_of;
    use std::os::fd::{AsRawFd, BorrowedFd};

    use super::Kind;

    /// About a thousand entries.
    const SIZE: usize = 32 << 10;

    #[derive(Debug, Default)]
    pub(super) struct Pages {
        buffer: Vec<u8>,
    }

    impl Pages {
        pub(super) fn next(
            &mut self,
            fd: BorrowedFd<'_>,
            mut f: impl FnMut(&[u8], Kind),
        ) -> io::Result<bool> {
            self.buffer.resize(SIZE, 0);
            // SAFETY: the descriptor is open, and the buffer is as long as is said.
            let got = super::super::retry(|| unsafe {
                libc::syscall(
                    libc::SYS_getdents64,
                    fd.as_raw_fd(),
                    self.buffer.as_mut_ptr(),
                    self.buffer.len(),
                )
            });
            let got = match got {
                // It was removed while it was read.
                Err(error) if error.raw_os_error() == Some(libc::ENOENT) => 0,
                got => usize::try_from(got?).unwrap_or(0),
            };
            let mut rest = &self.buffer[..got];
            while let Some((entry, after)) = split(rest) {
                let name = &entry[offset_of!(libc::dirent64, d_name)..];
                let name = CStr::from_bytes_until_nul(name).map_or(name, CStr::to_bytes);
                f(name, super::kind(entry[offset_of!(libc::dirent64, d_type)]));
                rest = after;
            }
            Ok(got > 0)
        }
    }

    /// The first record and what follows it.
    fn split(records: &[u8]) -> Option<(&[u8], &[u8])> {
        let at = offset_of!(libc::dirent64, d_reclen);
        let length = usize::from(u16::from_ne_bytes([*records.get(at)?, *records.get(at + 1)?]));
        if length <= offset_of!(libc::dirent64, d_name) {
            return None;
        }
        records.split_at_checked(length)
    }
}

/// What all Unix systems have. On Linux it is only tested.
#[cfg(any(not(target_os = "linux"), test))]
mod streams {
    use std::ffi::CStr;
    use std::io;
    use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd};

    use super::Kind;

    #[derive(Debug, Default)]
    pub(super) struct Pages {
        over: bool,
    }

    /// A stream that is closed in any case.
    struct Stream(*mut libc::DIR);

    impl Drop for Stream {
        fn drop(&mut self) {
            // SAFETY: the stream is open and is not used again.
            unsafe { libc::closedir(self.0) };
        }
    }

    impl Pages {
        /// All entries are one page here.
        pub(super) fn next(
            &mut self,
            fd: BorrowedFd<'_>,
            mut f: impl FnMut(&[u8], Kind),
        ) -> io::Result<bool> {
            if std::mem::replace(&mut self.over, true) {
                return Ok(false);
            }
            let fd = fd.try_clone_to_owned()?;
            // SAFETY: the descriptor is open; it is the stream's from then on, if there is one.
            let stream = unsafe { libc::fdopendir(fd.as_raw_fd()) };
            if stream.is_null() {
                return Err(io::Error::last_os_error());
            }
            let _ = fd.into_raw_fd();
            let stream = Stream(stream);
            loop {
                // An error and the end are told apart by errno alone.
                // SAFETY: it is this thread's own errno.
                unsafe { *errno() = 0 };
                // SAFETY: the stream is open, and only this thread reads it.
                let entry = unsafe { libc::readdir(stream.0) };
                if entry.is_null() {
                    return match io::Error::last_os_error() {
                        end if end.raw_os_error() == Some(0) => Ok(true),
                        error => Err(error),
                    };
                }
                // SAFETY: the entry is valid until the next call, and its name ends with a NUL.
                let (name, kind) =
                    unsafe { (CStr::from_ptr((*entry).d_name.as_ptr()), (*entry).d_type) };
                f(name.to_bytes(), super::kind(kind));
            }
        }
    }

    /// Where the system puts the number of an error.
    fn errno() -> *mut libc::c_int {
        #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
        use libc::__errno as location;
        #[cfg(target_os = "linux")]
        use libc::__errno_location as location;
        #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
        use libc::__error as location;
        // SAFETY: it only says where it is.
        unsafe { location() }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_read_the_same() {
        let dir = std::fs::File::open("/proc/self").unwrap();
        let mut ways = [Vec::new(), Vec::new()];
        let mut pages = pages::Pages::default();
        while pages.next(dir.as_fd(), |name, kind| ways[0].push((name.to_vec(), kind))).unwrap() {}
        let dir = std::fs::File::open("/proc/self").unwrap();
        let mut streams = streams::Pages::default();
        let mut note = |name: &[u8], kind| ways[1].push((name.to_vec(), kind));
        assert!(streams.next(dir.as_fd(), &mut note).unwrap());
        assert!(!streams.next(dir.as_fd(), &mut note).unwrap());
        assert!(ways[0].len() > 20);
        assert_eq!(ways[0], ways[1]);
        let file = std::fs::File::open("/proc/self/exe").unwrap();
        let error = streams::Pages::default().next(file.as_fd(), |_, _| {}).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOTDIR));
    }
}
