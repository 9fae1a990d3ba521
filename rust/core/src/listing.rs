//! Listings: entries are fetched by the page, and what has come is handed out without waiting.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::{FutureExt, StreamExt};
use opendal::{Entry, Lister as CoreLister};
use parking_lot::Mutex;
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;

use crate::engine::{self, Awaitable, Busy, Call, Operation, Output};
use crate::error::Context;
use crate::runtime;

/// So many entries are taken at once at most, so that memory stays flat in a long listing.
const BATCH: usize = 1000;

/// A listing under way. Shared by the calls that go through it, in any thread.
pub struct Listing {
    context: Context,
    quick: bool,
    generation: u32,
    ready: Mutex<VecDeque<Entry>>,
    source: tokio::sync::Mutex<Source>,
}

struct Source {
    /// None at the end, and after an error.
    lister: Option<CoreLister>,
    /// An error that came after entries waits until those are handed out.
    failure: Option<opendal::Error>,
}

impl Listing {
    pub fn new(context: Context, quick: bool, lister: CoreLister) -> Arc<Self> {
        Arc::new(Self {
            context,
            quick,
            generation: runtime::generation(),
            ready: Mutex::default(),
            source: tokio::sync::Mutex::new(Source { lister: Some(lister), failure: None }),
        })
    }

    /// The next entry, if it has come already.
    fn next_ready(&self) -> Option<Entry> {
        self.ready.lock().pop_front()
    }

    fn next(self: &Arc<Self>) -> Call<impl Operation<Next> + use<>> {
        let listing = Arc::clone(self);
        let future = async move {
            if listing.generation != runtime::generation() {
                return Err(runtime::from_before_fork("the listing"));
            }
            loop {
                let entry = listing.next_ready();
                if entry.is_some() {
                    return Ok(Next { entry, listing });
                }
                let mut source = listing.source.lock().await;
                // Another call may have fetched meanwhile.
                if listing.ready.lock().is_empty() && !listing.fetch(&mut source).await? {
                    return Ok(Next { entry: None, listing: Arc::clone(&listing) });
                }
            }
        };
        Call { context: self.context.clone(), quick: self.quick, future }
    }

    /// Waits for one entry and takes along what came with it; false at the end. Entries go where
    /// they are kept at once, so a cancelled call loses none.
    async fn fetch(&self, source: &mut Source) -> opendal::Result<bool> {
        if let Some(failure) = source.failure.take() {
            return Err(failure);
        }
        let Some(lister) = &mut source.lister else { return Ok(false) };
        let mut next = lister.next().await;
        for taken in 0..BATCH {
            match next {
                Some(Ok(entry)) => self.ready.lock().push_back(entry),
                Some(Err(error)) => {
                    source.lister = None;
                    if taken == 0 {
                        return Err(error);
                    }
                    source.failure = Some(error);
                    break;
                }
                None => {
                    source.lister = None;
                    break;
                }
            }
            // The last round only keeps what it got: asking once more would drop an answer.
            if taken + 1 == BATCH {
                break;
            }
            match lister.next().now_or_never() {
                Some(more) => next = more,
                None => break,
            }
        }
        Ok(!self.ready.lock().is_empty())
    }
}

/// The next entry, or the end. Dropped before Python got it, it goes back.
struct Next {
    entry: Option<Entry>,
    listing: Arc<Listing>,
}

impl Drop for Next {
    fn drop(&mut self) {
        if let Some(entry) = self.entry.take() {
            self.listing.ready.lock().push_front(entry);
        }
    }
}

impl Output for Next {
    fn into_python(mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self.entry.take() {
            Some(entry) => entry.into_python(py),
            None => Err(PyStopAsyncIteration::new_err(())),
        }
    }
}

#[pyclass(frozen, weakref, module = "opendal.types")]
#[doc = crate::docstring!("types.Lister")]
pub struct Lister(pub Arc<Listing>);

#[pymethods]
impl Lister {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let mut next = self.0.next_ready();
        if next.is_none() {
            let _busy = Busy::with(&self.0)?;
            next = engine::wait(py, self.0.next())?.entry.take();
        }
        next.map(|entry| entry.into_python(py)).transpose()
    }

    fn __repr__(&self) -> String {
        format!("<Lister of {:?}>", self.0.context.path)
    }
}

#[pyclass(frozen, weakref, module = "opendal.types")]
#[doc = crate::docstring!("types.AsyncLister")]
pub struct AsyncLister(pub Arc<Listing>);

#[pymethods]
impl AsyncLister {
    fn __await__(slf: Py<Self>, py: Python<'_>) -> Awaitable {
        let context = slf.get().0.context.clone();
        Awaitable::ready(context, Ok(slf.clone_ref(py).into_any()))
    }

    fn __aiter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __anext__(&self, py: Python<'_>) -> PyResult<Awaitable> {
        let call = self.0.next();
        // What has come already is there at the first poll.
        let quick = call.quick || !self.0.ready.lock().is_empty();
        Awaitable::start(py, Call { quick, ..call })
    }

    fn __repr__(&self) -> String {
        format!("<AsyncLister of {:?}>", self.0.context.path)
    }
}
