//! The one runtime and the one HTTP transport of a process.
//!
//! Both are made when they are first needed, so importing starts no thread. A forked child has
//! none of its parent's threads: there a new generation begins, with a runtime and a transport of
//! its own, and what belongs to the older generation is left alone, never dropped.

use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use http::{Request, Response};
use opendal::{Buffer, HttpBody, HttpTransport, HttpTransporter};
use opendal_http_transport_reqwest::ReqwestTransport;
use tokio::runtime::{Builder, Runtime};

use crate::error::{Class, Error};

/// A server that does not even accept within this time is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A transfer in which no byte has come for this long is dead; a slow one is not.
const READ_TIMEOUT: Duration = Duration::from_mins(1);
/// Few threads suffice: sync calls are polled by their callers, and the rest waits for sockets.
const MOST_WORKERS: usize = 4;

static RUNTIME: AtomicPtr<Runtime> = AtomicPtr::new(ptr::null_mut());
static GENERATION: AtomicU32 = AtomicU32::new(0);
static TRANSPORT: AtomicPtr<HttpTransporter> = AtomicPtr::new(ptr::null_mut());

/// What a process needs before its first operation; starts no thread and opens nothing.
pub fn prepare() {
    opendal::init_default_registry();
    // The last one registered wins.
    opendal_fs::register(opendal::OperatorRegistry::get());
    opendal_memory::register(opendal::OperatorRegistry::get());
    // Fails if the program has chosen a provider itself, which is then the one to use.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Counts the forks that lie between the process that loaded the module and this one.
pub fn generation() -> u32 {
    GENERATION.load(Ordering::Acquire)
}

/// The runtime of this generation.
pub fn get() -> Result<&'static Runtime, Error> {
    match current() {
        Some(runtime) => Ok(runtime),
        None => start(),
    }
}

/// The runtime, if anything has needed it yet.
pub fn current() -> Option<&'static Runtime> {
    // SAFETY: the pointer is null or came from `publish`, which never frees what it published.
    unsafe { RUNTIME.load(Ordering::Acquire).as_ref() }
}

#[cold]
fn start() -> Result<&'static Runtime, Error> {
    static FORK_HOOK: Once = Once::new();
    FORK_HOOK.call_once(|| {
        // SAFETY: the hook only stores to atomics, which is safe in a forked child. Should
        // registering fail for want of memory, a child behaves as if the hook did not exist.
        unsafe { libc::pthread_atfork(None, None, Some(after_fork_in_child)) };
    });
    let workers = thread::available_parallelism().map_or(2, usize::from).clamp(2, MOST_WORKERS);
    let runtime = Builder::new_multi_thread()
        .worker_threads(workers)
        .thread_name("opendal")
        .enable_all()
        .build()
        .map_err(|e| Error::new(Class::Unexpected, format!("cannot start worker threads: {e}")))?;
    Ok(publish(&RUNTIME, runtime))
}

/// What is left of an open file or a listing in a forked child: it is the parent's.
pub fn from_before_fork(what: &str) -> opendal::Error {
    let message = format!("{what} was opened before this process was forked; open it again here");
    opendal::Error::new(opendal::ErrorKind::Unsupported, message)
}

extern "C" fn after_fork_in_child() {
    // The parent's runtime is leaked here: dropping it would join threads that do not exist. Its
    // connections belong to that runtime's tasks.
    RUNTIME.store(ptr::null_mut(), Ordering::Release);
    TRANSPORT.store(ptr::null_mut(), Ordering::Release);
    GENERATION.fetch_add(1, Ordering::AcqRel);
}

/// HTTP for every operator. The core's own default is process-wide and would not survive a fork;
/// nor does it have the time limits without which a dead server hangs its caller. The client is
/// made for the first request, since its certificates take a while to load.
pub struct Http;

impl HttpTransport for Http {
    async fn fetch(&self, request: Request<Buffer>) -> opendal::Result<Response<HttpBody>> {
        transport()?.fetch(request).await
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

/// Makes a value the one of this process, unless another thread was first; gives the one that is.
fn publish<T>(place: &AtomicPtr<T>, value: T) -> &'static T {
    let made = Box::into_raw(Box::new(value));
    match place.compare_exchange(ptr::null_mut(), made, Ordering::AcqRel, Ordering::Acquire) {
        // SAFETY: `made` is a live box that nobody frees from here on.
        Ok(_) => unsafe { &*made },
        Err(other) => {
            // SAFETY: another thread was first; `made` was never shared and is freed once, here.
            unsafe { drop(Box::from_raw(made)) };
            // SAFETY: what is published is a box that is never freed.
            unsafe { &*other }
        }
    }
}
