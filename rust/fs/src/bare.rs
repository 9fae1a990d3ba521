//! Which files are known to have no attributes of ours, so that a stat of them is one call.
//!
//! A table remembers states of inodes: device, number and time of change, of which one is said
//! "in this state it has none". To give an inode an attribute is to change it, and the kernel
//! stamps each change with its clock. So the state that was looked at comes back only if a change
//! after the look gets the very stamp that was there before it, and these are the ways to that:
//!
//! * The clock did not tick between the two. So a state is remembered only when the clock, read
//!   before the look, was already past the stamp: later stamps are later still. It is the coarse
//!   clock that is read, as the kernel stamps with that one; the fine one may be ahead by as long
//!   as a hypervisor likes. (Where stamps are finer, the kernel keeps them in order too.)
//! * The file system rounds stamps. Those that round to seconds show no nanoseconds, and such
//!   states are never remembered; for what is finer, the clock must be past by [`PAST`].
//! * The clock is set back. A stamp in the future is not remembered. One that was remembered
//!   comes back when a change meets its nanosecond again, which is one chance in millions even
//!   for a change within the very tick.
//! * The stamp is someone else's: of a server with a clock of its own, or of a process that
//!   serves the file system. So only the kinds of [`is_local`] count, and only files on the
//!   device of the root, which cannot be given to another file system while the root is open.
//! * Two states have one fingerprint: one in 2^64 for each stat of a file that has attributes,
//!   with a key that nobody outside of the process knows.
//!
//! A change during the look is no harm: either the look sees it, or its stamp differs.

use std::hash::{BuildHasher, RandomState};
use std::os::fd::BorrowedFd;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::sys;

/// How far a stamp must lie in the past, in nanoseconds: two ticks of the slowest kernels.
const PAST: i128 = 20_000_000;

/// A file has one place, which its newest state takes; 256 KiB that are touched when needed.
const PLACES: usize = 1 << 15;

/// One table for all operators: what it says of a state holds for whoever looks.
static TABLE: [AtomicU64; PLACES] = [const { AtomicU64::new(0) }; PLACES];
static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The device whose files may be remembered, if there is one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bare(Option<libc::dev_t>);

impl Bare {
    pub(crate) fn of(root: BorrowedFd<'_>) -> Self {
        let device = sys::fstat(root).ok().map(|stat| stat.st_dev);
        Self(device.filter(|_| is_local(root)))
    }

    /// Whether a file in this state is known to have no attributes of ours.
    pub(crate) fn knows(self, stat: &libc::stat) -> bool {
        self.0 == Some(stat.st_dev) && place(stat).load(Ordering::Relaxed) == fingerprint(stat)
    }

    /// Whether this state, once it is left, cannot come back.
    pub(crate) fn may_remember(self, stat: &libc::stat, clock: Clock) -> bool {
        self.0 == Some(stat.st_dev) && stat.st_ctime_nsec != 0 && clock.is_past(stat)
    }

    /// Remembers that there was none in this state. `clock` was read before the look.
    pub(crate) fn remember(self, stat: &libc::stat, clock: Clock) {
        if self.may_remember(stat, clock) {
            // One value is all there is to know, so its order to others does not matter.
            place(stat).store(fingerprint(stat), Ordering::Relaxed);
        }
    }
}

/// What the kernel would stamp a change with now, or earlier than that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock(i128);

impl Clock {
    pub(crate) fn now() -> Self {
        let now = sys::stamp();
        Self(nanos(now.tv_sec, now.tv_nsec))
    }

    fn is_past(self, stat: &libc::stat) -> bool {
        self.0 > nanos(stat.st_ctime, stat.st_ctime_nsec) + PAST
    }
}

fn nanos(seconds: libc::time_t, nanos: libc::c_long) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(nanos)
}

/// Whether both are one inode in one state.
pub(crate) fn is_same(one: &libc::stat, other: &libc::stat) -> bool {
    let state = |s: &libc::stat| (s.st_dev, s.st_ino, s.st_ctime, s.st_ctime_nsec);
    state(one) == state(other)
}

/// By the number of the inode and not by the fingerprint, all of whose bits are then compared.
fn place(stat: &libc::stat) -> &'static AtomicU64 {
    let number = stat.st_ino ^ (stat.st_ino >> 15);
    &TABLE[usize::try_from(number % PLACES as u64).unwrap_or(0)]
}

/// Never 0, which is an empty place.
fn fingerprint(stat: &libc::stat) -> u64 {
    KEY.hash_one((stat.st_dev, stat.st_ino, stat.st_ctime, stat.st_ctime_nsec)).max(1)
}

/// Whether it is a file system whose stamps come from this kernel's clock, and which stamps the
/// change of an attribute. Others may do so too, but nobody has read their source for it.
#[cfg(target_os = "linux")]
fn is_local(root: BorrowedFd<'_>) -> bool {
    // The type of the field and of the constants differ from one architecture to another.
    #[allow(clippy::unnecessary_cast)]
    sys::kind_of_file_system(root).is_ok_and(|kind| {
        [
            libc::EXT4_SUPER_MAGIC as i64,
            libc::XFS_SUPER_MAGIC as i64,
            libc::BTRFS_SUPER_MAGIC as i64,
            libc::TMPFS_MAGIC as i64,
            // It passes on what the upper one of those says.
            libc::OVERLAYFS_SUPER_MAGIC as i64,
        ]
        .contains(&kind)
    })
}

#[cfg(not(target_os = "linux"))]
fn is_local(_: BorrowedFd<'_>) -> bool {
    false
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    fn state() -> (Bare, libc::stat) {
        let file = std::fs::File::open("/proc/self/exe").unwrap();
        let stat = sys::fstat(file.as_fd()).unwrap();
        (Bare(Some(stat.st_dev)), stat)
    }

    fn at(seconds: libc::time_t, nanos: libc::c_long) -> Clock {
        Clock(super::nanos(seconds, nanos))
    }

    #[test]
    fn a_state_is_known_until_it_changes() {
        let (bare, mut stat) = state();
        (stat.st_ino, stat.st_ctime, stat.st_ctime_nsec) = (77, 1000, 5);
        assert!(!bare.knows(&stat));
        bare.remember(&stat, at(1001, 0));
        assert!(bare.knows(&stat));
        assert!(!Bare(None).knows(&stat));
        for change in [
            |stat: &mut libc::stat| stat.st_ctime_nsec += 1,
            |stat: &mut libc::stat| stat.st_ctime += 1,
            |stat: &mut libc::stat| stat.st_ino += PLACES as u64,
            |stat: &mut libc::stat| stat.st_dev += 1,
        ] {
            let mut changed = stat;
            change(&mut changed);
            assert!(!bare.knows(&changed));
        }
    }

    #[test]
    fn what_may_come_back_is_not_remembered() {
        let (bare, mut stat) = state();
        (stat.st_ino, stat.st_ctime, stat.st_ctime_nsec) = (78, 1000, 500_000_000);
        // Just changed, changed at this very tick, and changed in the future.
        for clock in [at(1000, 500_000_000), at(1000, 520_000_000), at(999, 0)] {
            bare.remember(&stat, clock);
            assert!(!bare.knows(&stat));
        }
        bare.remember(&stat, at(1000, 520_000_001));
        assert!(bare.knows(&stat));
        // A file system that knows no more than seconds.
        stat.st_ctime_nsec = 0;
        bare.remember(&stat, at(2000, 0));
        assert!(!bare.knows(&stat));
    }

    #[test]
    fn file_systems_that_make_up_their_stamps_do_not_count() {
        let proc = std::fs::File::open("/proc").unwrap();
        assert!(Bare::of(proc.as_fd()).0.is_none());
    }
}
