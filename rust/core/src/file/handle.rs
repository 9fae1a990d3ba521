//! The synchronous side: what the Python classes of `opendal.file` stand on.

use std::sync::Arc;

use opendal::Buffer;
use pyo3::prelude::*;

use super::arguments::{seek_to, size_of};
use super::read::Reading;
use super::{OpenFile, State};
use crate::buffer::{self, Data, Fate};
use crate::engine::{self, Busy, Call, Operation, Output};
use crate::target::Target;

#[pyclass(frozen, weakref, name = "_Handle", module = "opendal._core.file")]
#[doc = crate::docstring!("file._Handle")]
pub struct FileHandle(pub Arc<OpenFile>);

/// What a read gives if it needs nothing but what is held.
fn ready(file: &OpenFile, f: impl FnOnce(&mut Reading) -> Option<Buffer>) -> Option<Buffer> {
    file.at_once(|state| match state {
        State::Reading(reading) => f(reading),
        _ => None,
    })
}

impl FileHandle {
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
impl FileHandle {
    #[doc = crate::docstring!("file._Handle.read")]
    #[pyo3(signature = (size = None))]
    fn read(&self, py: Python<'_>, size: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        let size = size_of("read", size)?;
        let direct = match ready(&self.0, |reading| reading.ready(size)) {
            Some(data) => return data.into_python(py),
            None => self.0.direct(size),
        };
        let file = Arc::clone(&self.0);
        match direct {
            Some(length) => {
                let target = Arc::new(Target::bytes(py, length)?);
                self.run(py, self.0.call("read", file.fill(target)))
            }
            None => self.run(py, self.0.call("read", file.read(size))),
        }
    }

    #[doc = crate::docstring!("file._Handle.read1")]
    #[pyo3(signature = (size = None))]
    fn read1(&self, py: Python<'_>, size: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        let size = size_of("read1", size)?;
        match ready(&self.0, |reading| reading.ready_some(size)) {
            Some(data) => data.into_python(py),
            None => self.run(py, self.0.call("read1", Arc::clone(&self.0).read1(size))),
        }
    }

    #[doc = crate::docstring!("file._Handle.readline")]
    #[pyo3(signature = (size = None))]
    fn readline(&self, py: Python<'_>, size: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        let size = size_of("readline", size)?;
        match ready(&self.0, |reading| reading.ready_line(size)) {
            Some(data) => data.into_python(py),
            None => self.run(py, self.0.call("readline", Arc::clone(&self.0).readline(size))),
        }
    }

    #[doc = crate::docstring!("file._Handle.readinto")]
    fn readinto(&self, py: Python<'_>, buffer: &Bound<'_, PyAny>) -> PyResult<usize> {
        let size = Some(buffer::writable_len("readinto", buffer)?);
        if self.0.direct(size).is_some() {
            let target = Arc::new(Target::buffer("readinto", buffer)?);
            let fill = Arc::clone(&self.0).fill(target);
            return Ok(self.wait(py, self.0.call("readinto", fill))?.arrive());
        }
        let data = match ready(&self.0, |reading| reading.ready(size)) {
            Some(data) => data,
            None => {
                self.wait(py, self.0.call("readinto", Arc::clone(&self.0).read(size)))?.arrive()
            }
        };
        buffer::fill("readinto", buffer, &data)
    }

    #[doc = crate::docstring!("file._Handle.readinto1")]
    fn readinto1(&self, py: Python<'_>, buffer: &Bound<'_, PyAny>) -> PyResult<usize> {
        let size = Some(buffer::writable_len("readinto1", buffer)?);
        let data = match ready(&self.0, |reading| reading.ready_some(size)) {
            Some(data) => data,
            None => {
                self.wait(py, self.0.call("readinto1", Arc::clone(&self.0).read1(size)))?.arrive()
            }
        };
        buffer::fill("readinto1", buffer, &data)
    }

    #[doc = crate::docstring!("file._Handle.peek")]
    fn peek(&self, py: Python<'_>, size: usize) -> PyResult<Py<PyAny>> {
        self.run(py, self.0.call("peek", Arc::clone(&self.0).peek(size)))
    }

    #[doc = crate::docstring!("file._Handle.write")]
    fn write(&self, py: Python<'_>, bs: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        // It may be sent when the call is long over, so what could change is copied.
        let data = Data::from_python("write", bs, Fate::Kept)?;
        let gathered = self.0.at_once(|state| match state {
            State::Writing(writing) => {
                data.at_hand().filter(|data| writing.gather(data)).map(|data| data.len() as u64)
            }
            _ => None,
        });
        match gathered {
            Some(length) => length.into_python(py),
            None => self.run(py, self.0.call("write", Arc::clone(&self.0).write(vec![data]))),
        }
    }

    #[doc = crate::docstring!("file._Handle.seek")]
    #[pyo3(signature = (pos, whence = None), text_signature = "($self, pos, whence=0)")]
    fn seek(
        &self,
        py: Python<'_>,
        pos: &Bound<'_, PyAny>,
        whence: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let to = seek_to(pos, whence)?;
        let moved = self.0.at_once(|state| match state {
            State::Reading(reading) => reading.seek(to).ok(),
            _ => None,
        });
        match moved {
            Some(place) => place.into_python(py),
            None => self.run(py, self.0.call("seek", Arc::clone(&self.0).seek(to))),
        }
    }

    #[doc = crate::docstring!("file._Handle.tell")]
    fn tell(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let place = self.0.at_once(|state| match state {
            State::Reading(reading) => Some(reading.position()),
            State::Writing(writing) => Some(writing.position()),
            _ => None,
        });
        match place {
            Some(place) => place.into_python(py),
            None => self.run(py, self.0.call("tell", Arc::clone(&self.0).tell())),
        }
    }

    #[doc = crate::docstring!("file._Handle.flush")]
    fn flush(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.run(py, self.0.call("flush", Arc::clone(&self.0).flush()))
    }

    #[doc = crate::docstring!("file._Handle.close")]
    fn close(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.run(py, self.0.call("close", Arc::clone(&self.0).close()))
    }

    #[doc = crate::docstring!("file._Handle.abort")]
    fn abort(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.run(py, self.0.call("close", Arc::clone(&self.0).abort()))
    }

    #[doc = crate::docstring!("file._Handle.abandon")]
    fn abandon(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.0.warn_unclosed();
        self.run(py, self.0.call("close", Arc::clone(&self.0).abandon()))
    }

    #[getter]
    #[doc = crate::docstring!("file._Handle.closed")]
    fn closed(&self) -> bool {
        self.0.is_closed()
    }

    #[getter]
    #[doc = crate::docstring!("file._Handle.writes")]
    fn writes(&self) -> bool {
        self.0.mode.writes()
    }

    #[getter]
    #[doc = crate::docstring!("file._Handle.name")]
    fn name(&self) -> &str {
        &self.0.context.path
    }

    #[getter]
    #[doc = crate::docstring!("file._Handle.mode")]
    fn mode(&self) -> &'static str {
        self.0.mode.binary()
    }

    #[doc = crate::docstring!("file._Handle.describe")]
    #[pyo3(signature = (class_name, mode = None))]
    fn describe(&self, class_name: &str, mode: Option<&str>) -> String {
        self.0.describe(class_name, mode.unwrap_or(self.0.mode.binary()))
    }
}

impl Drop for FileHandle {
    fn drop(&mut self) {
        self.0.warn_unclosed();
    }
}
