//! Requests that carry their own permission.

use std::collections::HashMap;

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::reduced;
use crate::engine::Output;

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

    /// The query holds the signature, which is as good as a password while it lasts, and before the
    /// host there may be a password.
    fn __repr__(&self) -> String {
        let shown = self.url.split('?').next().unwrap_or_default();
        let (scheme, place) = shown.split_once("://").unwrap_or(("", shown));
        let (host, path) = place.split_at(place.find('/').unwrap_or(place.len()));
        let host = host.rsplit('@').next().unwrap_or_default();
        format!("PresignedRequest({} {scheme}://{host}{path}?...)", self.method)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let Self { method, url, headers } = slf.get();
        reduced(slf.as_any(), (method, url, headers.clone()))
    }

    /// Makes a request anew, for pickle.
    #[staticmethod]
    fn _rebuild(method: String, url: String, headers: Vec<(String, String)>) -> Self {
        Self { method, url, headers }
    }
}
