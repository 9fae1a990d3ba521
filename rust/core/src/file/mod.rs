//! Open objects. The file behind `File`, `RawFile`, `TextFile` and `AsyncFile` is one and the same.

mod arguments;
mod asynchronous;
mod handle;
mod lines;
mod mode;
mod open;
mod read;
mod source;
mod taken;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use opendal::{Error as CoreError, ErrorKind, Operator};
use pyo3::exceptions::PyResourceWarning;

pub use asynchronous::AsyncFile;
pub use handle::FileHandle;
pub use open::{Given, Wanted, keywords, open};

use crate::base::Handle;
use crate::buffer::Data;
use crate::engine::{self, Call, Operation};
use crate::error::{Context, Error};
use crate::runtime;
use crate::target::Target;
use mode::Mode;
use open::Opening;
use read::{Reading, Seek};
use taken::{Lines, Placed, Taken};
use write::Writing;

/// A file, opened or about to be.
pub struct OpenFile {
    context: Context,
    mode: Mode,
    generation: u32,
    closed: AtomicBool,
    state: tokio::sync::Mutex<State>,
}

enum State {
    Unopened {
        operator: Arc<Operator>,
        path: Arc<str>,
        opening: Opening,
    },
    Reading(Box<Reading>),
    Writing(Box<Writing>),
    /// Given up, by a wrapper of Python's that is collected. It writes what it has gathered and closes
    /// the file, which must not fail: nobody could catch that.
    Abandoned,
    Closed,
}

fn closed_file() -> CoreError {
    CoreError::new(ErrorKind::ConfigInvalid, "the file is closed")
}

impl OpenFile {
    fn new(context: Context, handle: &Handle, mode: Mode, opening: Opening) -> Arc<Self> {
        let (operator, [path]) = handle.aim([&context.path]);
        let state = tokio::sync::Mutex::new(State::Unopened { operator, path, opening });
        let generation = runtime::generation();
        Arc::new(Self { context, mode, generation, closed: AtomicBool::new(false), state })
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// The state, alone. A forked child gets none: what is half written is its parent's.
    async fn lock(&self) -> opendal::Result<tokio::sync::MutexGuard<'_, State>> {
        if self.generation != runtime::generation() {
            return Err(runtime::from_before_fork("the file"));
        }
        Ok(self.state.lock().await)
    }

    /// Does at once what needs no waiting: nobody else uses the file, and what is asked for is
    /// there. None means that the call must be made in full.
    fn at_once<T>(&self, f: impl FnOnce(&mut State) -> Option<T>) -> Option<T> {
        if self.generation != runtime::generation() {
            return None;
        }
        f(&mut *self.state.try_lock().ok()?)
    }

    /// What a method does, as a call that names it.
    fn call<T, F: Operation<T>>(&self, operation: &'static str, future: F) -> Call<F> {
        let context = Context { operation, ..self.context.clone() };
        // Files may be read and written in parts at once, for which even memory needs the runtime.
        Call { context, quick: false, future }
    }

    /// Opens the file, unless it is open. A missing file shows here, not at the first read.
    async fn open(self: Arc<Self>) -> opendal::Result<()> {
        let mut state = self.lock().await?;
        let opened = state.open().await;
        if opened.is_err() {
            // Nothing will be written to it, so nobody need be warned that nothing is.
            self.closed.store(true, Ordering::Release);
            *state = State::Closed;
        }
        opened
    }

    pub fn opening(self: &Arc<Self>) -> Call<impl Operation<()> + use<>> {
        self.call("open", Arc::clone(self).open())
    }

    async fn read(self: Arc<Self>, size: Option<usize>) -> opendal::Result<Taken> {
        self.lock().await?.reading().await?.read(size).await
    }

    async fn fill(self: Arc<Self>, target: Arc<Target>) -> opendal::Result<Placed> {
        self.lock().await?.reading().await?.fill(target).await
    }

    /// How long a read will be, if it is to go straight to its place.
    fn direct(&self, size: Option<usize>) -> Option<usize> {
        self.at_once(|state| match state {
            State::Reading(reading) => reading.direct(size),
            _ => None,
        })
    }

    async fn read1(self: Arc<Self>, size: Option<usize>) -> opendal::Result<Taken> {
        self.lock().await?.reading().await?.read1(size).await
    }

    async fn readline(self: Arc<Self>, size: Option<usize>) -> opendal::Result<Taken> {
        self.lock().await?.reading().await?.readline(size).await
    }

    async fn readlines(self: Arc<Self>, hint: Option<usize>) -> opendal::Result<Lines> {
        self.lock().await?.reading().await?.readlines(hint).await
    }

    async fn peek(self: Arc<Self>, size: usize) -> opendal::Result<opendal::Buffer> {
        self.lock().await?.reading().await?.peek(size).await
    }

    async fn seek(self: Arc<Self>, to: Seek) -> opendal::Result<u64> {
        self.lock().await?.reading().await?.seek(to)
    }

    async fn write(self: Arc<Self>, data: Vec<Data>) -> opendal::Result<u64> {
        let mut state = self.lock().await?;
        state.open().await?;
        match &mut *state {
            State::Writing(writing) => writing.write(data).await,
            State::Abandoned => Ok(data.iter().map(|data| data.len() as u64).sum()),
            other => Err(other.refusal("write")),
        }
    }

    async fn tell(self: Arc<Self>) -> opendal::Result<u64> {
        let mut state = self.lock().await?;
        state.open().await?;
        match &mut *state {
            State::Writing(writing) => Ok(writing.position()),
            other => Ok(other.reading().await?.position()),
        }
    }

    async fn flush(self: Arc<Self>) -> opendal::Result<()> {
        match &*self.lock().await? {
            State::Closed => Err(closed_file()),
            _ => Ok(()),
        }
    }

    /// Publishes what was written. Closing twice is allowed.
    async fn close(self: Arc<Self>) -> opendal::Result<()> {
        let mut state = self.lock().await?;
        // A file that was opened to write and never written is an empty object.
        if self.mode.writes() && matches!(&*state, State::Unopened { .. }) {
            state.open().await?;
        }
        self.closed.store(true, Ordering::Release);
        let result = match &mut *state {
            State::Writing(writing) => writing.close().await,
            _ => Ok(()),
        };
        *state = State::Closed;
        result
    }

    /// Gives up what was written.
    async fn abort(self: Arc<Self>) -> opendal::Result<()> {
        let mut state = self.lock().await?;
        self.closed.store(true, Ordering::Release);
        let was = std::mem::replace(&mut *state, State::Closed);
        if let State::Writing(mut writing) = was {
            writing.abort().await;
        }
        Ok(())
    }

    /// The same, where nobody can wait for it.
    fn abort_unseen(self: &Arc<Self>) -> Result<(), Error> {
        let runtime = runtime::get()?;
        self.closed.store(true, Ordering::Release);
        runtime.spawn(Arc::clone(self).abort());
        Ok(())
    }

    /// Gives up what was written, and what still comes.
    async fn abandon(self: Arc<Self>) -> opendal::Result<()> {
        let mut state = self.lock().await?;
        let was = std::mem::replace(&mut *state, State::Abandoned);
        if let State::Writing(mut writing) = was {
            writing.abort().await;
        }
        Ok(())
    }

    /// What is collected while it is open for writing is given up, which is worth a warning.
    fn warn_unclosed(&self) {
        if self.mode.writes() && !self.is_closed() && self.generation == runtime::generation() {
            let path = &self.context.path;
            let message = format!("{path:?} was never closed, and is not written");
            engine::warn::<PyResourceWarning>(message);
        }
    }

    /// How a file of that class is shown.
    fn describe(&self, class: &str, mode: &str) -> String {
        let closed = if self.is_closed() { ", closed" } else { "" };
        format!("<{class} {:?} {mode}{closed}>", self.context.path)
    }
}

impl State {
    async fn open(&mut self) -> opendal::Result<()> {
        let State::Unopened { operator, path, opening } = self else { return Ok(()) };
        *self = match opening {
            Opening::Read(plan) => {
                State::Reading(Box::new(Reading::open(operator, path, plan).await?))
            }
            Opening::Write(plan) => {
                State::Writing(Box::new(Writing::open(operator, path, plan).await?))
            }
        };
        Ok(())
    }

    async fn reading(&mut self) -> opendal::Result<&mut Reading> {
        self.open().await?;
        match self {
            State::Reading(reading) => Ok(reading),
            other => Err(other.refusal("read")),
        }
    }

    fn refusal(&self, wanted: &str) -> CoreError {
        match self {
            State::Closed | State::Abandoned => closed_file(),
            _ => CoreError::new(ErrorKind::Unsupported, format!("not opened to {wanted}")),
        }
    }
}
