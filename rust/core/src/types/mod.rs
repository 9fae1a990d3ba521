//! The values that operators give.

mod entry;
mod metadata;
mod presigned;

use pyo3::prelude::*;
use pyo3::types::PyTuple;

pub use entry::{Entry, Listed};
pub use metadata::Metadata;
pub use presigned::PresignedRequest;

#[pyclass(frozen, eq, hash, module = "opendal.types")]
#[doc = crate::docstring!("types.EntryMode")]
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EntryMode {
    File,
    Dir,
    Unknown,
}

#[pymethods]
#[allow(clippy::trivially_copy_pass_by_ref, reason = "PyO3 hands out references")]
impl EntryMode {
    #[doc = crate::docstring!("types.EntryMode.is_file")]
    fn is_file(&self) -> bool {
        *self == Self::File
    }

    #[doc = crate::docstring!("types.EntryMode.is_dir")]
    fn is_dir(&self) -> bool {
        *self == Self::Dir
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        let getattr = PyModule::import(slf.py(), "builtins")?.getattr("getattr")?.unbind();
        let arguments = (slf.as_any().get_type(), format!("{:?}", slf.get()));
        Ok((getattr, arguments).into_pyobject(slf.py())?.into_any().unbind())
    }
}

impl From<opendal::EntryMode> for EntryMode {
    fn from(mode: opendal::EntryMode) -> Self {
        match mode {
            opendal::EntryMode::FILE => Self::File,
            opendal::EntryMode::DIR => Self::Dir,
            opendal::EntryMode::Unknown => Self::Unknown,
        }
    }
}

/// What pickle wants of an object: its class's `_rebuild`, and the arguments for it.
pub fn reduced<'py>(
    object: &Bound<'py, PyAny>,
    arguments: impl IntoPyObject<'py, Target = PyTuple, Error = PyErr, Output = Bound<'py, PyTuple>>,
) -> PyResult<Bound<'py, PyTuple>> {
    let rebuild = object.get_type().getattr("_rebuild")?;
    (rebuild, arguments.into_pyobject(object.py())?).into_pyobject(object.py())
}
