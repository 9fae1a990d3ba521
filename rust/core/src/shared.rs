//! `types.Buffer`: what was read, shown to Python where it is, without a copy.

use std::ffi::{c_int, c_void};

use bytes::Bytes;
use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyBufferError, PyIndexError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView, PySlice, PyTuple};

use crate::buffer::View;
use crate::engine::Output;

#[pyclass(frozen, weakref, sequence, module = "opendal.types")]
#[doc = crate::docstring!("types.Buffer")]
pub struct Buffer(Bytes);

/// Data that goes to Python as a [`Buffer`].
pub struct Shared(pub opendal::Buffer);

impl Output for Shared {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(Py::new(py, Buffer(self.0.to_bytes()))?.into_any())
    }
}

impl Buffer {
    pub fn new(data: Bytes) -> Self {
        Self(data)
    }

    /// The same bytes as an object that Python has all its methods for.
    fn bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0)
    }
}

#[pymethods]
impl Buffer {
    #[new]
    #[pyo3(signature = (data = None, /))]
    fn from_python(data: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let Some(data) = data else { return Ok(Self(Bytes::new())) };
        crate::buffer::from_python("Buffer", data, crate::buffer::Fate::Kept).map(Self)
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        self.bytes(py)
    }

    /// Part of it is a buffer again, on the same memory.
    fn __getitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let Ok(slice) = key.cast::<PySlice>() else {
            let length = self.0.len().cast_signed();
            let at = key.extract::<isize>()?;
            let at = if at < 0 { at + length } else { at };
            let byte = usize::try_from(at).ok().and_then(|at| self.0.get(at));
            let byte = byte.ok_or_else(|| PyIndexError::new_err("buffer index out of range"))?;
            return Ok(byte.into_pyobject(py)?.into_any().unbind());
        };
        let found = slice.indices(self.0.len().cast_signed())?;
        let part = if found.step == 1 {
            let start = found.start.cast_unsigned();
            self.0.slice(start..start + found.slicelength)
        } else {
            let picked = self.bytes(py).get_item(slice)?.cast_into::<PyBytes>()?;
            Bytes::copy_from_slice(picked.as_bytes())
        };
        Ok(Py::new(py, Self(part))?.into_any())
    }

    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: the object is alive and has a `__getitem__` that ends with an IndexError, which
        // is what Python's own iterator over a sequence asks for. It returns a new reference.
        unsafe { Bound::from_owned_ptr_or_err(slf.py(), ffi::PySeqIter_New(slf.as_ptr())) }
    }

    /// Python has this method of every buffer from 3.12 on.
    fn __buffer__<'py>(slf: &Bound<'py, Self>, flags: c_int) -> PyResult<Bound<'py, PyAny>> {
        let _ = flags;
        Ok(PyMemoryView::from(slf.as_any())?.into_any())
    }

    fn __contains__(&self, py: Python<'_>, item: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.bytes(py).contains(item)
    }

    /// As `bytes` compares, with whatever has bytes.
    fn __richcmp__(
        &self,
        py: Python<'_>,
        other: &Bound<'_, PyAny>,
        operator: CompareOp,
    ) -> PyResult<Py<PyAny>> {
        let Ok(view) = View::new(other, ffi::PyBUF_SIMPLE) else {
            return Ok(py.NotImplemented());
        };
        // SAFETY: the export lasts as long as `view`, under the GIL.
        let other = unsafe { view.bytes() };
        Ok(operator.matches(self.0.as_ref().cmp(other)).into_pyobject(py)?.to_owned().into())
    }

    /// That of equal `bytes`.
    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.bytes(py).hash()
    }

    #[doc = crate::docstring!("types.Buffer.decode")]
    #[pyo3(signature = (encoding = "utf-8", errors = "strict"))]
    fn decode<'py>(
        &self,
        py: Python<'py>,
        encoding: &str,
        errors: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.bytes(py).call_method1("decode", (encoding, errors))
    }

    #[doc = crate::docstring!("types.Buffer.hex")]
    fn hex<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.bytes(py).call_method0("hex")
    }

    #[doc = crate::docstring!("types.Buffer.tobytes")]
    fn tobytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        self.bytes(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        const SHOWN: usize = 32;
        let start = PyBytes::new(py, &self.0[..self.0.len().min(SHOWN)]).repr()?;
        let rest = if self.0.len() > SHOWN { ", ..." } else { "" };
        Ok(format!("Buffer({start}{rest}; {} bytes)", self.0.len()))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        (slf.as_any().get_type(), (slf.get().bytes(py),)).into_pyobject(py)
    }

    /// Lends the memory, read-only, to whoever wants a buffer.
    unsafe fn __getbuffer__(
        slf: Bound<'_, Self>,
        view: *mut ffi::Py_buffer,
        flags: c_int,
    ) -> PyResult<()> {
        if view.is_null() {
            return Err(PyBufferError::new_err("no place for the view"));
        }
        let data = &slf.get().0;
        // SAFETY: `view` is Python's to be filled; the bytes never move or change as long as the
        // object lives, to which the view gets a reference. A writable one is refused there.
        let filled = unsafe {
            ffi::PyBuffer_FillInfo(
                view,
                slf.as_ptr(),
                data.as_ptr().cast_mut().cast::<c_void>(),
                data.len().cast_signed(),
                1,
                flags,
            )
        };
        if filled == 0 { Ok(()) } else { Err(PyErr::fetch(slf.py())) }
    }
}
