//! From runtime threads to an event loop: many completions, one wake-up.
//!
//! A runtime thread pushes the number of a waiter and, if the queue was empty, wakes the loop's
//! descriptor. The loop's own thread then drains the queue and finishes the futures. So nothing
//! that runs on the runtime takes the GIL, calls a loop that is closed, or dies at exit.

use std::cell::RefCell;
use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyModule, PyWeakrefMethods, PyWeakrefReference};
use pyo3::{PyTraverseError, PyVisit};

use super::wakeup::Wakeup;
use crate::ending;
use crate::error::Error;

/// What runtime threads see of a loop.
pub struct Channel {
    wakeup: Wakeup,
    done: Mutex<Vec<Ticket>>,
}

impl Channel {
    pub fn finish(&self, ticket: Ticket) {
        let first = {
            let mut done = self.done.lock();
            done.push(ticket);
            done.len() == 1
        };
        if first {
            self.wakeup.wake();
        }
    }
}

/// Names one waiter of one loop. A place is used again, so the number of its use belongs to it: a
/// completion that is still queued for a cancelled waiter must not wake the next one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    place: usize,
    usage: u64,
}

/// What the loop's thread sees: its own futures, by place.
#[derive(Default)]
struct Waiters {
    places: Vec<(u64, Option<Py<PyAny>>)>,
    free: Vec<usize>,
}

impl Waiters {
    fn add(&mut self, waiter: Py<PyAny>) -> Ticket {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push((0, None));
            self.places.len() - 1
        });
        self.places[place].1 = Some(waiter);
        Ticket { place, usage: self.places[place].0 }
    }

    fn take(&mut self, ticket: Ticket) -> Option<Py<PyAny>> {
        let (usage, waiter) = self.places.get_mut(ticket.place)?;
        if *usage != ticket.usage {
            return None;
        }
        let waiter = waiter.take()?;
        *usage += 1;
        self.free.push(ticket.place);
        Some(waiter)
    }
}

/// One loop's side of the bridge; the loop calls it when the descriptor is readable.
#[pyclass(frozen, weakref, module = "opendal._core.operator")]
pub struct Bridge {
    pub channel: Arc<Channel>,
    waiters: Mutex<Waiters>,
}

#[pymethods]
impl Bridge {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Locked only while another thread adds or takes: then this is no time to collect it.
        if let Some(waiters) = self.waiters.try_lock() {
            for (_, waiter) in &waiters.places {
                visit.call(waiter)?;
            }
        }
        Ok(())
    }

    fn __clear__(&self) {
        // What they lead to may come back here while it is let go of, so the lock is given up first.
        let waiters = std::mem::take(&mut *self.waiters.lock());
        drop(waiters);
    }

    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        self.channel.wakeup.clear();
        let done = std::mem::take(&mut *self.channel.done.lock());
        let nothing = py.None();
        for ticket in done {
            let Some(waiter) = self.forget(ticket) else { continue };
            let waiter = waiter.bind(py);
            // A future that was cancelled meanwhile is done, and may not be set again.
            if !waiter.call_method0(intern!(py, "done"))?.is_truthy()? {
                waiter.call_method1(intern!(py, "set_result"), (&nothing,))?;
            }
        }
        Ok(())
    }
}

impl Bridge {
    pub fn expect(&self, waiter: Py<PyAny>) -> Ticket {
        self.waiters.lock().add(waiter)
    }

    /// The caller drops what it gets outside the lock, since dropping may run Python code.
    pub fn forget(&self, ticket: Ticket) -> Option<Py<PyAny>> {
        self.waiters.lock().take(ticket)
    }
}

/// The running loop of this thread, or none. Cheap: one call of a C function.
pub fn running_loop(py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
    static GET: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    ending::stand_still_at_the_end();
    let get = GET.get_or_try_init(py, || {
        PyModule::import(py, "asyncio")?.getattr("_get_running_loop").map(Bound::unbind)
    })?;
    let running = get.bind(py).call0()?;
    Ok((!running.is_none()).then_some(running))
}

/// The bridge of the running loop, and a new future of that loop to wait for.
pub fn waiter(py: Python<'_>) -> PyResult<(Py<Bridge>, Bound<'_, PyAny>)> {
    let running = running_loop(py)?.ok_or_else(|| {
        Error::state(
            "no asyncio event loop is running in this thread; opendal's async calls need asyncio \
             or uvloop, also below anyio, and do not support trio",
        )
    })?;
    let bridge = of(py, &running)?;
    let future = running.call_method0(intern!(py, "create_future"))?;
    Ok((bridge, future))
}

/// The last loop of a thread and its bridge: most threads only ever run one. Weak references, both:
/// a bridge holds futures, and these their loop, which must go when it is closed.
struct Last {
    address: usize,
    running: Py<PyWeakrefReference>,
    bridge: Py<PyWeakrefReference>,
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

fn of(py: Python<'_>, running: &Bound<'_, PyAny>) -> PyResult<Py<Bridge>> {
    let address = running.as_ptr().addr();
    let known = LAST.with_borrow(|last| {
        let last = last.as_ref().filter(|last| last.address == address)?;
        // An address is used again once its loop is gone; the weak reference knows.
        let alive = last.running.bind(py).upgrade()?;
        alive.is(running).then(|| last.bridge.clone_ref(py))
    });
    if let Some(bridge) = known
        && let Some(bridge) = bridge.bind(py).upgrade()
    {
        return Ok(bridge.cast_into::<Bridge>()?.unbind());
    }
    let bridge = find_or_make(py, running)?;
    let last = Last {
        address,
        running: PyWeakrefReference::new(running)?.unbind(),
        bridge: PyWeakrefReference::new(bridge.bind(py).as_any())?.unbind(),
    };
    drop(LAST.replace(Some(last)));
    Ok(bridge)
}

fn find_or_make(py: Python<'_>, running: &Bound<'_, PyAny>) -> PyResult<Py<Bridge>> {
    static BRIDGES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let bridges = BRIDGES
        .get_or_try_init(py, || {
            let weakref = PyModule::import(py, "weakref")?;
            weakref.getattr("WeakKeyDictionary")?.call0().map(Bound::unbind)
        })?
        .bind(py);
    if let Ok(found) = bridges.get_item(running)
        && let Some(bridge) = found.cast_into::<PyWeakrefReference>()?.upgrade()
    {
        return Ok(bridge.cast_into::<Bridge>()?.unbind());
    }
    let channel = Arc::new(Channel { wakeup: Wakeup::new()?, done: Mutex::default() });
    let watched = channel.wakeup.watched();
    let bridge = Py::new(py, Bridge { channel, waiters: Mutex::default() })?;
    running.call_method1("add_reader", (watched, &bridge))?;
    // The loop itself keeps the bridge, as the reader of that descriptor.
    bridges.set_item(running, PyWeakrefReference::new(bridge.bind(py).as_any())?)?;
    Ok(bridge)
}
