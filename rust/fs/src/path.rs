//! What a path must be before the system sees it. That is no confinement, which is the kernel's
//! task: it only gives each object one name.

use std::borrow::Cow;

use opendal::{Error, ErrorKind, Result};

/// The path relative to the root: empty for the root itself, without a trailing `/`.
pub(crate) fn relative(path: &str) -> Result<Cow<'_, str>> {
    if path.contains('\0') {
        return Err(refuse("a path cannot hold a NUL character"));
    }
    let body = path.strip_suffix('/').unwrap_or(path);
    let mut clean = true;
    for segment in body.split('/') {
        match segment {
            ".." => return Err(refuse("'..' leads outside of the root: it cannot be used")),
            "" | "." => clean = false,
            _ => {}
        }
    }
    if clean || body.is_empty() {
        return Ok(Cow::Borrowed(body));
    }
    let kept: Vec<_> = body.split('/').filter(|s| !matches!(*s, "" | ".")).collect();
    Ok(Cow::Owned(kept.join("/")))
}

/// The directory of a relative path, and the last name in it.
pub(crate) fn split(relative: &str) -> (&str, &str) {
    relative.rsplit_once('/').unwrap_or(("", relative))
}

fn refuse(message: &'static str) -> Error {
    Error::new(ErrorKind::PermissionDenied, message).set_permanent()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> String {
        relative(path).map(Cow::into_owned).unwrap_or_default()
    }

    #[test]
    fn a_path_has_one_form() {
        assert_eq!(of("/"), "");
        assert_eq!(of("a/b/"), "a/b");
        assert_eq!(of("./a//b/./c"), "a/b/c");
        assert_eq!(split("a/b/c"), ("a/b", "c"));
        assert_eq!(split("c"), ("", "c"));
    }

    #[test]
    fn what_leads_out_is_refused() {
        for path in ["..", "a/..", "../a", "a/../b/", "a\0b"] {
            assert!(relative(path).is_err(), "{path:?}");
        }
        assert!(relative("a..b/..c").is_ok());
    }
}
