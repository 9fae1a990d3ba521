//! Async calls: one native object that can be awaited, iterated and used as a coroutine.
//!
//! It starts when it is made in a running loop, else when it is first awaited. It waits by handing
//! an asyncio future to the task that awaits it; the bridge finishes that future.

use std::cell::Cell;
use std::future::poll_fn;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use pyo3::exceptions::{PyRuntimeWarning, PyStopIteration};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;
use pyo3::{PyTraverseError, PyVisit};
use tokio::task::AbortHandle;

use super::bridge::{self, Bridge, Channel, Ticket};
use super::wait::poll_once;
use super::{Call, Operation, Outcome, Output, Step, Then, boxed, warn};
use crate::ending;
use crate::error::{Context, Error};
use crate::runtime;

/// Where a runtime thread leaves the outcome, and whom it tells.
struct Slot {
    state: Mutex<SlotState>,
    /// The operation, until it is over. Held while it is polled: who has taken it out knows that it
    /// writes nowhere any more, be it to a buffer of the caller's.
    work: Mutex<Option<Then>>,
}

#[derive(Default)]
struct SlotState {
    outcome: Option<Outcome>,
    listener: Option<(Arc<Channel>, Ticket)>,
}

impl Slot {
    /// Drives the operation, and what of it needs nothing of Python's if nobody waits for it.
    fn poll(&self, task: &mut std::task::Context<'_>) -> Poll<()> {
        let mut work = self.work.lock();
        while let Some(future) = work.as_mut() {
            let Poll::Ready(mut outcome) = future.as_mut().poll(task) else { return Poll::Pending };
            // What the operation held is gone before anyone hears that it is over.
            *work = None;
            if let Ok(output) = outcome {
                let awaited = self.state.lock().listener.is_some();
                outcome = match if awaited { Err(output) } else { output.go_on() } {
                    Ok(rest) => {
                        *work = Some(rest);
                        continue;
                    }
                    Err(output) => Ok(output),
                };
            }
            self.complete(outcome);
        }
        Poll::Ready(())
    }

    fn complete(&self, outcome: Outcome) {
        let listener = {
            let mut state = self.state.lock();
            state.outcome = Some(outcome);
            state.listener.take()
        };
        if let Some((channel, ticket)) = listener {
            channel.finish(ticket);
        }
    }
}

/// A call that is with the runtime.
struct Running {
    slot: Arc<Slot>,
    task: AbortHandle,
    generation: u32,
}

impl Running {
    fn start(future: Then) -> PyResult<Self> {
        let runtime = runtime::get()?;
        let slot = Slot { state: Mutex::default(), work: Mutex::new(Some(future)) };
        let slot = Arc::new(slot);
        let polled = Arc::clone(&slot);
        let task = runtime.spawn(poll_fn(move |task| polled.poll(task)));
        Ok(Self { slot, task: task.abort_handle(), generation: runtime::generation() })
    }

    /// In a forked child, a call of the parent's is left alone: the threads that may hold its locks
    /// are not there.
    fn is_inherited(&self) -> bool {
        self.generation != runtime::generation()
    }

    fn is_done(&self) -> bool {
        !self.is_inherited() && self.slot.state.lock().outcome.is_some()
    }

    /// Gives it up, and says whether it was done already.
    fn cancel(self) -> bool {
        if self.is_inherited() {
            mem::forget(self);
            return false;
        }
        // Gone before the cancel is over, so that what was read and not handed over has gone back.
        let work = self.slot.work.lock().take();
        self.task.abort();
        let outcome = {
            let mut state = self.slot.state.lock();
            state.listener = None;
            state.outcome.take()
        };
        let done = outcome.is_some();
        // What they hold may want the runtime when it is let go of.
        let _entered = runtime::current().map(tokio::runtime::Runtime::enter);
        drop((work, outcome));
        done
    }
}

enum State {
    /// Made outside a running loop: starts at the first await.
    Lazy(Then),
    Running(Running),
    Ready(PyResult<Py<PyAny>>),
    /// Ready too, but nobody has taken it: dropped like this, the output may go back.
    Kept(Outcome),
    Taken,
}

#[pyclass(frozen, weakref, module = "opendal.operator")]
#[doc = crate::docstring!("operator.Awaitable")]
pub struct Awaitable {
    context: Context,
    state: Mutex<State>,
    waiting: Mutex<Option<(Py<Bridge>, Ticket)>>,
    /// What the awaiting code gets in place of the operation's own result.
    instead: Option<Py<PyAny>>,
    /// Whether the loop gets a turn before the result is taken.
    pauses: AtomicBool,
}

/// So long may results that are there already follow each other before the loop gets a turn: a walk
/// through a listing or the lines of a file may find a million of them.
pub const TURN: Duration = Duration::from_millis(5);

thread_local! {
    static LAST_TURN: Cell<Option<Instant>> = const { Cell::new(None) };
}

fn is_pause_due() -> bool {
    let now = Instant::now();
    let due = LAST_TURN.get().is_some_and(|last| now - last >= TURN);
    if due || LAST_TURN.get().is_none() {
        LAST_TURN.set(Some(now));
    }
    due
}

impl Awaitable {
    /// Starts the call, if a loop runs in this thread.
    pub fn start<T: Output, F: Operation<T>>(py: Python<'_>, call: Call<F>) -> PyResult<Self> {
        Self::start_for(py, call, None)
    }

    /// As `start`; the awaiting code gets `instead`.
    pub fn start_for<T: Output, F: Operation<T>>(
        py: Python<'_>,
        call: Call<F>,
        instead: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let Call { context, quick, future } = call;
        let running = bridge::running_loop(py)?;
        let mut future = boxed(future);
        if running.is_some() {
            context.base.called(py, running.as_ref())?;
        }
        let state = if running.is_none() {
            State::Lazy(future)
        } else if quick && let Poll::Ready(outcome) = poll_once(future.as_mut()) {
            State::Kept(outcome)
        } else {
            State::Running(Running::start(future)?)
        };
        let pauses = matches!(state, State::Kept(_)) && is_pause_due();
        Ok(Self::new(context, state, instead, pauses))
    }

    /// An awaitable that already has its result.
    pub fn ready(context: Context, result: PyResult<Py<PyAny>>) -> Self {
        Self::new(context, State::Ready(result), None, false)
    }

    /// An awaitable whose output is there. Dropped before it is awaited, the output may go back.
    pub fn kept(context: Context, output: impl Output) -> Self {
        Self::new(context, State::Kept(Ok(Box::new(output))), None, is_pause_due())
    }

    fn new(context: Context, state: State, instead: Option<Py<PyAny>>, pauses: bool) -> Self {
        let (state, waiting) = (Mutex::new(state), Mutex::new(None));
        Self { context, state, waiting, instead, pauses: AtomicBool::new(pauses) }
    }

    /// Gives the task what it waits for, or ends with the result.
    fn step<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        loop {
            if self.pauses.swap(false, Ordering::Relaxed) {
                // A task that is given nothing to wait for goes on at the loop's next turn.
                return Ok(py.None().into_bound(py));
            }
            if let Some(waited_for) = self.look(py)? {
                return Ok(waited_for);
            }
        }
    }

    /// What the task is to wait for; none if there is more to look at.
    fn look<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let slot = {
            let mut state = self.state.lock();
            if matches!(&*state, State::Lazy(_)) {
                let lazy = mem::replace(&mut *state, State::Taken);
                // A provider is looked after here, by Python code that may ask for this very call.
                drop(state);
                self.context.base.called(py, bridge::running_loop(py)?.as_ref())?;
                let started = match lazy {
                    State::Lazy(future) => State::Running(Running::start(future)?),
                    other => other,
                };
                state = self.state.lock();
                *state = started;
            }
            match &*state {
                State::Running(running) if running.is_inherited() => {
                    let error = runtime::from_before_fork("this call");
                    return Err(Error::from_call(&error, &self.context).into());
                }
                State::Running(running) => Arc::clone(&running.slot),
                _ => match mem::replace(&mut *state, State::Taken) {
                    State::Ready(result) => {
                        drop(state);
                        return Err(self.stop(py, result));
                    }
                    State::Kept(outcome) => {
                        drop(state);
                        return self.finish(py, outcome).map(|()| None);
                    }
                    _ => {
                        return Err(self.misused("this call was already awaited or closed"));
                    }
                },
            }
        };
        let outcome = slot.state.lock().outcome.take();
        if let Some(outcome) = outcome {
            return self.finish(py, outcome).map(|()| None);
        }
        if slot.state.lock().listener.is_some() {
            return Err(self.misused("this call is already being awaited"));
        }
        let (bridge, future) = bridge::waiter(py)?;
        let ticket = bridge.get().expect(future.clone().unbind());
        // The outcome may have come since it was looked for, with nobody to tell.
        let outcome = {
            let mut state = slot.state.lock();
            if state.outcome.is_none() {
                state.listener = Some((Arc::clone(&bridge.get().channel), ticket));
            }
            state.outcome.take()
        };
        if let Some(outcome) = outcome {
            drop(bridge.get().forget(ticket));
            return self.finish(py, outcome).map(|()| None);
        }
        let before = self.waiting.lock().replace((bridge, ticket));
        drop(before);
        // What an asyncio task wants to see on a future that was yielded by `await`.
        future.setattr(intern!(py, "_asyncio_future_blocking"), true)?;
        Ok(Some(future))
    }

    fn misused(&self, message: &str) -> PyErr {
        Error::state(message).within(&self.context).into()
    }

    /// Ends with the result, or begins what is still to be done.
    fn finish(&self, py: Python<'_>, outcome: Outcome) -> PyResult<()> {
        let before = mem::replace(&mut *self.state.lock(), State::Taken);
        let waited = self.waiting.lock().take();
        drop((before, waited));
        let step = match outcome {
            Ok(output) => output.step(py),
            Err(error) => Err(Error::from_call(&error, &self.context).into()),
        };
        let result = match step {
            Ok(Step::More(rest)) => {
                *self.state.lock() = State::Running(Running::start(rest)?);
                self.pauses.store(is_pause_due(), Ordering::Relaxed);
                return Ok(());
            }
            Ok(Step::Later(rest)) => {
                *self.state.lock() = State::Kept(Ok(rest));
                self.pauses.store(true, Ordering::Relaxed);
                return Ok(());
            }
            Ok(Step::Done(value)) => Ok(value),
            Err(error) => Err(error),
        };
        Err(self.stop(py, result))
    }

    /// A result leaves an iterator as the value of a `StopIteration`.
    fn stop(&self, py: Python<'_>, result: PyResult<Py<PyAny>>) -> PyErr {
        let value = match (result, &self.instead) {
            (Ok(_), Some(instead)) => instead.clone_ref(py),
            (Ok(value), None) => value,
            (Err(error), _) => return error,
        };
        // Made here, with the value as its one argument: made lazily, a tuple would be unpacked.
        match py.get_type::<PyStopIteration>().call1((value,)) {
            Ok(stop) => PyErr::from_value(stop),
            Err(error) => error,
        }
    }

    /// Stops the operation, wherever it is. Says what became of it if nobody had begun to await it.
    fn cancel(&self) -> Option<&'static str> {
        ending::stand_still_at_the_end();
        let state = mem::replace(&mut *self.state.lock(), State::Taken);
        let waiting = self.waiting.lock().take();
        let awaited = waiting.is_some();
        let became = match state {
            State::Taken => None,
            State::Lazy(_) => Some("and never ran"),
            State::Running(running) => {
                Some(if running.cancel() { "though it has run" } else { "and was cancelled" })
            }
            State::Ready(_) | State::Kept(_) => Some("though it has run"),
        };
        if let Some((bridge, ticket)) = waiting {
            drop(bridge.get().forget(ticket));
        }
        became.filter(|_| !awaited)
    }
}

#[pymethods]
impl Awaitable {
    /// A task whose loop was closed waits for ever, in a circle: it awaits the call, whose future is
    /// with the loop's bridge and has the task to wake.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // At the end it may wait on: collected then, the task would complain.
        if !ending::is_here()
            && let Some(waiting) = self.waiting.try_lock()
            && let Some((bridge, _)) = &*waiting
        {
            visit.call(bridge)?;
        }
        Ok(())
    }

    fn __clear__(&self) {
        self.cancel();
    }

    fn __await__(slf: Py<Self>) -> Awaiting {
        Awaiting(slf)
    }

    /// No `__iter__`: whoever forgets `await` must not get an iterable.
    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.step(py)
    }

    fn __bool__(&self) -> PyResult<bool> {
        let message =
            "a call that was not awaited is neither true nor false; did you forget await?";
        Err(Error::argument(message).within(&self.context).into())
    }

    #[doc = crate::docstring!("operator.Awaitable.send")]
    fn send<'py>(&self, py: Python<'py>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let _ = value;
        self.step(py)
    }

    #[doc = crate::docstring!("operator.Awaitable.throw")]
    #[pyo3(signature = (typ, value = None, traceback = None))]
    fn throw(
        &self,
        typ: Bound<'_, PyAny>,
        value: Option<Bound<'_, PyAny>>,
        traceback: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let _ = traceback;
        self.cancel();
        let exception = match (typ.is_instance_of::<PyType>(), value) {
            (false, _) => typ,
            (true, None) => typ.call0()?,
            (true, Some(value)) if value.is_instance(&typ)? => value,
            (true, Some(value)) => typ.call1((value,))?,
        };
        Err(PyErr::from_value(exception))
    }

    #[doc = crate::docstring!("operator.Awaitable.close")]
    fn close(&self) {
        self.cancel();
    }

    #[getter]
    fn __name__(&self) -> &'static str {
        self.context.operation
    }

    #[getter]
    fn __qualname__(&self) -> String {
        format!("AsyncOperator.{}", self.context.operation)
    }

    fn __repr__(&self) -> String {
        let state = match &*self.state.lock() {
            State::Lazy(_) => "not started",
            State::Running(running) if running.is_done() => "done",
            State::Running(_) => "running",
            State::Ready(_) | State::Kept(_) => "done",
            State::Taken => "awaited",
        };
        let Context { operation, path, .. } = &self.context;
        format!("<opendal {operation} {path:?}, {state}>")
    }
}

/// What `await` iterates: as every iterator it is iterable, which the call itself must not be.
#[pyclass(frozen, module = "opendal._core.operator")]
pub struct Awaiting(Py<Awaitable>);

impl Awaiting {
    pub fn on(py: Python<'_>, call: Awaitable) -> PyResult<Self> {
        Py::new(py, call).map(Self)
    }
}

#[pymethods]
impl Awaiting {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.get().step(py)
    }

    fn send<'py>(&self, py: Python<'py>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.0.get().send(py, value)
    }

    #[pyo3(signature = (typ, value = None, traceback = None))]
    fn throw(
        &self,
        typ: Bound<'_, PyAny>,
        value: Option<Bound<'_, PyAny>>,
        traceback: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        self.0.get().throw(typ, value, traceback)
    }

    fn close(&self) {
        self.0.get().close();
    }
}

impl Drop for Awaitable {
    fn drop(&mut self) {
        if let Some(became) = self.cancel() {
            let Context { operation, path, .. } = &self.context;
            let message = format!("{operation} {path:?} was never awaited, {became}");
            warn::<PyRuntimeWarning>(message);
        }
    }
}
