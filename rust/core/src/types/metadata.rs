//! What a service knows of an object.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

use opendal::MetadataBuilder;
use opendal::raw::Timestamp;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict, PyTuple, PyTzInfo};

use super::{EntryMode, reduced};
use crate::engine::Output;
use crate::error::Error;

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

    pub fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
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
        if let Some(current) = metadata.is_current() {
            shown.push(format!("is_current={}", if current { "True" } else { "False" }));
        }
        if metadata.is_deleted() {
            shown.push("is_deleted=True".to_owned());
        }
        if let Some(given) = metadata.user_metadata().filter(|given| !given.is_empty()) {
            let given: BTreeMap<_, _> = given.into_iter().collect();
            shown.push(format!("user_metadata={}", given.into_pyobject(py)?.repr()?));
        }
        Ok(format!("Metadata({})", shown.join(", ")))
    }

    fn __eq__(&self, other: &Bound<'_, Self>) -> bool {
        self.0 == other.get().0
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
        let mut built = of_mode(mode, content_length);
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

/// Metadata of the mode that an [`EntryMode`] is called by.
pub fn of_mode(mode: &str, content_length: u64) -> MetadataBuilder {
    match mode {
        "File" => MetadataBuilder::file(content_length),
        "Dir" => MetadataBuilder::dir(),
        _ => MetadataBuilder::unknown(),
    }
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
    let replaced = PyDict::new(py);
    replaced.set_item("microsecond", rest)?;
    Ok(whole.call_method("replace", (), Some(&replaced))?.cast_into()?)
}
