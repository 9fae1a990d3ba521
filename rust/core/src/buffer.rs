//! The only place where bytes cross between Python and Rust.

use bytes::{Bytes, BytesMut};
use opendal::Buffer;
use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView, PyString};

use tokio::task::yield_now;

use crate::error::Error;

/// What is shorter is copied at once: that takes about a millisecond.
pub const LONG_COPY: usize = 4 << 20;
/// What is longer is copied by so much at a time.
pub const PIECE: usize = 4 << 20;

/// What becomes of the bytes once the call is over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Sent,
    /// The store keeps them, so they must not change when the caller's buffer does.
    Kept,
}

/// The bytes of a Python object, without a copy, unless they are kept and could change.
///
/// `bytes` cannot change, so a reference is enough. Anything else is pinned by a memoryview for as
/// long as Rust holds it: it cannot be resized, and the caller must not change it until the call
/// is over.
pub fn from_python(operation: &str, data: &Bound<'_, PyAny>, fate: Fate) -> PyResult<Bytes> {
    if let Ok(bytes) = data.cast::<PyBytes>() {
        let seen = bytes.as_bytes();
        return Ok(Bytes::from_owner(Held {
            start: seen.as_ptr(),
            length: seen.len(),
            _owner: data.clone().unbind(),
        }));
    }
    if data.is_instance_of::<PyString>() {
        return Err(Error::argument(format!(
            "{operation}: data must be bytes, not str; did you mean data.encode()?"
        ))
        .into());
    }
    let view = PyMemoryView::from(data).map_err(|_| {
        let given = data.get_type().name().map_or_else(|_| String::new(), |n| n.to_string());
        Error::argument(format!(
            "{operation}: data must be bytes or another contiguous buffer, not {given}"
        ))
    })?;
    // The memoryview keeps its own export of the object, so what is seen here stays where it is.
    let seen = View::new(view.as_any(), ffi::PyBUF_SIMPLE)
        .map_err(|_| Error::argument(format!("{operation}: data must be contiguous")))?;
    let held = Held {
        start: seen.pointer(),
        length: seen.len(),
        _owner: view.clone().into_any().unbind(),
    };
    Ok(match fate {
        Fate::Sent => Bytes::from_owner(held),
        Fate::Kept => Bytes::copy_from_slice(held.as_ref()),
    })
}

/// Data of a call that is copied, where it must be, while the call runs: a long copy would keep
/// other threads, or a whole event loop, waiting.
pub struct Data {
    data: Bytes,
    copies: bool,
}

impl Data {
    pub fn from_python(operation: &str, data: &Bound<'_, PyAny>, fate: Fate) -> PyResult<Self> {
        let seen = from_python(operation, data, Fate::Sent)?;
        let copies = fate == Fate::Kept && !data.is_instance_of::<PyBytes>();
        if copies && seen.len() < LONG_COPY {
            return Ok(Self { data: Bytes::copy_from_slice(&seen), copies: false });
        }
        Ok(Self { data: seen, copies })
    }

    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// The data, if it is there without a long copy.
    pub fn at_hand(&self) -> Option<&[u8]> {
        (!self.copies).then_some(&*self.data)
    }

    pub async fn take(self) -> Bytes {
        if !self.copies {
            return self.data;
        }
        let mut copy = BytesMut::with_capacity(self.data.len());
        for piece in self.data.chunks(PIECE) {
            copy.extend_from_slice(piece);
            yield_now().await;
        }
        copy.freeze()
    }
}

/// Fills a writable Python buffer; says how many bytes fitted.
pub fn fill(operation: &str, target: &Bound<'_, PyAny>, data: &Buffer) -> PyResult<usize> {
    let view = View::new(target, ffi::PyBUF_WRITABLE).map_err(|_| {
        Error::argument(format!("{operation}: the buffer must be contiguous and writable"))
    })?;
    let length = data.len().min(view.len());
    // SAFETY: `view` holds a writable, contiguous export of at least `length` bytes, and the GIL
    // is held throughout, so Python code does not touch it meanwhile.
    unsafe { copy_out(&data.slice(..length), view.pointer()) };
    Ok(length)
}

/// The length in bytes of a writable buffer.
pub fn writable_len(operation: &str, target: &Bound<'_, PyAny>) -> PyResult<usize> {
    let view = View::new(target, ffi::PyBUF_WRITABLE).map_err(|_| {
        Error::argument(format!("{operation}: the buffer must be contiguous and writable"))
    })?;
    Ok(view.len())
}

/// New Python bytes: the one copy that a read costs.
pub fn to_python<'py>(py: Python<'py>, data: &Buffer) -> PyResult<Bound<'py, PyBytes>> {
    // An empty buffer may have no part at all, and then `current` panics.
    if data.is_empty() {
        return Ok(PyBytes::new(py, b""));
    }
    let first = data.current();
    if first.len() == data.len() {
        return Ok(PyBytes::new(py, &first));
    }
    let length = ffi::Py_ssize_t::try_from(data.len())?;
    // SAFETY: a null source makes an uninitialised object of `length` bytes, which nothing else
    // can see yet; `copy_out` writes every one of them before it is handed on.
    unsafe {
        let made = ffi::PyBytes_FromStringAndSize(std::ptr::null(), length);
        let made = Bound::from_owned_ptr_or_err(py, made)?;
        copy_out(data, ffi::PyBytes_AsString(made.as_ptr()).cast());
        Ok(made.cast_into_unchecked())
    }
}

/// # Safety
///
/// `target` must be valid for writes of `data.len()` bytes.
pub unsafe fn copy_out(data: &Buffer, target: *mut u8) {
    let mut at = target;
    for part in data.clone() {
        // SAFETY: the parts together are `data.len()` bytes long, for which the caller vouches.
        unsafe {
            std::ptr::copy_nonoverlapping(part.as_ptr(), at, part.len());
            at = at.add(part.len());
        }
    }
}

/// Memory of a Python object that neither moves nor changes while the object is held. Dropped on a
/// thread without the GIL, PyO3 lets go of the object at the next chance on a thread that has it.
struct Held {
    start: *const u8,
    length: usize,
    _owner: Py<PyAny>,
}

// SAFETY: the memory is valid for as long as `_owner` lives, and is only read.
unsafe impl Send for Held {}
// SAFETY: as above; bytes are immutable, and of other buffers the caller is told not to change
// them during the call.
unsafe impl Sync for Held {}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: see `Send`; memory of non-zero length has a valid start.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }
}

/// A buffer export that lasts as long as this value, under the GIL.
pub struct View<'py> {
    raw: Box<ffi::Py_buffer>,
    _py: Python<'py>,
}

impl<'py> View<'py> {
    pub fn new(object: &Bound<'py, PyAny>, flags: std::ffi::c_int) -> PyResult<Self> {
        let mut raw = Box::new(ffi::Py_buffer::new());
        // SAFETY: `raw` is a zeroed buffer struct; on success it is released once, in `drop`.
        let failed = unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), &raw mut *raw, flags) } != 0;
        if failed {
            return Err(
                PyErr::take(object.py()).unwrap_or_else(|| PyBufferError::new_err("no buffer"))
            );
        }
        Ok(Self { raw, _py: object.py() })
    }

    pub fn pointer(&self) -> *mut u8 {
        self.raw.buf.cast()
    }

    /// # Safety
    ///
    /// Nobody may change the object while what is returned is in use: the GIL must not be let go.
    pub unsafe fn bytes(&self) -> &[u8] {
        if self.len() == 0 {
            return &[];
        }
        // SAFETY: the export is of that length; the caller vouches for the rest.
        unsafe { std::slice::from_raw_parts(self.pointer(), self.len()) }
    }

    pub fn len(&self) -> usize {
        self.raw.len.cast_unsigned()
    }
}

impl Drop for View<'_> {
    fn drop(&mut self) {
        // SAFETY: got by a successful `PyObject_GetBuffer`, released once, under the GIL.
        unsafe { ffi::PyBuffer_Release(&raw mut *self.raw) };
    }
}
