//! Credentials that a function of the caller's gives, for as long as they are good.
//!
//! [`layer`] asks for them before each step of an operation, so that an upload of hours has new ones
//! in time. [`asking`] runs the function, on a thread of Python's own: no call holds a lock or a thread
//! of the runtime meanwhile, and a call that waits can be cancelled. [`signing`] hands what came to the
//! services that can take new credentials; for all others the layer builds the service anew.

mod asking;
mod given;
mod layer;
mod signing;

use std::cell::Cell;
use std::fmt;
use std::ptr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::Shared;
use opendal::raw::Servicer;
use opendal_rules::expiry::Standing;
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};
use pyo3::{PyTraverseError, PyVisit};
use tokio::time::timeout;

pub use asking::{Raised, forget};

use crate::config::Source;
use crate::engine::running_loop;
use crate::error::Error;
use crate::http;
use given::Given;
use layer::RenewLayer;

/// Between two requests for what is still good.
const PAUSE: Duration = Duration::from_secs(10);

/// A function that gives credentials. It is gone once its operator was collected.
#[derive(Clone)]
pub struct Provider(Arc<Mutex<Option<Py<PyAny>>>>);

impl Provider {
    pub fn new(name: &str, function: &Bound<'_, PyAny>) -> Result<Self, Error> {
        if function.is_callable() {
            return Ok(Self(Arc::new(Mutex::new(Some(function.clone().unbind())))));
        }
        let given = crate::arguments::type_name(function);
        Err(Error::argument(format!("{name} must be a function without arguments, not {given}")))
    }

    pub fn function<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.0.lock().as_ref().map(|function| function.bind(py).clone())
    }

    /// Shows the function to the garbage collector, where one operator alone has it: one that several
    /// showed would seem to have as many references.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // The operator's configuration has one, its credentials have the other.
        if Arc::strong_count(&self.0) == 2
            && let Some(function) = self.0.try_lock()
        {
            visit.call(&*function)?;
        }
        Ok(())
    }

    pub fn clear(&self) {
        let function = self.0.lock().take();
        drop(function);
    }
}

impl PartialEq for Provider {
    /// As Python compares them: a method is another object each time it is asked for.
    fn eq(&self, other: &Self) -> bool {
        let equal = || {
            Python::attach(|py| match (self.function(py), other.function(py)) {
                (Some(ours), Some(theirs)) => ours.eq(theirs).unwrap_or(false),
                _ => false,
            })
        };
        Arc::ptr_eq(&self.0, &other.0) || equal()
    }
}

impl Eq for Provider {}

/// The credentials of one service, shared by everything that was derived from one operator.
pub struct Credentials {
    provider: Provider,
    /// What they are for, as it was configured.
    source: Source,
    state: Mutex<State>,
    /// The loop of the last async call; none after a sync one.
    caller: Mutex<Option<Py<PyWeakrefReference>>>,
}

#[derive(Default)]
struct State {
    given: Option<Arc<Given>>,
    asked: Option<Question>,
    /// How often the provider was asked.
    questions: u64,
    /// No sooner again, unless it must be.
    pause: Option<Instant>,
    /// Whatever was given at any time: messages must not show it.
    secrets: Vec<String>,
}

/// What the provider is asked now. One that was given up may still be answered, to nobody.
#[derive(Clone)]
struct Question {
    number: u64,
    since: Instant,
    /// The loop on which an `async def` runs to answer it, by address.
    on: Option<usize>,
    answer: Shared<oneshot::Receiver<Answer>>,
}

type Answer = Result<Arc<Given>, Raised>;

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("scheme", &self.source.scheme).finish_non_exhaustive()
    }
}

thread_local! {
    /// Whose function runs on this thread.
    static ASKING: Cell<*const Credentials> = const { Cell::new(ptr::null()) };
}

impl Credentials {
    /// Those of a service that is configured to have a provider.
    pub fn of(source: &Source) -> Option<Arc<Self>> {
        let provider = source.provider.clone()?;
        Some(Arc::new(Self {
            provider,
            source: Source { provider: None, ..source.clone() },
            state: Mutex::default(),
            caller: Mutex::default(),
        }))
    }

    /// The service that they are for, which asks for them.
    pub fn operator(self: &Arc<Self>) -> opendal::Result<opendal::Operator> {
        // Some are not built without, though this is not used before there are some.
        let load = || self.source.load().or_else(|_| given::stand_in(&self.source).load());
        let operator = signing::operator(&self.source, self).unwrap_or_else(load);
        Ok(operator?.layer(RenewLayer { credentials: Arc::clone(self) }))
    }

    /// The service with these as its options.
    fn service(&self, given: &Given) -> opendal::Result<Servicer> {
        let source = given.configure(&self.source).map_err(into_core)?;
        Ok(Arc::clone(source.load()?.base_service()))
    }

    /// Notes a call that is about to begin, on the caller's thread.
    pub fn called(&self, running: Option<&Bound<'_, PyAny>>, py: Python<'_>) -> PyResult<()> {
        if ptr::eq(ASKING.get(), self) || self.is_asked_by_this_task(py)? {
            let message = "the credential provider used the operator that it gives credentials to";
            return Err(Error::state(message).into());
        }
        asking::listen(py)?;
        let caller = running.map(PyWeakrefReference::new).transpose()?.map(Bound::unbind);
        let before = std::mem::replace(&mut *self.caller.lock(), caller);
        drop(before);
        match running {
            Some(_) => Ok(()),
            None => self.leave_this_loop(py),
        }
    }

    /// Gives up a question whose answer comes from the loop that this thread runs, and holds up by a
    /// sync call: that call asks anew, on a loop of its own.
    fn leave_this_loop(&self, py: Python<'_>) -> PyResult<()> {
        let asked = self.state.lock().asked.as_ref().map(|asked| (asked.number, asked.on));
        if let Some((number, Some(on))) = asked
            && running_loop(py)?.is_some_and(|running| running.as_ptr().addr() == on)
        {
            self.end(number);
        }
        Ok(())
    }

    /// Whether the task that runs is the provider's own.
    fn is_asked_by_this_task(&self, py: Python<'_>) -> PyResult<bool> {
        let asked = self.state.lock().asked.is_some();
        Ok(asked && asking::is_task_of(py, self)?)
    }

    /// The loop on which an `async def` is to run, if it runs still.
    fn caller<'py>(&self, py: Python<'py>, number: u64) -> Option<Bound<'py, PyAny>> {
        let caller = self.caller.lock().as_ref().map(|caller| caller.clone_ref(py));
        let caller = caller?.bind(py).upgrade()?;
        let mut state = self.state.lock();
        if let Some(asked) = state.asked.as_mut().filter(|asked| asked.number == number) {
            asked.on = Some(caller.as_ptr().addr());
        }
        Some(caller)
    }

    /// Credentials that are good for at least so long, if the provider has such.
    async fn get(self: &Arc<Self>, needed: Duration) -> opendal::Result<Arc<Given>> {
        let limit = http::patience()?.read_timeout;
        loop {
            let question = {
                let mut state = self.state.lock();
                let now = SystemTime::now();
                match state.given.clone().map(|given| (given.standing(now, needed), given)) {
                    Some((Standing::Good, given)) => return Ok(given),
                    Some((Standing::Aging, given)) => {
                        if state.pause.is_none_or(|pause| pause <= Instant::now()) {
                            self.ask(&mut state, limit);
                        }
                        return Ok(given);
                    }
                    Some((Standing::Over, _)) | None => self.ask(&mut state, limit),
                }
            };
            match timeout(limit, question.answer).await {
                Ok(Ok(answer)) => return answer.map_err(Raised::into_core),
                // It was asked anew meanwhile, and that is what counts.
                Ok(Err(_)) if self.state.lock().questions != question.number => {}
                Ok(Err(_)) => {
                    let message = "the credential provider ended without an answer";
                    let error = opendal::Error::new(opendal::ErrorKind::Unexpected, message);
                    return Err(error.set_temporary());
                }
                Err(_) => {
                    // It may never end; the next call asks anew.
                    self.end(question.number);
                    return Err(http::late("the credential provider gave no answer in time"));
                }
            }
        }
    }

    /// Has the provider asked, unless it is being asked and may yet answer.
    fn ask(self: &Arc<Self>, state: &mut State, limit: Duration) -> Question {
        if let Some(question) = &state.asked
            && question.since.elapsed() < limit
        {
            return question.clone();
        }
        let (sender, answer) = oneshot::channel();
        state.questions += 1;
        let number = state.questions;
        let question =
            Question { number, since: Instant::now(), on: None, answer: answer.shared() };
        state.pause = Some(question.since + PAUSE);
        let asked = asking::ask(Arc::clone(self), number, sender);
        state.asked = asked.then(|| question.clone());
        question
    }

    /// Takes an answer, unless the question was given up.
    fn answered(&self, number: u64, given: &Arc<Given>) -> bool {
        let counts = self.end(number);
        if counts {
            let mut state = self.state.lock();
            let configured = given.configure(&self.source);
            for secret in configured.iter().flat_map(Source::secrets) {
                if !state.secrets.contains(&secret) {
                    state.secrets.push(secret);
                }
            }
            state.given = Some(Arc::clone(given));
        }
        counts
    }

    /// Ends a question, and says whether it was the one that counts.
    fn end(&self, number: u64) -> bool {
        let mut state = self.state.lock();
        let counts = state.asked.as_ref().is_some_and(|question| question.number == number);
        if counts {
            state.asked = None;
        }
        counts
    }

    /// The values that no message may show.
    pub fn secrets(&self) -> Vec<String> {
        self.state.lock().secrets.clone()
    }
}

fn into_core(error: Error) -> opendal::Error {
    opendal::Error::new(opendal::ErrorKind::ConfigInvalid, error.message())
}
