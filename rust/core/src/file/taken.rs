//! What a read hands to its caller, and gets back if the caller never took it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use opendal::Buffer;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::buffer::{self, LONG_COPY};
use crate::engine::{self, Output, Step, TURN};
use crate::target::Target;

/// Where to go back to, since what was read from there on never reached the caller.
#[derive(Clone)]
pub struct Lost(Arc<AtomicU64>);

impl Default for Lost {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(u64::MAX)))
    }
}

impl Lost {
    pub fn take(&self) -> Option<u64> {
        // Nothing is lost nearly always, and looking is cheaper than swapping.
        if self.0.load(Ordering::Acquire) == u64::MAX {
            return None;
        }
        Some(self.0.swap(u64::MAX, Ordering::AcqRel)).filter(|&place| place != u64::MAX)
    }
}

/// What was read. Dropped before Python got it, because the call was cancelled or interrupted, it
/// is read once more by the next call.
pub struct Taken {
    data: Buffer,
    start: u64,
    /// None once it has arrived.
    lost: Option<Lost>,
}

impl Taken {
    pub fn new(data: Buffer, start: u64, lost: &Lost) -> Self {
        Self { data, start, lost: Some(lost.clone()) }
    }

    /// The data, for good.
    pub fn arrive(mut self) -> Buffer {
        self.lost = None;
        std::mem::take(&mut self.data)
    }

    pub fn len(&self) -> usize {
        self.data.len()
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(lost) = &self.lost {
            lost.0.fetch_min(self.start, Ordering::AcqRel);
        }
    }
}

impl Output for Taken {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.arrive().into_python(py)
    }

    fn step(self, py: Python<'_>) -> PyResult<Step> {
        if self.len() < LONG_COPY {
            return self.into_python(py).map(Step::Done);
        }
        let target = Arc::new(Target::bytes(py, self.len())?);
        Ok(Step::More(engine::boxed(async move {
            let filled = target.put_all(&self.data).await;
            Ok(Placed { target, filled, taken: self })
        })))
    }
}

/// Several lines.
#[derive(Default)]
pub struct Lines {
    lines: Vec<Taken>,
    /// Those that are Python's already.
    made: Option<Py<PyList>>,
}

impl Lines {
    pub fn push(&mut self, line: Taken) {
        self.lines.push(line);
    }

    /// Makes objects of lines until that time; the list, once that is done. Lines arrive from the last to
    /// the first: given up before its end, a call leaves the first one to be read again, and what follows.
    fn make(&mut self, py: Python<'_>, until: Option<Instant>) -> PyResult<Option<Py<PyAny>>> {
        let is_late = || until.is_some_and(|until| Instant::now() > until);
        let made = self.made.get_or_insert_with(|| PyList::empty(py).unbind()).bind(py);
        while let Some(line) = self.lines.get(made.len()) {
            made.append(buffer::to_python(py, &line.data)?)?;
            if is_late() {
                return Ok(None);
            }
        }
        while let Some(line) = self.lines.pop() {
            drop(line.arrive());
            if is_late() && !self.lines.is_empty() {
                return Ok(None);
            }
        }
        Ok(Some(made.clone().into_any().unbind()))
    }
}

impl Output for Lines {
    fn into_python(mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.make(py, None)?.unwrap_or_else(|| py.None()))
    }

    fn step(mut self, py: Python<'_>) -> PyResult<Step> {
        match self.make(py, Some(Instant::now() + TURN))? {
            Some(made) => Ok(Step::Done(made)),
            None => Ok(Step::Later(Box::new(self))),
        }
    }
}

/// What went straight to its place: bytes that were made for it.
pub struct Placed {
    pub target: Arc<Target>,
    pub filled: usize,
    pub taken: Taken,
}

impl Placed {
    /// How much there is, for good.
    pub fn arrive(self) -> usize {
        drop(self.taken.arrive());
        self.filled
    }
}

impl Output for Placed {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        drop(self.taken.arrive());
        self.target.filled(py, self.filled)
    }
}

/// The same in a buffer of the caller's, who is told how much it is.
pub struct Count(pub Placed);

impl Output for Count {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        (self.0.arrive() as u64).into_python(py)
    }
}

/// What a read leaves in a buffer of the caller.
pub struct Filled {
    pub target: Py<PyAny>,
    pub taken: Taken,
}

impl Output for Filled {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let filled = buffer::fill("readinto", self.target.bind(py), &self.taken.arrive())?;
        (filled as u64).into_python(py)
    }
}
