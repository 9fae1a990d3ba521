//! Values that come from Python: checked here, with messages that name the keyword.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use opendal::raw::Timestamp;
use opendal_rules::path;
use pyo3::exceptions::PyOverflowError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDateTime, PyDelta, PyDeltaAccess, PyFloat, PyInt, PyMapping, PyString,
    PyTzInfoAccess,
};

use crate::ending;
use crate::error::Error;
use crate::http::LONGEST;
use crate::runtime::MOST;

/// A path as every service gets it; see [`opendal_rules::path`].
///
/// A wrong type is refused at once, as Python refuses arguments. A path of the right type that
/// cannot be used is an error of the operation, which an async call raises when it is awaited.
#[derive(Debug)]
pub struct Path {
    /// As services get it; where it is refused, as it was given.
    text: Arc<str>,
    refused: Option<String>,
}

impl Path {
    pub fn root() -> Self {
        Self { text: Arc::default(), refused: None }
    }

    /// The path, as far as it can be shown.
    pub fn shown(&self) -> &Arc<str> {
        &self.text
    }

    /// The path, if the rule for paths allows it.
    pub fn get(&self) -> Result<&Arc<str>, Error> {
        match &self.refused {
            None => Ok(&self.text),
            Some(refused) => Err(Error::value(refused.clone())),
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for Path {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(text) = object.cast::<PyString>() {
            return Ok(clean(&text));
        }
        let given = file_system_path(&object)?;
        match given {
            Some(text) => Ok(clean(&text)),
            None => Err(Error::argument(format!(
                "a path must be str or os.PathLike[str], not {}",
                type_name(&object)
            ))
            .into()),
        }
    }
}

/// No service takes a longer path, and a listing of twice as long ones makes the core panic.
const LONGEST_PATH: usize = 32_768;

fn clean(text: &Bound<'_, PyString>) -> Path {
    let refused = |text: &str, refused| Path { text: Arc::from(text), refused: Some(refused) };
    match text.to_str() {
        Ok(text) if text.len() > LONGEST_PATH => {
            refused(text, format!("a path can have at most {LONGEST_PATH} bytes"))
        }
        Ok(text) => match path::normalize(text) {
            Ok(clean) => Path { text: Arc::from(clean), refused: None },
            Err(why) => refused(text, why.to_string()),
        },
        Err(_) => refused(&text.to_string_lossy(), unencodable(text)),
    }
}

fn unencodable(text: &Bound<'_, PyString>) -> String {
    let shown = text.repr().map_or_else(|_| String::new(), |r| r.to_string_lossy().into_owned());
    format!("{shown} holds characters that UTF-8 cannot encode")
}

/// `str` can hold lone surrogates, which no service can store: altering them would hit another
/// object, so they are refused.
pub fn utf8<'a>(text: &'a Bound<'_, PyString>) -> Result<&'a str, Error> {
    text.to_str().map_err(|_| Error::value(unencodable(text)))
}

/// What `os.fspath` gives, if it is text; nothing for other types, `bytes` paths included.
pub fn file_system_path<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyString>>> {
    ending::stand_still_at_the_end();
    let py = object.py();
    if object.is_instance_of::<PyBytes>() || !object.hasattr(intern!(py, "__fspath__"))? {
        return Ok(None);
    }
    Ok(object.call_method0(intern!(py, "__fspath__"))?.cast_into::<PyString>().ok())
}

pub fn type_name(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "?".to_owned(), |n| n.to_string_lossy().into_owned())
}

/// A value of a keyword.
pub trait Value: Sized {
    /// What the keyword takes, for the message.
    const EXPECTED: &'static str;

    /// `None` where the type is wrong; an error where the type is right and the value is not.
    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>>;

    /// Whether the value asks the service for anything.
    fn asks(&self) -> bool {
        true
    }
}

/// Reads the value of a keyword.
pub fn value<T: Value>(operation: &str, key: &str, value: &Bound<'_, PyAny>) -> Result<T, Error> {
    ending::stand_still_at_the_end();
    match T::from_python(value) {
        Some(Ok(value)) => Ok(value),
        Some(Err(problem)) => Err(Error::value(format!("{operation}: {key} {problem}"))),
        None => {
            let (expected, given) = (T::EXPECTED, type_name(value));
            Err(Error::argument(format!("{operation}: {key} must be {expected}, not {given}")))
        }
    }
}

impl Value for String {
    const EXPECTED: &'static str = "str";

    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>> {
        let text = value.cast::<PyString>().ok()?;
        Some(text.to_str().map(str::to_owned).map_err(|_| "cannot be encoded as UTF-8".to_owned()))
    }
}

impl Value for bool {
    const EXPECTED: &'static str = "bool";

    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>> {
        value.cast::<PyBool>().ok().map(|flag| Ok(flag.is_true()))
    }

    fn asks(&self) -> bool {
        *self
    }
}

/// A path that a listing goes on after; it need not lead to anything.
#[derive(Debug, Clone)]
pub struct Place(pub String);

impl Value for Place {
    const EXPECTED: &'static str = "str";

    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>> {
        Some(String::from_python(value)?.and_then(|text| match path::normalize(&text) {
            Ok(clean) if clean.len() > LONGEST_PATH => {
                Err(format!("must be at most {LONGEST_PATH} bytes"))
            }
            Ok(clean) => Ok(Place(clean.into_owned())),
            Err(refused) => Err(refused.to_string()),
        }))
    }

    fn asks(&self) -> bool {
        self.0 != "/"
    }
}

/// Refuses what would give its items only when it is awaited.
pub fn awaited(operation: &str, name: &str, value: &Bound<'_, PyAny>) -> Result<(), Error> {
    let py = value.py();
    if value.hasattr(intern!(py, "__await__"))? && !value.hasattr(intern!(py, "__aiter__"))? {
        let message = format!("{operation}: {name} was not awaited; did you forget await?");
        return Err(Error::argument(message));
    }
    Ok(())
}

/// A number of bytes or of entries; zero is meant.
#[derive(Debug, Clone, Copy)]
pub struct Count(pub u64);

impl Value for Count {
    const EXPECTED: &'static str = "int";

    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>> {
        if value.is_instance_of::<PyBool>() {
            return None;
        }
        // NumPy's integers are no `int`, but say what they stand for.
        let number = value.call_method0(intern!(value.py(), "__index__")).ok()?;
        Some(match number.cast_into::<PyInt>().ok()?.extract::<u64>() {
            Ok(count) if usize::try_from(count).is_ok() => Ok(Count(count)),
            Err(e) if !e.is_instance_of::<PyOverflowError>(value.py()) => Err(e.to_string()),
            _ if value.lt(0).unwrap_or(false) => Err("must not be negative".to_owned()),
            _ => Err("is too large".to_owned()),
        })
    }
}

impl Count {
    #[allow(clippy::cast_possible_truncation, reason = "from_python refuses what does not fit")]
    pub fn get(self) -> usize {
        self.0 as usize
    }
}

/// A size or a number of workers, where zero would mean never to end.
#[derive(Debug, Clone, Copy)]
pub struct Positive(Count);

impl Value for Positive {
    const EXPECTED: &'static str = "int";

    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>> {
        Some(Count::from_python(value)?.and_then(|count| match count.0 {
            0 => Err("must be at least 1".to_owned()),
            _ => Ok(Positive(count)),
        }))
    }
}

/// How many connections or threads there are to be.
#[derive(Debug, Clone, Copy)]
pub struct Amount(pub usize);

impl Value for Amount {
    const EXPECTED: &'static str = "int";

    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>> {
        Some(Positive::from_python(value)?.and_then(|amount| match amount.get() {
            0..=MOST => Ok(Amount(amount.get())),
            _ => Err(format!("must be at most {MOST}")),
        }))
    }
}

/// How long something may take that must not take for ever.
#[derive(Debug, Clone, Copy)]
pub struct Patience(pub Duration);

impl Value for Patience {
    const EXPECTED: &'static str = Duration::EXPECTED;

    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>> {
        Some(Duration::from_python(value)?.and_then(|length| {
            if length.is_zero() {
                return Err("must be more than 0 seconds".to_owned());
            }
            if length > LONGEST {
                return Err(format!("must be at most {} seconds", LONGEST.as_secs()));
            }
            Ok(Patience(length))
        }))
    }
}

/// A file of this machine.
#[derive(Debug, Clone)]
pub struct File(pub PathBuf);

impl Value for File {
    const EXPECTED: &'static str = "str or os.PathLike[str]";

    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>> {
        let text = match value.cast::<PyString>() {
            Ok(text) => text.clone(),
            Err(_) => file_system_path(value).ok()??,
        };
        let path = text.extract::<PathBuf>();
        Some(path.map(File).map_err(|_| "cannot be the name of a file".to_owned()))
    }
}

/// How many parts may be under way at once. The core sets room aside for all of them.
#[derive(Debug, Clone, Copy)]
pub struct Workers(Positive);

impl Value for Workers {
    const EXPECTED: &'static str = "int";

    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>> {
        const MOST: usize = 1024;
        Some(Positive::from_python(value)?.and_then(|workers| match workers.get() {
            0..=MOST => Ok(Workers(workers)),
            _ => Err(format!("must be at most {MOST}")),
        }))
    }
}

impl Workers {
    pub fn get(self) -> usize {
        self.0.get()
    }
}

/// Text that travels in the head of an HTTP request, most of it as a header, where a line break would
/// begin another one.
#[derive(Debug, Clone)]
pub struct Header(pub String);

impl Header {
    /// Four of them and the user metadata fit together.
    const MOST: usize = 4096;
}

impl Value for Header {
    const EXPECTED: &'static str = "str";

    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>> {
        Some(String::from_python(value)?.and_then(|text| {
            // No server takes more, and the core, which keeps all metadata of an object within
            // 65,535 bytes, panics beyond.
            if text.len() > Self::MOST {
                return Err(format!("must be at most {} bytes", Self::MOST));
            }
            if text.contains(char::is_control) {
                return Err("must not hold line breaks or other control characters".to_owned());
            }
            Ok(Header(text))
        }))
    }
}

/// How long a presigned request is valid, or another length of time that is added to now.
#[derive(Debug, Clone, Copy)]
pub struct Expiry(pub Duration);

impl Value for Expiry {
    const EXPECTED: &'static str = Duration::EXPECTED;

    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>> {
        // Ten years. Services allow less, and far dates overflow what they are added to.
        const MOST: Duration = Duration::from_hours(24 * 3652);
        Some(Duration::from_python(value)?.and_then(|lasts| {
            if lasts < Duration::from_secs(1) {
                return Err("must be at least 1 second".to_owned());
            }
            if lasts > MOST {
                return Err(format!("must be at most {} seconds", MOST.as_secs()));
            }
            Ok(Expiry(lasts))
        }))
    }
}

impl Positive {
    pub fn get(self) -> usize {
        self.0.get()
    }
}

impl Value for Timestamp {
    const EXPECTED: &'static str = "an aware datetime";

    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>> {
        let moment = value.cast::<PyDateTime>().ok()?;
        if moment.get_tzinfo().is_none() {
            return Some(Err("must be an aware datetime, such as datetime.now(UTC)".to_owned()));
        }
        let seconds = moment.call_method0(intern!(value.py(), "timestamp")).ok()?;
        let seconds = seconds.extract::<f64>().ok()?;
        let nanos = seconds.rem_euclid(1.0) * 1e9;
        #[allow(clippy::cast_possible_truncation, reason = "a datetime is within years 1 to 9999")]
        let moment = Timestamp::new(seconds.floor() as i64, nanos as i32);
        Some(moment.map_err(|e| e.to_string()))
    }
}

impl Value for HashMap<String, String> {
    const EXPECTED: &'static str = "a mapping of str to str";

    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>> {
        let items = value.cast::<PyMapping>().ok()?.items().ok()?;
        let mut map = HashMap::new();
        let mut size = 0;
        for item in items {
            let (key, value) = item.extract::<(String, String)>().ok()?;
            // The core keeps metadata within 65,535 bytes, all of it together, and panics beyond.
            size += key.len() + value.len() + 8;
            if size > 32_768 {
                return Some(Err("holds more than 32 KiB".to_owned()));
            }
            // Object stores send names and values as HTTP headers; one rule for all services.
            let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            if key.is_empty() || !key.chars().all(is_token) {
                return Some(Err(format!(
                    "has the name {key:?}: use letters, digits, '-' and '_'"
                )));
            }
            if value.contains(char::is_control) {
                return Some(Err("must not hold line breaks or control characters".to_owned()));
            }
            map.insert(key, value);
        }
        Some(Ok(map))
    }
}

/// A length of time: seconds as a number, or a timedelta.
impl Value for Duration {
    const EXPECTED: &'static str = "a number of seconds or a timedelta";

    fn from_python(value: &Bound<'_, PyAny>) -> Option<Result<Self, String>> {
        let seconds = if let Ok(delta) = value.cast::<PyDelta>() {
            f64::from(delta.get_days()) * 86_400.0
                + f64::from(delta.get_seconds())
                + f64::from(delta.get_microseconds()) / 1e6
        } else if value.is_instance_of::<PyBool>() {
            return None;
        } else if value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>() {
            value.extract::<f64>().unwrap_or(f64::INFINITY)
        } else {
            return None;
        };
        Some(Duration::try_from_secs_f64(seconds).map_err(|_| {
            format!("must be a length of time of at least zero seconds, not {seconds}")
        }))
    }
}
