//! The one error type, and the one table from it to `opendal.exceptions`.

use std::error::Error as _;
use std::io;
use std::sync::Arc;

use opendal::ErrorKind;
use opendal_rules::{secrets, text};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};

use crate::base::Base;
use crate::credentials::Raised;
use crate::ending;
use crate::http::Refusal;

/// What went wrong, with everything that its Python exception will carry.
#[derive(Debug)]
pub struct Error {
    class: Class,
    message: String,
    context: Option<Box<Context>>,
    /// The service, where there is no call yet.
    scheme: Option<&'static str>,
    temporary: bool,
    errno: Option<i32>,
    /// What Python code raised, a method of an argument for one. It is handed on as it is.
    foreign: Option<Box<PyErr>>,
    /// What Python code raised of which this tells.
    cause: Option<Arc<PyErr>>,
}

/// The classes of `opendal.exceptions`; each variant is named as its class is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    AlreadyExists,
    ConditionNotMatch,
    ConditionalCreateFailed,
    ConfigInvalid,
    Conflict,
    ConnectionFailed,
    ConnectionRefused,
    InvalidArgument,
    InvalidState,
    IsADirectory,
    IsSameFile,
    NotADirectory,
    NotFound,
    NotInitialized,
    PermissionDenied,
    RangeNotSatisfied,
    RateLimited,
    Timeout,
    Unexpected,
    Unsupported,
}

/// The call in which something went wrong. The core's errors know their operation and path, but
/// offer no way to ask for them, so they are noted where the call is made.
#[derive(Debug, Clone)]
pub struct Context {
    pub operation: &'static str,
    pub path: Arc<str>,
    /// Where a copy or a rename goes.
    pub target: Option<Arc<str>>,
    /// The call asked for an object that must not exist yet, so a failed condition means it does.
    pub creates: bool,
    pub base: Arc<Base>,
}

impl Error {
    pub fn new(class: Class, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            context: None,
            scheme: None,
            temporary: false,
            errno: None,
            foreign: None,
            cause: None,
        }
    }

    /// A wrong call: an unknown keyword, or a value of the wrong type. Also a `TypeError`.
    pub fn argument(message: impl Into<String>) -> Self {
        Self::new(Class::InvalidArgument, message)
    }

    /// A value of the right type that cannot be used. Also a `ValueError`.
    pub fn value(message: impl Into<String>) -> Self {
        Self::new(Class::ConfigInvalid, message)
    }

    /// A use at a wrong time. Also a `RuntimeError`.
    pub fn state(message: impl Into<String>) -> Self {
        Self::new(Class::InvalidState, message)
    }

    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(Class::Unsupported, message)
    }

    /// The same error, told as part of a call.
    pub fn within(mut self, context: &Context) -> Self {
        self.message = context.describe(&self.message);
        self.context = Some(Box::new(context.clone()));
        self
    }

    /// The same error, as part of a call that its message names already.
    pub fn during(mut self, context: &Context) -> Self {
        self.context = Some(Box::new(context.clone()));
        self
    }

    pub fn message(&self) -> &str {
        &self.message
    }

    /// An error of this class with another message, about the whole of a call.
    pub fn telling(mut self, message: String) -> Self {
        if let Some(context) = &mut self.context {
            context.path = Arc::default();
            self.message = context.describe(&message);
        }
        self
    }

    /// The same error, its message led by what was attempted.
    pub fn prefixed(mut self, attempt: &str) -> Self {
        self.message = format!("{attempt}: {}", self.message);
        self
    }

    /// The same error, as one of setting up a service.
    pub fn about(mut self, scheme: &'static str) -> Self {
        self.scheme = Some(scheme);
        self
    }

    pub fn into_class(mut self, class: Class) -> Self {
        self.class = class;
        self
    }

    /// What a service, or a layer before it, answered to a call.
    pub fn from_call(error: &opendal::Error, context: &Context) -> Self {
        let mut told = Self::told(error, &context.base.secrets(), &context.base.scheme);
        if told.class == Class::ConditionNotMatch && context.creates {
            told.class = Class::ConditionalCreateFailed;
        }
        told.within(context)
    }

    /// What the core answered before there was an operator to call.
    pub fn from_core(error: &opendal::Error, secrets: &[String]) -> Self {
        Self::told(error, secrets, "")
    }

    fn told(error: &opendal::Error, secrets: &[String], scheme: &str) -> Self {
        let causes = Causes::of(error);
        let class = match error.kind() {
            ErrorKind::NotFound => Class::NotFound,
            ErrorKind::PermissionDenied => Class::PermissionDenied,
            ErrorKind::IsADirectory => Class::IsADirectory,
            ErrorKind::NotADirectory => Class::NotADirectory,
            ErrorKind::AlreadyExists => Class::AlreadyExists,
            ErrorKind::RateLimited => Class::RateLimited,
            ErrorKind::IsSameFile => Class::IsSameFile,
            ErrorKind::ConditionNotMatch => Class::ConditionNotMatch,
            ErrorKind::RangeNotSatisfied => Class::RangeNotSatisfied,
            ErrorKind::Conflict => Class::Conflict,
            ErrorKind::ConfigInvalid => Class::ConfigInvalid,
            ErrorKind::Unsupported => Class::Unsupported,
            _ if causes.text.as_deref() == Some(NO_CREDENTIALS) => Class::PermissionDenied,
            _ if causes.class == Class::Unexpected && is_refused(error, &causes, scheme) => {
                Class::PermissionDenied
            }
            _ if error.message().starts_with(GRPC_DUMP) => of_grpc(error.message()),
            _ => causes.class,
        };
        let mut message = summary(error.message());
        let lacks_credentials = causes.text.as_deref() == Some(NO_CREDENTIALS);
        // Where the kind tells what the system said, its text would say it once more.
        let said = causes.errno.is_some() && error.kind() != ErrorKind::Unexpected;
        let more =
            |cause: &String| !message.contains(cause.as_str()) && !cause.starts_with(GRPC_DUMP);
        if lacks_credentials {
            message = without_credentials(scheme);
        } else if let Some(cause) = causes.text.filter(more)
            && (message.is_empty() || !said)
        {
            if !message.is_empty() {
                message.push_str(": ");
            }
            message.push_str(&cause);
        }
        message = plain(message, scheme);
        if is_web_page(&message) {
            message = answered(error);
            // Of a server of pages that is no wonder.
            let is_usual = scheme == "http" && class == Class::NotFound;
            if !is_usual && status(error) != Some(http::StatusCode::UNAUTHORIZED) {
                message.push_str(" with a web page; is a proxy in between?");
            }
        }
        if message.ends_with("(RequestTimeTooSkewed)") {
            message.push_str("; set this machine's clock");
        }
        if message.is_empty() {
            message = usual(class).map_or_else(
                || format!("{} and gave no reason", answered(error)),
                ToOwned::to_owned,
            );
        }
        Self {
            temporary: !causes.lasting
                && class != Class::PermissionDenied
                && (error.is_temporary() || (error.is_persistent() && may_pass(error, class))),
            errno: causes.errno,
            cause: causes.raised,
            ..Self::new(class, text::one_line(&secrets::mask(message, secrets)))
        }
    }

    fn into_exception(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        ending::stand_still_at_the_end();
        if let Some(foreign) = self.foreign {
            return Err(*foreign);
        }
        let exceptions = PyModule::import(py, intern!(py, "opendal.exceptions"))?;
        let details = PyDict::new(py);
        if let Some(context) = &self.context {
            details.set_item(intern!(py, "operation"), context.operation)?;
            details.set_item(intern!(py, "path"), &*context.path)?;
            details.set_item(intern!(py, "scheme"), &context.base.scheme)?;
        } else if let Some(scheme) = self.scheme {
            details.set_item(intern!(py, "scheme"), scheme)?;
        }
        details.set_item(intern!(py, "temporary"), self.temporary)?;
        if let Some(errno) = self.errno {
            details.set_item(intern!(py, "errno"), errno)?;
        }
        let exception = exceptions
            .getattr(format!("{:?}", self.class))?
            .call((text::presentable(&self.message),), Some(&details))?;
        if let Some(cause) = self.cause {
            exception.setattr(intern!(py, "__cause__"), cause.value(py))?;
        }
        Ok(exception)
    }
}

impl From<PyErr> for Error {
    fn from(foreign: PyErr) -> Self {
        Self { foreign: Some(Box::new(foreign)), ..Self::new(Class::Unexpected, String::new()) }
    }
}

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        Python::attach(|py| match error.into_exception(py) {
            Ok(exception) => PyErr::from_value(exception),
            Err(failure) => failure,
        })
    }
}

impl Context {
    fn describe(&self, message: &str) -> String {
        let Self { operation, path, target, base, .. } = self;
        let scheme = &base.scheme;
        let place = match target {
            Some(target) => format!("{operation} {path:?} to {target:?} on {scheme}"),
            None if path.is_empty() => format!("{operation} on {scheme}"),
            None => format!("{operation} {path:?} on {scheme}"),
        };
        if message.is_empty() { place } else { format!("{place}: {message}") }
    }
}

/// Whether what a retry layer handed on may still pass by itself. The layer calls every error
/// persistent, also those that it did not try again.
fn may_pass(error: &opendal::Error, class: Class) -> bool {
    match class {
        Class::Timeout
        | Class::ConnectionFailed
        | Class::ConnectionRefused
        | Class::RateLimited => true,
        Class::Unexpected => {
            status(error).is_some_and(|status| status.is_server_error() || status.as_u16() == 429)
        }
        _ => false,
    }
}

/// The status of the answer. It is in the context, which the core only shows as a whole.
fn status(error: &opendal::Error) -> Option<http::StatusCode> {
    let shown = error.to_string();
    let digits = shown.split_once("response: Parts { status: ")?.1.get(..3)?;
    digits.parse().ok()
}

fn answered(error: &opendal::Error) -> String {
    match status(error) {
        Some(status) => format!("the server answered {status}"),
        None => "the service failed".to_owned(),
    }
}

/// What the signer says when no place that it knows has credentials.
const NO_CREDENTIALS: &str = "failed to load signing credential";

fn without_credentials(scheme: &str) -> String {
    let mut message =
        String::from("no credentials were found, neither among the options nor in the environment");
    let service = opendal_rules::service::find(scheme);
    if service.is_some_and(|service| service.option("skip_signature").is_some()) {
        message.push_str("; what is public is read with the option skip_signature");
    }
    message
}

/// Whether it is the login that was refused, which only some services have a kind for.
fn is_refused(error: &opendal::Error, causes: &Causes, scheme: &str) -> bool {
    if let Some(status) = status(error) {
        return matches!(status.as_u16(), 401 | 403 | 407);
    }
    let text = causes.text.as_deref().unwrap_or_default();
    let begins = |start: &str| error.message().starts_with(start) || text.starts_with(start);
    // By how it begins: further on there may be a name, which may be anything.
    match scheme {
        "mysql" => begins("1045 (28000)"),
        "postgresql" => begins("password authentication failed"),
        "sftp" => begins("ssh error") && text.contains(": Permission denied ("),
        _ => false,
    }
}

/// What stands between a program and a service often speaks to people only.
fn is_web_page(message: &str) -> bool {
    let start = message.trim_start().as_bytes();
    [&b"<!doctype"[..], b"<html"]
        .iter()
        .any(|tag| start.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag)))
}

/// What an error says when nobody else says anything, as the answer to a HEAD request does.
fn usual(class: Class) -> Option<&'static str> {
    Some(match class {
        Class::NotFound => "there is nothing of that name",
        Class::PermissionDenied => "access is denied",
        Class::ConditionNotMatch => "the condition does not hold",
        Class::Unsupported => "the service does not support it",
        Class::RateLimited => "the service asks for fewer requests",
        _ => return None,
    })
}

/// How the client of etcd begins what it says, for developers.
const GRPC_DUMP: &str = "grpc request error: ";

/// Its errors have no cause, but for what stands in their text.
fn of_grpc(dump: &str) -> Class {
    if dump.contains("ConnectionRefused") {
        Class::ConnectionRefused
    } else if dump.contains("tonic::transport::Error") {
        Class::ConnectionFailed
    } else {
        Class::Unexpected
    }
}

/// What libraries say in words of their own.
fn plain(message: String, scheme: &str) -> String {
    match (scheme, message.as_str()) {
        ("sftp", "ssh error: No such file or directory (os error 2)") => {
            "there is no program ssh; install OpenSSH's client".to_owned()
        }
        ("sftp", text) => match text.strip_prefix("sftp error: Sftp server reported error kind ") {
            Some(said) => {
                let said = said.split_once("Err Message: ").map_or(said, |(_, said)| said);
                said.split(", Language Tag:").next().unwrap_or(said).to_owned()
            }
            None => message,
        },
        _ => message,
    }
}

/// The core prints the XML of an answer as a Rust debug dump. Its message is for people.
fn summary(message: &str) -> String {
    let field = |name: &str| {
        let start = message.find(&format!("{name}: \""))? + name.len() + 3;
        Some(quoted(&message[start..])?).filter(|value| !value.is_empty())
    };
    match (message.contains(" { "), field("code"), field("message")) {
        (true, Some(code), Some(said)) => format!("{said} ({code})"),
        (true, Some(code), None) => code,
        (true, None, Some(said)) => said,
        (true, None, None) if message.contains("code: \"\"") => String::new(),
        _ => message.to_owned(),
    }
}

/// What a string of a debug dump holds, which begins here.
fn quoted(text: &str) -> Option<String> {
    let mut held = String::new();
    let mut letters = text.chars();
    loop {
        match letters.next()? {
            '"' => return Some(held),
            '\\' => match letters.next()? {
                'n' => held.push('\n'),
                'r' => held.push('\r'),
                't' => held.push('\t'),
                other => held.push(other),
            },
            other => held.push(other),
        }
    }
}

/// What stands behind an error that the core only calls unexpected.
struct Causes {
    class: Class,
    /// Another try would meet the same.
    lasting: bool,
    errno: Option<i32>,
    text: Option<String>,
    raised: Option<Arc<PyErr>>,
}

impl Causes {
    fn of(error: &opendal::Error) -> Self {
        let mut causes = Causes {
            class: Class::Unexpected,
            lasting: false,
            errno: None,
            text: None,
            raised: None,
        };
        // The timeout layer has no kind of its own: its message is all that tells it.
        if error.message().ends_with("operation timeout reached") {
            causes.class = Class::Timeout;
        }
        let mut next = error.source();
        while let Some(cause) = next {
            if cause.is::<Refusal>() {
                causes.class = Class::ConnectionFailed;
                causes.lasting = true;
            }
            if let Some(raised) = cause.downcast_ref::<Raised>() {
                causes.raised = Some(Arc::clone(&raised.error));
                if raised.passing {
                    causes.class = Class::ConnectionFailed;
                }
            }
            if let Some(http) = cause.downcast_ref::<reqwest::Error>() {
                if http.is_timeout() {
                    causes.class = Class::Timeout;
                } else if http.is_connect() {
                    causes.class = Class::ConnectionFailed;
                }
            }
            if let Some(system) = cause.downcast_ref::<io::Error>() {
                causes.errno = causes.errno.or(system.raw_os_error());
                match system.kind() {
                    io::ErrorKind::ConnectionRefused => causes.class = Class::ConnectionRefused,
                    io::ErrorKind::TimedOut => causes.class = Class::Timeout,
                    io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe
                    | io::ErrorKind::UnexpectedEof
                        if causes.class == Class::Unexpected =>
                    {
                        causes.class = Class::ConnectionFailed;
                    }
                    io::ErrorKind::IsADirectory => causes.class = Class::IsADirectory,
                    io::ErrorKind::NotADirectory => causes.class = Class::NotADirectory,
                    _ => {}
                }
            }
            // The innermost cause says what happened, those around it only where.
            causes.text = Some(match cause.downcast_ref::<opendal::Error>() {
                // Its own display is for developers.
                Some(core) => core.message().to_owned(),
                None => cause.to_string(),
            });
            // The client's word for one that ended before the request was on it.
            if causes.class == Class::Unexpected && cause.to_string() == "connection was not ready"
            {
                causes.class = Class::ConnectionFailed;
            }
            next = cause.source();
        }
        causes
    }
}
