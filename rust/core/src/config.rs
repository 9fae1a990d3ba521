//! How a service is configured: the constructor's keywords, a mapping, or a URI. One converter and
//! one check for all three ways in.

use std::collections::{BTreeMap, HashMap};
use std::ffi::CString;
use std::sync::Arc;
use std::time::Duration;
use std::{fs, path};

use opendal::{Configurator, services};
use opendal_fs::FsConfig;
use opendal_memory::{MemoryConfig, MemoryService};
use opendal_rules::environment::{self, Machine};
use opendal_rules::nearest;
use opendal_rules::service::{self, Kind, Service, ServiceOption};
use opendal_rules::uri::{self, Uri};
use pyo3::exceptions::PyDeprecationWarning;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDelta, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};

use crate::arguments::{self, Value, type_name};
use crate::builders;
use crate::credentials::{Credentials, Provider};
use crate::error::{Class, Error};
use crate::ftp::FtpBuilder;
use crate::keyed::{MemcachedBuilder, RedisBuilder};
#[cfg(unix)]
use crate::sftp::SftpBuilder;

type Options = HashMap<String, String>;

/// Options that name a store, of which its service would make a part of a URL.
const STORES: [&str; 4] = ["bucket", "container", "filesystem", "share_name"];

/// Where an operator comes from. Enough to build it again, in this process or in another.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    pub scheme: String,
    pub options: Options,
    /// Options whose value is itself a mapping. The core's own way in takes text only.
    pub maps: HashMap<String, HashMap<String, String>>,
    /// Who is asked for credentials.
    pub provider: Option<Provider>,
}

/// Which options are accepted besides those the service has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    Refused,
    /// `from_config` on memory takes anything: existing code uses it to see how values are spelt.
    TakenByMemory,
}

impl Source {
    /// Nothing but the service that the scheme, or another name for it, means.
    ///
    /// # Errors
    ///
    /// `Unsupported`, naming the nearest scheme.
    pub fn new(scheme: &str) -> Result<Self, Error> {
        let scheme = find(scheme)?.scheme.to_owned();
        Ok(Self { scheme, options: HashMap::new(), maps: HashMap::new(), provider: None })
    }

    /// What a URI or a path of this machine says, and keywords, which win over it.
    pub fn of_uri(uri: &str, keywords: Option<&Bound<'_, PyDict>>) -> Result<Self, Error> {
        check_slashes(uri)?;
        if [".", ".."].contains(&uri) || ["/", "./", "../"].iter().any(|at| uri.starts_with(at)) {
            let root = BTreeMap::from([("root", uri.to_owned())]);
            return Self::merged(find(opendal_fs::FS_SCHEME)?, Ok(root), keywords);
        }
        let service = find(scheme_of(uri))?;
        let read = uri::read(service, uri).and_then(|read| with_root(service, read));
        Self::merged(service, read, keywords)
    }

    /// The same of the URI of an object: its path is no root.
    pub fn of_object(uri: &str, keywords: &Bound<'_, PyDict>) -> Result<(Self, String), Error> {
        let service = find(scheme_of(uri))?;
        let (read, path) = match uri::read(service, uri) {
            Ok(Uri { options, path }) => (Ok(options), path),
            Err(problem) => (Err(problem), String::new()),
        };
        Ok((Self::merged(service, read, Some(keywords))?, path))
    }

    fn merged(
        service: &'static Service,
        read: Result<BTreeMap<&'static str, String>, String>,
        keywords: Option<&Bound<'_, PyDict>>,
    ) -> Result<Self, Error> {
        let mut source = Self::new(service.scheme)?;
        if let Some(keywords) = keywords {
            source.add(keywords, Unknown::Refused)?;
        }
        for (name, value) in read.map_err(|problem| Error::value(problem).about(service.scheme))? {
            if !source.maps.contains_key(name) {
                source.options.entry(name.to_owned()).or_insert(value);
            }
        }
        Ok(source)
    }

    pub fn service(&self) -> Result<&'static Service, Error> {
        find(&self.scheme)
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
            if key == service::CREDENTIAL_PROVIDER && !service.credentials.is_empty() {
                self.provider = Some(Provider::new(key, &value)?);
                continue;
            }
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

    /// The operator; with a provider, one that asks it for credentials.
    pub fn build(
        &self,
        credentials: Option<&Arc<Credentials>>,
    ) -> Result<opendal::Operator, Error> {
        let service = self.service()?;
        self.build_of(service, credentials).map_err(|e| e.about(service.scheme))
    }

    fn build_of(
        &self,
        service: &'static Service,
        credentials: Option<&Arc<Credentials>>,
    ) -> Result<opendal::Operator, Error> {
        let told = |e: opendal::Error| {
            let error = Error::from_core(&e, &self.secrets());
            error.prefixed(&format!("cannot set up {}", service.scheme))
        };
        self.check_required(service)?;
        self.check_values()?;
        if let Some(credentials) = credentials {
            let on = |name: &&str| {
                self.options.get(*name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
            };
            if self.options.contains_key("role_arn") || !self.maps.is_empty() {
                let message = "the credential provider gives what requests are signed with, so no \
                               role is assumed: leave out credential_provider or role_arn";
                return Err(Error::value(message));
            }
            if let Some(name) = ["skip_signature", "allow_anonymous"].into_iter().find(on) {
                let message = format!(
                    "nothing is signed, so no credentials are needed: leave out \
                     credential_provider or {name}"
                );
                return Err(Error::value(message));
            }
            return credentials.operator().map_err(told);
        }
        if self.maps.is_empty() {
            return self.load().map_err(told);
        }
        match service.scheme {
            "s3" => {
                let config = self.of_core(true).and_then(services::S3Config::from_iter);
                let mut config = config.map_err(told)?;
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

    /// As the core makes it of the options that are text.
    pub fn load(&self) -> opendal::Result<opendal::Operator> {
        load(&self.scheme, self.of_core(true)?)
    }

    /// The options as the core wants them, with what the environment says, its credentials too if
    /// they are wanted. That is not kept: a pickle is for other machines too.
    pub fn of_core(&self, credentials: bool) -> opendal::Result<Options> {
        let mut options = self.options.clone();
        let machine = Machine {
            credentials,
            variable: &|name| std::env::var(name).ok(),
            file: &|path| {
                let path = match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
                    (Some(rest), Some(home)) => path::Path::new(&home).join(rest),
                    _ => path.into(),
                };
                Some(String::from_utf8_lossy(&fs::read(path).ok()?).into_owned())
            },
        };
        match environment::add(&self.scheme, &mut options, machine) {
            Ok(()) => Ok(options),
            Err(problem) => Err(opendal::Error::new(opendal::ErrorKind::ConfigInvalid, problem)),
        }
    }

    /// The store in memory that is meant, if one is.
    pub fn memory(&self) -> Result<Option<MemoryService>, Error> {
        if self.scheme != opendal_memory::MEMORY_SCHEME {
            return Ok(None);
        }
        let config = MemoryConfig::from_iter(self.options.clone());
        let config = config.map_err(|e| Error::from_core(&e, &[]))?;
        Ok(Some(config.into_builder().service()))
    }

    /// Servers that ignore where an append is to go replace the object by its new end. So S3
    /// appends only where the configuration says that the server can.
    pub fn forbids_append(&self) -> bool {
        let switch = self.options.get("enable_write_with_append");
        self.scheme == "s3" && !switch.is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Whether an object appears whole at the end of its write, or not at all.
    pub fn writes_whole(&self) -> Result<bool, Error> {
        let service = self.service()?;
        // HDFS has a file from its first byte on, but for what is written elsewhere and renamed.
        Ok(service.atomic
            || self.scheme == "webhdfs" && self.options.contains_key("atomic_write_dir"))
    }

    fn check_required(&self, service: &Service) -> Result<(), Error> {
        let is_given = |option: &ServiceOption| {
            self.options.get(option.name).is_some_and(|value| !value.is_empty())
        };
        let will_be_given = |option: &ServiceOption| {
            self.provider.is_some() && service.credentials.contains(&option.name)
        };
        let is_missing = |option: &&ServiceOption| {
            option.required && !is_given(option) && !will_be_given(option)
        };
        match service.options.iter().find(is_missing) {
            None => Ok(()),
            Some(missing) => {
                let (scheme, name) = (service.scheme, missing.name);
                let message = format!("{scheme} needs the option '{name}'; pass {name}=...");
                Err(Error::value(message))
            }
        }
    }

    /// Refuses values at which services of the core panic.
    pub fn check_values(&self) -> Result<(), Error> {
        let service = self.service()?;
        for (name, value) in &self.options {
            let scheme = &self.scheme;
            // It travels in a header.
            if name.ends_with("token") && !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
                let message = format!(
                    "{scheme}: option '{name}' holds what no token does, such as a line break"
                );
                return Err(Error::value(message));
            }
            if STORES.contains(&name.as_str()) && value.contains('/') {
                let message = format!(
                    "{scheme}: option '{name}' is a name without '/'; for a place inside it pass \
                     root=..., and for a URI there is from_uri"
                );
                return Err(Error::value(message));
            }
            if let Some(wanted) = wanted(service.option(name).map(|option| option.kind), value) {
                let message = format!("{scheme}: option '{name}' must be {wanted}, not {value:?}");
                return Err(Error::value(message));
            }
            if name == "connection_pool_max_size" && value.trim().parse() == Ok(0) {
                return Err(Error::value(format!("{scheme}: option '{name}' must be at least 1")));
            }
        }
        Ok(())
    }

    /// The values that no message may show.
    pub fn secrets(&self) -> Vec<String> {
        let service = self.service().ok();
        let is_secret =
            |key: &str| service.and_then(|s| s.option(key)).is_some_and(|option| option.secret);
        let mut secrets = Vec::new();
        for (key, value) in &self.of_core(true).unwrap_or_else(|_| self.options.clone()) {
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
        longest_first(&mut secrets);
        secrets
    }
}

/// A secret that begins another would leave its end behind.
pub fn longest_first(secrets: &mut [String]) {
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
}

/// The scheme of a URI, or the whole text.
pub fn scheme_of(uri: &str) -> &str {
    uri.split_once("://").map_or(uri, |(scheme, _)| scheme)
}

/// Refuses what has lost a slash, and would be taken for a path.
pub fn check_slashes(text: &str) -> Result<(), Error> {
    let Some((scheme, rest)) = text.split_once(":/") else { return Ok(()) };
    let Some(service) = service::find(scheme).filter(|_| !rest.starts_with('/')) else {
        return Ok(());
    };
    let whole = if service.uri.starts_with('/') || service.uri.is_empty() { ":///" } else { "://" };
    let message = format!("'{scheme}:/...' lacks a slash; did you mean {scheme}{whole}...?");
    Err(Error::value(message))
}

/// The service that a scheme or another name of it means.
pub fn find(scheme: &str) -> Result<&'static Service, Error> {
    service::find(scheme).ok_or_else(|| {
        let scheme = scheme.to_ascii_lowercase().replace('_', "-");
        let hint = nearest::nearest(&scheme, service::names()).map_or_else(
            || format!("; there are {}", service::schemes().collect::<Vec<_>>().join(", ")),
            |near| format!("; did you mean '{near}'?"),
        );
        // What is no scheme at all may be a mistyped URI, with secrets further on.
        let shown = scheme.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '+');
        let shown = shown.take(1).collect::<String>();
        Error::unsupported(format!("unknown scheme {shown:?}{hint}"))
    })
}

/// The options of a URI, of which the path that is left is the root.
fn with_root(
    service: &'static Service,
    read: Uri,
) -> Result<BTreeMap<&'static str, String>, String> {
    let Uri { mut options, path } = read;
    let path = path.trim_matches('/');
    if path.is_empty() {
        return Ok(options);
    }
    match service.option("root") {
        None => Err(format!("a URI of {} has no path", service.scheme)),
        Some(root) if options.contains_key(root.name) => {
            Err("the URI gives the option 'root' twice".to_owned())
        }
        Some(root) => {
            options.insert(root.name, format!("/{path}"));
            Ok(options)
        }
    }
}

fn load(scheme: &str, options: Options) -> opendal::Result<opendal::Operator> {
    use opendal::Operator;

    match scheme {
        opendal_fs::FS_SCHEME => builders::of::<FsConfig>(options),
        opendal_memory::MEMORY_SCHEME => builders::of::<MemoryConfig>(options),
        "ftp" => Operator::new(FtpBuilder(services::FtpConfig::from_iter(options)?)),
        "memcached" => {
            Operator::new(MemcachedBuilder(services::MemcachedConfig::from_iter(options)?))
        }
        #[cfg(unix)]
        "sftp" => Operator::new(SftpBuilder(services::SftpConfig::from_iter(options)?)),
        "redis" => Operator::new(RedisBuilder(services::RedisConfig::from_iter(options)?)),
        _ => builders::load(scheme, options).unwrap_or_else(|| {
            let message = format!("{scheme} is not built in on this system");
            Err(opendal::Error::new(opendal::ErrorKind::Unsupported, message))
        }),
    }
}

fn unknown_option(service: &Service, key: &str) -> Error {
    if key == service::CREDENTIAL_PROVIDER {
        return Error::value(format!("{} takes no credential provider", service.scheme));
    }
    let hint = service.hint(key, std::iter::empty());
    Error::value(format!("{} has no option '{key}'{hint}", service.scheme))
}

fn warn_if_deprecated(py: Python<'_>, service: &Service, option: &ServiceOption) -> PyResult<()> {
    let Some(since) = option.deprecated else { return Ok(()) };
    let (scheme, name) = (service.scheme, option.name);
    let message = CString::new(format!("{scheme}: option '{name}' is deprecated since {since}"))?;
    PyErr::warn(py, &py.get_type::<PyDeprecationWarning>(), &message, 2)
}

/// What an option's text must be, if it is something else.
fn wanted(kind: Option<Kind>, text: &str) -> Option<&'static str> {
    let is = |known: &[&str]| known.iter().any(|word| text.eq_ignore_ascii_case(word));
    let (wanted, fits) = match kind? {
        Kind::Bool => ("true or false", is(&["true", "false", "on", "off"])),
        Kind::Integer | Kind::Seconds => ("an integer", text.parse::<i128>().is_ok()),
        Kind::Float => ("a number", text.parse::<f64>().is_ok()),
        _ => return None,
    };
    // Nothing is as good as not given.
    (!fits && !text.is_empty()).then_some(wanted)
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
