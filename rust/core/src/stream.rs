//! Reading piece by piece: the iterators that `read_stream` gives.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use opendal::raw::oio::ReadStreamDyn;
use opendal::{Buffer, BufferStream, Metadata};
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::base::Handle;
use crate::engine::{self, Awaitable, Awaiting, Busy, Call, Operation, Output};
use crate::error::Context;
use crate::runtime;
use crate::shared;
use crate::source::{Part, Source, may_lie_beyond};

/// How long pieces are unless the caller says it.
pub const PIECE: usize = 1 << 20;

/// A read under way. Shared by the calls that go through it, in any thread.
pub struct Streaming {
    context: Context,
    quick: bool,
    generation: u32,
    piece: usize,
    closed: Arc<AtomicBool>,
    /// Locked from the fetching of a piece until Python has it, so that pieces keep their order.
    state: Arc<Mutex<State>>,
}

enum State {
    Unopened { source: Source, part: Part, in_parts: bool },
    Open(Box<Open>),
    Over,
}

struct Open {
    source: Source,
    part: Part,
    feed: Feed,
    /// What came, and was not handed out yet.
    held: VecDeque<Bytes>,
    size: usize,
    /// How many bytes came so far, and how many there are, if the service said it.
    came: u64,
    whole: Option<u64>,
}

enum Feed {
    One(Box<dyn ReadStreamDyn>),
    Parts(Box<BufferStream>),
    Dry,
}

impl Open {
    async fn new(source: &Source, part: Part, in_parts: bool) -> opendal::Result<Self> {
        let opened = |feed, whole| {
            let source = source.clone();
            Self { source, part, feed, held: VecDeque::new(), size: 0, came: 0, whole }
        };
        if part.is_nothing() {
            // The object must be there all the same, and the conditions must hold.
            source.length().await?;
            return Ok(opened(Feed::Dry, Some(0)));
        }
        if in_parts {
            let seen = source.stat().await?;
            let range = part.within(seen.content_length());
            let stream = source.stream_in_parts(&seen, range.clone()).await?;
            return Ok(opened(Feed::Parts(Box::new(stream)), Some(range.end - range.start)));
        }
        let range = match source.open(part.range()).await {
            Err(error) if !part.is_all() && may_lie_beyond(&error) => {
                part.within(source.length().await?)
            }
            answer => {
                let (metadata, stream) = answer?;
                let length = metadata.as_ref().map(Metadata::content_length);
                let range = length.map(|length| part.within(length));
                let whole = range.map(|range| range.end - range.start);
                return Ok(opened(Feed::One(stream), whole));
            }
        };
        if range.is_empty() {
            return Ok(opened(Feed::Dry, Some(0)));
        }
        let whole = range.end - range.start;
        let (_, stream) = source.open(range.into()).await?;
        Ok(opened(Feed::One(stream), Some(whole)))
    }

    /// What comes next; nothing at the end.
    async fn feed(&mut self) -> opendal::Result<Buffer> {
        let data = match &mut self.feed {
            Feed::One(stream) => match stream.read_dyn().await {
                Err(error) if may_lie_beyond(&error) => {
                    let whole = if let Some(whole) = self.whole {
                        whole
                    } else {
                        // The service told nothing of the object.
                        let range = self.part.within(self.source.length().await?);
                        range.end - range.start
                    };
                    // The part ends beyond the object, of which this may be the end.
                    if whole != self.came {
                        return Err(error);
                    }
                    Buffer::new()
                }
                data => data?,
            },
            Feed::Parts(stream) => stream.try_next().await?.unwrap_or_default(),
            Feed::Dry => Buffer::new(),
        };
        if data.is_empty() {
            self.feed = Feed::Dry;
        }
        self.came += data.len() as u64;
        Ok(data)
    }

    /// A piece of that length; a shorter one, or none, at the end. Should this future be dropped,
    /// what came waits for the next call.
    async fn piece(&mut self, length: usize) -> opendal::Result<Bytes> {
        while self.size < length {
            let data = self.feed().await?;
            if data.is_empty() {
                break;
            }
            self.size += data.len();
            self.held.extend(data);
        }
        let length = length.min(self.size);
        self.size -= length;
        if self.held.front().is_some_and(|first| first.len() == length) {
            return Ok(self.held.pop_front().unwrap_or_default());
        }
        let mut piece = BytesMut::with_capacity(length);
        while let Some(mut first) = self.held.pop_front() {
            let fits = first.len().min(length - piece.len());
            piece.extend_from_slice(&first.split_to(fits));
            if !first.is_empty() {
                self.held.push_front(first);
                break;
            }
        }
        Ok(piece.freeze())
    }
}

impl Streaming {
    pub fn new(
        handle: &Handle,
        context: Context,
        (source, part): (Source, Part),
        piece: usize,
        in_parts: bool,
    ) -> Arc<Self> {
        let state = Arc::new(Mutex::new(State::Unopened { source, part, in_parts }));
        let quick = handle.quick() && !in_parts;
        let (generation, closed) = (runtime::generation(), Arc::default());
        Arc::new(Self { context, quick, generation, piece, closed, state })
    }

    fn call<F>(&self, future: F) -> Call<F> {
        Call { context: self.context.clone(), quick: self.quick, future }
    }

    fn next(self: &Arc<Self>) -> Call<impl Operation<Piece> + use<>> {
        let streaming = Arc::clone(self);
        self.call(async move {
            if streaming.generation != runtime::generation() {
                return Err(runtime::from_before_fork("the stream"));
            }
            let mut state = Arc::clone(&streaming.state).lock_owned().await;
            if streaming.closed.load(Ordering::Acquire) {
                *state = State::Over;
            }
            let result = state.next(streaming.piece).await;
            if !matches!(&result, Ok(data) if !data.is_empty()) {
                *state = State::Over;
            }
            Ok(Piece { data: result?, closed: Arc::clone(&streaming.closed), state })
        })
    }

    fn close(self: &Arc<Self>) -> Call<impl Operation<()> + use<>> {
        let streaming = Arc::clone(self);
        self.call(async move {
            if streaming.generation == runtime::generation() {
                streaming.closed.store(true, Ordering::Release);
                // Whoever has a piece that was not awaited yet ends it when that is dropped.
                if let Ok(mut state) = streaming.state.try_lock() {
                    *state = State::Over;
                }
            }
            Ok(())
        })
    }
}

impl State {
    async fn next(&mut self, length: usize) -> opendal::Result<Bytes> {
        if let State::Unopened { source, part, in_parts } = self {
            *self = State::Open(Box::new(Open::new(source, *part, *in_parts).await?));
        }
        match self {
            State::Open(open) => open.piece(length).await,
            _ => Ok(Bytes::new()),
        }
    }
}

/// A piece, or the end. Dropped before Python got it, because the call was cancelled, it goes back.
struct Piece {
    data: Bytes,
    closed: Arc<AtomicBool>,
    state: OwnedMutexGuard<State>,
}

impl Piece {
    fn take(mut self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let data = std::mem::take(&mut self.data);
        if data.is_empty() {
            return Ok(None);
        }
        Ok(Some(Py::new(py, shared::Buffer::new(data))?.into_any()))
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if self.closed.load(Ordering::Acquire) {
            *self.state = State::Over;
        }
        if let State::Open(open) = &mut *self.state
            && !self.data.is_empty()
        {
            open.size += self.data.len();
            open.held.push_front(std::mem::take(&mut self.data));
        }
    }
}

impl Output for Piece {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.take(py)?.ok_or_else(|| PyStopAsyncIteration::new_err(()))
    }
}

#[pyclass(frozen, weakref, module = "opendal.types")]
#[doc = crate::docstring!("types.ReadStream")]
pub struct ReadStream(pub Arc<Streaming>);

#[pymethods]
impl ReadStream {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let _busy = Busy::with(&self.0)?;
        engine::wait(py, self.0.next())?.take(py)
    }

    #[doc = crate::docstring!("types.ReadStream.close")]
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let _busy = Busy::with(&self.0)?;
        engine::wait(py, self.0.close())
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (exc_type, exc_value, traceback))]
    fn __exit__(
        &self,
        py: Python<'_>,
        exc_type: &Bound<'_, PyAny>,
        exc_value: &Bound<'_, PyAny>,
        traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let _ = (exc_type, exc_value, traceback);
        self.close(py)
    }

    fn __repr__(&self) -> String {
        format!("<ReadStream of {:?}>", self.0.context.path)
    }
}

#[pyclass(frozen, weakref, module = "opendal.types")]
#[doc = crate::docstring!("types.AsyncReadStream")]
pub struct AsyncReadStream(pub Arc<Streaming>);

impl AsyncReadStream {
    fn ready(slf: &Py<Self>, py: Python<'_>) -> Awaitable {
        let context = slf.get().0.context.clone();
        Awaitable::ready(context, Ok(slf.clone_ref(py).into_any()))
    }
}

#[pymethods]
impl AsyncReadStream {
    fn __await__(slf: Py<Self>, py: Python<'_>) -> PyResult<Awaiting> {
        Awaiting::on(py, Self::ready(&slf, py))
    }

    fn __aiter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __anext__(&self, py: Python<'_>) -> PyResult<Awaitable> {
        Awaitable::start(py, self.0.next())
    }

    #[doc = crate::docstring!("types.AsyncReadStream.aclose")]
    fn aclose(&self, py: Python<'_>) -> PyResult<Awaitable> {
        Awaitable::start(py, self.0.close())
    }

    fn __aenter__(slf: Py<Self>, py: Python<'_>) -> Awaitable {
        Self::ready(&slf, py)
    }

    #[pyo3(signature = (exc_type, exc_value, traceback))]
    fn __aexit__(
        &self,
        py: Python<'_>,
        exc_type: &Bound<'_, PyAny>,
        exc_value: &Bound<'_, PyAny>,
        traceback: &Bound<'_, PyAny>,
    ) -> PyResult<Awaitable> {
        let _ = (exc_type, exc_value, traceback);
        self.aclose(py)
    }

    fn __repr__(&self) -> String {
        format!("<AsyncReadStream of {:?}>", self.0.context.path)
    }
}
