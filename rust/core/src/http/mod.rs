//! HTTP for every operator.
//!
//! The core's own default is process-wide and would not survive a fork; nor does it have the time
//! limits without which a dead server hangs its caller, or a limit of connections, without which
//! many requests at a time are as many sockets.

mod exchange;
mod proxies;
mod settings;
mod tls;

use std::pin::Pin;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use http::{Request, Response};
use opendal::{Buffer, Error, ErrorKind, HttpBody, HttpTransport};
use reqwest::redirect::Policy;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::answer::Asked;
use crate::error::{self, Class};
use crate::runtime::{from_environment, publish, replace};
use exchange::Client;
pub use exchange::{Refusal, late, silence, untrusted};
use settings::READ_TIMEOUT;
pub use settings::{LONGEST, Settings};

/// How many connections there may be unless the caller says it.
const USUAL: usize = 128;
/// So long a connection is kept that nobody uses. Servers close theirs after 20 to 75 seconds, and a
/// request that is just then on its way would be reset.
const IDLE: Duration = Duration::from_secs(15);

static CLIENT: AtomicPtr<Client> = AtomicPtr::new(ptr::null_mut());
static PATIENCE: AtomicPtr<Patience> = AtomicPtr::new(ptr::null_mut());
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
        let answer = asked.check(client()?.fetch(request).await?).await?;
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
            .map_err(|error| unusable(&error))?
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
    CLIENT.store(ptr::null_mut(), Ordering::Release);
    PATIENCE.store(ptr::null_mut(), Ordering::Release);
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

/// The client of this generation, as the settings are now. Made without a lock, which a child forked
/// meanwhile would find locked for ever.
fn client() -> opendal::Result<&'static Client> {
    let settings = Settings::current();
    let there = CLIENT.load(Ordering::Acquire);
    // SAFETY: the pointer is null or came from `replace`, which never frees what it published.
    if let Some(client) = unsafe { there.as_ref() }
        && ptr::eq(client.settings, settings)
    {
        return Ok(client);
    }
    let client = build(settings).map_err(|error| unusable(&error))?;
    Ok(replace(&CLIENT, there, client))
}

/// How long is waited for what does not speak HTTP.
pub struct Patience {
    pub connect_timeout: Duration,
    pub read_timeout: Duration,
    /// With others it is out of date.
    settings: &'static Settings,
}

/// The same as for HTTP, as the settings are now.
pub fn patience() -> opendal::Result<&'static Patience> {
    let settings = Settings::current();
    let there = PATIENCE.load(Ordering::Acquire);
    // SAFETY: as in `client`.
    if let Some(patience) = unsafe { there.as_ref() }
        && ptr::eq(patience.settings, settings)
    {
        return Ok(patience);
    }
    let connect_timeout = settings.connect_timeout().map_err(|error| unusable(&error))?;
    let read_timeout = settings.read_timeout().map_err(|error| unusable(&error))?;
    Ok(replace(&PATIENCE, there, Patience { connect_timeout, read_timeout, settings }))
}

/// A connection that does not speak HTTP, made within the same limit.
pub async fn connected<T>(made: impl Future<Output = opendal::Result<T>>) -> opendal::Result<T> {
    let limit = patience()?.connect_timeout;
    timeout(limit, made).await.unwrap_or_else(|_| {
        let seconds = limit.as_secs_f64();
        Err(late(format!(
            "no connection within {seconds} seconds; opendal.configure(connect_timeout=...) sets \
             how many"
        )))
    })
}

/// Whom TLS without HTTP trusts.
pub fn tls_config() -> opendal::Result<rustls::ClientConfig> {
    tls::config(Settings::current()).map_err(|error| unusable(&error))
}

fn build(settings: &'static Settings) -> Result<Client, error::Error> {
    let mut builder = reqwest::Client::builder()
        .connect_timeout(settings.connect_timeout()?)
        .pool_idle_timeout(IDLE)
        .tls_backend_preconfigured(tls::config(settings)?)
        .redirect(Policy::none())
        // The kernel's own limit ends uploads that are slow, and would be shorter than ours.
        .tcp_user_timeout(None)
        // Those of the environment are looked at here.
        .no_proxy();
    for proxy in proxies::from_environment()? {
        builder = builder.proxy(proxy);
    }
    let http = builder
        .build()
        .map_err(|e| error::Error::new(Class::Unexpected, format!("cannot set up HTTP: {e}")))?;
    Ok(Client { http, read_timeout: settings.read_timeout()?, settings })
}

fn unusable(error: &error::Error) -> Error {
    Error::new(ErrorKind::ConfigInvalid, error.message())
}
