//! How a service is configured: the constructor's keywords, a mapping, or a URI. One converter and
//! one check for all three ways in.

use std::collections::{HashMap, HashSet};
use std::ffi::CString;
use std::time::Duration;

use opendal::{Configurator, OperatorRegistry, OperatorUri};
use opendal_memory::{MemoryConfig, MemoryService};
use opendal_rules::nearest;
use opendal_rules::service::{self, Kind, Service, ServiceOption};
use pyo3::exceptions::PyDeprecationWarning;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDelta, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};

use crate::arguments::{self, Value, type_name};
use crate::error::{Class, Error};

/// Where an operator comes from. Enough to build it again, in this process or in another.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// A scheme, or a URI.
    pub origin: String,
    pub options: HashMap<String, String>,
    /// Options whose value is itself a mapping. The core's own way in takes text only.
    pub maps: HashMap<String, HashMap<String, String>>,
}

/// Which options are accepted besides those the service has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    Refused,
    /// `from_config` on memory takes anything: existing code uses it to see how values are spelt.
    TakenByMemory,
}

impl Source {
    pub fn new(origin: &str) -> Self {
        Self { origin: origin.to_owned(), options: HashMap::new(), maps: HashMap::new() }
    }

    /// The scheme, spelt as services are registered.
    pub fn scheme(&self) -> String {
        let scheme = self.origin.split_once("://").map_or(self.origin.as_str(), |(s, _)| s);
        scheme.to_ascii_lowercase().replace('_', "-")
    }

    /// The service that the scheme names.
    ///
    /// # Errors
    ///
    /// `Unsupported`, naming the nearest scheme.
    pub fn service(&self) -> Result<&'static Service, Error> {
        let scheme = self.scheme();
        service::find(&scheme).ok_or_else(|| {
            let mut known: Vec<&str> = service::schemes().collect();
            known.sort_unstable();
            let hint = nearest::nearest(&scheme, known.iter().copied()).map_or_else(
                || format!("; there are {}", known.join(", ")),
                |near| format!("; did you mean '{near}'?"),
            );
            // What is no scheme at all may be a mistyped URI, with secrets further on.
            let shown = scheme.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '+');
            let shown = shown.take(1).collect::<String>();
            Error::unsupported(format!("unknown scheme {shown:?}{hint}"))
        })
    }

    /// Adds options, checked against what the service has and converted to what it takes.
    pub fn add(&mut self, given: &Bound<'_, PyDict>, unknown: Unknown) -> Result<(), Error> {
        let service = self.service()?;
        self.take(service, given, unknown).map_err(|e| e.about(service.scheme))
    }

    fn take(
        &mut self,
        service: &Service,
        given: &Bound<'_, PyDict>,
        unknown: Unknown,
    ) -> Result<(), Error> {
        for (key, value) in given {
            if value.is_none() {
                continue;
            }
            let key = key.cast::<PyString>().map_err(|_| {
                Error::argument(format!("option names must be str, not {}", type_name(&key)))
            })?;
            let key = arguments::utf8(key)?;
            let option = service.option(key);
            match option {
                Some(option) => warn_if_deprecated(given.py(), service, option)?,
                None if unknown == Unknown::TakenByMemory && service.scheme == "memory" => {}
                None => return Err(unknown_option(service, key)),
            }
            let name = option.map_or(key, |option| option.name).to_ascii_lowercase();
            if self.options.contains_key(&name) || self.maps.contains_key(&name) {
                let message = format!("'{key}' is the option '{name}', which is given as well");
                return Err(Error::value(message));
            }
            match convert(&name, option.map(|option| &option.kind), &value)? {
                Converted::Text(text) => drop(self.options.insert(name, text)),
                Converted::Map(map) => drop(self.maps.insert(name, map)),
            }
        }
        Ok(())
    }

    /// Checks what a URI says: nothing of it may go unheard.
    pub fn check_uri(&self) -> Result<(), Error> {
        let service = self.service()?;
        self.check_uri_of(service).map_err(|e| e.about(service.scheme))
    }

    fn check_uri_of(&self, service: &'static Service) -> Result<(), Error> {
        let (scheme, rest) = self.origin.split_once("://").unwrap_or((&self.origin, ""));
        if rest.contains('#') {
            return Err(Error::value("a URI of an operator has no fragment; write '#' as '%23'"));
        }
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let host = place.split('/').next().unwrap_or_default();
        let local = matches!(service.scheme, "fs" | "memory");
        if local && !matches!(host, "" | "localhost") {
            let message =
                format!("{scheme}://{host}/... names a host; did you mean {scheme}:///...?");
            return Err(Error::value(if host.contains('@') {
                format!("a URI of {} has no user and no host", service.scheme)
            } else {
                message
            }));
        }
        if service.scheme == "s3" && host.contains(['@', ':']) {
            let message = "an s3 URI has the bucket alone before its path; keys and the endpoint \
                           are options";
            return Err(Error::value(message));
        }
        let mut seen = HashSet::new();
        // The bucket, the container: what stands before the path.
        if !host.is_empty() {
            seen.extend(service.options.iter().filter(|o| is_name(o)).map(|option| option.name));
        }
        if place.len() > host.len() + 1 {
            seen.insert("root");
        }
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            // It may be the end of a secret with a bare '&' in it.
            let Some((key, _)) = pair.split_once('=') else {
                let message = "the query of a URI is made of option=value; write '&' as '%26'";
                return Err(Error::value(message));
            };
            let option = service.option(key).ok_or_else(|| unknown_option(service, key))?;
            if !seen.insert(option.name) {
                let message = format!("the URI gives the option '{}' twice", option.name);
                return Err(Error::value(message));
            }
        }
        Ok(())
    }

    fn uri(&self) -> Result<OperatorUri, Error> {
        let origin = match self.origin.split_once("://") {
            Some((_, rest)) => format!("{}://{}", self.scheme(), self.without_overridden(rest)),
            None => self.scheme(),
        };
        OperatorUri::new(&origin, self.options.clone())
            .map_err(|e| Error::from_core(&e, &self.secrets()))
    }

    /// Keywords win over a URI, but the services let its name and its path win: so the parts that
    /// a keyword replaces are left out.
    fn without_overridden(&self, rest: &str) -> String {
        let (place, query) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
        let (mut name, mut path) = place.split_at(place.find('/').unwrap_or(place.len()));
        if self.options.contains_key("root") {
            path = "";
        }
        let service = self.service().ok();
        if let Some(option) = service.and_then(|s| s.options.iter().find(|o| is_name(o)))
            && self.options.contains_key(option.name)
        {
            name = "";
        }
        // A keyword may replace an option that the query calls by another of its names.
        let stays = |pair: &&str| {
            let option = service.and_then(|s| s.option(key_of(pair)));
            !option.is_some_and(|option| self.options.contains_key(option.name))
        };
        let kept: Vec<_> = query.trim_start_matches('?').split('&').filter(stays).collect();
        format!("{name}{path}?{}", kept.join("&"))
    }

    pub fn build(&self) -> Result<opendal::Operator, Error> {
        let service = self.service()?;
        self.build_of(service).map_err(|e| e.about(service.scheme))
    }

    fn build_of(&self, service: &'static Service) -> Result<opendal::Operator, Error> {
        let told = |e: opendal::Error| {
            let error = Error::from_core(&e, &self.secrets());
            error.prefixed(&format!("cannot set up {}", service.scheme))
        };
        let uri = self.uri()?;
        Self::check_required(service, &uri)?;
        if self.maps.is_empty() {
            return OperatorRegistry::get().load(&uri).map_err(told);
        }
        match service.scheme {
            "s3" => {
                let mut config = opendal::services::S3Config::from_uri(&uri).map_err(told)?;
                config.assume_role_session_tags =
                    self.maps.get("assume_role_session_tags").cloned();
                opendal::Operator::from_config(config).map_err(told)
            }
            scheme => Err(Error::new(
                Class::Unsupported,
                format!("{scheme} takes no mapping as the value of an option"),
            )),
        }
    }

    /// The store in memory that is meant, if one is.
    pub fn memory(&self) -> Result<Option<MemoryService>, Error> {
        if self.service()?.scheme != opendal_memory::MEMORY_SCHEME {
            return Ok(None);
        }
        let config = MemoryConfig::from_uri(&self.uri()?);
        let config = config.map_err(|e| Error::from_core(&e, &[]))?;
        Ok(Some(config.into_builder().service()))
    }

    /// Servers that ignore where an append is to go replace the object by its new end. So S3
    /// appends only where the configuration says that the server can.
    pub fn forbids_append(&self) -> bool {
        const SWITCH: &str = "enable_write_with_append";
        let is_on = |uri: OperatorUri| {
            uri.option(SWITCH).is_some_and(|value| value.eq_ignore_ascii_case("true"))
        };
        self.service().is_ok_and(|service| service.scheme == "s3") && !self.uri().is_ok_and(is_on)
    }

    /// A URI brings the name and the root of a store in places of their own.
    fn check_required(service: &Service, uri: &OperatorUri) -> Result<(), Error> {
        let is_given = |option: &ServiceOption| {
            let by_name = std::iter::once(option.name).chain(option.aliases.iter().copied());
            by_name.into_iter().any(|key| uri.option(key).is_some_and(|value| !value.is_empty()))
                || (option.name == "root" && uri.root().is_some())
                || (option.name != "root" && uri.name().is_some())
        };
        match service.options.iter().find(|option| option.required && !is_given(option)) {
            None => Ok(()),
            Some(missing) => {
                let (scheme, name) = (service.scheme, missing.name);
                let message = format!("{scheme} needs the option '{name}'; pass {name}=...");
                Err(Error::value(message))
            }
        }
    }

    /// The values that no message may show.
    pub fn secrets(&self) -> Vec<String> {
        let service = self.service().ok();
        let is_secret =
            |key: &str| service.and_then(|s| s.option(key)).is_some_and(|option| option.secret);
        let uri = OperatorUri::new(&self.origin, []).ok();
        let mut secrets = Vec::new();
        secrets.extend(uri.as_ref().and_then(|uri| uri.password()).map(str::to_owned));
        let of_uri = uri.iter().flat_map(OperatorUri::options);
        for (key, value) in self.options.iter().chain(of_uri) {
            if is_secret(key) {
                secrets.push(value.clone());
            }
            // An endpoint may carry a password of its own, as in http://user:password@host.
            if let Some((_, rest)) = value.split_once("://")
                && let Some((user, _)) = rest.split('/').next().unwrap_or_default().rsplit_once('@')
            {
                secrets.push(user.to_owned());
                secrets.extend(user.split_once(':').map(|(_, password)| password.to_owned()));
            }
        }
        secrets.retain(|secret| !secret.is_empty());
        // The longest first, or a secret that begins another would leave its end behind.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }
}

fn unknown_option(service: &Service, key: &str) -> Error {
    let hint = nearest::hint(key, service.options.iter().map(|option| option.name));
    Error::value(format!("{} has no option '{key}'{hint}", service.scheme))
}

fn warn_if_deprecated(py: Python<'_>, service: &Service, option: &ServiceOption) -> PyResult<()> {
    let Some(since) = option.deprecated else { return Ok(()) };
    let (scheme, name) = (service.scheme, option.name);
    let message = CString::new(format!("{scheme}: option '{name}' is deprecated since {since}"))?;
    PyErr::warn(py, &py.get_type::<PyDeprecationWarning>(), &message, 2)
}

/// The key of one `key=value` of a query.
fn key_of(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(key, _)| key)
}

/// Whether an option is what the service calls a store by: the place of a URI before its path.
fn is_name(option: &ServiceOption) -> bool {
    option.required && option.name != "root"
}

enum Converted {
    Text(String),
    Map(HashMap<String, String>),
}

fn convert(key: &str, kind: Option<&Kind>, value: &Bound<'_, PyAny>) -> Result<Converted, Error> {
    if matches!(kind, Some(Kind::Map)) {
        return Ok(Converted::Map(arguments::value("option", key, value)?));
    }
    if value.is_instance_of::<PyDict>() || value.cast::<PyMapping>().is_ok() {
        let message = format!("option '{key}' takes no mapping");
        return Err(Error::unsupported(message));
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Converted::Text(encodable(key, text)?));
    }
    let text = match kind {
        Some(Kind::Duration) => format!("PT{}S", seconds(key, value)?),
        Some(Kind::Seconds) if !value.is_instance_of::<PyBool>() => {
            let span = seconds(key, value)?;
            if span.fract() != 0.0 {
                return Err(Error::value(format!("option '{key}' takes whole seconds")));
            }
            span.to_string()
        }
        _ => spell(key, value)?,
    };
    let fits = match kind {
        Some(Kind::Bool) => value.is_instance_of::<PyBool>(),
        Some(Kind::Integer | Kind::Seconds) => {
            !value.is_instance_of::<PyBool>() && text.parse::<i128>().is_ok()
        }
        // A span of time as text has no unit that all services agree on.
        Some(Kind::Text) => !value.is_instance_of::<PyDelta>(),
        Some(Kind::Path) => arguments::file_system_path(value)?.is_some(),
        Some(Kind::Float) => !value.is_instance_of::<PyBool>() && text.parse::<f64>().is_ok(),
        _ => true,
    };
    if fits {
        return Ok(Converted::Text(text));
    }
    let wanted = match kind {
        Some(Kind::Bool) => "bool",
        Some(Kind::Float) => "float",
        Some(Kind::Path) => "str or os.PathLike",
        Some(Kind::Text) => "str",
        _ => "int",
    };
    let given = type_name(value);
    Err(Error::argument(format!("option '{key}' must be {wanted}, not {given}")))
}

/// Without its value in the message: it may be a secret.
fn encodable(key: &str, text: &Bound<'_, PyString>) -> Result<String, Error> {
    let refused = |_| Error::value(format!("option '{key}' cannot be encoded as UTF-8"));
    text.to_str().map(str::to_owned).map_err(refused)
}

fn seconds(key: &str, value: &Bound<'_, PyAny>) -> Result<f64, Error> {
    Ok(arguments::value::<Duration>("option", key, value)?.as_secs_f64())
}

/// Real types as the text that configurations are made of.
fn spell(key: &str, value: &Bound<'_, PyAny>) -> Result<String, Error> {
    let wrong = || {
        Error::argument(format!(
            "option '{key}' must be str, bool, int, float, timedelta, os.PathLike, list or tuple, \
             not {}",
            type_name(value)
        ))
    };
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(flag.is_true().to_string());
    }
    if let Ok(text) = value.cast::<PyString>() {
        return encodable(key, text);
    }
    if value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() {
        // Python does not spell numbers of thousands of digits.
        let text = value.str().map_err(|_| Error::value(format!("option '{key}' is too large")))?;
        return Ok(text.to_string_lossy().into_owned());
    }
    if value.is_instance_of::<PyDelta>() {
        return Ok(seconds(key, value)?.to_string());
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let mut parts = Vec::new();
        for part in value.try_iter()? {
            parts.push(spell(key, &part?)?);
        }
        return Ok(parts.join(","));
    }
    if let Some(path) = arguments::file_system_path(value)? {
        return encodable(key, &path);
    }
    // `Scheme.S3` and other enumerations of text stand for their value.
    if let Ok(inner) = value.getattr(intern!(value.py(), "value"))
        && let Ok(text) = inner.cast::<PyString>()
    {
        return encodable(key, text);
    }
    Err(wrong())
}

impl Value for crate::config::Scheme {
    const EXPECTED: &'static str = "str or opendal.services.Scheme";

    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>> {
        let text = match value.cast::<PyString>() {
            Ok(text) => text.clone(),
            Err(_) => {
                value.getattr(intern!(value.py(), "value")).ok()?.cast_into::<PyString>().ok()?
            }
        };
        Some(Ok(Scheme(text.to_str().ok()?.to_owned())))
    }
}

/// The scheme argument of a constructor.
pub struct Scheme(pub String);
