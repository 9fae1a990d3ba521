//! Extended attributes, on Linux. Elsewhere there are none, and the service says so.

#[cfg(target_os = "linux")]
pub(crate) use linux::{any_at, get, list, set};

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::CString;
    use std::io::{self, Write};
    use std::os::fd::{AsRawFd, BorrowedFd};

    use libc::{c_char, c_void, size_t, ssize_t};

    use super::super::with_c;

    /// The number of the call is one for all architectures that count as x86-64 and arm64 do;
    /// libc does not name it yet.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))]
    const LISTXATTRAT: libc::c_long = 465;

    /// Whether a name in a directory, which is no link, may have an attribute that begins so.
    /// One call where the kernel has listxattrat (6.13); true where only a closer look can tell.
    pub(crate) fn any_at(dir: BorrowedFd<'_>, name: &[u8], prefix: &[u8]) -> bool {
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))]
        {
            use std::sync::atomic::{AtomicBool, Ordering};
            static MISSING: AtomicBool = AtomicBool::new(false);
            if MISSING.load(Ordering::Relaxed) {
                return true;
            }
            let mut names = [0_u8; 256];
            let listed = with_c(name, |name| {
                // SAFETY: the name ends with a NUL, and the buffer is as long as is said.
                super::super::retry(|| unsafe {
                    libc::syscall(
                        LISTXATTRAT,
                        dir.as_raw_fd(),
                        name.as_ptr(),
                        libc::AT_SYMLINK_NOFOLLOW,
                        names.as_mut_ptr(),
                        names.len(),
                    )
                })
            });
            match listed {
                Ok(0) => false,
                Ok(length) => {
                    let names = &names[..usize::try_from(length).unwrap_or(0)];
                    names.split(|byte| *byte == 0).any(|name| name.starts_with(prefix))
                }
                Err(error) => {
                    if error.raw_os_error() == Some(libc::ENOSYS) {
                        MISSING.store(true, Ordering::Relaxed);
                    }
                    true
                }
            }
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")))]
        {
            let _ = (dir, name, prefix);
            true
        }
    }

    /// The names of all attributes, each ended by a NUL.
    pub(crate) fn list(fd: BorrowedFd<'_>) -> io::Result<Vec<u8>> {
        let path = path(fd)?;
        grow(|to, size| {
            // SAFETY: the path ends with a NUL, and there is room for `size` bytes.
            unsafe { libc::listxattr(path.as_ptr(), to.cast::<c_char>(), size) }
        })
    }

    /// The value of an attribute.
    pub(crate) fn get(fd: BorrowedFd<'_>, name: &[u8]) -> io::Result<Vec<u8>> {
        let path = path(fd)?;
        with_c(name, |name| {
            grow(|to, size| {
                // SAFETY: path and name end with a NUL, and there is room for `size` bytes.
                unsafe { libc::getxattr(path.as_ptr(), name.as_ptr(), to, size) }
            })
        })
    }

    /// Sets an attribute of a file that is open for writing.
    pub(crate) fn set(fd: BorrowedFd<'_>, name: &[u8], value: &[u8]) -> io::Result<()> {
        with_c(name, |name| {
            // SAFETY: the name ends with a NUL, and the value is as long as is said.
            super::super::done(unsafe {
                libc::fsetxattr(
                    fd.as_raw_fd(),
                    name.as_ptr(),
                    value.as_ptr().cast(),
                    value.len(),
                    0,
                )
            })
        })
    }

    /// The calls on descriptors refuse those that are opened with O_PATH; this name does not.
    fn path(fd: BorrowedFd<'_>) -> io::Result<CString> {
        let mut path = Vec::with_capacity(24);
        write!(path, "/proc/self/fd/{}", fd.as_raw_fd())?;
        CString::new(path).map_err(io::Error::other)
    }

    /// Asks with a small buffer first, and for the size when that is too small.
    fn grow(call: impl Fn(*mut c_void, size_t) -> ssize_t) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0_u8; 256];
        loop {
            let got = call(buffer.as_mut_ptr().cast(), buffer.len());
            if let Ok(got) = usize::try_from(got) {
                buffer.truncate(got);
                return Ok(buffer);
            }
            let error = io::Error::last_os_error();
            if error.raw_os_error() != Some(libc::ERANGE) || buffer.len() > 1 << 20 {
                return Err(error);
            }
            buffer.resize(buffer.len() * 4, 0);
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::{any_at, get, list, set};

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use std::io;
    use std::os::fd::BorrowedFd;

    pub(crate) fn any_at(_: BorrowedFd<'_>, _: &[u8], _: &[u8]) -> bool {
        false
    }

    pub(crate) fn list(_: BorrowedFd<'_>) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }

    pub(crate) fn get(_: BorrowedFd<'_>, _: &[u8]) -> io::Result<Vec<u8>> {
        Err(io::Error::from_raw_os_error(libc::EOPNOTSUPP))
    }

    pub(crate) fn set(_: BorrowedFd<'_>, _: &[u8], _: &[u8]) -> io::Result<()> {
        Err(io::Error::from_raw_os_error(libc::EOPNOTSUPP))
    }
}
