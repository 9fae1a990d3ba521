//! Memory of Python's that an operation fills while nobody holds the GIL.

use std::future::poll_fn;
use std::ops::Range;
use std::sync::Arc;

use opendal::raw::oio::ReadDyn;
use opendal::{Buffer, BytesRange};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView};
use tokio::task::yield_now;

use crate::buffer::{self, LONG_COPY, PIECE, View, copy_out};
use crate::engine::{self, Output, Step};
use crate::error::Error;

/// From this length on, most of the time that new memory costs is its pages, one by one.
const LARGE: usize = 4 << 20;

/// Writable memory that stays where it is as long as the object that it belongs to is held.
/// Dropped on a thread without the GIL, PyO3 lets go of the object at the next chance on a thread
/// that has it.
pub struct Target {
    start: *mut u8,
    length: usize,
    owner: Py<PyAny>,
}

// SAFETY: the memory is valid for as long as `owner` lives, and only the one operation that has
// the target writes to it: new bytes are known to nobody else, and of a buffer of the caller's the
// caller is told to leave it alone during the call.
unsafe impl Send for Target {}
// SAFETY: as above; `put` is called by the future of that operation alone, one call at a time.
unsafe impl Sync for Target {}

impl Target {
    /// New bytes of a length that is known, to be filled before anyone sees them.
    pub fn bytes(py: Python<'_>, length: usize) -> PyResult<Self> {
        let size = ffi::Py_ssize_t::try_from(length)?;
        // SAFETY: a null source makes an uninitialised object of that size, which nobody else sees.
        let (made, start) = unsafe {
            let made = ffi::PyBytes_FromStringAndSize(std::ptr::null(), size);
            let made = Bound::from_owned_ptr_or_err(py, made)?;
            let start = ffi::PyBytes_AsString(made.as_ptr()).cast::<u8>();
            (made, start)
        };
        if length >= LARGE {
            in_large_pages(start, length);
        }
        Ok(Self { start, length, owner: made.unbind() })
    }

    /// The memory of a writable buffer, which cannot be resized until the target is dropped.
    pub fn buffer(operation: &str, buffer: &Bound<'_, PyAny>) -> Result<Self, Error> {
        let unfit = |_| {
            let message = format!("{operation}: the buffer must be contiguous and writable");
            Error::argument(message)
        };
        let view = PyMemoryView::from(buffer).map_err(unfit)?;
        // The memoryview keeps its own export of the object.
        let seen = View::new(view.as_any(), ffi::PyBUF_WRITABLE).map_err(unfit)?;
        let (start, length) = (seen.pointer(), seen.len());
        drop(seen);
        Ok(Self { start, length, owner: view.into_any().unbind() })
    }

    pub fn len(&self) -> usize {
        self.length
    }

    /// Where a place of it is in memory.
    pub fn place(&self, at: usize) -> *mut u8 {
        self.start.wrapping_add(at)
    }

    /// Writes what fits at that place, and says how much did.
    pub fn put(&self, at: usize, data: &Buffer) -> usize {
        let fits = data.len().min(self.length.saturating_sub(at));
        if fits > 0 {
            // SAFETY: `at + fits` is within the memory, and nobody else uses it; see `Send`.
            unsafe { copy_out(&data.slice(..fits), self.start.add(at)) };
        }
        fits
    }

    /// Writes all that fits, with pauses in which others get on and signals are heard.
    pub async fn put_all(&self, data: &Buffer) -> usize {
        let mut at = 0;
        while at < data.len() && at < self.length {
            if at > 0 {
                yield_now().await;
            }
            at += self.put(at, &data.slice(at..(at + PIECE).min(data.len())));
        }
        at
    }

    /// The bytes that were made, of which so many were filled.
    pub fn filled(&self, py: Python<'_>, filled: usize) -> PyResult<Py<PyAny>> {
        if filled == self.length {
            return Ok(self.owner.clone_ref(py));
        }
        // The object became shorter while it was read.
        let bytes = self.owner.bind(py).cast::<PyBytes>()?;
        Ok(PyBytes::new(py, &bytes.as_bytes()[..filled]).into_any().unbind())
    }
}

/// Bytes that are complete.
pub struct Filled {
    pub target: Arc<Target>,
    pub length: usize,
}

impl Output for Filled {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.target.filled(py, self.length)
    }
}

/// What is read becomes bytes by one copy; a long one must not keep others waiting.
impl Output for Buffer {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        if self.len() < LONG_COPY {
            return Ok(buffer::to_python(py, &self)?.into_any().unbind());
        }
        let target = Target::bytes(py, self.len())?;
        let length = py.detach(|| target.put(0, &self));
        target.filled(py, length)
    }

    fn step(self, py: Python<'_>) -> PyResult<Step> {
        if self.len() < LONG_COPY {
            return self.into_python(py).map(Step::Done);
        }
        let target = Arc::new(Target::bytes(py, self.len())?);
        Ok(Step::More(engine::boxed(async move {
            let length = target.put_all(&self).await;
            Ok(Filled { target, length })
        })))
    }
}

/// A part of a target, for a read that can leave its bytes there.
struct Lent {
    target: Arc<Target>,
    at: usize,
    length: usize,
}

// SAFETY: the memory belongs to the target for as long as that lives, and the one operation that
// has the target lends this part of it to one read at a time; see `Target`.
unsafe impl opendal_fs::Room for Lent {
    fn start(&self) -> *mut u8 {
        self.target.place(self.at)
    }

    fn length(&self) -> usize {
        self.length.min(self.target.len().saturating_sub(self.at))
    }
}

/// Reads a range of an object on our own fs into its place. Says how much of it came.
pub async fn fill_from_disk(
    reader: &dyn ReadDyn,
    range: Range<u64>,
    target: &Arc<Target>,
    at: usize,
) -> opendal::Result<usize> {
    let length = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
    let room = Lent { target: Arc::clone(target), at, length };
    let mut room: Option<Box<dyn opendal_fs::Room>> = Some(Box::new(room));
    let mut read = reader.read_dyn(BytesRange::from(range));
    let (_, data) =
        poll_fn(|task| opendal_fs::lend(&mut room, || read.as_mut().poll(task))).await?;
    // Where the read took the room, the bytes are there already.
    if !data.is_empty() && data.current().as_ptr() == target.place(at).cast_const() {
        return Ok(data.len());
    }
    Ok(target.put(at, &data))
}

/// Asks for pages of 2 MiB, where the system has them: a hint that may go unheard.
fn in_large_pages(start: *mut u8, length: usize) {
    #[cfg(target_os = "linux")]
    {
        const PAGE: usize = 4096;
        let first = start.addr().next_multiple_of(PAGE);
        let length = (start.addr() + length).saturating_sub(first) / PAGE * PAGE;
        // SAFETY: the pages lie within memory that was just allocated. The advice changes how it
        // is backed, not what it holds.
        unsafe {
            libc::madvise(start.with_addr(first).cast(), length, libc::MADV_HUGEPAGE);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (start, length);
}
