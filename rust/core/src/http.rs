//! HTTP for every operator.
//!
//! The core's own default is process-wide and would not survive a fork; nor does it have the time
//! limits without which a dead server hangs its caller, or a limit of connections, without which
//! many requests at a time are as many sockets.

use std::pin::Pin;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use http::{Request, Response};
use opendal::{Buffer, Error, ErrorKind, HttpBody, HttpTransport, HttpTransporter};
use opendal_http_transport_reqwest::ReqwestTransport;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::answer::Asked;
use crate::runtime::{from_environment, publish};

/// A server that does not even accept within this time is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A transfer in which no byte has come for this long is dead; a slow one is not.
const READ_TIMEOUT: Duration = Duration::from_mins(1);
/// How many connections there may be unless the caller says it.
const USUAL: usize = 128;

static TRANSPORT: AtomicPtr<HttpTransporter> = AtomicPtr::new(ptr::null_mut());
static PLACES: AtomicPtr<Arc<Semaphore>> = AtomicPtr::new(ptr::null_mut());
/// Counts the pieces of answers that came.
static MOVED: AtomicUsize = AtomicUsize::new(0);
/// How many places there are to be; zero if nobody said it.
static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);

/// What every operator asks. The client is made for the first request, since its certificates take a
/// while to load.
pub struct Http;

impl HttpTransport for Http {
    async fn fetch(&self, request: Request<Buffer>) -> opendal::Result<Response<HttpBody>> {
        let place = place().await?;
        let asked = Asked::of(&request);
        let answer = asked.check(transport()?.fetch(request).await?).await?;
        let hold = |body| Box::new(Placed { body, place: Some(place) }) as _;
        Ok(answer.map(|body| body.map_inner(hold)))
    }
}

/// A place among the connections of this process.
async fn place() -> opendal::Result<OwnedSemaphorePermit> {
    let places = Arc::clone(places()?);
    if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
        return Ok(place);
    }
    let mut waiting = std::pin::pin!(places.acquire_owned());
    // As long as others get on, it is worth waiting.
    let mut seen = None;
    while seen.replace(MOVED.load(Ordering::Relaxed)) != Some(MOVED.load(Ordering::Relaxed)) {
        if let Ok(Ok(place)) = timeout(READ_TIMEOUT, &mut waiting).await {
            return Ok(place);
        }
    }
    let message = "all connections of this process are in use; close files and streams, \
                   or allow more with opendal.configure(connections=...)";
    Err(Error::new(ErrorKind::RateLimited, message).set_temporary())
}

fn places() -> opendal::Result<&'static Arc<Semaphore>> {
    // SAFETY: the pointer is null or came from a box that is never freed.
    if let Some(places) = unsafe { PLACES.load(Ordering::Acquire).as_ref() } {
        return Ok(places);
    }
    let connections = match CONNECTIONS.load(Ordering::Relaxed) {
        0 => from_environment("OPENDAL_CONNECTIONS")
            .map_err(|error| Error::new(ErrorKind::ConfigInvalid, error.message()))?
            .unwrap_or(USUAL),
        connections => connections,
    };
    Ok(publish(&PLACES, Arc::new(Semaphore::new(connections))))
}

/// Sets how many connections there may be. Those that are in use are not counted again: what is
/// under way ends as it would.
pub fn set_connections(connections: usize) {
    CONNECTIONS.store(connections, Ordering::Relaxed);
    // The old ones are leaked: a request may be about to take a place among them.
    PLACES.store(ptr::null_mut(), Ordering::Release);
}

/// What a forked child does: the connections and the places are its parent's.
pub fn forget() {
    TRANSPORT.store(ptr::null_mut(), Ordering::Release);
    PLACES.store(ptr::null_mut(), Ordering::Release);
}

/// The body of an answer, which has its place until it ends or is dropped.
struct Placed<S> {
    body: S,
    place: Option<OwnedSemaphorePermit>,
}

impl<S: Stream<Item = opendal::Result<Buffer>> + Unpin> Stream for Placed<S> {
    type Item = opendal::Result<Buffer>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = Pin::new(&mut self.body).poll_next(context);
        if next.is_ready() {
            MOVED.fetch_add(1, Ordering::Relaxed);
        }
        if matches!(next, Poll::Ready(None)) {
            self.place = None;
        }
        next
    }
}

/// The transport of this generation. Made without a lock, which a child forked meanwhile would find
/// locked for ever.
fn transport() -> opendal::Result<&'static HttpTransporter> {
    // SAFETY: the pointer is null or came from `publish`, which never frees what it published.
    if let Some(transport) = unsafe { TRANSPORT.load(Ordering::Acquire).as_ref() } {
        return Ok(transport);
    }
    let client = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .build()
        .map_err(|e| {
            opendal::Error::new(opendal::ErrorKind::Unexpected, "cannot set up HTTP").set_source(e)
        })?;
    Ok(publish(&TRANSPORT, HttpTransporter::new(ReqwestTransport::new(client))))
}
