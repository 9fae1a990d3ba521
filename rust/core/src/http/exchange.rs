//! One request and its answer, with what the client has no way to say: a limit to silence that a slow
//! upload keeps, and redirects that take no credentials elsewhere.

use std::convert::Infallible;
use std::error::Error as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, io, iter};

use bytes::{Buf, Bytes};
use futures::Stream;
use http::header::LOCATION;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use opendal::raw::{ServiceOperation, parse_content_encoding, parse_content_length};
use opendal::{Buffer, Error, ErrorKind, HttpBody};
use parking_lot::Mutex;
use reqwest::Url;
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

use super::settings::Settings;
use super::tls;

/// What the client may hand to the network at once. A limit to silence can be told from a slow
/// upload only by what it takes.
const PIECE: usize = 64 * 1024;
/// How often a server may send a request on before it goes round in circles.
const MOST_HOPS: usize = 5;

pub struct Client {
    pub http: reqwest::Client,
    pub read_timeout: Duration,
    /// What it was made by: with others it is out of date.
    pub settings: &'static Settings,
}

impl Client {
    pub async fn fetch(&self, request: Request<Buffer>) -> opendal::Result<Response<HttpBody>> {
        let (parts, body) = request.into_parts();
        let asked = parts.uri.to_string();
        let mut url = Url::parse(&asked).map_err(|error| {
            Error::new(ErrorKind::Unexpected, "the URL of the request is invalid").set_source(error)
        })?;
        for _ in 0..=MOST_HOPS {
            let request = self
                .http
                .request(parts.method.clone(), url.clone())
                .headers(parts.headers.clone())
                .version(parts.version);
            let answer = self.send(request, body.clone(), &url).await?;
            match next(&parts, &url, &answer)? {
                Some(other) => url = other,
                None => return self.answer(answer, &parts),
            }
        }
        Err(Error::new(ErrorKind::Unexpected, "the server sends the request on without end"))
    }

    async fn send(
        &self,
        mut request: reqwest::RequestBuilder,
        body: Buffer,
        url: &Url,
    ) -> opendal::Result<reqwest::Response> {
        let moved = Arc::new(Mutex::new(Instant::now()));
        if !body.is_empty() {
            let upload = Upload { body, moved: Arc::clone(&moved) };
            request = request.body(reqwest::Body::wrap(upload));
        }
        let mut answer = std::pin::pin!(request.send());
        loop {
            let deadline = *moved.lock() + self.read_timeout;
            if let Ok(answer) = timeout_at(deadline, &mut answer).await {
                return answer.map_err(|error| unanswered(error, url));
            }
            if *moved.lock() + self.read_timeout <= Instant::now() {
                return Err(silence(self.read_timeout));
            }
        }
    }

    fn answer(
        &self,
        mut answer: reqwest::Response,
        parts: &Parts,
    ) -> opendal::Result<Response<HttpBody>> {
        // The answer to HEAD tells a length without having a body.
        let headers = answer.headers();
        let is_plain = parts.method != Method::HEAD && parse_content_encoding(headers)?.is_none();
        let length = if is_plain { parse_content_length(headers)? } else { None };
        let mut made = Response::builder().status(answer.status()).version(answer.version());
        if let Some(headers) = made.headers_mut() {
            std::mem::swap(headers, answer.headers_mut());
        }
        let body = Box::pin(answer.bytes_stream());
        let body = Download { body, read_timeout: self.read_timeout, limit: None };
        // The core asks for it where it tells of an error.
        made.extension(parts.uri.clone()).body(HttpBody::new(body, length)).map_err(|error| {
            Error::new(ErrorKind::Unexpected, "the answer is invalid").set_source(error)
        })
    }
}

/// Where a server sends a request on to, if the request can follow.
///
/// Secrets travel in headers that only the services know. So a request stays with the server that it
/// was made for.
fn next(parts: &Parts, url: &Url, answer: &reqwest::Response) -> opendal::Result<Option<Url>> {
    let method = &parts.method;
    let repeats = match answer.status() {
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            return Err(refusal(NO_WAY_THROUGH.to_owned()));
        }
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => {
            matches!(*method, Method::GET | Method::HEAD)
        }
        _ => return Ok(None),
    };
    let Some(location) = answer.headers().get(LOCATION) else { return Ok(None) };
    let invalid = || Error::new(ErrorKind::Unexpected, "the server sends the request on to no URL");
    let location = location.to_str().map_err(|_| invalid())?;
    let next = url.join(location).map_err(|_| invalid())?;
    if next.origin() == url.origin() || (is_passed_on(parts) && next.scheme() == url.scheme()) {
        return Ok(repeats.then_some(next));
    }
    let place = next.origin().ascii_serialization();
    let message = format!(
        "the server sends the request on to {place}, which must not get its credentials; if that is \
         the right place, make it the endpoint"
    );
    Err(Error::new(ErrorKind::Unexpected, message))
}

/// A name node of HDFS sends whoever reads on to the node that has the data, by a URL with all that
/// this one is to know. The request has no secrets in its headers.
fn is_passed_on(parts: &Parts) -> bool {
    let operation = parts.extensions.get::<ServiceOperation>();
    operation.is_some_and(|operation| operation.0 == "Open") && parts.headers.is_empty()
}

const NO_WAY_THROUGH: &str = "the proxy wants another name and password; its variable holds them, as \
                              in http://name:password@proxy.example:3128";

/// Why there is no connection, where another try would meet the same.
#[derive(Debug)]
pub struct Refusal(String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

fn refusal(why: String) -> Error {
    Error::new(ErrorKind::Unexpected, "").set_source(Refusal(why))
}

/// No byte came or went for too long.
pub fn silence(limit: Duration) -> Error {
    late(format!(
        "no byte moved for {} seconds; opendal.configure(read_timeout=...) sets how many",
        limit.as_secs_f64()
    ))
}

/// What has passed a limit, and may be quicker another time.
pub fn late(message: impl Into<String>) -> Error {
    let message = message.into();
    Error::new(ErrorKind::Unexpected, message.clone())
        .set_temporary()
        .set_source(io::Error::new(io::ErrorKind::TimedOut, message))
}

/// Why there is no answer.
fn unanswered(error: reqwest::Error, url: &Url) -> Error {
    if let Some(tls) = tls_error(&error) {
        return refusal(tls::complaint(tls, url.host_str().unwrap_or_default()));
    }
    // The type that says so is no public one.
    let mut causes = iter::successors(error.source(), |&cause| cause.source());
    if causes.any(|cause| cause.to_string().ends_with("proxy authorization required")) {
        return refusal(NO_WAY_THROUGH.to_owned());
    }
    failure(error, "send the request")
}

fn failure(error: reqwest::Error, attempt: &'static str) -> Error {
    let temporary = error.is_request() || error.is_body() || error.is_decode();
    Error::new(ErrorKind::Unexpected, attempt)
        .with_temporary(temporary)
        .set_source(error.without_url())
}

/// Why a handshake other than one of HTTP failed, unless it was the connection that did.
pub fn untrusted(error: &io::Error, host: &str) -> Option<Error> {
    tls_error(error).map(|tls| refusal(tls::complaint(tls, host)))
}

/// The error of TLS behind an error. Those of the system do not call what they hold their source.
fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(found) = error.downcast_ref() {
        return Some(found);
    }
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(held) => tls_error(held),
        None => tls_error(error.source()?),
    }
}

/// The body of a request, which tells when a piece of it was taken.
struct Upload {
    body: Buffer,
    moved: Arc<Mutex<Instant>>,
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        *self.moved.lock() = Instant::now();
        let mut pieces = self.body.slice(..self.body.len().min(PIECE));
        let Some(piece) = pieces.next() else { return Poll::Ready(None) };
        self.body.advance(piece.len());
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.body.len() as u64)
    }
}

/// The body of an answer. While somebody waits for its next bytes, they must come in time.
struct Download<S> {
    body: Pin<Box<S>>,
    read_timeout: Duration,
    limit: Option<Pin<Box<Sleep>>>,
}

impl<S: Stream<Item = reqwest::Result<Bytes>>> Stream for Download<S> {
    type Item = opendal::Result<Buffer>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match self.body.as_mut().poll_next(context) {
                Poll::Ready(Some(Ok(bytes))) if bytes.is_empty() => self.limit = None,
                Poll::Ready(next) => {
                    self.limit = None;
                    return Poll::Ready(next.map(|next| match next {
                        Ok(bytes) => Ok(Buffer::from(bytes)),
                        Err(error) => Err(failure(error, "read the answer")),
                    }));
                }
                Poll::Pending => break,
            }
        }
        let read_timeout = self.read_timeout;
        let usual = || Box::pin(sleep_until(Instant::now() + read_timeout));
        let limit = self.limit.get_or_insert_with(usual);
        limit.as_mut().poll(context).map(|()| Some(Err(silence(read_timeout))))
    }
}
