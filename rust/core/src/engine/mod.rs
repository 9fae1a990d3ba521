//! How an operation is driven to its end: by the caller's own thread, or for an event loop.
//!
//! A [`Call`] is the same for both. `wait` polls it where the caller stands; `awaitable` hands it
//! to the runtime and wakes the loop when it is done. Runtime threads never touch Python.

mod awaitable;
mod bridge;
mod wait;
mod wakeup;

use std::ffi::CStr;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures::{FutureExt, TryFutureExt};
use pyo3::PyTypeInfo;
use pyo3::prelude::*;

pub use awaitable::{Awaitable, Awaiting, TURN};
pub use bridge::running_loop;
pub use wait::{Busy, Watch, wait, wait_watching};
pub use wakeup::Wakeup;

use crate::ending;
use crate::error::Context;

/// An operation that is ready to run.
pub struct Call<F> {
    pub context: Context,
    /// The first poll neither blocks nor needs the runtime: the service is memory, without layers.
    pub quick: bool,
    pub future: F,
}

/// What an operation gives, as Rust has it. Turned into Python's on the caller's thread.
pub trait Output: Send + 'static {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>>;

    /// The same, for an operation that needs an object of Python's in the middle of its work.
    fn step(self, py: Python<'_>) -> PyResult<Step>
    where
        Self: Sized,
    {
        self.into_python(py).map(Step::Done)
    }

    /// What is still to be done and needs nothing of Python's, if nobody waits for the output: what
    /// is not awaited must not keep a connection.
    fn go_on(self) -> Result<Then, Self>
    where
        Self: Sized,
    {
        Err(self)
    }
}

/// How far an operation has come.
pub enum Step {
    Done(Py<PyAny>),
    More(Then),
    /// The rest is Python's to make, and the loop is to have its turn before.
    Later(Box<dyn AnyOutput>),
}

/// An output whose type nobody needs to know.
pub type Outcome = opendal::Result<Box<dyn AnyOutput>>;
/// The rest of an operation.
pub type Then = Pin<Box<dyn Future<Output = Outcome> + Send>>;

pub trait AnyOutput: Send + 'static {
    fn into_python(self: Box<Self>, py: Python<'_>) -> PyResult<Py<PyAny>>;
    fn step(self: Box<Self>, py: Python<'_>) -> PyResult<Step>;
    fn go_on(self: Box<Self>) -> Result<Then, Box<dyn AnyOutput>>;
}

impl<T: Output> AnyOutput for T {
    fn into_python(self: Box<Self>, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Output::into_python(*self, py)
    }

    fn step(self: Box<Self>, py: Python<'_>) -> PyResult<Step> {
        Output::step(*self, py)
    }

    fn go_on(self: Box<Self>) -> Result<Then, Box<dyn AnyOutput>> {
        Output::go_on(*self).map_err(|same| Box::new(same) as Box<dyn AnyOutput>)
    }
}

impl Output for Box<dyn AnyOutput> {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        AnyOutput::into_python(self, py)
    }

    fn step(self, py: Python<'_>) -> PyResult<Step> {
        AnyOutput::step(self, py)
    }
}

/// The future of an operation whose output nobody needs to know.
pub fn boxed<T: Output>(future: impl Operation<T>) -> Then {
    Box::pin(guarded(future).map_ok(|output| Box::new(output) as Box<dyn AnyOutput>))
}

/// The future of a call, owning all it needs.
pub trait Operation<T>: Future<Output = opendal::Result<T>> + Send + 'static {}
impl<T, F: Future<Output = opendal::Result<T>> + Send + 'static> Operation<T> for F {}

/// Warns while an object is collected.
pub fn warn<Category: PyTypeInfo>(mut message: String) {
    ending::stand_still_at_the_end();
    message.push('\0');
    // No interpreter, no warning: at exit nobody is left to read it.
    Python::try_attach(|py| {
        // Objects are also collected while an exception is on its way: it must get through.
        let pending = PyErr::take(py);
        if let Ok(message) = CStr::from_bytes_until_nul(message.as_bytes())
            && let Err(error) = PyErr::warn(py, &py.get_type::<Category>(), message, 1)
        {
            error.write_unraisable(py, None);
        }
        if let Some(pending) = pending {
            pending.restore(py);
        }
    });
}

/// A panic in the core or in a service must not reach Python, nor leave a task waiting for ever.
pub async fn guarded<T>(future: impl Operation<T>) -> opendal::Result<T> {
    AssertUnwindSafe(future).catch_unwind().await.unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        let message = format!("a fault inside opendal, please report it: {said}");
        Err(opendal::Error::new(opendal::ErrorKind::Unexpected, message))
    })
}

impl Output for () {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(py.None())
    }
}

impl Output for bool {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.into_pyobject(py)?.to_owned().into_any().unbind())
    }
}

impl Output for u64 {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.into_pyobject(py)?.into_any().unbind())
    }
}
