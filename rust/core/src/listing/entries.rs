//! A listing that is complete.

use std::iter::successors;
use std::sync::Arc;

use pyo3::exceptions::PyIndexError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PySlice};

use super::{BATCH, arrow};
use crate::engine::Output;
use crate::types::Listed;

#[pyclass(frozen, weakref, module = "opendal.types")]
#[doc = crate::docstring!("types.Entries")]
pub struct Entries {
    entries: Arc<[Listed]>,
    stat: bool,
}

impl Entries {
    pub fn new(entries: Vec<Listed>, stat: bool) -> Self {
        Self { entries: entries.into(), stat }
    }
}

#[pymethods]
impl Entries {
    fn __len__(&self) -> usize {
        self.entries.len()
    }

    fn __getitem__(&self, index: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let (py, length) = (index.py(), self.entries.len());
        if let Ok(slice) = index.cast::<PySlice>() {
            let picked = slice.indices(length.try_into()?)?;
            let places = successors(Some(picked.start), |at| at.checked_add(picked.step));
            let places = places.take(picked.slicelength).map(isize::cast_unsigned);
            let picked = places.filter_map(|at| self.entries.get(at).cloned()).collect();
            return Ok(Py::new(py, Self::new(picked, self.stat))?.into_any());
        }
        let at = index.extract::<isize>()?;
        let at = if at < 0 { length.checked_add_signed(at) } else { at.try_into().ok() };
        let entry = at.and_then(|at| self.entries.get(at).cloned());
        let none = || PyIndexError::new_err(format!("there are {length} entries"));
        entry.ok_or_else(none)?.into_python(py)
    }

    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: the object is alive and has a `__getitem__` that ends with an IndexError, which
        // is what Python's own iterator over a sequence asks for. It returns a new reference.
        unsafe { Bound::from_owned_ptr_or_err(slf.py(), ffi::PySeqIter_New(slf.as_ptr())) }
    }

    #[doc = crate::docstring!("types.Entries.__arrow_c_stream__")]
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let (entries, mut start) = (Arc::clone(&self.entries), 0);
        arrow::stream(py, self.stat, move || {
            let page = start..entries.len().min(start + BATCH);
            start = page.end;
            Ok(entries[page].to_vec())
        })
    }

    fn __repr__(&self) -> String {
        format!("<{} entries>", self.entries.len())
    }
}
