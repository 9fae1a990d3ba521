//! The errors of the system as errors of opendal, with their errno kept as the source.

use std::io;

use opendal::{Error, ErrorKind};

/// The error of a call on a directory and a name in it.
pub(crate) fn call(error: io::Error) -> Error {
    let (kind, message) = match error.raw_os_error() {
        Some(libc::ENOENT) => (ErrorKind::NotFound, "there is no such file or directory"),
        Some(libc::EACCES | libc::EPERM) => {
            (ErrorKind::PermissionDenied, "the system does not permit it")
        }
        Some(libc::EROFS) => (ErrorKind::PermissionDenied, "the file system is read-only"),
        Some(libc::ELOOP) => (
            ErrorKind::PermissionDenied,
            "the path goes through a loop of symbolic links, or one that is not followed",
        ),
        Some(libc::EEXIST) => (ErrorKind::AlreadyExists, "the name is taken"),
        Some(libc::EISDIR) => (ErrorKind::IsADirectory, "it is a directory"),
        Some(libc::ENOTDIR) => {
            (ErrorKind::NotADirectory, "a file stands where a directory is needed")
        }
        Some(libc::ENOTEMPTY) => (ErrorKind::Conflict, "the directory is not empty"),
        Some(libc::EXDEV) => {
            (ErrorKind::Unsupported, "source and target are on different file systems")
        }
        Some(libc::ENOSPC) => (ErrorKind::Unexpected, "no space is left on the file system"),
        Some(libc::EDQUOT) => (ErrorKind::Unexpected, "the disk quota is used up"),
        Some(libc::EFBIG) => (ErrorKind::Unexpected, "the file would be too large"),
        Some(libc::ENAMETOOLONG) => {
            (ErrorKind::ConfigInvalid, "the path or a name in it is too long for the file system")
        }
        Some(libc::ENXIO | libc::ENODEV) => {
            (ErrorKind::Unsupported, "it is neither a file nor a directory")
        }
        Some(libc::ENOSYS | libc::EOPNOTSUPP) => {
            (ErrorKind::Unsupported, "the file system does not support it")
        }
        _ => (ErrorKind::Unexpected, "the file system reports an error"),
    };
    let passing = matches!(
        error.raw_os_error(),
        Some(
            libc::EINTR
                | libc::EAGAIN
                | libc::EBUSY
                | libc::ETIMEDOUT
                | libc::EMFILE
                | libc::ENFILE
        )
    );
    let error = Error::new(kind, message).set_source(error);
    if passing { error.set_temporary() } else { error.set_permanent() }
}

/// The error of resolving a path beneath the root.
pub(crate) fn resolve(error: io::Error) -> Error {
    match error.raw_os_error() {
        Some(libc::EXDEV) => {
            Error::new(ErrorKind::PermissionDenied, "the path leads outside of the root")
                .set_permanent()
                .set_source(error)
        }
        _ => call(error),
    }
}

/// The error of looking for something: nothing can be where a name is too long for the system.
pub(crate) fn look(error: io::Error) -> Error {
    match error.raw_os_error() {
        Some(libc::ENAMETOOLONG) => {
            Error::new(ErrorKind::NotFound, "the name is too long, so nothing can be there")
                .set_permanent()
                .set_source(error)
        }
        _ => resolve(error),
    }
}

/// A condition of the caller does not hold.
pub(crate) fn condition(message: &'static str) -> Error {
    Error::new(ErrorKind::ConditionNotMatch, message).set_permanent()
}

/// As [`call`], where a name that is taken breaks the caller's `if_not_exists`.
pub(crate) fn create(error: io::Error) -> Error {
    if error.raw_os_error() == Some(libc::EEXIST) {
        condition("the object exists").set_source(error)
    } else {
        call(error)
    }
}

pub(crate) fn errno(code: libc::c_int) -> io::Error {
    io::Error::from_raw_os_error(code)
}

/// Whether the system said exactly this.
pub(crate) fn is<T>(result: &io::Result<T>, code: libc::c_int) -> bool {
    result.as_ref().is_err_and(|error| error.raw_os_error() == Some(code))
}
