//! The known name nearest to a mistyped one, for error messages.

/// The candidate that most likely was meant, if any is near enough to be worth naming.
///
/// Near enough is an optimal string alignment distance (insert, delete, replace, swap neighbours)
/// of at most a third of the longer name, and at least one; or one name that begins the other.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = fold(name);
    if wanted.is_empty() {
        return None;
    }
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let known = fold(candidate);
            let away = distance(&wanted, &known);
            let longer = wanted.len().max(known.len());
            let shorter = wanted.len().min(known.len());
            let begins = shorter >= 3 && wanted[..shorter] == known[..shorter];
            (begins || away <= (longer / 3).max(1)).then_some((away, candidate))
        })
        .min_by_key(|(away, _)| *away)
        .map(|(_, candidate)| candidate)
}

/// `"; did you mean 'x'?"`, or nothing when no candidate is near.
#[must_use]
pub fn hint<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, candidates).map_or_else(String::new, |near| format!("; did you mean '{near}'?"))
}

/// Case and the choice between `-` and `_` are not worth a mistake.
fn fold(name: &str) -> Vec<char> {
    name.chars()
        .take(64)
        .flat_map(char::to_lowercase)
        .map(|c| if c == '-' { '_' } else { c })
        .collect()
}

/// The optimal string alignment distance, in one row more than Levenshtein's needs.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] = ["bucket", "root", "region", "endpoint", "secret_access_key"];

    #[test]
    fn names_the_nearest() {
        assert_eq!(nearest("buckt", NAMES), Some("bucket"));
        assert_eq!(nearest("rgeion", NAMES), Some("region"));
        assert_eq!(nearest("End-Point", NAMES), Some("endpoint"));
        assert_eq!(nearest("secret", NAMES), Some("secret_access_key"));
    }

    #[test]
    fn stays_silent_when_nothing_is_near() {
        assert_eq!(nearest("compression", NAMES), None);
        assert_eq!(nearest("", NAMES), None);
        assert_eq!(hint("zzz", NAMES), "");
    }

    #[test]
    fn counts_a_swap_as_one() {
        let chars = |s: &str| s.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("ab"), &chars("ba")), 1);
        assert_eq!(distance(&chars(""), &chars("abc")), 3);
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
    }
}
