//! The values that operators give.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

use opendal::MetadataBuilder;
use opendal::raw::Timestamp;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict, PyTuple, PyTzInfo};

use crate::engine::Output;
use crate::error::Error;

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

#[pyclass(frozen, module = "opendal.types")]
#[doc = crate::docstring!("types.Metadata")]
pub struct Metadata(pub opendal::Metadata);

impl Output for opendal::Metadata {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(Py::new(py, Metadata(self))?.into_any())
    }
}

#[pymethods]
impl Metadata {
    #[getter]
    #[doc = crate::docstring!("types.Metadata.mode")]
    fn mode(&self) -> EntryMode {
        self.0.mode().into()
    }

    #[getter]
    #[doc = crate::docstring!("types.Metadata.is_file")]
    fn is_file(&self) -> bool {
        self.0.is_file()
    }

    #[getter]
    #[doc = crate::docstring!("types.Metadata.is_dir")]
    fn is_dir(&self) -> bool {
        self.0.is_dir()
    }

    #[getter]
    #[doc = crate::docstring!("types.Metadata.content_length")]
    fn content_length(&self) -> u64 {
        self.0.content_length()
    }

    #[getter]
    #[doc = crate::docstring!("types.Metadata.content_type")]
    fn content_type(&self) -> Option<&str> {
        self.0.content_type()
    }

    #[getter]
    #[doc = crate::docstring!("types.Metadata.content_encoding")]
    fn content_encoding(&self) -> Option<&str> {
        self.0.content_encoding()
    }

    #[getter]
    #[doc = crate::docstring!("types.Metadata.content_disposition")]
    fn content_disposition(&self) -> Option<&str> {
        self.0.content_disposition()
    }

    #[getter]
    #[doc = crate::docstring!("types.Metadata.content_md5")]
    fn content_md5(&self) -> Option<&str> {
        self.0.content_md5()
    }

    #[getter]
    #[doc = crate::docstring!("types.Metadata.cache_control")]
    fn cache_control(&self) -> Option<&str> {
        self.0.cache_control()
    }

    #[getter]
    #[doc = crate::docstring!("types.Metadata.etag")]
    fn etag(&self) -> Option<&str> {
        self.0.etag()
    }

    #[getter]
    #[doc = crate::docstring!("types.Metadata.version")]
    fn version(&self) -> Option<&str> {
        self.0.version()
    }

    #[getter]
    #[doc = crate::docstring!("types.Metadata.last_modified")]
    fn last_modified<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        self.0.last_modified().map(|moment| utc(py, moment)).transpose()
    }

    #[getter]
    #[doc = crate::docstring!("types.Metadata.user_metadata")]
    fn user_metadata(&self) -> Option<HashMap<String, String>> {
        let given = self.0.user_metadata()?;
        Some(given.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect())
    }

    #[getter]
    #[doc = crate::docstring!("types.Metadata.is_current")]
    fn is_current(&self) -> Option<bool> {
        self.0.is_current()
    }

    #[getter]
    #[doc = crate::docstring!("types.Metadata.is_deleted")]
    fn is_deleted(&self) -> bool {
        self.0.is_deleted()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let metadata = &self.0;
        let mut shown = vec![format!("mode=EntryMode.{:?}", self.mode())];
        if metadata.is_file() {
            shown.push(format!("content_length={}", metadata.content_length()));
        }
        for (name, value) in self.texts() {
            shown.push(format!("{name}={}", value.into_pyobject(py)?.repr()?));
        }
        if let Some(moment) = self.last_modified(py)? {
            let text = moment.call_method0("isoformat")?;
            shown.push(format!("last_modified={}", text.repr()?));
        }
        Ok(format!("Metadata({})", shown.join(", ")))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.0 == other.get().0)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.mode().hash(&mut hasher);
        (self.0.content_length(), self.0.etag(), self.0.version()).hash(&mut hasher);
        hasher.finish()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let (this, given) = (slf.get(), PyDict::new(slf.py()));
        for (name, value) in this.texts() {
            given.set_item(name, value)?;
        }
        let moment = this.0.last_modified().map(|moment| moment.into_inner().as_nanosecond());
        let arguments = (
            format!("{:?}", this.mode()),
            this.content_length(),
            moment,
            given,
            this.user_metadata(),
            (this.is_current(), this.is_deleted()),
        );
        reduced(slf.as_any(), arguments)
    }

    /// Makes metadata anew, for pickle.
    #[staticmethod]
    fn _rebuild(
        mode: &str,
        content_length: u64,
        last_modified: Option<i128>,
        texts: HashMap<String, String>,
        user_metadata: Option<HashMap<String, String>>,
        versions: (Option<bool>, bool),
    ) -> PyResult<Self> {
        let mut built = match mode {
            "File" => MetadataBuilder::file(content_length),
            "Dir" => MetadataBuilder::dir(),
            _ => MetadataBuilder::unknown(),
        };
        if let Some(moment) = last_modified {
            let seconds = i64::try_from(moment.div_euclid(1_000_000_000))?;
            let rest = i32::try_from(moment.rem_euclid(1_000_000_000))?;
            let moment = Timestamp::new(seconds, rest).map_err(|e| Error::value(e.to_string()))?;
            built.last_modified(moment);
        }
        for (name, value) in texts {
            match name.as_str() {
                "content_type" => built.content_type(value),
                "content_encoding" => built.content_encoding(value),
                "content_disposition" => built.content_disposition(value),
                "content_md5" => built.content_md5(value),
                "cache_control" => built.cache_control(value),
                "etag" => built.etag(value),
                "version" => built.version(value),
                _ => &mut built,
            };
        }
        if let Some(given) = user_metadata {
            built.user_metadata(given);
        }
        built.is_current(versions.0).is_deleted(versions.1);
        // What no operator gave may be more than the core's metadata can hold.
        catch_unwind(AssertUnwindSafe(|| built.build()))
            .map(Self)
            .map_err(|_| Error::value("so much metadata cannot be unpickled").into())
    }
}

impl Metadata {
    /// What is text, by name.
    fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let metadata = &self.0;
        [
            ("content_type", metadata.content_type()),
            ("content_encoding", metadata.content_encoding()),
            ("content_disposition", metadata.content_disposition()),
            ("content_md5", metadata.content_md5()),
            ("cache_control", metadata.cache_control()),
            ("etag", metadata.etag()),
            ("version", metadata.version()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

/// What pickle wants of an object: its class's `_rebuild`, and the arguments for it.
fn reduced<'py>(
    object: &Bound<'py, PyAny>,
    arguments: impl IntoPyObject<'py, Target = PyTuple, Error = PyErr, Output = Bound<'py, PyTuple>>,
) -> PyResult<Bound<'py, PyTuple>> {
    let rebuild = object.get_type().getattr("_rebuild")?;
    (rebuild, arguments.into_pyobject(object.py())?).into_pyobject(object.py())
}

fn utc(py: Python<'_>, moment: Timestamp) -> PyResult<Bound<'_, PyDateTime>> {
    let nanoseconds = moment.into_inner().as_nanosecond();
    // A datetime keeps microseconds; from a float of seconds it would keep fewer.
    let microseconds = nanoseconds.div_euclid(1000);
    let seconds = i64::try_from(microseconds.div_euclid(1_000_000))?;
    let rest = u32::try_from(microseconds.rem_euclid(1_000_000))?;
    #[allow(clippy::cast_precision_loss, reason = "whole seconds of years 1 to 9999 are exact")]
    let whole =
        PyDateTime::from_timestamp(py, seconds as f64, Some(&PyTzInfo::utc(py)?.to_owned()))?;
    let replaced = pyo3::types::PyDict::new(py);
    replaced.set_item("microsecond", rest)?;
    Ok(whole.call_method("replace", (), Some(&replaced))?.cast_into()?)
}

#[pyclass(frozen, module = "opendal.types")]
#[doc = crate::docstring!("types.Entry")]
pub struct Entry {
    path: String,
    metadata: opendal::Metadata,
}

impl Entry {
    /// Its path, and its version where the listing told one.
    pub fn place(&self) -> (&str, Option<String>) {
        (&self.path, self.metadata.version().map(str::to_owned))
    }
}

impl Output for opendal::Entry {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let (path, metadata) = self.into_parts();
        Ok(Py::new(py, Entry { path, metadata })?.into_any())
    }
}

#[pymethods]
impl Entry {
    #[getter]
    #[doc = crate::docstring!("types.Entry.path")]
    fn path(&self) -> &str {
        &self.path
    }

    #[getter]
    #[doc = crate::docstring!("types.Entry.name")]
    fn name(&self) -> &str {
        opendal::raw::get_basename(&self.path)
    }

    #[getter]
    #[doc = crate::docstring!("types.Entry.metadata")]
    fn metadata(&self) -> Metadata {
        Metadata(self.metadata.clone())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let path = self.path().into_pyobject(py)?.repr()?;
        Ok(format!("Entry({path}, {})", self.metadata().__repr__(py)?))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| {
            let other = other.get();
            self.path == other.path && self.metadata == other.metadata
        })
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.path.hash(&mut hasher);
        hasher.finish()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let Self { path, metadata } = slf.get();
        let arguments = (path, Metadata(metadata.clone()));
        reduced(slf.as_any(), arguments)
    }

    #[staticmethod]
    fn _rebuild(path: String, metadata: &Metadata) -> Self {
        Self { path, metadata: metadata.0.clone() }
    }
}

#[pyclass(frozen, eq, hash, module = "opendal.types")]
#[doc = crate::docstring!("types.PresignedRequest")]
#[derive(PartialEq, Eq, Hash)]
pub struct PresignedRequest {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
}

impl Output for opendal::raw::PresignedRequest {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let headers = self.header().iter().map(|(name, value)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let request = PresignedRequest {
            method: self.method().to_string(),
            url: self.uri().to_string(),
            headers: headers.collect(),
        };
        Ok(Py::new(py, request)?.into_any())
    }
}

#[pymethods]
impl PresignedRequest {
    #[getter]
    #[doc = crate::docstring!("types.PresignedRequest.url")]
    fn url(&self) -> &str {
        &self.url
    }

    #[getter]
    #[doc = crate::docstring!("types.PresignedRequest.method")]
    fn method(&self) -> &str {
        &self.method
    }

    #[getter]
    #[doc = crate::docstring!("types.PresignedRequest.headers")]
    fn headers(&self) -> HashMap<String, String> {
        self.headers.iter().cloned().collect()
    }

    /// The query holds the signature, which is as good as a password while it lasts.
    fn __repr__(&self) -> String {
        let shown = self.url.split('?').next().unwrap_or_default();
        format!("PresignedRequest({} {shown}?...)", self.method)
    }
}
