//! What a path must be before the system sees it. That is no confinement, which is the kernel's
//! task: it only gives each object one name.

use std::borrow::Cow;

use opendal::{Error, ErrorKind, Result};
use opendal_rules::path;

/// The path relative to the root: empty for the root itself, without a trailing `/`.
pub(crate) fn relative(path: &str) -> Result<Cow<'_, str>> {
    let clean = path::normalize(path).map_err(|refused| {
        Error::new(ErrorKind::PermissionDenied, refused.to_string()).set_permanent()
    })?;
    Ok(match clean {
        Cow::Borrowed(path) => Cow::Borrowed(path.strip_suffix('/').unwrap_or(path)),
        Cow::Owned(mut path) => {
            if path.ends_with('/') {
                path.pop();
            }
            Cow::Owned(path)
        }
    })
}

/// The directory of a relative path, and the last name in it.
pub(crate) fn split(relative: &str) -> (&str, &str) {
    relative.rsplit_once('/').unwrap_or(("", relative))
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
