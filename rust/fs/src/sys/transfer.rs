//! Copying between files inside the kernel: shared blocks, `copy_file_range`, else by hand.

use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;

/// Lets `to` share all blocks of `from`, where the file system can.
pub(crate) fn share(from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> bool {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd;
        // SAFETY: both descriptors are open, and the request takes the source's number.
        unsafe { libc::ioctl(to.as_raw_fd(), libc::FICLONE, from.as_raw_fd()) == 0 }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (from, to);
        false
    }
}

/// Copies up to `size` bytes at `offset` of `from` to the end of `to`, and says how many.
/// None are left where it says 0.
pub(crate) fn copy(
    from: BorrowedFd<'_>,
    to: BorrowedFd<'_>,
    offset: u64,
    size: usize,
) -> io::Result<usize> {
    match in_kernel(from, to, offset, size) {
        Err(error)
            if matches!(
                error.raw_os_error(),
                Some(libc::ENOSYS | libc::EXDEV | libc::EINVAL | libc::EOPNOTSUPP | libc::EPERM)
            ) => {}
        // Some kernels copy nothing of files that only pretend to be empty.
        Ok(0) => {}
        result => return result,
    }
    let bytes = super::pread(from, size.min(1 << 20), offset)?;
    super::write_all(to, &mut [IoSlice::new(&bytes)])?;
    Ok(bytes.len())
}

#[cfg(target_os = "linux")]
fn in_kernel(
    from: BorrowedFd<'_>,
    to: BorrowedFd<'_>,
    offset: u64,
    size: usize,
) -> io::Result<usize> {
    use std::os::fd::AsRawFd;

    let mut at = libc::off64_t::try_from(offset).map_err(io::Error::other)?;
    // SAFETY: both descriptors are open, the offset is ours, and the target's own is used.
    let copied = super::retry(|| unsafe {
        libc::copy_file_range(
            from.as_raw_fd(),
            &raw mut at,
            to.as_raw_fd(),
            std::ptr::null_mut(),
            size,
            0,
        ) as libc::c_long
    })?;
    Ok(usize::try_from(copied).unwrap_or(0))
}

#[cfg(not(target_os = "linux"))]
fn in_kernel(_: BorrowedFd<'_>, _: BorrowedFd<'_>, _: u64, _: usize) -> io::Result<usize> {
    Err(io::Error::from_raw_os_error(libc::ENOSYS))
}
