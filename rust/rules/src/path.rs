//! The one rule for paths.
//!
//! A path is relative to the root of its operator: a leading `/` means that root, empty and `.`
//! segments vanish, a trailing `/` names a directory. `..` and NUL are refused on every service,
//! also where a service would take them, so that no path means different things in two places.

use std::borrow::Cow;
use std::fmt;

/// Why a path was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// A `..` segment: nothing above the root can be named.
    Parent,
    /// A NUL character, which no file system can store.
    Nul,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refused::Parent => "'..' cannot be used in a path: paths start at the operator's root",
            Refused::Nul => "a path cannot hold a NUL character",
        })
    }
}

impl std::error::Error for Refused {}

/// The path as every service gets it: without a leading `/`, and `/` alone for the root.
///
/// # Errors
///
/// [`Refused`] says which part of the rule the path breaks.
pub fn normalize(path: &str) -> Result<Cow<'_, str>, Refused> {
    if path.contains('\0') {
        return Err(Refused::Nul);
    }
    let mut clean = !path.is_empty() && !path.starts_with('/');
    let body = path.strip_suffix('/').unwrap_or(path);
    for segment in body.split('/') {
        match segment {
            ".." => return Err(Refused::Parent),
            "" | "." => clean = false,
            _ => {}
        }
    }
    if clean {
        return Ok(Cow::Borrowed(path));
    }
    let mut kept = String::with_capacity(path.len());
    for segment in body.split('/').filter(|s| !matches!(*s, "" | ".")) {
        kept.push_str(segment);
        kept.push('/');
    }
    // `a/.` names the directory a as `a/` does; everything else is one only if it says so.
    let directory = path.ends_with('/') || path.ends_with("/.") || path == ".";
    if kept.is_empty() {
        kept.push('/');
    } else if !directory {
        kept.pop();
    }
    Ok(Cow::Owned(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_is_clean_without_a_copy() {
        for path in
            ["a", "a/b", "a/", "a/b/", "ä/é", "...", "a b", "a..b", " a", "a\n", " ", " /a /"]
        {
            assert!(matches!(normalize(path), Ok(Cow::Borrowed(p)) if p == path), "{path}");
        }
    }

    #[test]
    fn drops_empty_and_dot_segments() {
        for (path, clean) in [
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
            (".", "/"),
            ("./", "/"),
            ("/a", "a"),
            ("a//b", "a/b"),
            ("./a/./b", "a/b"),
            ("a/.", "a/"),
            ("/a/", "a/"),
            ("a//", "a/"),
        ] {
            assert_eq!(normalize(path).as_deref(), Ok(clean), "{path}");
        }
    }

    #[test]
    fn refuses_what_could_mean_another_object() {
        for path in ["..", "../a", "a/..", "a/../b", "/..", "a/../"] {
            assert_eq!(normalize(path), Err(Refused::Parent), "{path}");
        }
        assert_eq!(normalize("a\0b"), Err(Refused::Nul));
    }

    #[test]
    fn cleaning_twice_changes_nothing() {
        for path in ["/a//b/./c/", ".", "x/./", "//"] {
            let Ok(once) = normalize(path) else { panic!("{path}") };
            assert_eq!(normalize(&once).as_deref(), Ok(once.as_ref()), "{path}");
        }
    }
}
