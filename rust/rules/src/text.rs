//! How text from a service becomes part of a one-line message that tells no secrets.

use std::borrow::Cow;
use std::fmt::Write;

/// Longer details help nobody; the start of a text says what went wrong.
const LONGEST: usize = 400;
/// How much of a message is kept that quotes a long value: both ends, as what is wrong with the value
/// stands after it.
const START: usize = 1000;
const END: usize = 300;
/// A shorter secret cannot be told from ordinary words.
const SHORTEST_SECRET: usize = 3;

/// One line of at most 400 characters: control characters and runs of white space become one space.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(LONGEST * 4));
    for (count, c) in text.split_whitespace().flat_map(|w| w.chars().chain([' '])).enumerate() {
        if count == LONGEST {
            line.push('…');
            return line;
        }
        line.push(if c.is_control() { '\u{fffd}' } else { c });
    }
    line.truncate(line.trim_end().len());
    line
}

/// A message that may quote anything: nothing in it moves a terminal, and it has an end.
#[must_use]
pub fn presentable(message: &str) -> Cow<'_, str> {
    // Bytes are at least as many as characters.
    if message.len() <= START + END && !message.contains(char::is_control) {
        return Cow::Borrowed(message);
    }
    let visible = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let count = message.chars().count();
    if count <= START + END {
        return message.chars().map(visible).collect();
    }
    let (start, end) = (message.chars().take(START), message.chars().skip(count - END));
    start.chain(['…']).chain(end).map(visible).collect()
}

/// The text with every secret replaced, also where a URL carries it percent-encoded.
#[must_use]
pub fn mask(text: String, secrets: &[String]) -> String {
    let mut masked = text;
    for secret in secrets.iter().filter(|s| s.len() >= SHORTEST_SECRET) {
        for form in [secret.clone(), percent_encode(secret)] {
            if masked.contains(&form) {
                masked = masked.replace(&form, "***");
            }
        }
    }
    masked
}

fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_becomes_one_line() {
        assert_eq!(one_line(" a\n\n  b\tc\r\n"), "a b c");
        assert_eq!(one_line(""), "");
        let long = one_line(&"word ".repeat(1000));
        assert_eq!(long.chars().count(), LONGEST + 1);
        assert!(!one_line("a\u{1b}[31mb").contains('\u{1b}'));
    }

    #[test]
    fn a_message_keeps_both_ends_of_what_it_quotes() {
        assert!(matches!(presentable("read 'ä'"), Cow::Borrowed("read 'ä'")));
        assert_eq!(presentable("a\nb"), "a\u{fffd}b");
        let long = presentable(&format!("read {}: too long", "ä".repeat(100_000))).into_owned();
        assert!(long.starts_with("read ä") && long.ends_with("ä: too long"));
        assert_eq!(long.chars().count(), START + END + 1);
    }

    #[test]
    fn secrets_are_masked_in_both_forms() {
        let secrets = vec!["s3cr/t+".to_owned(), "k".to_owned()];
        let text = "denied for s3cr/t+ at http://h/?key=s3cr%2Ft%2B".to_owned();
        assert_eq!(mask(text, &secrets), "denied for *** at http://h/?key=***");
        assert_eq!(mask("ok".to_owned(), &secrets), "ok");
    }
}
