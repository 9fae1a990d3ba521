//! When new credentials are asked for: before the old ones are of no use.

use std::time::{Duration, SystemTime};

/// Clocks differ, and a request takes its time: what expires so soon is as good as over.
const MARGIN: Duration = Duration::from_secs(10);
/// New ones are asked for so long before, as clients of the clouds do, or at half of a shorter life.
const LEAD: Duration = Duration::from_mins(5);

/// How good credentials are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Good,
    /// Good, but not for long: new ones may come while these are used.
    Aging,
    /// Nothing begins with these.
    Over,
}

/// How good credentials are that came then and expire then, for what takes at least `needed`.
#[must_use]
pub fn standing(
    came: SystemTime,
    expires: Option<SystemTime>,
    now: SystemTime,
    needed: Duration,
) -> Standing {
    let Some(expires) = expires else { return Standing::Good };
    let left = expires.duration_since(now).unwrap_or_default();
    let life = expires.duration_since(came).unwrap_or_default();
    if left <= needed.max(MARGIN) {
        Standing::Over
    } else if left <= LEAD.min(life / 2) {
        Standing::Aging
    } else {
        Standing::Good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAME: SystemTime = SystemTime::UNIX_EPOCH;

    fn after(seconds: u64, life: Option<u64>, needed: u64) -> Standing {
        let at = |seconds| CAME + Duration::from_secs(seconds);
        standing(CAME, life.map(at), at(seconds), Duration::from_secs(needed))
    }

    #[test]
    fn what_does_not_expire_is_always_good() {
        assert_eq!(after(1_000_000, None, 1_000_000), Standing::Good);
    }

    #[test]
    fn an_hour_is_renewed_five_minutes_before_its_end() {
        for (seconds, expected) in [
            (0, Standing::Good),
            (3299, Standing::Good),
            (3300, Standing::Aging),
            (3589, Standing::Aging),
            (3590, Standing::Over),
            (9999, Standing::Over),
        ] {
            assert_eq!(after(seconds, Some(3600), 0), expected, "after {seconds} s");
        }
    }

    #[test]
    fn a_short_life_is_renewed_at_its_half() {
        assert_eq!(after(29, Some(60), 0), Standing::Good);
        assert_eq!(after(30, Some(60), 0), Standing::Aging);
        assert_eq!(after(50, Some(60), 0), Standing::Over);
    }

    #[test]
    fn what_must_last_longer_than_they_do_wants_new_ones() {
        assert_eq!(after(0, Some(3600), 3599), Standing::Good);
        assert_eq!(after(0, Some(3600), 3600), Standing::Over);
    }

    #[test]
    fn a_clock_that_was_set_back_does_no_harm() {
        let came = CAME + Duration::from_secs(100);
        let now = CAME;
        let expires = Some(CAME + Duration::from_secs(50));
        assert_eq!(standing(came, expires, now, Duration::ZERO), Standing::Good);
    }
}
