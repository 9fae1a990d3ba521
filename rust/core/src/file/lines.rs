//! Where lines end.

use opendal::Buffer;

/// The length of the first line, its newline included, if it ends here.
pub fn end(data: &Buffer) -> Option<usize> {
    let mut before = 0;
    for part in data.clone() {
        if let Some(at) = memchr::memchr(b'\n', &part) {
            return Some(before + at + 1);
        }
        before += part.len();
    }
    None
}
