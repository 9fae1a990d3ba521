//! How a provider is asked: on a thread of Python's own, since what wants credentials may be on a
//! thread of the runtime, and those never touch Python.
//!
//! One thread, begun with the first call that has a provider, waits at the desk, and has each request
//! answered on another one, so that a slow provider keeps no other waiting. An `async def` runs on the
//! loop of the call, where the objects live that it uses.

use std::fmt;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use futures::channel::oneshot;
use parking_lot::Mutex;
use pyo3::exceptions::{PyConnectionError, PyOSError, PyTimeoutError};
use pyo3::intern;
use pyo3::prelude::*;

use super::given::Given;
use super::{ASKING, Answer, Credentials};
use crate::callback;
use crate::engine::Wakeup;
use crate::runtime::publish;

/// Where requests lie until the thread fetches them.
struct Desk {
    wakeup: Wakeup,
    requests: Mutex<Vec<Request>>,
}

struct Request {
    credentials: Arc<Credentials>,
    answer: Option<oneshot::Sender<Answer>>,
}

static DESK: AtomicPtr<Desk> = AtomicPtr::new(ptr::null_mut());

fn desk() -> Option<&'static Desk> {
    // SAFETY: the pointer is null or came from `publish`, which never frees what it published.
    unsafe { DESK.load(Ordering::Acquire).as_ref() }
}

/// Begins the thread that waits at the desk, if it is not there.
pub fn listen(py: Python<'_>) -> PyResult<()> {
    if desk().is_some() {
        return Ok(());
    }
    let ours = Desk { wakeup: Wakeup::new()?, requests: Mutex::default() };
    let watched = ours.wakeup.watched();
    let desk = publish(&DESK, ours);
    if desk.wakeup.watched() != watched {
        return Ok(());
    }
    let module = PyModule::import(py, intern!(py, "opendal._credentials"))?;
    let begun = module.call_method1(intern!(py, "listen"), (watched, Py::new(py, Fetch(desk))?));
    if begun.is_err() {
        forget();
    }
    begun.map(drop)
}

/// In a forked child the thread is not there; what lay on the desk was the parent's.
pub fn forget() {
    DESK.store(ptr::null_mut(), Ordering::Release);
}

/// Lays a request on the desk. Dropped there, it is answered by an error.
pub fn ask(credentials: Arc<Credentials>, answer: oneshot::Sender<Answer>) {
    if let Some(desk) = desk() {
        desk.requests.lock().push(Request { credentials, answer: Some(answer) });
        desk.wakeup.wake();
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        if self.answer.is_some() {
            self.credentials.failed();
        }
    }
}

/// What the waiting thread calls for the requests that have come.
#[pyclass(frozen, module = "opendal._core.operator")]
struct Fetch(&'static Desk);

#[pymethods]
impl Fetch {
    fn __call__(&self, py: Python<'_>) -> PyResult<Vec<Py<Ask>>> {
        self.0.wakeup.clear();
        let requests = std::mem::take(&mut *self.0.requests.lock());
        requests.into_iter().map(|request| Py::new(py, Ask(Mutex::new(request)))).collect()
    }
}

/// One request, in Python's hands.
#[pyclass(frozen, module = "opendal._core.operator")]
struct Ask(Mutex<Request>);

impl Ask {
    fn credentials(&self) -> Arc<Credentials> {
        Arc::clone(&self.0.lock().credentials)
    }

    fn end(&self, answer: Answer) {
        let mut request = self.0.lock();
        let Some(sender) = request.answer.take() else { return };
        match &answer {
            Ok(given) => request.credentials.answered(given),
            Err(_) => request.credentials.failed(),
        }
        // Nobody may be waiting any more.
        let _ = sender.send(answer);
    }
}

#[pymethods]
impl Ask {
    /// Calls the provider, on this thread.
    fn call<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let credentials = self.credentials();
        let before = ASKING.replace(Arc::as_ptr(&credentials));
        let returned = callback::call(credentials.provider.function(py), ());
        ASKING.set(before);
        returned
    }

    /// The loop of the last call, on which an `async def` is to run; none after a sync call.
    fn caller<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.credentials().caller(py)
    }

    fn answer(&self, returned: &Bound<'_, PyAny>) -> PyResult<()> {
        let given = Given::read(&self.credentials().source, returned)?;
        self.end(Ok(Arc::new(given)));
        Ok(())
    }

    fn fail(&self, error: &Bound<'_, PyAny>) {
        self.end(Err(Raised::new(error)));
    }
}

/// What the provider raised, or what was wrong with what it returned.
#[derive(Clone)]
pub struct Raised {
    pub error: Arc<PyErr>,
    message: String,
    /// It could not reach what it asks.
    pub passing: bool,
}

impl Raised {
    fn new(error: &Bound<'_, PyAny>) -> Self {
        let py = error.py();
        let name = error.get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
        let text = error.str().map_or_else(|_| String::new(), |text| text.to_string());
        let colon = if text.is_empty() { "" } else { ": " };
        let ours = error.get_type().getattr(intern!(py, "__module__"));
        let ours = ours.is_ok_and(|module| module.eq("opendal.exceptions").unwrap_or(false));
        let message =
            if ours { text } else { format!("the credential provider raised {name}{colon}{text}") };
        // Clients of the clouds raise an OSError of no number for what happens to a connection.
        let passing = error.is_instance_of::<PyConnectionError>()
            || error.is_instance_of::<PyTimeoutError>()
            || (error.is_instance_of::<PyOSError>()
                && error.getattr(intern!(py, "errno")).is_ok_and(|errno| errno.is_none()));
        Self { error: Arc::new(PyErr::from_value(error.clone())), message, passing }
    }

    pub fn into_core(self) -> opendal::Error {
        let (kind, passing) = (opendal::ErrorKind::PermissionDenied, self.passing);
        let kind = if passing { opendal::ErrorKind::Unexpected } else { kind };
        let error = opendal::Error::new(kind, self.message.clone()).set_source(self);
        if passing { error.set_temporary() } else { error }
    }
}

impl fmt::Debug for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Raised {}
