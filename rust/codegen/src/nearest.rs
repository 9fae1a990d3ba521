//! The name that somebody may have meant.
//!
//! Not taken from `opendal-rules`: that crate holds a generated file, and must not be needed to
//! make it anew.

/// The nearest of `names`, where it is near enough to be worth a question.
pub fn nearest<'a>(given: &str, names: &[&'a str]) -> Option<&'a str> {
    let near = names.iter().map(|name| (distance(given, name), *name));
    let (distance, name) = near.min()?;
    (distance <= given.len().max(3) / 3).then_some(name)
}

/// How many letters have to be inserted, removed or replaced.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_nonsense_is_not() {
        let names = ["azblob", "gcs", "s3"];
        assert_eq!(nearest("azblobb", &names), Some("azblob"));
        assert_eq!(nearest("gc", &names), Some("gcs"));
        assert_eq!(nearest("floppy-disk", &names), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
