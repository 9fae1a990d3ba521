//! The iterators that `list` gives.

use std::sync::Arc;

use pyo3::prelude::*;

use super::Listing;
use crate::engine::{self, Awaitable, Busy, Output};

#[pyclass(frozen, weakref, module = "opendal.types")]
#[doc = crate::docstring!("types.Lister")]
pub struct Lister(pub Arc<Listing>);

#[pymethods]
impl Lister {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let mut next = self.0.next_ready();
        if next.is_none() {
            let _busy = Busy::with(&self.0)?;
            next = engine::wait(py, self.0.next())?.entry.take();
        }
        next.map(|entry| entry.into_python(py)).transpose()
    }

    fn __repr__(&self) -> String {
        format!("<Lister of {:?}>", self.0.context.path)
    }
}

#[pyclass(frozen, weakref, module = "opendal.types")]
#[doc = crate::docstring!("types.AsyncLister")]
pub struct AsyncLister(pub Arc<Listing>);

#[pymethods]
impl AsyncLister {
    fn __await__(slf: Py<Self>, py: Python<'_>) -> Awaitable {
        let context = slf.get().0.context.clone();
        Awaitable::ready(context, Ok(slf.clone_ref(py).into_any()))
    }

    fn __aiter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __anext__(&self, py: Python<'_>) -> PyResult<Awaitable> {
        Awaitable::start(py, self.0.next())
    }

    fn __repr__(&self) -> String {
        format!("<AsyncLister of {:?}>", self.0.context.path)
    }
}
