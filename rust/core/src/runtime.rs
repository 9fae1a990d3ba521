//! The one runtime of a process.
//!
//! It is made when it is first needed, so importing starts no thread. A forked child has none of its
//! parent's threads: there a new generation begins, with a runtime and an HTTP transport of its own,
//! and what belongs to the older generation is left alone, never dropped.

use std::sync::Once;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};
use std::{env, ptr, thread};

use tokio::runtime::{Builder, Runtime};

use crate::error::{Class, Error};
use crate::{credentials, http};

/// Few threads suffice: sync calls are polled by their callers, and the rest waits for sockets.
const MOST_WORKERS: usize = 4;

static RUNTIME: AtomicPtr<Runtime> = AtomicPtr::new(ptr::null_mut());
static GENERATION: AtomicU32 = AtomicU32::new(0);
/// How many threads there are to be; zero if nobody said it.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// What a process needs before its first operation; starts no thread and opens nothing.
pub fn prepare() {
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
    let usual = || thread::available_parallelism().map_or(2, usize::from).clamp(2, MOST_WORKERS);
    let workers = match THREADS.load(Ordering::Relaxed) {
        0 => from_environment("OPENDAL_THREADS")?.unwrap_or_else(usual),
        threads => threads,
    };
    let runtime = Builder::new_multi_thread()
        .worker_threads(workers)
        .thread_name("opendal")
        .enable_all()
        .build()
        .map_err(|e| Error::new(Class::Unexpected, format!("cannot start worker threads: {e}")))?;
    Ok(publish(&RUNTIME, runtime))
}

/// Sets how many threads the runtime will have.
pub fn set_threads(threads: usize) -> Result<(), Error> {
    if current().is_some() {
        let message = "the threads have been started: set their number before the first operation";
        return Err(Error::state(message));
    }
    THREADS.store(threads, Ordering::Relaxed);
    Ok(())
}

/// The number that a variable of the environment has.
pub fn from_environment(name: &str) -> Result<Option<usize>, Error> {
    let Some(value) = env::var_os(name).filter(|value| !value.is_empty()) else { return Ok(None) };
    let number = value.to_str().and_then(|value| value.parse().ok());
    let sensible = number.filter(|number| (1..=MOST).contains(number));
    let refused = || Error::value(format!("{name} must be a number from 1 to {MOST}"));
    sensible.ok_or_else(refused).map(Some)
}

/// More threads or connections than this are a mistake.
pub const MOST: usize = 65_536;

/// What is left of an open file or a listing in a forked child: it is the parent's.
pub fn from_before_fork(what: &str) -> opendal::Error {
    let message = format!("{what} was opened before this process was forked; open it again here");
    opendal::Error::new(opendal::ErrorKind::Unsupported, message)
}

extern "C" fn after_fork_in_child() {
    // The parent's runtime is leaked here: dropping it would join threads that do not exist. Its
    // connections belong to that runtime's tasks.
    RUNTIME.store(ptr::null_mut(), Ordering::Release);
    http::forget();
    credentials::forget();
    GENERATION.fetch_add(1, Ordering::AcqRel);
}

/// Makes a value the one of this process, unless another thread was first; gives the one that is.
pub fn publish<T>(place: &AtomicPtr<T>, value: T) -> &'static T {
    replace(place, ptr::null_mut(), value)
}

/// The same where an older value may be there, which is leaked: others may be using it.
pub fn replace<T>(place: &AtomicPtr<T>, old: *mut T, value: T) -> &'static T {
    let made = Box::into_raw(Box::new(value));
    match place.compare_exchange(old, made, Ordering::AcqRel, Ordering::Acquire) {
        // SAFETY: `made` is a live box that nobody frees from here on.
        Ok(_) => unsafe { &*made },
        Err(other) => {
            // SAFETY: another thread was first; `made` was never shared and is freed once, here.
            unsafe { drop(Box::from_raw(made)) };
            // SAFETY: what is published is a box that is never freed, and null comes back only in a
            // forked child, before it has a second thread.
            unsafe { &*other }
        }
    }
}
