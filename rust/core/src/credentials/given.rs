//! What a credential provider returned: options of a service, and when they expire.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use opendal::raw::Timestamp;
use opendal_rules::expiry::{self, Standing};
use opendal_rules::nearest;
use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyString};

use super::signing;
use crate::arguments::{self, type_name};
use crate::config::Source;
use crate::error::Error;

const EXPIRES_AT: &str = "expires_at";

pub struct Given {
    pub options: BTreeMap<&'static str, String>,
    pub expires: Option<SystemTime>,
    came: SystemTime,
}

impl Given {
    /// Reads what the provider returned.
    pub fn read(source: &Source, returned: &Bound<'_, PyAny>) -> Result<Self, Error> {
        let service = source.service()?;
        let expected = || service.credentials.join(", ");
        let mapping = returned.cast::<PyMapping>().map_err(|_| {
            let (names, given) = (expected(), type_name(returned));
            Error::argument(format!(
                "the credential provider returned {given}, not a mapping with {names} or expires_at"
            ))
        })?;
        let came = SystemTime::now();
        let mut given = Self { options: BTreeMap::new(), expires: None, came };
        for item in mapping.items()? {
            let (key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
            let key = key.cast::<PyString>().map_err(|_| {
                Error::argument("the credential provider returned a key that is not a str")
            })?;
            let key = arguments::utf8(key)?;
            if value.is_none() {
                continue;
            }
            if key == EXPIRES_AT {
                given.expires =
                    Some(arguments::value::<Timestamp>("credentials", key, &value)?.into());
                continue;
            }
            let name = service.option(key).map_or(key, |option| option.name);
            let Some(name) = service.credentials.iter().find(|known| **known == name) else {
                let known = service.credentials.iter().copied().chain([EXPIRES_AT]);
                let hint = nearest::hint(key, known);
                return Err(Error::value(format!(
                    "the credential provider returned '{key}', which is no credential of {}{hint}",
                    service.scheme
                )));
            };
            let text = value.cast::<PyString>().map_err(|_| {
                let given = type_name(&value);
                Error::argument(format!(
                    "the credential provider returned {given} for '{key}', not str"
                ))
            })?;
            given.options.insert(name, arguments::utf8(text)?.to_owned());
        }
        if given.options.values().all(String::is_empty) {
            let message = format!("the credential provider returned none of {}", expected());
            return Err(Error::value(message));
        }
        if given.expires.is_some_and(|expires| expires <= came) {
            let message = "the credential provider returned credentials that have expired";
            return Err(Error::value(message));
        }
        given.configure(source)?.check_values()?;
        signing::check(source, &given)?;
        Ok(given)
    }

    /// The service with these credentials as its options.
    pub fn configure(&self, source: &Source) -> Result<Source, Error> {
        let mut source = source.clone();
        let service = source.service()?;
        for (name, value) in &self.options {
            if service.option(name).is_some() {
                source.options.insert((*name).to_owned(), value.clone());
            }
        }
        Ok(source)
    }

    pub fn standing(&self, now: SystemTime, needed: Duration) -> Standing {
        expiry::standing(self.came, self.expires, now, needed)
    }
}

/// A service with something in place of the credentials that are still to be given.
pub fn stand_in(source: &Source) -> Source {
    let mut source = source.clone();
    for name in source.service().map_or(&[][..], |service| service.credentials) {
        let text = match *name {
            "connection_string" => format!("{}://none/none", source.scheme),
            _ => "none".to_owned(),
        };
        source.options.entry((*name).to_owned()).or_insert(text);
    }
    source
}
