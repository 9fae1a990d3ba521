//! How text from a service becomes part of a one-line message.

use std::borrow::Cow;

/// Longer details help nobody; the start of a text says what went wrong.
const LONGEST: usize = 400;
/// How much of a message is kept that quotes a long value: both ends, as what is wrong with the value
/// stands after it.
const START: usize = 1000;
const END: usize = 300;

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
}
