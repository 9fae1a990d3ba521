//! What an object has besides its bytes, in extended attributes whose names begin with
//! `user.opendal.`.

use std::os::fd::{AsFd, BorrowedFd};

use opendal::raw::OpWrite;
use opendal::{Error, ErrorKind, MetadataBuilder, Result};

use crate::{error, sys};

const PREFIX: &str = "user.opendal.";
const META: &str = "user.opendal.meta.";
const CONTENT_TYPE: &str = "user.opendal.content_type";
const CONTENT_DISPOSITION: &str = "user.opendal.content_disposition";
const CONTENT_ENCODING: &str = "user.opendal.content_encoding";
const CACHE_CONTROL: &str = "user.opendal.cache_control";

/// The core's metadata takes 64 KiB with everything, and panics beyond.
const MOST: usize = 48 << 10;

/// The attributes that a write gives its object: full names and values.
pub(crate) type Attributes = Vec<(String, Vec<u8>)>;

/// Whether the file system keeps attributes: tried on a file without a name.
#[cfg(target_os = "linux")]
pub(crate) fn work(root: BorrowedFd<'_>) -> bool {
    let name = format!("{PREFIX}probe");
    let flags = libc::O_TMPFILE | libc::O_RDWR;
    match sys::openat(root, b".", flags, 0o600) {
        // Reading goes through /proc, which may be missing.
        Ok(file) => {
            sys::xattr::set(file.as_fd(), name.as_bytes(), b"1").is_ok()
                && sys::xattr::list(file.as_fd()).is_ok_and(|names| !names.is_empty())
        }
        // Where nothing can be written, asking for one tells as much.
        Err(_) => sys::openat(root, b".", libc::O_RDONLY | libc::O_DIRECTORY, 0).is_ok_and(|dir| {
            error::is(&sys::xattr::get(dir.as_fd(), name.as_bytes()), libc::ENODATA)
        }),
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn work(_: BorrowedFd<'_>) -> bool {
    false
}

/// The attributes that the options of a write ask for.
pub(crate) fn of(options: &OpWrite) -> Result<Attributes> {
    let named = [
        (CONTENT_TYPE, options.content_type()),
        (CONTENT_DISPOSITION, options.content_disposition()),
        (CONTENT_ENCODING, options.content_encoding()),
        (CACHE_CONTROL, options.cache_control()),
    ];
    let mut attributes: Attributes = named
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.as_bytes().to_vec())))
        .collect();
    for (key, value) in options.user_metadata().into_iter().flatten() {
        if key.is_empty() || key.contains('\0') || META.len() + key.len() > 255 {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "a key of user metadata must have 1 to 237 bytes and no NUL on a file system",
            )
            .set_permanent());
        }
        attributes.push((format!("{META}{key}"), value.as_bytes().to_vec()));
    }
    Ok(attributes)
}

/// Gives a file its attributes.
pub(crate) fn set(file: BorrowedFd<'_>, attributes: &Attributes) -> Result<()> {
    for (name, value) in attributes {
        sys::xattr::set(file, name.as_bytes(), value).map_err(|error| {
            match error.raw_os_error() {
                // Nobody would look for that behind "no space left".
                Some(libc::ENOSPC | libc::E2BIG | libc::ERANGE) => Error::new(
                    ErrorKind::Unsupported,
                    "the file system has no room for so much metadata in one file",
                )
                .set_permanent()
                .set_source(error),
                _ => error::call(error),
            }
        })?;
    }
    Ok(())
}

/// The attributes of a file, as a write would give them.
pub(crate) fn get(file: BorrowedFd<'_>) -> Result<Attributes> {
    let names = match sys::xattr::list(file) {
        Ok(names) => names,
        Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => return Ok(Vec::new()),
        Err(error) => return Err(error::call(error)),
    };
    let mut attributes = Vec::new();
    for name in names.split(|byte| *byte == 0) {
        let Some(name) = std::str::from_utf8(name).ok().filter(|n| n.starts_with(PREFIX)) else {
            continue;
        };
        match sys::xattr::get(file, name.as_bytes()) {
            Ok(value) => attributes.push((name.to_owned(), value)),
            // It was removed since it was listed.
            Err(error) if error.raw_os_error() == Some(libc::ENODATA) => {}
            Err(error) => return Err(error::call(error)),
        }
    }
    Ok(attributes)
}

/// Whether a name in a directory, which is no link, can have attributes of ours.
pub(crate) fn any_at(dir: BorrowedFd<'_>, name: &str) -> bool {
    sys::xattr::any_at(dir, name.as_bytes(), PREFIX.as_bytes())
}

/// Adds the attributes of a file to its metadata, and says whether there are any. What others put there and is no text is left
/// out, as is what is too much for the core.
pub(crate) fn describe(file: BorrowedFd<'_>, metadata: &mut MetadataBuilder) -> Result<bool> {
    let mut users = Vec::new();
    let mut room = MOST;
    let attributes = get(file)?;
    let any = !attributes.is_empty();
    for (name, value) in attributes {
        let Ok(value) = String::from_utf8(value) else { continue };
        let Some(left) = room.checked_sub(name.len() + value.len()) else { continue };
        room = left;
        match name.as_str() {
            CONTENT_TYPE => drop(metadata.content_type(value)),
            CONTENT_DISPOSITION => drop(metadata.content_disposition(value)),
            CONTENT_ENCODING => drop(metadata.content_encoding(value)),
            CACHE_CONTROL => drop(metadata.cache_control(value)),
            _ => {
                if let Some(key) = name.strip_prefix(META) {
                    users.push((key.to_owned(), value));
                }
            }
        }
    }
    if !users.is_empty() {
        metadata.user_metadata(users);
    }
    Ok(any)
}
