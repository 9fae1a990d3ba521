//! Whether an HTTP answer can be what was asked for.
//!
//! The services of the core take what a server says. A proxy that asks for a login, a server that
//! knows no ranges or a broken gateway also answers `200 OK`, and its words would be taken for the
//! object, for an empty directory or for an upload that went well.

use http::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, LAST_MODIFIED, RANGE};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use opendal::raw::ServiceOperation;
use opendal::{Buffer, Error, ErrorKind, HttpBody};

/// How much of a listing is looked at for the name of its root element.
const START: usize = 1024;

/// What must be known of a request to judge its answer.
pub struct Asked {
    operation: &'static str,
    /// Google's API, which tells of an object in JSON and not in headers.
    json: bool,
    range: Option<Range>,
}

impl Asked {
    pub fn of(request: &Request<Buffer>) -> Self {
        let operation = request.extensions().get::<ServiceOperation>().map_or("", |name| name.0);
        // Azure Files writes a range by a PUT with this header.
        let range = request.headers().get(RANGE).filter(|_| request.method() == Method::GET);
        let range = range.and_then(|range| Range::asked(range.to_str().ok()?));
        let json = request.uri().path().starts_with("/storage/v1/b/")
            && !request.uri().query().is_some_and(|query| query.contains("alt=media"));
        Self { operation, json, range }
    }

    /// The answer, if it can be one.
    ///
    /// # Errors
    ///
    /// Of kind `Unexpected` and temporary where the same request may yet be answered well.
    pub async fn check(self, answer: Response<HttpBody>) -> opendal::Result<Response<HttpBody>> {
        if !answer.status().is_success() {
            return self.check_failure(answer).await;
        }
        let about_an_object =
            !self.json && matches!(self.operation, "GetObject" | "HeadObject" | "PutObject");
        if about_an_object && !is_about_an_object(answer.headers()) {
            return Err(foreign("its answer has no header of an object"));
        }
        if let Some(range) = &self.range {
            range.check(answer.status(), answer.headers())?;
        }
        match self.operation {
            "ListObjects" | "ListObjectsV2" | "ListObjectVersions" => {
                let (listing, answer) = gathered(answer).await?;
                let start = listing.slice(..listing.len().min(START)).to_bytes();
                if is_listing(&start) {
                    Ok(answer)
                } else {
                    Err(foreign("its answer is no listing"))
                }
            }
            _ => Ok(answer),
        }
    }

    /// Some services of the core do not know a failure by which a server says that nothing lies in
    /// the range that it was asked for.
    async fn check_failure(
        &self,
        answer: Response<HttpBody>,
    ) -> opendal::Result<Response<HttpBody>> {
        match (answer.status(), self.operation) {
            // The cache of GitHub Actions asks for a range to hear of the object at all.
            (StatusCode::RANGE_NOT_SATISFIABLE, "DownloadCache") => Ok(answer),
            (StatusCode::RANGE_NOT_SATISFIABLE, _) if self.range.is_some() => Err(beyond()),
            // WebHDFS has the range in the query of its URL, and no status for what is beyond.
            (StatusCode::FORBIDDEN, "Open") => {
                let (said, answer) = gathered(answer).await?;
                let text = said.to_bytes();
                let text = String::from_utf8_lossy(&text);
                if text.contains("Cannot seek after EOF")
                    || (text.contains("Offset=") && text.contains("out of the range"))
                {
                    return Err(beyond());
                }
                Ok(answer)
            }
            _ => Ok(answer),
        }
    }
}

/// The body of an answer, and the answer as if nobody had read it.
async fn gathered(answer: Response<HttpBody>) -> opendal::Result<(Buffer, Response<HttpBody>)> {
    let (head, mut body) = answer.into_parts();
    let data = body.to_buffer().await?;
    let again = futures::stream::iter([Ok(data.clone())]);
    let body = HttpBody::new(again, Some(data.len() as u64));
    Ok((data, Response::from_parts(head, body)))
}

/// What a read of a range is told that begins where the object ends, or later.
pub fn beyond() -> Error {
    Error::new(ErrorKind::RangeNotSatisfied, "the object has nothing in that range")
}

fn foreign(why: &str) -> Error {
    let message = format!("what answered is not the service: {why}; is a proxy in between?");
    Error::new(ErrorKind::Unexpected, message).set_temporary()
}

/// Servers of this kind give every object a tag or a time, and nearly all sign their answers.
fn is_about_an_object(headers: &HeaderMap) -> bool {
    headers.contains_key(ETAG)
        || headers.contains_key(LAST_MODIFIED)
        || headers.keys().any(|name| name.as_str().starts_with("x-"))
}

/// XML that has the right root, or another form, of which the service's own parser is a judge.
fn is_listing(start: &[u8]) -> bool {
    let start = String::from_utf8_lossy(start);
    let text = start.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    !text.starts_with('<')
        || ["ListBucketResult", "ListVersionsResult"].iter().any(|root| text.contains(root))
}

/// What a `Content-Range` says was sent. Its numbers are the server's, and may be nonsense.
struct Sent {
    first: i128,
    last: i128,
    /// Of the whole object, where it is told.
    length: Option<i128>,
}

impl Sent {
    /// What `bytes 1-2/10` or `bytes 1-2/*` says.
    fn told(text: &str) -> Option<Self> {
        let text = text.strip_prefix("bytes ")?;
        let (range, length) = text.split_once('/').unwrap_or((text, ""));
        let (first, last) = range.split_once('-')?;
        let length = length.parse().ok();
        Some(Self { first: first.parse().ok()?, last: last.parse().ok()?, length })
    }

    /// Whether it ends before it begins, at the end of the object, as in `bytes 0--1/0`: so some
    /// servers tell that nothing lies there.
    fn is_nothing(&self) -> bool {
        self.last < self.first && self.length.is_some_and(|length| self.first >= length)
    }
}

/// A range of bytes that was asked for.
enum Range {
    /// The first one, and the last.
    Part(u64, u64),
    /// So many at the end.
    Suffix(u64),
}

impl Range {
    /// What `bytes=1-2`, `bytes=1-` or `bytes=-2` asks for.
    fn asked(text: &str) -> Option<Self> {
        let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
        if first.is_empty() {
            return last.parse().ok().map(Self::Suffix);
        }
        let last = if last.is_empty() { u64::MAX } else { last.parse().ok()? };
        Some(Self::Part(first.parse().ok()?, last))
    }

    fn check(&self, status: StatusCode, headers: &HeaderMap) -> opendal::Result<()> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(given) = text(CONTENT_RANGE) {
            return match Sent::told(given) {
                Some(sent) if self.holds(&sent) => Ok(()),
                Some(sent) if sent.is_nothing() => Err(beyond()),
                _ => {
                    let message =
                        format!("the server sent another range than was asked for: {given}");
                    Err(Error::new(ErrorKind::Unexpected, message).set_temporary())
                }
            };
        }
        // All there is may be just what was asked for. Servers that answer with a part and do not
        // say which are held to its length by the core.
        let length = text(CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
        let most = match *self {
            Self::Part(0, last) => last.saturating_add(1),
            Self::Part(..) => 0,
            Self::Suffix(most) => most,
        };
        let all = most == u64::MAX || length.is_some_and(|length| length <= most);
        if status == StatusCode::PARTIAL_CONTENT || all {
            return Ok(());
        }
        let message = "the server ignores ranges: it answers with the whole object";
        Err(Error::new(ErrorKind::Unsupported, message))
    }

    /// Whether what was sent lies within.
    fn holds(&self, sent: &Sent) -> bool {
        let Sent { first, last, .. } = *sent;
        first <= last
            && match *self {
                Self::Part(from, to) => first == i128::from(from) && last <= i128::from(to),
                Self::Suffix(most) => last - first < i128::from(most),
            }
    }
}
