//! Ranges of an object that are fetched together.

use std::ops::Range;

/// A stretch that is fetched at once, and which of the wanted ranges lie in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    pub range: Range<u64>,
    /// Indices of the wanted ranges.
    pub wanted: Vec<usize>,
}

/// Joins ranges between which at most `gap` bytes lie, in any order and however they overlap. Empty
/// ranges need no fetching and are in no stretch.
pub fn merge(wanted: &[Range<u64>], gap: u64) -> Vec<Stretch> {
    let mut order: Vec<usize> = (0..wanted.len()).filter(|at| !wanted[*at].is_empty()).collect();
    order.sort_by_key(|at| wanted[*at].start);
    let mut stretches: Vec<Stretch> = Vec::new();
    for at in order {
        let Range { start, end } = wanted[at];
        match stretches.last_mut() {
            Some(last) if start <= last.range.end.saturating_add(gap) => {
                last.range.end = last.range.end.max(end);
                last.wanted.push(at);
            }
            _ => stretches.push(Stretch { range: start..end, wanted: vec![at] }),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(wanted: &[Range<u64>], gap: u64) -> Vec<(Range<u64>, Vec<usize>)> {
        merge(wanted, gap).into_iter().map(|stretch| (stretch.range, stretch.wanted)).collect()
    }

    #[test]
    fn near_ranges_are_one_stretch() {
        assert_eq!(joined(&[0..2, 4..6], 2), [(0..6, vec![0, 1])]);
        assert_eq!(joined(&[0..2, 4..6], 1), [(0..2, vec![0]), (4..6, vec![1])]);
        assert_eq!(joined(&[4..6, 0..2, 1..9, 4..4], 0), [(0..9, vec![1, 2, 0])]);
        assert_eq!(joined(&[], 9), []);
    }

    #[test]
    fn every_range_lies_in_its_stretch_and_stretches_lie_apart() {
        let mut state = 1_u64;
        let mut random = move |most: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % most
        };
        for _ in 0..2000 {
            let wanted: Vec<_> = (0..random(20))
                .map(|_| {
                    let start = random(200);
                    start..start + random(30)
                })
                .collect();
            let gap = random(40);
            let stretches = merge(&wanted, gap);
            let mut seen: Vec<usize> = stretches.iter().flat_map(|s| s.wanted.clone()).collect();
            for stretch in &stretches {
                for at in &stretch.wanted {
                    assert!(stretch.range.start <= wanted[*at].start);
                    assert!(wanted[*at].end <= stretch.range.end);
                }
            }
            for pair in stretches.windows(2) {
                assert!(pair[0].range.end + gap < pair[1].range.start);
            }
            seen.sort_unstable();
            let whole: Vec<usize> =
                (0..wanted.len()).filter(|at| !wanted[*at].is_empty()).collect();
            assert_eq!(seen, whole);
        }
    }
}
