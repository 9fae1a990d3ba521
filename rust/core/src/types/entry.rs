//! One line of a listing.

use std::hash::{DefaultHasher, Hash, Hasher};

use opendal::raw::oio;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::metadata::of_mode;
use super::{EntryMode, Metadata, reduced};
use crate::engine::Output;
use crate::error::Error;

/// An entry as a service gave it. A listing of names asks for no more, and what such an entry has
/// for a size may be made up, so nothing of it but the mode may ever be shown.
#[derive(Clone)]
pub struct Listed {
    pub entry: oio::Entry,
    pub stat: bool,
}

impl Listed {
    /// What may be shown of it, beside its path and its mode.
    pub fn metadata(&self) -> Option<&opendal::Metadata> {
        self.stat.then(|| self.entry.metadata())
    }
}

impl PartialEq for Listed {
    fn eq(&self, other: &Self) -> bool {
        self.entry.path() == other.entry.path()
            && self.entry.mode() == other.entry.mode()
            && self.metadata() == other.metadata()
    }
}

impl Output for Listed {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(Py::new(py, Entry(self))?.into_any())
    }
}

#[pyclass(frozen, module = "opendal.types")]
#[doc = crate::docstring!("types.Entry")]
pub struct Entry(Listed);

impl Entry {
    /// Its path, and its version where the listing told one.
    pub fn place(&self) -> (&str, Option<String>) {
        let version = self.0.metadata().and_then(opendal::Metadata::version);
        (self.0.entry.path(), version.map(str::to_owned))
    }
}

#[pymethods]
impl Entry {
    #[getter]
    #[doc = crate::docstring!("types.Entry.path")]
    fn path(&self) -> &str {
        self.0.entry.path()
    }

    #[getter]
    #[doc = crate::docstring!("types.Entry.name")]
    fn name(&self) -> &str {
        opendal::raw::get_basename(self.0.entry.path())
    }

    #[getter]
    #[doc = crate::docstring!("types.Entry.mode")]
    fn mode(&self) -> EntryMode {
        self.0.entry.mode().into()
    }

    #[getter]
    #[doc = crate::docstring!("types.Entry.is_file")]
    fn is_file(&self) -> bool {
        self.0.entry.mode().is_file()
    }

    #[getter]
    #[doc = crate::docstring!("types.Entry.is_dir")]
    fn is_dir(&self) -> bool {
        self.0.entry.mode().is_dir()
    }

    #[getter]
    #[doc = crate::docstring!("types.Entry.metadata")]
    fn metadata(&self) -> Result<Metadata, Error> {
        self.known().ok_or_else(|| {
            let path = self.path();
            let message = format!(
                "the entry {path:?} was listed with stat=False and has no metadata: call \
                 stat({path:?}), or list without stat=False"
            );
            Error::unsupported(message)
        })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let path = self.path().into_pyobject(py)?.repr()?;
        let known = match self.known() {
            Some(metadata) => metadata.__repr__(py)?,
            None => format!("EntryMode.{:?}", self.mode()),
        };
        Ok(format!("Entry({path}, {known})"))
    }

    fn __eq__(&self, other: &Bound<'_, Self>) -> bool {
        self.0 == other.get().0
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.path().hash(&mut hasher);
        hasher.finish()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let this = slf.get();
        let mode = format!("{:?}", this.mode());
        reduced(slf.as_any(), (this.path(), mode, this.known()))
    }

    /// Makes an entry anew, for pickle.
    #[staticmethod]
    fn _rebuild(path: &str, mode: &str, metadata: Option<&Metadata>) -> Self {
        let stat = metadata.is_some();
        let metadata =
            metadata.map_or_else(|| of_mode(mode, 0).build(), |metadata| metadata.0.clone());
        Self(Listed { entry: oio::Entry::new(path, metadata), stat })
    }
}

impl Entry {
    fn known(&self) -> Option<Metadata> {
        self.0.metadata().cloned().map(Metadata)
    }
}
