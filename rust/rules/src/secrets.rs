//! How secrets are kept out of what is shown: those that are known by their value, and those that
//! requests are known to carry. The latter may come from anywhere, the environment for one, and a
//! server that refuses a request may quote it.

use std::fmt::Write;
use std::ops::Range;

const MASK: &str = "***";
/// A shorter secret cannot be told from ordinary words.
const SHORTEST: usize = 3;
/// How names end, of headers, of parameters and of elements, whose values are secret.
const NAMES: [&str; 13] = [
    "token",
    "signature",
    "sig",
    "secret",
    "password",
    "passwd",
    "assertion",
    "apikey",
    "api_key",
    "customer-key",
    "secretaccesskey",
    "secret_access_key",
    "cookie",
];
/// Headers whose whole line is secret.
const LINES: [&str; 1] = ["authorization"];
const QUOTES: [char; 3] = ['"', '\'', '\\'];

/// The text with every secret replaced: the given ones, also as URLs and XML write them, and what
/// stands where requests have some.
#[must_use]
pub fn mask(text: String, secrets: &[String]) -> String {
    let mut masked = text;
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST) {
        for form in forms(secret) {
            if masked.contains(&form) {
                masked = masked.replace(&form, MASK);
            }
        }
    }
    let mut hidden = carried(&masked);
    hidden.sort_by_key(|range| range.start);
    // One may hold another: the line of a header, and a parameter in it.
    hidden.dedup_by(|later, range| {
        let joined = later.start <= range.end;
        if joined {
            range.end = range.end.max(later.end);
        }
        joined
    });
    for range in hidden.into_iter().rev() {
        masked.replace_range(range, MASK);
    }
    masked
}

fn forms(secret: &str) -> [String; 4] {
    let mut upper = String::with_capacity(secret.len());
    let mut lower = String::with_capacity(secret.len());
    for byte in secret.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            upper.push(char::from(byte));
            lower.push(char::from(byte));
        } else {
            let _ = write!(upper, "%{byte:02X}");
            let _ = write!(lower, "%{byte:02x}");
        }
    }
    let xml = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // The plain one may begin the others.
    [upper, lower, xml, secret.to_owned()]
}

/// Where values stand that requests carry as secrets.
fn carried(text: &str) -> Vec<Range<usize>> {
    let text = text.to_ascii_lowercase();
    let mut found = Vec::new();
    let whole_lines = LINES.iter().map(|name| (name, true));
    for (name, whole_line) in NAMES.iter().map(|name| (name, false)).chain(whole_lines) {
        for (start, _) in text.match_indices(name) {
            let is_header = whole_line || name.contains('-') || text[..start].ends_with('-');
            let after = &text[start + name.len()..];
            if let Some(value) = value(after, is_header, whole_line) {
                let start = text.len() - value.len();
                let ends = |c: char| {
                    let more = if whole_line { "\n<" } else { " \t\r\n&;,<>)]}" };
                    more.contains(c) || QUOTES.contains(&c)
                };
                let length = value.find(ends).unwrap_or(value.len());
                if length > 0 {
                    found.push(start..start + length);
                }
            }
        }
    }
    found
}

/// What follows a name, if it is its value: `name=...`, `<name>...`, `"name": ...`, and for headers
/// `name: ...`, which is prose after other words.
fn value(after: &str, is_header: bool, whole_line: bool) -> Option<&str> {
    let rest = after.trim_start_matches(QUOTES);
    let may_be_pair = is_header || rest.len() < after.len();
    let rest = rest.trim_start_matches(' ');
    let value = rest
        .strip_prefix(['=', '>'])
        .or_else(|| rest.strip_prefix("%3d"))
        .or_else(|| rest.strip_prefix(':').filter(|_| may_be_pair))?;
    let value = value.trim_start_matches(' ').trim_start_matches(QUOTES);
    Some(if whole_line { value.trim_start() } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        mask(text.to_owned(), &[])
    }

    #[test]
    fn known_secrets_are_masked_in_every_form() {
        let secrets = vec!["s3cr/t+&".to_owned(), "k".to_owned()];
        let text =
            "denied for s3cr/t+& at http://h/?key=s3cr%2Ft%2B%26 (s3cr%2ft%2b%26, s3cr/t+&amp;)";
        assert_eq!(
            mask(text.to_owned(), &secrets),
            "denied for *** at http://h/?key=*** (***, ***)"
        );
        assert_eq!(mask("ok".to_owned(), &secrets), "ok");
    }

    #[test]
    fn what_requests_carry_is_masked() {
        for (text, wanted) in [
            (
                "/b?X-Amz-Expires=60&X-Amz-Security-Token=a%2Fb&X-Amz-Signature=0f",
                "/b?X-Amz-Expires=60&X-Amz-Security-Token=***&X-Amz-Signature=***",
            ),
            ("/c?se=2030&sig=a%2Bb%3D end", "/c?se=2030&sig=*** end"),
            ("x-amz-security-token: abc==\nhost: h", "x-amz-security-token: ***\nhost: h"),
            ("Authorization: Basic dTpw\nHost: h", "Authorization: ***\nHost: h"),
            (
                "{'proxy-authorization': 'Basic dTpw', 'host': 'h'}",
                "{'proxy-authorization': '***', 'host': 'h'}",
            ),
            (
                r#"{\"authorization\": \"Bearer a.b\", \"a\": 1}"#,
                r#"{\"authorization\": \"***\", \"a\": 1}"#,
            ),
            (
                r#"{"access_token": "abc", "refresh_token":"def"}"#,
                r#"{"access_token": "***", "refresh_token":"***"}"#,
            ),
            ("<SessionToken>abc</SessionToken>", "<SessionToken>***</SessionToken>"),
            (
                "AWS4-HMAC-SHA256 Credential=A/b, Signature=00ff",
                "AWS4-HMAC-SHA256 Credential=A/b, Signature=***",
            ),
            ("url%3Fsig%3Dabc", "url%3Fsig%3D***"),
            ("Set-Cookie: a=b; c", "Set-Cookie: ***; c"),
            ("Authorization: A Credential=B, Signature=0f", "Authorization: ***"),
        ] {
            assert_eq!(masked(text), wanted);
        }
    }

    #[test]
    fn words_stay_as_they_are() {
        for text in [
            "The security token included in the request is expired",
            "invalid token: it has expired",
            "The request signature we calculated does not match",
            "x-amz-server-side-encryption-customer-key-md5: abc",
            "proxy authorization required",
            "no option 'secret'; did you mean 'secret_access_key'?",
            "ends in signature=",
            "größe, token",
            "",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
