//! The system calls, on descriptors of directories and names in them.
//!
//! Names and paths are bytes without a NUL at the end. What only Linux has is in a module of its
//! own, with a fallback for other Unix systems. The fallbacks are tested on Linux, where the tests
//! called `portable` refuse the calls; nobody has run them elsewhere.

pub(crate) mod beneath;
pub(crate) mod dirents;
pub(crate) mod noreplace;
pub(crate) mod transfer;
pub(crate) mod xattr;

use std::ffi::{CStr, CString};
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use libc::{c_int, c_long};

/// Names and most paths fit; a heap allocation would be a tenth of a stat.
const ON_STACK: usize = 256;

/// Lends `name` as C wants it.
pub(crate) fn with_c<T>(name: &[u8], f: impl FnOnce(&CStr) -> io::Result<T>) -> io::Result<T> {
    let invalid = || io::Error::from_raw_os_error(libc::EINVAL);
    if name.len() < ON_STACK {
        let mut buffer = [0; ON_STACK];
        buffer[..name.len()].copy_from_slice(name);
        f(CStr::from_bytes_with_nul(&buffer[..=name.len()]).map_err(|_| invalid())?)
    } else {
        f(&CString::new(name).map_err(|_| invalid())?)
    }
}

/// The result of a call that is made again when a signal interrupts it.
pub(crate) fn retry(mut call: impl FnMut() -> c_long) -> io::Result<c_long> {
    loop {
        let result = call();
        if result >= 0 {
            return Ok(result);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

fn done(result: c_int) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Takes a descriptor that a call has just returned.
fn owned(result: c_long) -> io::Result<OwnedFd> {
    let fd = c_int::try_from(result).map_err(io::Error::other)?;
    // SAFETY: the call has just opened it, and nobody else knows of it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

pub(crate) fn openat(
    dir: BorrowedFd<'_>,
    name: &[u8],
    flags: c_int,
    mode: libc::mode_t,
) -> io::Result<OwnedFd> {
    with_c(name, |name| {
        let flags = flags | libc::O_CLOEXEC;
        // SAFETY: the directory is open and the name ends with a NUL for the whole call.
        let fd = retry(|| unsafe {
            libc::openat(dir.as_raw_fd(), name.as_ptr(), flags, libc::c_uint::from(mode)).into()
        })?;
        owned(fd)
    })
}

pub(crate) fn fstat(fd: BorrowedFd<'_>) -> io::Result<libc::stat> {
    let mut stat = MaybeUninit::uninit();
    // SAFETY: the descriptor is open and there is room for the answer.
    done(unsafe { libc::fstat(fd.as_raw_fd(), stat.as_mut_ptr()) })?;
    // SAFETY: the call succeeded, so it has filled the answer.
    Ok(unsafe { stat.assume_init() })
}

/// The stat of a name itself, also where it is a symbolic link.
pub(crate) fn lstatat(dir: BorrowedFd<'_>, name: &[u8]) -> io::Result<libc::stat> {
    const FLAGS: c_int = libc::AT_SYMLINK_NOFOLLOW;
    with_c(name, |name| {
        let mut stat = MaybeUninit::uninit();
        // SAFETY: the name ends with a NUL and there is room for the answer.
        done(unsafe { libc::fstatat(dir.as_raw_fd(), name.as_ptr(), stat.as_mut_ptr(), FLAGS) })?;
        // SAFETY: the call succeeded, so it has filled the answer.
        Ok(unsafe { stat.assume_init() })
    })
}

/// What the kernel stamps changes with, or a little less: its clock as of the last tick.
pub(crate) fn stamp() -> libc::timespec {
    #[cfg(target_os = "linux")]
    const CLOCK: libc::clockid_t = libc::CLOCK_REALTIME_COARSE;
    #[cfg(not(target_os = "linux"))]
    const CLOCK: libc::clockid_t = libc::CLOCK_REALTIME;
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: there is room for the answer; where the clock is missing, it is long ago.
    unsafe { libc::clock_gettime(CLOCK, &raw mut now) };
    now
}

/// The number that tells one kind of file system from another.
#[cfg(target_os = "linux")]
pub(crate) fn kind_of_file_system(fd: BorrowedFd<'_>) -> io::Result<i64> {
    let mut answer = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: the descriptor is open and there is room for the answer.
    done(unsafe { libc::fstatfs(fd.as_raw_fd(), answer.as_mut_ptr()) })?;
    // SAFETY: the call succeeded, so it has filled the answer.
    #[allow(clippy::unnecessary_cast)]
    Ok(unsafe { answer.assume_init() }.f_type as i64)
}

pub(crate) fn mkdirat(dir: BorrowedFd<'_>, name: &[u8]) -> io::Result<()> {
    // SAFETY: the name ends with a NUL.
    with_c(name, |name| done(unsafe { libc::mkdirat(dir.as_raw_fd(), name.as_ptr(), 0o777) }))
}

pub(crate) fn unlinkat(dir: BorrowedFd<'_>, name: &[u8]) -> io::Result<()> {
    // SAFETY: the name ends with a NUL.
    with_c(name, |name| done(unsafe { libc::unlinkat(dir.as_raw_fd(), name.as_ptr(), 0) }))
}

pub(crate) fn rmdirat(dir: BorrowedFd<'_>, name: &[u8]) -> io::Result<()> {
    with_c(name, |name| {
        // SAFETY: the name ends with a NUL.
        done(unsafe { libc::unlinkat(dir.as_raw_fd(), name.as_ptr(), libc::AT_REMOVEDIR) })
    })
}

pub(crate) fn renameat(
    from: (BorrowedFd<'_>, &[u8]),
    to: (BorrowedFd<'_>, &[u8]),
) -> io::Result<()> {
    with_c(from.1, |old| {
        with_c(to.1, |new| {
            // SAFETY: both names end with a NUL.
            done(unsafe {
                libc::renameat(from.0.as_raw_fd(), old.as_ptr(), to.0.as_raw_fd(), new.as_ptr())
            })
        })
    })
}

pub(crate) fn linkat(from: (BorrowedFd<'_>, &[u8]), to: (BorrowedFd<'_>, &[u8])) -> io::Result<()> {
    with_c(from.1, |old| {
        with_c(to.1, |new| {
            // SAFETY: both names end with a NUL.
            done(unsafe {
                libc::linkat(from.0.as_raw_fd(), old.as_ptr(), to.0.as_raw_fd(), new.as_ptr(), 0)
            })
        })
    })
}

pub(crate) fn fchmod(fd: BorrowedFd<'_>, mode: libc::mode_t) -> io::Result<()> {
    // SAFETY: the descriptor is open.
    done(unsafe { libc::fchmod(fd.as_raw_fd(), mode) })
}

pub(crate) fn fchown(fd: BorrowedFd<'_>, user: libc::uid_t, group: libc::gid_t) -> io::Result<()> {
    // SAFETY: the descriptor is open.
    done(unsafe { libc::fchown(fd.as_raw_fd(), user, group) })
}

pub(crate) fn fsync(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: the descriptor is open.
    retry(|| unsafe { libc::fsync(fd.as_raw_fd()).into() }).map(drop)
}

/// Locks an open file against all other openings of it, without waiting.
pub(crate) fn lock(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: the descriptor is open.
    done(unsafe { libc::flock(fd.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) })
}

/// At most `size` bytes from `offset`; fewer only where the file ends.
pub(crate) fn pread(fd: BorrowedFd<'_>, size: usize, offset: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pread_onto(fd, &mut bytes, size, offset)?;
    Ok(bytes)
}

/// As [`pread`], to the end of what is there; says how many bytes there were.
pub(crate) fn pread_onto(
    fd: BorrowedFd<'_>,
    bytes: &mut Vec<u8>,
    size: usize,
    offset: u64,
) -> io::Result<usize> {
    bytes.try_reserve_exact(size).map_err(|_| io::Error::from_raw_os_error(libc::ENOMEM))?;
    let before = bytes.len();
    // SAFETY: `size` bytes were reserved after the length that there was.
    let done = unsafe { pread_to(fd, bytes.as_mut_ptr().add(before), size, offset)? };
    // SAFETY: the call has filled that many bytes, of the room that there was.
    unsafe { bytes.set_len(before + done) };
    Ok(done)
}

/// As [`pread`], to memory that is there.
///
/// # Safety
///
/// `target` must be valid for writes of `size` bytes.
pub(crate) unsafe fn pread_to(
    fd: BorrowedFd<'_>,
    target: *mut u8,
    size: usize,
    offset: u64,
) -> io::Result<usize> {
    let mut done = 0;
    while done < size {
        let at = libc::off_t::try_from(offset + done as u64).map_err(io::Error::other)?;
        // SAFETY: `done` of the `size` bytes are filled, so the rest can be written after them.
        let got = retry(|| unsafe {
            libc::pread(fd.as_raw_fd(), target.add(done).cast(), size - done, at) as c_long
        })?;
        let got = usize::try_from(got).unwrap_or(0);
        if got == 0 {
            break;
        }
        done += got;
    }
    Ok(done)
}

/// Writes all slices at the file's position, as many as the system takes at a time.
pub(crate) fn write_all(fd: BorrowedFd<'_>, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    const AT_ONCE: usize = 1024;
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        let count = slices.len().min(AT_ONCE);
        // SAFETY: an IoSlice has the layout of an iovec, and the bytes outlive the call.
        let wrote = retry(|| unsafe {
            let count = c_int::try_from(count).unwrap_or(1);
            libc::writev(fd.as_raw_fd(), slices.as_ptr().cast(), count) as c_long
        })?;
        let wrote = usize::try_from(wrote).unwrap_or(0);
        if wrote == 0 {
            return Err(io::Error::from_raw_os_error(libc::EIO));
        }
        IoSlice::advance_slices(&mut slices, wrote);
    }
    Ok(())
}
