//! The layers. One Python object serves many operators, and they share its state.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opendal::layers as core;
use parking_lot::Mutex;
use pyo3::PyClass;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::arguments::{self, Positive, Value};
use crate::error::{Class, Error};
use crate::runtime;

/// What a layer does, and how it was asked for.
#[derive(Clone)]
enum Kind {
    Retry {
        layer: core::RetryLayer<CountRetries>,
        count: Arc<AtomicU64>,
        settings: RetrySettings,
    },
    Timeout {
        timeout: Option<Duration>,
        io_timeout: Option<Duration>,
    },
    ConcurrentLimit {
        /// Permits that were taken when a process forked are never given back in the child, so
        /// each generation has its own.
        layer: Arc<Mutex<(u32, core::ConcurrentLimitLayer)>>,
        limit: usize,
    },
    MimeGuess,
    CapabilityOverride {
        layer: core::CapabilityOverrideLayer,
        overrides: String,
    },
}

#[derive(Clone, Default)]
struct RetrySettings {
    max_times: Option<usize>,
    factor: Option<f64>,
    jitter: bool,
    max_delay: Option<Duration>,
    min_delay: Option<Duration>,
}

/// Counts the retries of one layer object, over all its operators.
#[derive(Clone)]
struct CountRetries(Arc<AtomicU64>);

impl core::RetryInterceptor for CountRetries {
    fn intercept(&self, _: core::RetryEvent<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
        crate::aside::again();
    }
}

/// What a pickle holds: the settings, with which the class is called again.
type Reduced<'py> = (Bound<'py, PyAny>, (Bound<'py, PyType>, Bound<'py, PyDict>));

#[pyclass(subclass, frozen, weakref, module = "opendal.layers")]
#[doc = crate::docstring!("layers.Layer")]
pub struct Layer {
    kind: Kind,
}

impl Layer {
    pub fn apply(&self, operator: opendal::Operator) -> opendal::Operator {
        match &self.kind {
            Kind::Retry { layer, .. } => operator.layer(layer.clone()),
            Kind::Timeout { timeout, io_timeout } => {
                let mut layer = core::TimeoutLayer::new();
                if let Some(timeout) = timeout {
                    layer = layer.with_timeout(*timeout);
                }
                if let Some(timeout) = io_timeout {
                    layer = layer.with_io_timeout(*timeout);
                }
                operator.layer(layer)
            }
            Kind::ConcurrentLimit { layer, limit } => {
                let mut layer = layer.lock();
                if layer.0 != runtime::generation() {
                    *layer = limit_layer(*limit);
                }
                operator.layer(layer.1.clone())
            }
            Kind::MimeGuess => operator.layer(core::MimeGuessLayer::new()),
            Kind::CapabilityOverride { layer, .. } => operator.layer(layer.clone()),
        }
    }

    /// The settings that were given, by name: what the repr shows and a pickle carries.
    fn settings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let settings = PyDict::new(py);
        let seconds = |name: &str, value: Option<Duration>| match value {
            Some(value) => settings.set_item(name, value.as_secs_f64()),
            None => Ok(()),
        };
        match &self.kind {
            Kind::Retry { settings: given, .. } => {
                if let Some(max_times) = given.max_times {
                    settings.set_item("max_times", max_times)?;
                }
                if let Some(factor) = given.factor {
                    settings.set_item("factor", factor)?;
                }
                if given.jitter {
                    settings.set_item("jitter", true)?;
                }
                seconds("max_delay", given.max_delay)?;
                seconds("min_delay", given.min_delay)?;
            }
            Kind::Timeout { timeout, io_timeout } => {
                seconds("timeout", *timeout)?;
                seconds("io_timeout", *io_timeout)?;
            }
            Kind::ConcurrentLimit { limit, .. } => settings.set_item("limit", limit)?,
            Kind::MimeGuess => {}
            Kind::CapabilityOverride { overrides, .. } => {
                settings.set_item("overrides", overrides)?;
            }
        }
        Ok(settings)
    }
}

#[pymethods]
impl Layer {
    /// Layers written in Python need hooks that the core does not call yet.
    #[classmethod]
    #[pyo3(signature = (**_options))]
    fn __init_subclass__(
        cls: &Bound<'_, PyType>,
        _options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let message = format!("{}: layers cannot be written in Python", cls.name()?);
        Err(Error::unsupported(message).into())
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let mut shown = Vec::new();
        for (name, value) in slf.get().settings(slf.py())? {
            shown.push(format!("{name}={}", value.repr()?));
        }
        Ok(format!("{}({})", slf.get_type().name()?, shown.join(", ")))
    }

    fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, Self>) -> PyResult<bool> {
        Ok(slf.get_type().is(other.get_type())
            && slf.get().settings(slf.py())?.eq(other.get().settings(slf.py())?)?)
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<u64> {
        let mut hasher = DefaultHasher::new();
        Self::__repr__(slf)?.hash(&mut hasher);
        Ok(hasher.finish())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        let rebuild = slf.get_type().getattr("_rebuild")?;
        Ok((rebuild, (slf.get_type(), slf.get().settings(slf.py())?)))
    }

    /// Makes a layer anew from its settings, for pickle.
    #[staticmethod]
    fn _rebuild<'py>(
        class: &Bound<'py, PyType>,
        settings: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        class.call(PyTuple::empty(class.py()), Some(settings))
    }
}

fn build<T: PyClass<BaseType = Layer>>(layer: T, kind: Kind) -> PyClassInitializer<T> {
    PyClassInitializer::from(Layer { kind }).add_subclass(layer)
}

/// Python's own message would not name the keyword that was meant.
fn refuse_unknown(
    layer: &str,
    names: &[&str],
    unknown: Option<&Bound<'_, PyDict>>,
) -> PyResult<()> {
    match unknown.and_then(|unknown| unknown.keys().into_iter().next()) {
        None => Ok(()),
        Some(key) => {
            let key = key.to_string();
            let hint = opendal_rules::nearest::hint(&key, names.iter().copied());
            Err(Error::argument(format!("{layer}() has no keyword '{key}'{hint}")).into())
        }
    }
}

/// An optional setting.
fn setting<T: Value>(
    layer: &str,
    key: &str,
    value: Option<&Bound<'_, PyAny>>,
) -> Result<Option<T>, Error> {
    value.map(|value| arguments::value(layer, key, value)).transpose()
}

#[pyclass(extends = Layer, frozen, module = "opendal.layers")]
#[doc = crate::docstring!("layers.RetryLayer")]
pub struct RetryLayer;

#[pymethods]
impl RetryLayer {
    #[new]
    #[pyo3(
        signature = (
            max_times = None, factor = None, jitter = None, max_delay = None, min_delay = None,
            **unknown
        ),
        text_signature = "(max_times=None, factor=None, jitter=False, max_delay=None, min_delay=None)"
    )]
    fn new(
        max_times: Option<&Bound<'_, PyAny>>,
        factor: Option<&Bound<'_, PyAny>>,
        jitter: Option<&Bound<'_, PyAny>>,
        max_delay: Option<&Bound<'_, PyAny>>,
        min_delay: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        const NAME: &str = "RetryLayer";
        let names = ["max_times", "factor", "jitter", "max_delay", "min_delay"];
        refuse_unknown(NAME, &names, unknown)?;
        let settings = RetrySettings {
            max_times: setting::<arguments::Count>(NAME, "max_times", max_times)?
                .map(arguments::Count::get),
            factor: setting::<Factor>(NAME, "factor", factor)?.map(|f| f.0),
            jitter: setting(NAME, "jitter", jitter)?.unwrap_or(false),
            max_delay: setting(NAME, "max_delay", max_delay)?,
            min_delay: setting(NAME, "min_delay", min_delay)?,
        };
        if let (Some(least), Some(most)) = (settings.min_delay, settings.max_delay)
            && least > most
        {
            return Err(Error::value("RetryLayer: min_delay is longer than max_delay").into());
        }
        let count = Arc::new(AtomicU64::new(0));
        let mut layer = core::RetryLayer::new().with_notify(CountRetries(Arc::clone(&count)));
        if let Some(times) = settings.max_times {
            layer = layer.with_max_times(times);
        }
        if let Some(factor) = settings.factor {
            #[allow(clippy::cast_possible_truncation, reason = "the core multiplies by an f32")]
            let factor = factor as f32;
            layer = layer.with_factor(factor);
        }
        if settings.jitter {
            layer = layer.with_jitter();
        }
        if let Some(delay) = settings.max_delay {
            layer = layer.with_max_delay(delay);
        }
        if let Some(delay) = settings.min_delay {
            layer = layer.with_min_delay(delay);
        }
        Ok(build(Self, Kind::Retry { layer, count, settings }))
    }

    #[getter]
    #[doc = crate::docstring!("layers.RetryLayer.retries")]
    fn retries(slf: &Bound<'_, Self>) -> u64 {
        match &slf.as_super().get().kind {
            Kind::Retry { count, .. } => count.load(Ordering::Relaxed),
            _ => 0,
        }
    }
}

/// What a delay is multiplied by. Below one it would shrink, and the core's arithmetic would panic
/// on what is not finite.
struct Factor(f64);

impl Value for Factor {
    const EXPECTED: &'static str = "float";

    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>> {
        let factor = value.extract::<f64>().ok()?;
        Some(if factor >= 1.0 && factor <= f64::from(f32::MAX) {
            Ok(Factor(factor))
        } else {
            Err(format!("must be a number of at least 1, not {factor}"))
        })
    }
}

#[pyclass(extends = Layer, frozen, module = "opendal.layers")]
#[doc = crate::docstring!("layers.TimeoutLayer")]
pub struct TimeoutLayer;

#[pymethods]
impl TimeoutLayer {
    #[new]
    #[pyo3(
        signature = (timeout = None, io_timeout = None, **unknown),
        text_signature = "(timeout=None, io_timeout=None)"
    )]
    fn new(
        timeout: Option<&Bound<'_, PyAny>>,
        io_timeout: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        refuse_unknown("TimeoutLayer", &["timeout", "io_timeout"], unknown)?;
        let timeout = setting("TimeoutLayer", "timeout", timeout)?;
        let io_timeout = setting("TimeoutLayer", "io_timeout", io_timeout)?;
        Ok(build(Self, Kind::Timeout { timeout, io_timeout }))
    }
}

#[pyclass(extends = Layer, frozen, module = "opendal.layers")]
#[doc = crate::docstring!("layers.ConcurrentLimitLayer")]
pub struct ConcurrentLimitLayer;

#[pymethods]
impl ConcurrentLimitLayer {
    #[new]
    fn new(limit: &Bound<'_, PyAny>) -> PyResult<PyClassInitializer<Self>> {
        let limit = arguments::value::<Positive>("ConcurrentLimitLayer", "limit", limit)?.get();
        let layer = Arc::new(Mutex::new(limit_layer(limit)));
        Ok(build(Self, Kind::ConcurrentLimit { layer, limit }))
    }
}

fn limit_layer(limit: usize) -> (u32, core::ConcurrentLimitLayer) {
    // More permits than tokio's semaphore can count are no limit either.
    let permits = limit.min(tokio::sync::Semaphore::MAX_PERMITS);
    (runtime::generation(), core::ConcurrentLimitLayer::new(permits))
}

#[pyclass(extends = Layer, frozen, module = "opendal.layers")]
#[doc = crate::docstring!("layers.MimeGuessLayer")]
pub struct MimeGuessLayer;

#[pymethods]
impl MimeGuessLayer {
    #[new]
    fn new() -> PyClassInitializer<Self> {
        build(Self, Kind::MimeGuess)
    }
}

#[pyclass(extends = Layer, frozen, module = "opendal.layers")]
#[doc = crate::docstring!("layers.CapabilityOverrideLayer")]
pub struct CapabilityOverrideLayer;

#[pymethods]
impl CapabilityOverrideLayer {
    #[new]
    fn new(overrides: &Bound<'_, PyAny>) -> PyResult<PyClassInitializer<Self>> {
        const NAME: &str = "CapabilityOverrideLayer";
        let overrides = arguments::value::<String>(NAME, "overrides", overrides)?;
        let layer = core::CapabilityOverrideLayer::from_overrides(&overrides)
            .map_err(|e| override_error(&e, &overrides))?;
        Ok(build(Self, Kind::CapabilityOverride { layer, overrides }))
    }
}

/// Names the entry that does not fit, and the ability that may have been meant.
fn override_error(error: &opendal::Error, overrides: &str) -> Error {
    let unknown = overrides
        .split(',')
        .map(|entry| entry.split_once('=').map_or(entry, |(name, _)| name).trim())
        .find(|name| !crate::capability::NAMES.contains(name));
    if let Some(name) = unknown {
        let hint = opendal_rules::nearest::hint(name, crate::capability::NAMES.iter().copied());
        return Error::value(format!("CapabilityOverrideLayer: no capability '{name}'{hint}"));
    }
    Error::from_core(error, &[])
        .prefixed("CapabilityOverrideLayer")
        .into_class(Class::ConfigInvalid)
}
