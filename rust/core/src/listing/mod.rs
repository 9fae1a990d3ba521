//! Listings: entries are fetched by the page, and what has come is handed out without waiting.

mod arrow;
mod entries;
mod lister;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::sync::Arc;
use std::task::Poll;

use futures::FutureExt;
use futures::future::BoxFuture;
use opendal::ErrorKind;
use opendal::options as core;
use opendal::raw::{OpList, ServiceDyn, oio};
use opendal_rules::pause::pause;
use parking_lot::Mutex;
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;

use crate::base::{Distance, Handle};
use crate::engine::{self, Call, Operation, Output};
use crate::error::{Context, Error};
use crate::options::List;
use crate::runtime;
use crate::types::Listed;

pub use entries::Entries;
pub use lister::{AsyncLister, Lister};

/// So many entries are taken at once at most, so that memory stays flat in a long listing. Pages
/// that were asked to be smaller are not asked for ahead either.
const BATCH: usize = 1000;

type Ready = Arc<Mutex<VecDeque<Listed>>>;

/// A listing under way. Shared by the calls that go through it, in any thread.
pub struct Listing {
    context: Context,
    quick: bool,
    /// Whether entries have more than a name and a kind.
    stat: bool,
    generation: u32,
    ready: Ready,
    source: tokio::sync::Mutex<Source>,
}

struct Source {
    /// Puts entries where they are ready. None at the end, and after an error.
    pump: Option<BoxFuture<'static, opendal::Result<()>>>,
    /// An error that came after entries waits until those are handed out.
    failure: Option<opendal::Error>,
}

impl Listing {
    /// Nothing is sent yet: the first page is fetched when it is asked for.
    pub fn new(handle: &Handle, context: Context, list: List) -> PyResult<Arc<Self>> {
        let stat = list.stat.unwrap_or(true);
        let most = list.max_items.map_or(u64::MAX, |most| most.0);
        let options = list.into_core(&handle.capability).map_err(|e| e.within(&context))?;
        let ready = Ready::default();
        let pump = if most == 0 {
            None
        } else {
            let batch = options.limit.unwrap_or(BATCH).min(BATCH);
            let lister = lister(handle, &context, stat, options)?;
            Some(Pump { lister, stat, most, batch, ready: Arc::clone(&ready) }.run().boxed())
        };
        Ok(Arc::new(Self {
            context,
            quick: handle.quick(),
            stat,
            generation: runtime::generation(),
            ready,
            source: tokio::sync::Mutex::new(Source { pump, failure: None }),
        }))
    }

    fn call<F>(&self, future: F) -> Call<F> {
        Call { context: self.context.clone(), quick: self.quick, future }
    }

    /// The next entry, if it has come already.
    fn next_ready(&self) -> Option<Listed> {
        self.ready.lock().pop_front()
    }

    fn next(self: &Arc<Self>) -> Call<impl Operation<Next> + use<>> {
        let listing = Arc::clone(self);
        self.call(async move {
            loop {
                let entry = listing.next_ready();
                if entry.is_some() || !listing.fetch().await? {
                    return Ok(Next { entry, listing });
                }
            }
        })
    }

    /// All entries that have come, or else the next ones that come; none at the end.
    fn page(self: &Arc<Self>) -> Call<impl Operation<Vec<Listed>> + use<>> {
        let listing = Arc::clone(self);
        self.call(async move {
            loop {
                let page = listing.take();
                if !page.is_empty() || !listing.fetch().await? {
                    return Ok(page);
                }
            }
        })
    }

    /// Waits for all entries that are left, and leaves them where they are ready.
    fn rest(self: &Arc<Self>) -> Call<impl Operation<Rest> + use<>> {
        let listing = Arc::clone(self);
        // A hundred thousand entries are not quick, be they of memory.
        let context = self.context.clone();
        let future = async move {
            let mut source = listing.lock().await?;
            if let Some(pump) = &mut source.pump {
                let outcome = pump.await;
                source.pump = None;
                source.failure = outcome.err();
            }
            if let Some(failure) = source.failure.take() {
                // What came must not pass for all there is.
                listing.ready.lock().clear();
                return Err(failure);
            }
            drop(source);
            Ok(Rest(listing))
        };
        Call { context, quick: false, future }
    }

    fn take(&self) -> Vec<Listed> {
        mem::take(&mut *self.ready.lock()).into()
    }

    async fn lock(&self) -> opendal::Result<tokio::sync::MutexGuard<'_, Source>> {
        if self.generation != runtime::generation() {
            return Err(runtime::from_before_fork("the listing"));
        }
        Ok(self.source.lock().await)
    }

    /// Waits until entries are ready; false at the end. They are kept where all calls find them,
    /// and so is the pump, so a cancelled call loses nothing.
    async fn fetch(&self) -> opendal::Result<bool> {
        let mut source = self.lock().await?;
        // Another call may have fetched meanwhile.
        if !self.ready.lock().is_empty() {
            return Ok(true);
        }
        if let Some(pump) = &mut source.pump {
            let outcome = poll_fn(|context| match pump.poll_unpin(context) {
                Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                Poll::Pending if self.ready.lock().is_empty() => Poll::Pending,
                Poll::Pending => Poll::Ready(None),
            });
            if let Some(outcome) = outcome.await {
                source.pump = None;
                source.failure = outcome.err();
            }
        }
        if !self.ready.lock().is_empty() {
            return Ok(true);
        }
        source.failure.take().map_or(Ok(false), Err)
    }
}

/// What the service lists with. Straight from the service: the core's own lister would alter paths
/// with white space at their ends, and boxes each entry's future once more. Its layers box it four
/// times, to add what our own services do not lack: recursion, prefixes and the kind of each entry.
fn lister(
    handle: &Handle,
    context: &Context,
    stat: bool,
    options: core::ListOptions,
) -> PyResult<oio::Lister> {
    let bare = handle.distance() != Distance::Network && handle.layers.is_empty();
    let operator = Arc::clone(&handle.operator);
    let path = Arc::clone(&context.path);
    let made = engine::guarded(async move {
        let _names = (!stat).then(opendal_fs::NamesOnly::new);
        let service = if bare { operator.base_service() } else { operator.service() };
        service.list_dyn(operator.context(), &path, OpList::from(options))
    });
    // It is async for the guard alone: making a lister sends nothing and waits for nothing.
    made.now_or_never()
        .unwrap_or_else(|| Err(opendal::Error::new(ErrorKind::Unexpected, "listing had to wait")))
        .map_err(|e| Error::from_call(&e, context).into())
}

/// Takes entries from the service, and makes them ready by the page.
struct Pump {
    lister: oio::Lister,
    stat: bool,
    most: u64,
    batch: usize,
    ready: Ready,
}

impl Pump {
    async fn run(mut self) -> opendal::Result<()> {
        let mut page = Vec::new();
        for _ in 0..self.most {
            let next = {
                let mut next = self.lister.next_dyn();
                poll_fn(|context| {
                    let next = next.poll_unpin(context);
                    // Who waits need not wait for what the service has not given yet.
                    if next.is_pending() {
                        self.ready.lock().extend(page.drain(..));
                    }
                    next
                })
                .await
            };
            match next {
                Ok(Some(entry)) => page.push(Listed { entry, stat: self.stat }),
                end => {
                    self.ready.lock().extend(page);
                    return end.map(drop);
                }
            }
            if page.len() == self.batch {
                self.ready.lock().extend(page.drain(..));
                pause().await;
            }
        }
        self.ready.lock().extend(page);
        Ok(())
    }
}

/// The next entry, or the end. Dropped before Python got it, it goes back.
struct Next {
    entry: Option<Listed>,
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

/// All entries that were left. They stay with the listing until Python takes them.
struct Rest(Arc<Listing>);

impl Output for Rest {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let Listing { stat, .. } = *self.0;
        Ok(Py::new(py, Entries::new(self.0.take(), stat))?.into_any())
    }
}
