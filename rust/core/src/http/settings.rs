//! What can be set about HTTP: by `opendal.configure`, else by a variable of the environment.

use std::env;
use std::path::PathBuf;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::Duration;

use super::tls;
use crate::error::Error;
use crate::runtime::publish;

/// A server that does not even accept within this time is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A transfer in which no byte has moved for this long is dead; a slow one is not.
pub const READ_TIMEOUT: Duration = Duration::from_mins(1);
/// Who waits for longer than a day waits for ever.
pub const LONGEST: Duration = Duration::from_hours(24);

/// What `configure` was given; the rest is the environment's or the usual.
#[derive(Clone, Default)]
pub struct Settings {
    pub connect_timeout: Option<Duration>,
    pub read_timeout: Option<Duration>,
    pub ca_bundle: Option<PathBuf>,
    pub client_certificate: Option<PathBuf>,
}

static SETTINGS: AtomicPtr<Settings> = AtomicPtr::new(ptr::null_mut());

impl Settings {
    pub fn current() -> &'static Self {
        // SAFETY: the pointer is null or came from a box that is never freed.
        let set = unsafe { SETTINGS.load(Ordering::Acquire).as_ref() };
        set.unwrap_or_else(|| publish(&SETTINGS, Self::default()))
    }

    /// Whether the files can be used that are named.
    pub fn check(&self) -> Result<(), Error> {
        tls::config(self).map(drop)
    }

    /// Makes these the settings of requests to come; those that are under way go on as they began.
    /// The old ones are leaked: a request may be reading them.
    pub fn set(self) {
        SETTINGS.store(Box::into_raw(Box::new(self)), Ordering::Release);
    }

    pub fn connect_timeout(&self) -> Result<Duration, Error> {
        within(self.connect_timeout, "OPENDAL_CONNECT_TIMEOUT", CONNECT_TIMEOUT)
    }

    pub fn read_timeout(&self) -> Result<Duration, Error> {
        within(self.read_timeout, "OPENDAL_READ_TIMEOUT", READ_TIMEOUT)
    }

    /// The file of the client's own certificate, and what named it.
    pub fn client_certificate(&self) -> Option<(PathBuf, &'static str)> {
        const VARIABLE: &str = "OPENDAL_CLIENT_CERTIFICATE";
        match &self.client_certificate {
            Some(path) => Some((path.clone(), "client_certificate")),
            None => variable(VARIABLE).map(|value| (PathBuf::from(value), VARIABLE)),
        }
    }

    /// The file of the authorities that are trusted, and what named it.
    pub fn ca_bundle(&self) -> Option<(PathBuf, &'static str)> {
        const VARIABLE: &str = "SSL_CERT_FILE";
        match &self.ca_bundle {
            Some(path) => Some((path.clone(), "ca_bundle")),
            None => variable(VARIABLE).map(|value| (PathBuf::from(value), VARIABLE)),
        }
    }

    /// The directories of the authorities that are trusted.
    pub fn ca_directories(&self) -> Vec<PathBuf> {
        // A bundle that was given explicitly is all that is meant.
        let given = variable("SSL_CERT_DIR").filter(|_| self.ca_bundle.is_none());
        let directories = given.iter().flat_map(env::split_paths);
        directories.filter(|directory| !directory.as_os_str().is_empty()).collect()
    }
}

/// A variable that says something.
fn variable(name: &str) -> Option<std::ffi::OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn within(set: Option<Duration>, name: &'static str, usual: Duration) -> Result<Duration, Error> {
    if let Some(set) = set {
        return Ok(set);
    }
    let Some(value) = variable(name) else { return Ok(usual) };
    let seconds = value.to_str().and_then(|value| value.trim().parse().ok());
    let length = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let sensible = length.filter(|length| !length.is_zero() && *length <= LONGEST);
    sensible.ok_or_else(|| {
        let most = LONGEST.as_secs();
        Error::value(format!("{name} must be a number of seconds above 0 and at most {most}"))
    })
}
