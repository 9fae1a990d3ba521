//! `opendal._core`: registers the native types of the package, each once.

mod answer;
mod arguments;
mod aside;
mod base;
mod buffer;
mod builders;
mod capability;
mod config;
mod credentials;
mod ending;
mod engine;
mod error;
mod exact;
mod file;
mod forward;
mod ftp;
mod http;
mod keyed;
mod large;
mod layers;
mod listing;
mod once;
mod open;
mod operations;
mod operator;
mod options;
mod pin;
mod rounds;
mod runtime;
mod sftp;
mod shared;
mod silence;
mod source;
mod stream;
mod subclass;
mod target;
mod transfer;
mod types;
mod upload;

/// The docstring that the stubs have for a name, so that `help()` and the stubs always agree.
macro_rules! docstring {
    ($name:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/docs/", $name, ".txt"))
    };
    ($class:literal, $member:ident) => {
        include_str!(concat!(env!("OUT_DIR"), "/docs/", $class, ".", stringify!($member), ".txt"))
    };
}
pub(crate) use docstring;

#[pyo3::pymodule(module = "opendal")]
#[doc = crate::docstring!("_core")]
mod _core {
    use pyo3::prelude::*;
    use pyo3::types::PyDict;

    use crate::arguments::{self, Amount, File, Patience, Value};
    use crate::error::Error;
    use crate::file::Given;
    use crate::{http, runtime};

    #[pymodule_export]
    use super::{
        native_capability as capability, native_file as file, native_layers as layers,
        native_operator as operator, native_types as types,
    };

    #[pyfunction]
    #[doc = crate::docstring!("_core.schemes")]
    fn schemes() -> Vec<&'static str> {
        opendal_rules::service::schemes().collect()
    }

    #[pyfunction]
    #[doc = crate::docstring!("_core.configure")]
    #[pyo3(signature = (
        *, connections = None, threads = None, connect_timeout = None, read_timeout = None,
        ca_bundle = None, client_certificate = None
    ))]
    fn configure(
        connections: Option<&Bound<'_, PyAny>>,
        threads: Option<&Bound<'_, PyAny>>,
        connect_timeout: Option<&Bound<'_, PyAny>>,
        read_timeout: Option<&Bound<'_, PyAny>>,
        ca_bundle: Option<&Bound<'_, PyAny>>,
        client_certificate: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        // All is looked at before anything is changed.
        let connections = given::<Amount>("connections", connections)?;
        let threads = given::<Amount>("threads", threads)?;
        let mut settings = http::Settings::current().clone();
        let files_or_times = [connect_timeout, read_timeout, ca_bundle, client_certificate]
            .iter()
            .any(Option::is_some);
        if let Some(Patience(length)) = given("connect_timeout", connect_timeout)? {
            settings.connect_timeout = Some(length);
        }
        if let Some(Patience(length)) = given("read_timeout", read_timeout)? {
            settings.read_timeout = Some(length);
        }
        if let Some(File(path)) = given("ca_bundle", ca_bundle)? {
            settings.ca_bundle = Some(path);
        }
        if let Some(File(path)) = given("client_certificate", client_certificate)? {
            settings.client_certificate = Some(path);
        }
        if files_or_times {
            settings.check()?;
        }
        if let Some(threads) = threads {
            runtime::set_threads(threads.0)?;
        }
        if let Some(connections) = connections {
            http::set_connections(connections.0);
        }
        if files_or_times {
            settings.set();
        }
        Ok(())
    }

    #[pyfunction]
    #[doc = crate::docstring!("_core.open")]
    #[pyo3(
        signature = (
            uri, mode = Given(None), *, buffering = Given(None), encoding = None, errors = None,
            newline = None, **keywords
        ),
        text_signature = "(uri, mode='rb', *, buffering=-1, encoding=None, errors=None, newline=None, **keywords)"
    )]
    #[allow(clippy::too_many_arguments, reason = "they are those of Python's own open")]
    fn open<'py>(
        py: Python<'py>,
        uri: &Bound<'py, PyAny>,
        mode: Given<'py>,
        buffering: Given<'py>,
        encoding: Option<&Bound<'py, PyAny>>,
        errors: Option<&Bound<'py, PyAny>>,
        newline: Option<&Bound<'py, PyAny>>,
        keywords: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Py<PyAny>> {
        crate::open::open(py, uri, mode, buffering, [encoding, errors, newline], keywords)
    }

    /// The value of a keyword of `configure`.
    fn given<T: Value>(name: &str, value: Option<&Bound<'_, PyAny>>) -> Result<Option<T>, Error> {
        value.map(|value| arguments::value("configure", name, value)).transpose()
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::runtime::prepare();
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("debug", cfg!(debug_assertions))?;
        super::operator::link(module.py())?;
        // `from opendal._core.layers import ...` looks here, not at the attributes of a module.
        let loaded = PyModule::import(module.py(), "sys")?.getattr("modules")?;
        for name in ["capability", "file", "layers", "operator", "types"] {
            let full = format!("opendal._core.{name}");
            let submodule = module.getattr(name)?;
            submodule.setattr("__name__", &full)?;
            loaded.set_item(full, submodule)?;
        }
        Ok(())
    }
}

#[pyo3::pymodule(submodule, name = "operator", module = "opendal._core")]
#[doc = crate::docstring!("operator")]
mod native_operator {
    #[pymodule_export]
    use crate::engine::Awaitable;
    #[pymodule_export]
    use crate::operator::{AsyncOperator, Operator};
}

#[pyo3::pymodule(submodule, name = "file", module = "opendal._core")]
#[doc = crate::docstring!("file")]
mod native_file {
    #[pymodule_export]
    use crate::file::{AsyncFile, FileHandle};
}

#[pyo3::pymodule(submodule, name = "types", module = "opendal._core")]
#[doc = crate::docstring!("types")]
mod native_types {
    #[pymodule_export]
    use crate::listing::{AsyncLister, Entries, Lister};
    #[pymodule_export]
    use crate::shared::Buffer;
    #[pymodule_export]
    use crate::stream::{AsyncReadStream, ReadStream};
    #[pymodule_export]
    use crate::types::{Entry, EntryMode, Metadata, PresignedRequest};
}

#[pyo3::pymodule(submodule, name = "capability", module = "opendal._core")]
#[doc = crate::docstring!("capability")]
mod native_capability {
    #[pymodule_export]
    use crate::capability::Capability;
}

#[pyo3::pymodule(submodule, name = "layers", module = "opendal._core")]
#[doc = crate::docstring!("layers")]
mod native_layers {
    #[pymodule_export]
    use crate::layers::{
        CapabilityOverrideLayer, ConcurrentLimitLayer, Layer, MimeGuessLayer, RetryLayer,
        TimeoutLayer,
    };
}
