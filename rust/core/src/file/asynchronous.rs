//! The asynchronous side: what may wait is awaited.

use std::sync::Arc;

use futures::FutureExt;

use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;

use super::arguments::{seek_to, size_of};
use super::read::Reading;
use super::taken::{Count, Filled, Taken};
use super::{OpenFile, State};
use crate::buffer::{self, Data, Fate};
use crate::engine::{Awaitable, Awaiting, Call, Operation, Output, running_loop};
use crate::error::Context;
use crate::target::Target;

#[pyclass(frozen, weakref, module = "opendal.file")]
#[doc = crate::docstring!("file.AsyncFile")]
pub struct AsyncFile(pub Arc<OpenFile>);

impl AsyncFile {
    /// A call that need not leave this thread if what it reads is held, as `there` says.
    fn quickly<T, F: Operation<T>>(
        &self,
        call: Call<F>,
        there: impl FnOnce(&mut Reading) -> bool,
    ) -> Call<F> {
        let quick = self.0.at_once(|state| match state {
            State::Reading(reading) => Some(there(reading)),
            _ => None,
        });
        Call { quick: quick == Some(true), ..call }
    }

    fn at_once(&self, operation: &'static str, py: Python<'_>, value: bool) -> Awaitable {
        let context = Context { operation, ..self.0.context.clone() };
        Awaitable::ready(context, value.into_python(py))
    }
}

/// A line, or the end of the iteration.
struct Next(Taken);

impl Output for Next {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        if self.0.len() == 0 {
            return Err(PyStopAsyncIteration::new_err(()));
        }
        self.0.into_python(py)
    }
}

#[pymethods]
impl AsyncFile {
    #[doc = crate::docstring!("file.AsyncFile.read")]
    #[pyo3(signature = (size = None))]
    fn read(&self, py: Python<'_>, size: Option<&Bound<'_, PyAny>>) -> PyResult<Awaitable> {
        let size = size_of("read", size)?;
        if let Some(length) = self.0.direct(size) {
            let target = Arc::new(Target::bytes(py, length)?);
            return Awaitable::start(py, self.0.call("read", Arc::clone(&self.0).fill(target)));
        }
        let call = self.0.call("read", Arc::clone(&self.0).read(size));
        Awaitable::start(py, self.quickly(call, |reading| reading.holds(size)))
    }

    #[doc = crate::docstring!("file.AsyncFile.read1")]
    #[pyo3(signature = (size = None))]
    fn read1(&self, py: Python<'_>, size: Option<&Bound<'_, PyAny>>) -> PyResult<Awaitable> {
        let size = size_of("read1", size)?;
        let call = self.0.call("read1", Arc::clone(&self.0).read1(size));
        Awaitable::start(py, self.quickly(call, |reading| reading.holds(Some(1))))
    }

    #[doc = crate::docstring!("file.AsyncFile.readline")]
    #[pyo3(signature = (size = None))]
    fn readline(&self, py: Python<'_>, size: Option<&Bound<'_, PyAny>>) -> PyResult<Awaitable> {
        let size = size_of("readline", size)?;
        let call = self.0.call("readline", Arc::clone(&self.0).readline(size));
        Awaitable::start(py, self.quickly(call, |reading| reading.holds_line(size)))
    }

    #[doc = crate::docstring!("file.AsyncFile.readlines")]
    #[pyo3(signature = (hint = None))]
    fn readlines(&self, py: Python<'_>, hint: Option<&Bound<'_, PyAny>>) -> PyResult<Awaitable> {
        let hint = size_of("readlines", hint)?;
        Awaitable::start(py, self.0.call("readlines", Arc::clone(&self.0).readlines(hint)))
    }

    #[doc = crate::docstring!("file.AsyncFile.readinto")]
    fn readinto(&self, py: Python<'_>, buffer: &Bound<'_, PyAny>) -> PyResult<Awaitable> {
        let size = Some(buffer::writable_len("readinto", buffer)?);
        if self.0.direct(size).is_some() {
            let target = Arc::new(Target::buffer("readinto", buffer)?);
            let fill = Arc::clone(&self.0).fill(target).map(|placed| placed.map(Count));
            return Awaitable::start(py, self.0.call("readinto", fill));
        }
        let target = buffer.clone().unbind();
        let read = Arc::clone(&self.0).read(size);
        let future = read.map(|read| read.map(|taken| Filled { target, taken }));
        let call = self.0.call("readinto", future);
        Awaitable::start(py, self.quickly(call, |reading| reading.holds(size)))
    }

    #[doc = crate::docstring!("file.AsyncFile.peek")]
    #[pyo3(signature = (size = None))]
    fn peek(&self, py: Python<'_>, size: Option<&Bound<'_, PyAny>>) -> PyResult<Awaitable> {
        let size = size_of("peek", size)?.filter(|&size| size > 0).unwrap_or(PEEK);
        let call = self.0.call("peek", Arc::clone(&self.0).peek(size));
        Awaitable::start(py, self.quickly(call, |reading| reading.holds(Some(1))))
    }

    #[doc = crate::docstring!("file.AsyncFile.write")]
    fn write(&self, py: Python<'_>, bs: &Bound<'_, PyAny>) -> PyResult<Awaitable> {
        // It may be sent when the call is long over, so what could change is copied.
        let data = Data::from_python("write", bs, Fate::Kept)?;
        let quick = self.0.at_once(|state| match state {
            State::Writing(writing) => Some(writing.has_room(data.len())),
            _ => None,
        });
        let call = self.0.call("write", Arc::clone(&self.0).write(vec![data]));
        Awaitable::start(py, Call { quick: quick == Some(true), ..call })
    }

    #[doc = crate::docstring!("file.AsyncFile.writelines")]
    fn writelines(&self, py: Python<'_>, lines: &Bound<'_, PyAny>) -> PyResult<Awaitable> {
        let data = lines
            .try_iter()?
            .map(|line| Data::from_python("writelines", &line?, Fate::Kept))
            .collect::<PyResult<Vec<_>>>()?;
        let future = Arc::clone(&self.0).write(data).map(|written| written.map(drop));
        Awaitable::start(py, self.0.call("writelines", future))
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
        let call = self.0.call("seek", Arc::clone(&self.0).seek(to));
        Awaitable::start(py, self.quickly(call, |_| true))
    }

    #[doc = crate::docstring!("file.AsyncFile.tell")]
    fn tell(&self, py: Python<'_>) -> PyResult<Awaitable> {
        let call = self.0.call("tell", Arc::clone(&self.0).tell());
        Awaitable::start(py, self.quickly(call, |_| true))
    }

    #[doc = crate::docstring!("file.AsyncFile.flush")]
    fn flush(&self, py: Python<'_>) -> PyResult<Awaitable> {
        Awaitable::start(py, self.0.call("flush", Arc::clone(&self.0).flush()))
    }

    #[doc = crate::docstring!("file.AsyncFile.close")]
    fn close(&self, py: Python<'_>) -> PyResult<Awaitable> {
        Awaitable::start(py, self.0.call("close", Arc::clone(&self.0).close()))
    }

    #[doc = crate::docstring!("file.AsyncFile.abort")]
    fn abort(&self, py: Python<'_>) -> PyResult<Awaitable> {
        Awaitable::start(py, self.0.call("close", Arc::clone(&self.0).abort()))
    }

    #[getter]
    #[doc = crate::docstring!("file.AsyncFile.name")]
    fn name(&self) -> &str {
        &self.0.context.path
    }

    #[getter]
    #[doc = crate::docstring!("file.AsyncFile.mode")]
    fn mode(&self) -> &'static str {
        self.0.mode.binary()
    }

    #[getter]
    #[doc = crate::docstring!("file.AsyncFile.closed")]
    fn closed(&self, py: Python<'_>) -> Awaitable {
        self.at_once("closed", py, self.0.is_closed())
    }

    #[doc = crate::docstring!("file.AsyncFile.readable")]
    fn readable(&self, py: Python<'_>) -> Awaitable {
        self.at_once("readable", py, !self.0.mode.writes())
    }

    #[doc = crate::docstring!("file.AsyncFile.writable")]
    fn writable(&self, py: Python<'_>) -> Awaitable {
        self.at_once("writable", py, self.0.mode.writes())
    }

    #[doc = crate::docstring!("file.AsyncFile.seekable")]
    fn seekable(&self, py: Python<'_>) -> Awaitable {
        self.at_once("seekable", py, !self.0.mode.writes())
    }

    fn __await__(slf: Py<Self>, py: Python<'_>) -> PyResult<Awaiting> {
        Awaiting::on(py, Self::__aenter__(slf, py)?)
    }

    fn __aenter__(slf: Py<Self>, py: Python<'_>) -> PyResult<Awaitable> {
        let opening = slf.get().0.opening();
        Awaitable::start_for(py, opening, Some(slf.into_any()))
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
        if exc_value.is_none() {
            return self.close(py);
        }
        if running_loop(py)?.is_some() {
            return self.abort(py);
        }
        // A coroutine that is collected when its loop is gone leaves its blocks, and cannot wait.
        self.0.abort_unseen()?;
        Ok(Awaitable::ready(self.0.context.clone(), Ok(py.None())))
    }

    fn __aiter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __anext__(&self, py: Python<'_>) -> PyResult<Awaitable> {
        let future = Arc::clone(&self.0).readline(None).map(|line| line.map(Next));
        let call = self.0.call("readline", future);
        Awaitable::start(py, self.quickly(call, |reading| reading.holds_line(None)))
    }

    fn __repr__(&self) -> String {
        self.0.describe("AsyncFile", self.0.mode.binary())
    }
}

/// So much is shown by `peek` if nobody says how much; as much as Python's own buffers hold.
const PEEK: usize = 8192;

impl Drop for AsyncFile {
    fn drop(&mut self) {
        self.0.warn_unclosed();
    }
}
