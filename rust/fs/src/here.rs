//! Where the system calls of an operation run: on the thread that polls, or on a thread that may
//! block.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use opendal::{Error, ErrorKind, Result};

thread_local! {
    static HERE: Cell<bool> = const { Cell::new(false) };
}

/// As long as it lives, operations that this thread polls make their system calls at once.
///
/// A sync caller sets it around its polls, and only there: a thread that serves an event loop
/// must not block.
#[derive(Debug)]
#[must_use = "the calls run here only as long as the guard lives"]
pub struct Inline {
    before: bool,
    /// It speaks of one thread, so it must not move to another.
    not_send: PhantomData<*const ()>,
}

impl Inline {
    pub fn new() -> Self {
        Self { before: HERE.replace(true), not_send: PhantomData }
    }
}

impl Default for Inline {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Inline {
    fn drop(&mut self) {
        HERE.set(self.before);
    }
}

/// Runs `f`, and what it polls makes its system calls at once, on this thread.
pub fn inline<T>(f: impl FnOnce() -> T) -> T {
    let _here = Inline::new();
    f()
}

/// Whether system calls may run on this thread now.
pub fn is_inline() -> bool {
    HERE.get()
}

/// Tells work on the blocking pool that nobody waits for it any more.
#[derive(Clone, Default)]
pub(crate) struct Asked(Option<Arc<AtomicBool>>);

impl Asked {
    /// Asked before a result is published: a cancelled operation leaves nothing behind.
    pub(crate) fn still(&self) -> Result<()> {
        match &self.0 {
            Some(given_up) if given_up.load(Ordering::Acquire) => {
                Err(Error::new(ErrorKind::Unexpected, "the operation was cancelled"))
            }
            _ => Ok(()),
        }
    }
}

/// Sets the flag when the future that waits is dropped.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Runs `f` on the blocking pool, in one hop.
pub(crate) async fn hop<T: Send + 'static>(
    f: impl FnOnce(&Asked) -> Result<T> + Send + 'static,
) -> Result<T> {
    // Whoever polls without a tokio runtime has no pool that could take the work.
    if tokio::runtime::Handle::try_current().is_err() {
        return f(&Asked::default());
    }
    let waiting = Waiting(Arc::new(AtomicBool::new(false)));
    let asked = Asked(Some(waiting.0.clone()));
    let joined = tokio::task::spawn_blocking(move || f(&asked)).await;
    drop(waiting);
    joined.unwrap_or_else(|error| {
        Err(Error::new(ErrorKind::Unexpected, "the blocking task did not end").set_source(error))
    })
}

/// Runs `f` at once where that is allowed, else in one hop.
pub(crate) async fn run<T: Send + 'static>(
    here: bool,
    f: impl FnOnce(&Asked) -> Result<T> + Send + 'static,
) -> Result<T> {
    if here { f(&Asked::default()) } else { hop(f).await }
}

/// How long a thread works at a stretch on what has many small steps.
#[derive(Debug)]
pub(crate) struct Stint {
    since: Instant,
    steps: usize,
}

impl Stint {
    /// People notice a tenth of a second.
    const TIME: Duration = Duration::from_millis(10);
    /// What is small is done without a pause, also on a busy machine.
    const STEPS: usize = 64;

    /// Counts steps that were done. Once it says that it is time to pause, the next one begins.
    pub(crate) fn is_over(&mut self, steps: usize) -> bool {
        self.steps += steps;
        let over = self.steps >= Self::STEPS && self.since.elapsed() >= Self::TIME;
        if over {
            *self = Self::default();
        }
        over
    }
}

impl Default for Stint {
    fn default() -> Self {
        Self { since: Instant::now(), steps: 0 }
    }
}
