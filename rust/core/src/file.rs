//! Open objects. The file behind `File` and `AsyncFile` is one and the same.

use std::io::{self, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::{AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, FutureExt};
use opendal::options::{ReaderOptions, StatOptions, WriteOptions};
use opendal::{Buffer, Error as CoreError, ErrorKind, FuturesAsyncReader, Operator};
use parking_lot::Mutex;
use pyo3::exceptions::{PyBaseException, PyResourceWarning};
use pyo3::prelude::*;
use pyo3::types::PyInt;

use crate::arguments::{self, Count};
use crate::base::Handle;
use crate::buffer::{self, Fate};
use crate::engine::{self, Awaitable, Busy, Call, Operation, Output};
use crate::error::{Context, Error};
use crate::runtime;
use crate::source::Part;
use crate::upload::Upload;

/// How a file is to be opened.
pub enum Opening {
    Read { options: Box<ReaderOptions>, stat: Box<StatOptions>, part: Part },
    Write { options: Box<WriteOptions> },
}

/// A file, opened or about to be.
pub struct OpenFile {
    context: Context,
    writes: bool,
    fate: Fate,
    generation: u32,
    closed: AtomicBool,
    state: tokio::sync::Mutex<State>,
}

enum State {
    Unopened { operator: Arc<Operator>, path: Arc<str>, opening: Opening, failed: bool },
    Reading(Box<Reading>),
    Writing { writer: Box<Upload>, written: u64, torn: bool },
    Closed,
}

struct Reading {
    reader: FuturesAsyncReader,
    length: u64,
    /// Where the file stands, if that is beyond its end, where the reader cannot go.
    beyond: Option<u64>,
    /// Where to go back to, since what was read from there on never reached the caller.
    lost: Arc<Mutex<Option<u64>>>,
}

/// What was read. Dropped before Python got it, because the call was cancelled or interrupted, it
/// is read once more by the next call.
struct Taken {
    data: Buffer,
    start: u64,
    lost: Arc<Mutex<Option<u64>>>,
    arrived: bool,
}

impl Taken {
    /// The data, for good.
    fn arrive(mut self) -> Buffer {
        self.arrived = true;
        std::mem::take(&mut self.data)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if !self.arrived {
            let mut lost = self.lost.lock();
            *lost = Some(lost.map_or(self.start, |earlier| earlier.min(self.start)));
        }
    }
}

impl Output for Taken {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.arrive().into_python(py)
    }
}

impl Reading {
    /// Begins to take what comes next: where it goes, and the reader, unless nothing can come.
    async fn take(&mut self) -> opendal::Result<(Taken, Option<&mut FuturesAsyncReader>)> {
        let start = self.position().await?;
        let lost = Arc::clone(&self.lost);
        let taken = Taken { data: Buffer::new(), start, lost, arrived: false };
        Ok((taken, self.beyond.is_none().then_some(&mut self.reader)))
    }

    async fn position(&mut self) -> opendal::Result<u64> {
        match self.beyond {
            Some(position) => Ok(position),
            None => self.reader.stream_position().await.map_err(from_io),
        }
    }

    async fn seek(&mut self, to: SeekFrom) -> opendal::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(distance) => self.length.checked_add_signed(distance),
            SeekFrom::Current(distance) => self.position().await?.checked_add_signed(distance),
        };
        let Some(target) = target else {
            let message = "there is nothing before the start of a file";
            return Err(CoreError::new(ErrorKind::ConfigInvalid, message));
        };
        self.beyond = (target > self.length).then_some(target);
        if self.beyond.is_none() {
            self.reader.seek(SeekFrom::Start(target)).await.map_err(from_io)?;
        }
        Ok(target)
    }
}

fn closed_file() -> CoreError {
    CoreError::new(ErrorKind::ConfigInvalid, "the file is closed")
}

/// The core's readers speak `io::Error`, with its own error inside.
fn from_io(error: io::Error) -> CoreError {
    match error.downcast::<CoreError>() {
        Ok(error) => error,
        Err(error) => CoreError::new(ErrorKind::Unexpected, error.to_string()).set_source(error),
    }
}

impl OpenFile {
    pub fn new(context: Context, handle: &Handle, opening: Opening) -> Arc<Self> {
        let writes = matches!(opening, Opening::Write { .. });
        let fate = handle.fate_of_data();
        let (operator, [path]) = handle.aim([&context.path]);
        let unopened = State::Unopened { operator, path, opening, failed: false };
        let state = tokio::sync::Mutex::new(unopened);
        let generation = runtime::generation();
        Arc::new(Self { context, writes, fate, generation, closed: AtomicBool::new(false), state })
    }

    /// Whether it was to be opened and could not be, which its caller has been told.
    fn never_opened(&self) -> bool {
        let state = self.state.try_lock();
        state.is_ok_and(|state| matches!(&*state, State::Unopened { failed: true, .. }))
    }

    /// The state, alone. A forked child gets none: what is half written is its parent's.
    async fn lock(&self) -> opendal::Result<tokio::sync::MutexGuard<'_, State>> {
        if self.generation != runtime::generation() {
            return Err(runtime::from_before_fork("the file"));
        }
        Ok(self.state.lock().await)
    }

    /// What a method does, as a call that names it.
    fn call<T, F: Operation<T>>(&self, operation: &'static str, future: F) -> Call<F> {
        let context = Context { operation, ..self.context.clone() };
        // Files may be read and written in parts at once, for which even memory needs the runtime.
        Call { context, quick: false, future }
    }

    /// Opens the file, unless it is open. A missing file shows here, not at the first read.
    pub async fn open(self: Arc<Self>) -> opendal::Result<()> {
        self.lock().await?.open().await
    }

    pub fn opening(self: &Arc<Self>) -> Call<impl Operation<()> + use<>> {
        self.call("open", Arc::clone(self).open())
    }

    async fn read(self: Arc<Self>, size: Option<usize>) -> opendal::Result<Taken> {
        let mut state = self.lock().await?;
        let (mut taken, reader) = state.reading().await?.take().await?;
        let Some(reader) = reader else { return Ok(taken) };
        let Some(mut left) = size else {
            taken.data = reader.read_to_end_buffer().await.map_err(from_io)?;
            return Ok(taken);
        };
        let mut parts = Vec::new();
        while left > 0 {
            let part = reader.read_buffer(left).await.map_err(from_io)?;
            if part.is_empty() {
                break;
            }
            left -= part.len();
            parts.extend(part);
        }
        taken.data = Buffer::from(parts);
        Ok(taken)
    }

    async fn readline(self: Arc<Self>, size: Option<usize>) -> opendal::Result<Taken> {
        let mut state = self.lock().await?;
        let (mut taken, reader) = state.reading().await?.take().await?;
        let Some(reader) = reader else { return Ok(taken) };
        let mut line = Vec::new();
        match size {
            None => drop(reader.read_until(b'\n', &mut line).await.map_err(from_io)?),
            Some(size) => {
                let mut limited = reader.take(size as u64);
                limited.read_until(b'\n', &mut line).await.map_err(from_io)?;
            }
        }
        taken.data = Buffer::from(line);
        Ok(taken)
    }

    async fn write(self: Arc<Self>, data: Buffer) -> opendal::Result<u64> {
        let mut state = self.lock().await?;
        state.open().await?;
        let State::Writing { writer, written, torn } = &mut *state else {
            return Err(state.refusal("write"));
        };
        if *torn {
            return Err(torn_file());
        }
        let length = data.len() as u64;
        // Should this future be dropped or fail in the middle, what was written has a hole.
        *torn = true;
        writer.write(data).await?;
        *torn = false;
        *written += length;
        Ok(length)
    }

    async fn seek(self: Arc<Self>, to: SeekFrom) -> opendal::Result<u64> {
        let mut state = self.lock().await?;
        state.reading().await?.seek(to).await
    }

    async fn tell(self: Arc<Self>) -> opendal::Result<u64> {
        let mut state = self.lock().await?;
        state.open().await?;
        match &*state {
            State::Writing { written, .. } => Ok(*written),
            State::Closed => Err(closed_file()),
            _ => state.reading().await?.position().await,
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
        if self.writes && matches!(&*state, State::Unopened { .. }) {
            state.open().await?;
        }
        self.closed.store(true, Ordering::Release);
        let State::Writing { writer, torn, .. } = &mut *state else {
            *state = State::Closed;
            return Ok(());
        };
        let result = if *torn {
            writer.abort().await;
            Err(torn_file())
        } else {
            writer.close().await.map(drop)
        };
        *state = State::Closed;
        result
    }

    /// Gives up what was written.
    async fn abort(self: Arc<Self>) -> opendal::Result<()> {
        let mut state = self.lock().await?;
        self.closed.store(true, Ordering::Release);
        let was = std::mem::replace(&mut *state, State::Closed);
        if let State::Writing { mut writer, .. } = was {
            writer.abort().await;
        }
        Ok(())
    }
}

fn torn_file() -> CoreError {
    let message = "an earlier write failed or was cancelled, so the file cannot be completed";
    CoreError::new(ErrorKind::Unexpected, message)
}

impl State {
    async fn open(&mut self) -> opendal::Result<()> {
        let State::Unopened { operator, path, opening, failed } = self else { return Ok(()) };
        *failed = true;
        *self = Self::opened(operator, opening, path).await?;
        Ok(())
    }

    async fn opened(operator: &Operator, opening: &Opening, path: &str) -> opendal::Result<Self> {
        Ok(match opening {
            Opening::Read { options, stat, part } => {
                let found = operator.stat_options(path, (**stat).clone()).await?;
                if found.is_dir() {
                    return Err(CoreError::new(ErrorKind::IsADirectory, "a directory"));
                }
                // A pipe or a device, which has no length to read up to.
                if !found.is_file() {
                    let message = "it is neither a file nor a directory";
                    return Err(CoreError::new(ErrorKind::Unsupported, message));
                }
                let range = part.within(found.content_length());
                let mut options = ReaderOptions {
                    content_length_hint: Some(found.content_length()),
                    ..(**options).clone()
                };
                // All of the file is of one object, though another may take its place meanwhile.
                let strong = found.etag().filter(|etag| !etag.starts_with("W/"));
                if options.version.is_none()
                    && options.if_match.is_none()
                    && operator.info().capability().read_with_if_match
                {
                    options.if_match = strong.map(str::to_owned);
                }
                let reader = operator.reader_options(path, options).await?;
                let length = range.end - range.start;
                let reader = reader.into_futures_async_read(range).await?;
                State::Reading(Box::new(Reading {
                    reader,
                    length,
                    beyond: None,
                    lost: Arc::default(),
                }))
            }
            Opening::Write { options } => {
                let writer = Upload::open(operator, path, (**options).clone()).await?;
                State::Writing { writer: Box::new(writer), written: 0, torn: false }
            }
        })
    }

    async fn reading(&mut self) -> opendal::Result<&mut Reading> {
        self.open().await?;
        match self {
            State::Reading(reading) => {
                let lost = reading.lost.lock().take();
                if let Some(start) = lost {
                    reading.seek(SeekFrom::Start(start)).await?;
                }
                Ok(reading)
            }
            other => Err(other.refusal("read")),
        }
    }

    fn refusal(&self, wanted: &str) -> CoreError {
        match self {
            State::Closed => closed_file(),
            _ => CoreError::new(ErrorKind::Unsupported, format!("not opened to {wanted}")),
        }
    }
}

/// What is collected while it is open for writing is given up, which is worth a warning.
fn warn_unclosed(file: &OpenFile) {
    if file.writes
        && !file.closed.load(Ordering::Acquire)
        && file.generation == runtime::generation()
        && !file.never_opened()
    {
        let path = &file.context.path;
        engine::warn::<PyResourceWarning>(format!("{path:?} was never closed, and is not written"));
    }
}

impl Drop for File {
    fn drop(&mut self) {
        warn_unclosed(&self.0);
    }
}

impl Drop for AsyncFile {
    fn drop(&mut self) {
        warn_unclosed(&self.0);
    }
}

/// The size argument of reads: None and negative numbers mean everything.
fn size_of(operation: &str, size: Option<&Bound<'_, PyAny>>) -> PyResult<Option<usize>> {
    match size {
        None => Ok(None),
        Some(size) if size.is_instance_of::<PyInt>() && size.lt(0)? => Ok(None),
        Some(size) => Ok(Some(arguments::value::<Count>(operation, "size", size)?.get())),
    }
}

fn seek_to(pos: &Bound<'_, PyAny>, whence: Option<&Bound<'_, PyAny>>) -> PyResult<SeekFrom> {
    let distance = |pos: &Bound<'_, PyAny>| -> PyResult<i64> {
        if !pos.is_instance_of::<PyInt>() {
            let given = arguments::type_name(pos);
            return Err(Error::argument(format!("seek: pos must be int, not {given}")).into());
        }
        pos.extract().map_err(|_| Error::value("seek: pos is too large").into())
    };
    let from = whence.map_or(Ok(Count(0)), |w| arguments::value("seek", "whence", w))?;
    match from.0 {
        0 => Ok(SeekFrom::Start(arguments::value::<Count>("seek", "pos", pos)?.0)),
        1 => Ok(SeekFrom::Current(distance(pos)?)),
        2 => Ok(SeekFrom::End(distance(pos)?)),
        other => Err(Error::value(format!("seek: whence must be 0, 1 or 2, not {other}")).into()),
    }
}

/// What a read leaves in a buffer of the caller.
struct Filled {
    target: Py<PyAny>,
    taken: Taken,
}

impl Output for Filled {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let filled = buffer::fill("readinto", self.target.bind(py), &self.taken.arrive())?;
        (filled as u64).into_python(py)
    }
}

/// Leaving a `with` block: by an exception gives the file up, else it is closed.
fn leave(
    file: &Arc<OpenFile>,
    exception: Option<&Bound<'_, PyAny>>,
) -> Call<impl Operation<()> + use<>> {
    let failed = exception.is_some_and(PyAnyMethods::is_instance_of::<PyBaseException>);
    let file = Arc::clone(file);
    let name = file.clone();
    let future = async move { if failed { file.abort().await } else { file.close().await } };
    name.call("close", future)
}

#[pyclass(frozen, weakref, module = "opendal.file")]
#[doc = crate::docstring!("file.File")]
pub struct File(pub Arc<OpenFile>);

impl File {
    fn wait<T: Send, F: Operation<T>>(&self, py: Python<'_>, call: Call<F>) -> PyResult<T> {
        let _busy = Busy::with(&self.0)?;
        engine::wait(py, call)
    }

    fn run<T: Output, F: Operation<T>>(
        &self,
        py: Python<'_>,
        call: Call<F>,
    ) -> PyResult<Py<PyAny>> {
        self.wait(py, call)?.into_python(py)
    }
}

#[pymethods]
impl File {
    #[doc = crate::docstring!("file.File.read")]
    #[pyo3(signature = (size = None))]
    fn read(&self, py: Python<'_>, size: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        let size = size_of("read", size)?;
        self.run(py, self.0.call("read", Arc::clone(&self.0).read(size)))
    }

    #[doc = crate::docstring!("file.File.readline")]
    #[pyo3(signature = (size = None))]
    fn readline(&self, py: Python<'_>, size: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        let size = size_of("readline", size)?;
        self.run(py, self.0.call("readline", Arc::clone(&self.0).readline(size)))
    }

    #[doc = crate::docstring!("file.File.readinto")]
    fn readinto(&self, py: Python<'_>, buffer: &Bound<'_, PyAny>) -> PyResult<usize> {
        let size = buffer::writable_len("readinto", buffer)?;
        let read = Arc::clone(&self.0).read(Some(size));
        let taken = self.wait(py, self.0.call("readinto", read))?;
        buffer::fill("readinto", buffer, &taken.arrive())
    }

    #[doc = crate::docstring!("file.File.write")]
    fn write(&self, py: Python<'_>, bs: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let data = Buffer::from(buffer::from_python("write", bs, self.0.fate)?);
        self.run(py, self.0.call("write", Arc::clone(&self.0).write(data)))
    }

    #[doc = crate::docstring!("file.File.seek")]
    #[pyo3(signature = (pos, whence = None), text_signature = "($self, pos, whence=0)")]
    fn seek(
        &self,
        py: Python<'_>,
        pos: &Bound<'_, PyAny>,
        whence: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let to = seek_to(pos, whence)?;
        self.run(py, self.0.call("seek", Arc::clone(&self.0).seek(to)))
    }

    #[doc = crate::docstring!("file.File.tell")]
    fn tell(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.run(py, self.0.call("tell", Arc::clone(&self.0).tell()))
    }

    #[doc = crate::docstring!("file.File.flush")]
    fn flush(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.run(py, self.0.call("flush", Arc::clone(&self.0).flush()))
    }

    #[doc = crate::docstring!("file.File.close")]
    fn close(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.run(py, self.0.call("close", Arc::clone(&self.0).close()))
    }

    #[getter]
    #[doc = crate::docstring!("file.File.closed")]
    fn closed(&self) -> bool {
        self.0.closed.load(Ordering::Acquire)
    }

    #[doc = crate::docstring!("file.File.readable")]
    fn readable(&self) -> bool {
        !self.0.writes
    }

    #[doc = crate::docstring!("file.File.writable")]
    fn writable(&self) -> bool {
        self.0.writes
    }

    #[doc = crate::docstring!("file.File.seekable")]
    fn seekable(&self) -> bool {
        !self.0.writes
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
        let _ = (exc_type, traceback);
        self.wait(py, leave(&self.0, Some(exc_value)))
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let read = Arc::clone(&self.0).readline(None);
        let line = self.wait(py, self.0.call("readline", read))?.arrive();
        if line.is_empty() { Ok(None) } else { line.into_python(py).map(Some) }
    }

    fn __repr__(&self) -> String {
        describe("File", &self.0)
    }
}

fn describe(class: &str, file: &OpenFile) -> String {
    let mode = if file.writes { "wb" } else { "rb" };
    let closed = if file.closed.load(Ordering::Acquire) { ", closed" } else { "" };
    format!("<{class} {:?} {mode}{closed}>", file.context.path)
}

#[pyclass(frozen, weakref, module = "opendal.file")]
#[doc = crate::docstring!("file.AsyncFile")]
pub struct AsyncFile(pub Arc<OpenFile>);

impl AsyncFile {
    fn at_once(&self, operation: &'static str, py: Python<'_>, value: bool) -> Awaitable {
        let context = Context { operation, ..self.0.context.clone() };
        Awaitable::ready(context, value.into_python(py))
    }
}

#[pymethods]
impl AsyncFile {
    #[doc = crate::docstring!("file.AsyncFile.read")]
    #[pyo3(signature = (size = None))]
    fn read(&self, py: Python<'_>, size: Option<&Bound<'_, PyAny>>) -> PyResult<Awaitable> {
        let size = size_of("read", size)?;
        Awaitable::start(py, self.0.call("read", Arc::clone(&self.0).read(size)))
    }

    #[doc = crate::docstring!("file.AsyncFile.readline")]
    #[pyo3(signature = (size = None))]
    fn readline(&self, py: Python<'_>, size: Option<&Bound<'_, PyAny>>) -> PyResult<Awaitable> {
        let size = size_of("readline", size)?;
        Awaitable::start(py, self.0.call("readline", Arc::clone(&self.0).readline(size)))
    }

    #[doc = crate::docstring!("file.AsyncFile.readinto")]
    fn readinto(&self, py: Python<'_>, buffer: &Bound<'_, PyAny>) -> PyResult<Awaitable> {
        let size = buffer::writable_len("readinto", buffer)?;
        let target = buffer.clone().unbind();
        let read = Arc::clone(&self.0).read(Some(size));
        let future = read.map(|read| read.map(|taken| Filled { target, taken }));
        Awaitable::start(py, self.0.call("readinto", future))
    }

    #[doc = crate::docstring!("file.AsyncFile.write")]
    fn write(&self, py: Python<'_>, bs: &Bound<'_, PyAny>) -> PyResult<Awaitable> {
        let data = Buffer::from(buffer::from_python("write", bs, self.0.fate)?);
        Awaitable::start(py, self.0.call("write", Arc::clone(&self.0).write(data)))
    }

    #[doc = crate::docstring!("file.AsyncFile.seek")]
    #[pyo3(signature = (pos, whence = None), text_signature = "($self, pos, whence=0)")]
    fn seek(
        &self,
        py: Python<'_>,
        pos: &Bound<'_, PyAny>,
        whence: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Awaitable> {
        let to = seek_to(pos, whence)?;
        Awaitable::start(py, self.0.call("seek", Arc::clone(&self.0).seek(to)))
    }

    #[doc = crate::docstring!("file.AsyncFile.tell")]
    fn tell(&self, py: Python<'_>) -> PyResult<Awaitable> {
        Awaitable::start(py, self.0.call("tell", Arc::clone(&self.0).tell()))
    }

    #[doc = crate::docstring!("file.AsyncFile.flush")]
    fn flush(&self, py: Python<'_>) -> PyResult<Awaitable> {
        Awaitable::start(py, self.0.call("flush", Arc::clone(&self.0).flush()))
    }

    #[doc = crate::docstring!("file.AsyncFile.close")]
    fn close(&self, py: Python<'_>) -> PyResult<Awaitable> {
        Awaitable::start(py, self.0.call("close", Arc::clone(&self.0).close()))
    }

    #[getter]
    #[doc = crate::docstring!("file.AsyncFile.closed")]
    fn closed(&self, py: Python<'_>) -> Awaitable {
        self.at_once("closed", py, self.0.closed.load(Ordering::Acquire))
    }

    #[doc = crate::docstring!("file.AsyncFile.readable")]
    fn readable(&self, py: Python<'_>) -> Awaitable {
        self.at_once("readable", py, !self.0.writes)
    }

    #[doc = crate::docstring!("file.AsyncFile.writable")]
    fn writable(&self, py: Python<'_>) -> Awaitable {
        self.at_once("writable", py, self.0.writes)
    }

    #[doc = crate::docstring!("file.AsyncFile.seekable")]
    fn seekable(&self, py: Python<'_>) -> Awaitable {
        self.at_once("seekable", py, !self.0.writes)
    }

    fn __await__(slf: Py<Self>, py: Python<'_>) -> PyResult<Awaitable> {
        let opening = slf.get().0.opening();
        Awaitable::start_for(py, opening, Some(slf.into_any()))
    }

    fn __aenter__(slf: Py<Self>, py: Python<'_>) -> PyResult<Awaitable> {
        Self::__await__(slf, py)
    }

    #[pyo3(signature = (exc_type, exc_value, traceback))]
    fn __aexit__(
        &self,
        py: Python<'_>,
        exc_type: &Bound<'_, PyAny>,
        exc_value: &Bound<'_, PyAny>,
        traceback: &Bound<'_, PyAny>,
    ) -> PyResult<Awaitable> {
        let _ = (exc_type, traceback);
        Awaitable::start(py, leave(&self.0, Some(exc_value)))
    }

    fn __repr__(&self) -> String {
        describe("AsyncFile", &self.0)
    }
}
