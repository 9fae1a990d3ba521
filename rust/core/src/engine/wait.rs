//! Sync calls: the future is polled on the thread that called, with the GIL released.
//!
//! Nothing is handed to another thread and back, which is what makes small calls quick. Where the
//! future must wait, the thread parks in slices short enough that Ctrl-C is answered at once.

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use super::{Call, Operation, guarded};
use crate::ending;
use crate::error::Error;
use crate::runtime;

/// Between two looks for signals. Python promises no time; people notice a tenth of a second.
const SLICE: Duration = Duration::from_millis(50);

/// Runs a call to its end on this thread.
///
/// # Errors
///
/// The operation's error; what a signal handler raised (the operation is then dropped).
pub fn wait<T: Send, F: Operation<T>>(py: Python<'_>, call: Call<F>) -> PyResult<T> {
    wait_watching(py, call, Watch { hurry: &|| false, look: &mut |_| Ok(()) })
}

/// Who looks how far a call is, now and then.
pub struct Watch<'a> {
    /// Whether there is something to look at now.
    pub hurry: &'a (dyn Fn() -> bool + Sync),
    /// An error ends the call.
    pub look: &'a mut dyn FnMut(Python<'_>) -> PyResult<()>,
}

/// As [`wait`], watched.
pub fn wait_watching<T: Send, F: Operation<T>>(
    py: Python<'_>,
    call: Call<F>,
    watch: Watch<'_>,
) -> PyResult<T> {
    let Call { context, quick, future } = call;
    context.base.called(py, None)?;
    let mut future = pin!(guarded(future));
    let first = if quick {
        poll_once(future.as_mut())
    } else {
        let runtime = runtime::get()?;
        py.detach(|| {
            let _entered = runtime.enter();
            let _here = opendal_fs::Inline::new();
            poll_once(future.as_mut())
        })
    };
    let result = match first {
        Poll::Ready(result) => result,
        Poll::Pending => park(py, future, watch)?,
    };
    result.map_err(|e| Error::from_call(&e, &context).into())
}

pub(super) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

thread_local! {
    /// What sync calls of this thread are waiting in, by address.
    static BUSY: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Marks an object as in use by a sync call of this thread. A signal handler that runs while the
/// call waits, and uses the same object, would wait for the call that it interrupts.
pub struct Busy;

impl Busy {
    pub fn with<T>(object: &Arc<T>) -> Result<Self, Error> {
        ending::stand_still_at_the_end();
        let address = Arc::as_ptr(object).addr();
        BUSY.with_borrow_mut(|busy| {
            if busy.contains(&address) {
                let message = "reentrant call: a signal handler used what the main thread is using";
                return Err(Error::state(message));
            }
            busy.push(address);
            Ok(Self)
        })
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        BUSY.with_borrow_mut(Vec::pop);
    }
}

/// Wakes the parked thread; `called` tells a real wake-up from the end of a slice.
struct Parked {
    thread: Thread,
    called: AtomicBool,
}

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.called.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

#[cold]
fn park<F>(py: Python<'_>, mut future: Pin<&mut F>, watch: Watch<'_>) -> PyResult<F::Output>
where
    F: Future<Output: Send> + Send,
{
    let runtime = runtime::get()?;
    // The first poll had no waker of ours, so it is polled again at once.
    let Watch { hurry, look } = watch;
    let mut hurried = false;
    let parked = Arc::new(Parked { thread: thread::current(), called: AtomicBool::new(true) });
    let waker = Waker::from(Arc::clone(&parked));
    loop {
        let done = py.detach(|| {
            let _entered = runtime.enter();
            let _here = opendal_fs::Inline::new();
            let mut task = Context::from_waker(&waker);
            let end = Instant::now() + SLICE;
            loop {
                if parked.called.swap(false, Ordering::AcqRel)
                    && let Poll::Ready(result) = future.as_mut().poll(&mut task)
                {
                    return Some(result);
                }
                let now = Instant::now();
                if now >= end || (!hurried && hurry()) {
                    return None;
                }
                if !parked.called.load(Ordering::Acquire) {
                    thread::park_timeout(end - now);
                }
            }
        });
        if let Some(result) = done {
            return Ok(result);
        }
        py.check_signals()?;
        // Once is enough: what is hurried is over then.
        hurried |= hurry();
        look(py)?;
    }
}
