//! The iterators that `list` gives.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use super::{Entries, Listing, Next, arrow};
use crate::engine::{self, Awaitable, Awaiting, Busy, Output};

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

    #[doc = crate::docstring!("types.Lister.collect")]
    fn collect(&self, py: Python<'_>) -> PyResult<Entries> {
        let _busy = Busy::with(&self.0)?;
        engine::wait(py, self.0.rest())?;
        Ok(Entries::new(self.0.take(), self.0.stat))
    }

    #[doc = crate::docstring!("types.Lister.__arrow_c_stream__")]
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // A request, which a producer may leave unheeded: the consumer casts then.
        let _ = requested_schema;
        let listing = Arc::clone(&self.0);
        arrow::stream(py, listing.stat, move || {
            arrow::attached(|py| {
                py.check_signals()?;
                let _busy = Busy::with(&listing)?;
                engine::wait(py, listing.page())
            })
        })
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
    fn __await__(slf: Py<Self>, py: Python<'_>) -> PyResult<Awaiting> {
        let context = slf.get().0.context.clone();
        Awaiting::on(py, Awaitable::ready(context, Ok(slf.clone_ref(py).into_any())))
    }

    fn __aiter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __anext__(&self, py: Python<'_>) -> PyResult<Awaitable> {
        match self.0.next_ready() {
            Some(entry) => {
                let next = Next { entry: Some(entry), listing: Arc::clone(&self.0) };
                Ok(Awaitable::kept(self.0.context.clone(), next))
            }
            None => Awaitable::start(py, self.0.next()),
        }
    }

    #[doc = crate::docstring!("types.AsyncLister.collect")]
    fn collect(&self, py: Python<'_>) -> PyResult<Awaitable> {
        Awaitable::start(py, self.0.rest())
    }

    fn __repr__(&self) -> String {
        format!("<AsyncLister of {:?}>", self.0.context.path)
    }
}
