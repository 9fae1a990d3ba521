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
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::given::Given;
use super::{ASKING, Answer, Credentials};
use crate::ending;
use crate::engine::Wakeup;
use crate::error::Error;
use crate::http;
use crate::runtime::publish;

/// Where requests lie until the thread fetches them.
struct Desk {
    wakeup: Wakeup,
    requests: Mutex<Vec<Request>>,
}

struct Request {
    credentials: Arc<Credentials>,
    number: u64,
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
    let begun = helper(py).and_then(|helper| {
        let listen = helper.getattr(intern!(py, "listen"))?;
        listen.call1((watched, Py::new(py, Fetch(desk))?)).map(drop)
    });
    if begun.is_err() {
        forget();
    }
    begun
}

/// The Python half. No thread waits for another one that imports it: that one may stand still.
fn helper(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static HELPER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if let Some(helper) = HELPER.get(py) {
        return Ok(helper.bind(py).clone());
    }
    let helper = PyModule::import(py, intern!(py, "opendal._credentials"))?.into_any();
    let _ = HELPER.set(py, helper.clone().unbind());
    Ok(helper)
}

/// Whether the task that runs is one in which the provider of these is asked.
pub fn is_task_of(py: Python<'_>, credentials: &Credentials) -> PyResult<bool> {
    let asked = helper(py)?.getattr(intern!(py, "asked"))?.call_method0(intern!(py, "get"))?;
    Ok(asked.extract::<usize>()? == ptr::from_ref(credentials).addr())
}

/// In a forked child the thread is not there; what lay on the desk was the parent's.
pub fn forget() {
    DESK.store(ptr::null_mut(), Ordering::Release);
}

/// Lays a request on the desk, if there is one. Dropped there, it has ended.
pub fn ask(credentials: Arc<Credentials>, number: u64, answer: oneshot::Sender<Answer>) -> bool {
    let Some(desk) = desk() else { return false };
    desk.requests.lock().push(Request { credentials, number, answer: Some(answer) });
    desk.wakeup.wake();
    true
}

impl Drop for Request {
    fn drop(&mut self) {
        if self.answer.is_some() {
            self.credentials.end(self.number);
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
        let (credentials, number, sender) = {
            let mut request = self.0.lock();
            (Arc::clone(&request.credentials), request.number, request.answer.take())
        };
        let Some(sender) = sender else { return };
        let counts = match &answer {
            Ok(given) => credentials.answered(number, given),
            Err(_) => credentials.end(number),
        };
        if counts {
            // Nobody may be waiting any more.
            let _ = sender.send(answer);
        }
    }
}

#[pymethods]
impl Ask {
    /// Calls the provider, on this thread.
    fn call<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        ending::stand_still_at_the_end();
        let credentials = self.credentials();
        let function = credentials.provider.function(py);
        let function = function.ok_or_else(|| Error::state("the operator is gone"))?;
        let before = ASKING.replace(Arc::as_ptr(&credentials));
        let returned = function.call0();
        ASKING.set(before);
        returned
    }

    /// The loop of the last call, on which an `async def` is to run; none after a sync call.
    fn caller<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let number = self.0.lock().number;
        self.credentials().caller(py, number)
    }

    /// What a task is marked with in which the provider is asked.
    fn mark(&self) -> usize {
        Arc::as_ptr(&self.credentials()).addr()
    }

    /// How long an answer is waited for, in seconds.
    #[staticmethod]
    fn limit() -> f64 {
        http::patience().map_or(0.0, |patience| patience.read_timeout.as_secs_f64())
    }

    fn answer(&self, returned: &Bound<'_, PyAny>) -> PyResult<()> {
        let given = Given::read(&self.credentials().source, returned)?;
        self.end(Ok(Arc::new(given)));
        Ok(())
    }

    /// `passing` is whether it may go well another time.
    fn fail(&self, error: &Bound<'_, PyAny>, passing: bool) {
        self.end(Err(Raised::new(error, passing)));
    }
}

/// What the provider raised, or what was wrong with what it returned.
#[derive(Clone)]
pub struct Raised {
    pub error: Arc<PyErr>,
    message: String,
    /// It could not reach what it asks, or was cut short.
    pub passing: bool,
}

impl Raised {
    fn new(error: &Bound<'_, PyAny>, passing: bool) -> Self {
        let name = error.get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
        let text = error.str().map_or_else(|_| String::new(), |text| text.to_string());
        let colon = if text.is_empty() { "" } else { ": " };
        let ours = error.get_type().getattr(intern!(error.py(), "__module__"));
        let ours = ours.is_ok_and(|module| module.eq("opendal.exceptions").unwrap_or(false));
        let message =
            if ours { text } else { format!("the credential provider raised {name}{colon}{text}") };
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
