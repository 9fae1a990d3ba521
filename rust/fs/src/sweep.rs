//! What killed processes left behind goes when someone writes there next.
//!
//! A temporary is locked by its writer as long as that lives, also in another container or after
//! its process id was given away again. Whoever gets the lock may remove the file.

use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::metadata;
use crate::sys::{self, dirents::Directory};

/// How the names of temporaries begin; sixteen hexadecimal digits follow.
pub(crate) const PREFIX: &str = ".opendal-part-fs-";
const DIGITS: usize = 16;

/// Sweeping means listing, at less than 0.1 us a name: so it takes a fiftieth of a writer's time
/// at most. Names are counted, as a clock would also count what else the machine does.
const PAUSE: Duration = Duration::from_millis(5);
const PAUSE_PER_NAME: Duration = Duration::from_micros(5);
/// How many directories are remembered.
const DIRECTORIES: usize = 1024;

/// Whether a name is that of a temporary, which listings do not show.
pub(crate) fn is_temporary(name: &[u8]) -> bool {
    name.strip_prefix(PREFIX.as_bytes())
        .is_some_and(|digits| digits.len() == DIGITS && digits.iter().all(u8::is_ascii_hexdigit))
}

/// Remembers when each directory may be swept again.
#[derive(Debug, Default)]
pub(crate) struct Sweeper {
    due: Mutex<HashMap<String, Instant>>,
}

impl Sweeper {
    /// Sweeps the directory, if that was not just done.
    pub(crate) fn sweep(&self, name: &str, dir: BorrowedFd<'_>) {
        let start = Instant::now();
        {
            let mut due = self.due.lock();
            if due.get(name).is_some_and(|due| start < *due) {
                return;
            }
            if due.len() >= DIRECTORIES {
                due.clear();
            }
            // Of many writers that come at once, one sweeps.
            due.insert(name.to_owned(), start + Duration::from_secs(1));
        }
        let names = u32::try_from(sweep(dir)).unwrap_or(u32::MAX);
        let pause = PAUSE.max(PAUSE_PER_NAME.saturating_mul(names));
        self.due.lock().insert(name.to_owned(), Instant::now() + pause);
    }
}

/// Removes the temporaries whose writers are gone, and says how many names the directory has.
/// What fails is left for the next time.
pub(crate) fn sweep(dir: BorrowedFd<'_>) -> usize {
    let (mut found, mut names) = (Vec::new(), 0);
    let Ok(mut directory) = Directory::of(dir) else { return 0 };
    let mut note = |_: BorrowedFd<'_>, name: &[u8], _| {
        names += 1;
        if is_temporary(name) {
            found.push(name.to_vec());
        }
    };
    while directory.page(&mut note).unwrap_or(false) {}
    for name in found {
        let flags = libc::O_RDONLY | libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let Ok(file) = sys::openat(dir, &name, flags, 0) else { continue };
        let regular = sys::fstat(file.as_fd()).is_ok_and(|s| metadata::is(&s, libc::S_IFREG));
        if regular && sys::lock(file.as_fd()).is_ok() {
            // It may have been published meanwhile; then the name is no more, and names are
            // never used twice.
            let _ = sys::unlinkat(dir, &name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_names_are_swept() {
        assert!(is_temporary(b".opendal-part-fs-0123456789abcdef"));
        for other in [
            &b".opendal-part-fs-"[..],
            b".opendal-part-fs-0123456789abcdeg",
            b".opendal-part-fs-0123456789abcdef0",
            b".opendal-part-0123456789abcdefname",
        ] {
            assert!(!is_temporary(other));
        }
    }
}
