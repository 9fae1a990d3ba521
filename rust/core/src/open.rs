//! `opendal.open`: one file by its URI or its path, without an operator to be made first.

use std::io;
use std::path::{self, Component};

use opendal_rules::service::{CREDENTIAL_PROVIDER, Service};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::arguments::{self, Path, file_system_path, type_name};
use crate::base::{Base, Handle};
use crate::config::{Source, Unknown, check_slashes, find, scheme_of};
use crate::engine;
use crate::error::{Class, Error};
use crate::file::{self, FileHandle, Given, Wanted};
use crate::options::Keywords;

/// Opens it. Keywords that are not those of a file configure the service.
pub fn open<'py>(
    py: Python<'py>,
    uri: &Bound<'py, PyAny>,
    mode: Given<'py>,
    buffering: Given<'py>,
    text: [Option<&Bound<'py, PyAny>>; 3],
    keywords: Option<Keywords<'_, 'py>>,
) -> PyResult<Py<PyAny>> {
    let named = place(uri)?;
    check_slashes(&named)?;
    let is_uri = named.contains("://");
    let service = find(if is_uri { scheme_of(&named) } else { opendal_fs::FS_SCHEME })?;
    let (of_file, of_service) = (PyDict::new(py), PyDict::new(py));
    for (key, value) in keywords.iter().flat_map(|keywords| keywords.iter()) {
        let name = key.cast::<PyString>()?;
        let name = arguments::utf8(name)?;
        let taker = if file::keywords().any(|known| known == name) {
            &of_file
        } else if service.option(name).is_some() || name == CREDENTIAL_PROVIDER {
            &of_service
        } else {
            return Err(unknown(service, name).into());
        };
        taker.set_item(key, value)?;
    }
    let (mut source, path) = if is_uri {
        Source::of_object(&named, &of_service)?
    } else {
        let mut source = Source::new(service.scheme)?;
        source.add(&of_service, Unknown::Refused)?;
        let path = if source.options.contains_key("root") { named } else { absolute(&named)? };
        (source, path)
    };
    if path.is_empty() {
        return Err(Error::value("open: the URI names a store and no object in it").into());
    }
    // A path of the machine means what it means to the machine.
    if service.scheme == opendal_fs::FS_SCHEME && !source.options.contains_key("root") {
        source.options.insert("root".to_owned(), "/".to_owned());
        source.options.entry("confine".to_owned()).or_insert_with(|| "false".to_owned());
    }
    let path: Path = PyString::new(py, &path).extract()?;
    let handle = Handle::new(py, Base::build(source)?, Vec::new());
    let wanted = Wanted::new(&handle, &path, mode, buffering, text)?;
    let file = file::open(&handle, &path, &wanted, Some(&of_file))?;
    engine::wait(py, file.opening())?;
    wanted.wrap(py, FileHandle(file))
}

/// A URI, or a path as text or as an object that is like one.
fn place(uri: &Bound<'_, PyAny>) -> Result<String, Error> {
    let text = match uri.cast::<PyString>() {
        Ok(text) => Some(text.clone()),
        Err(_) => file_system_path(uri)?,
    };
    let text = text.ok_or_else(|| {
        let given = type_name(uri);
        Error::argument(format!("open: uri must be str or os.PathLike[str], not {given}"))
    })?;
    Ok(arguments::utf8(&text)?.to_owned())
}

fn unknown(service: &'static Service, name: &str) -> Error {
    let hint = service.hint(name, file::keywords());
    Error::argument(format!(
        "open() has no keyword '{name}', and {} has none{hint}",
        service.scheme
    ))
}

/// A path from the current directory, without `..`: those are followed as the machine does.
fn absolute(given: &str) -> Result<String, Error> {
    let failed = |problem: io::Error| {
        let class = match problem.kind() {
            io::ErrorKind::NotFound => Class::NotFound,
            io::ErrorKind::PermissionDenied => Class::PermissionDenied,
            io::ErrorKind::NotADirectory => Class::NotADirectory,
            io::ErrorKind::InvalidInput => Class::ConfigInvalid,
            _ => Class::Unexpected,
        };
        Error::new(class, format!("open {given:?}: {problem}"))
    };
    let mut whole = path::absolute(given).map_err(failed)?;
    if whole.components().any(|part| part == Component::ParentDir) {
        let (Some(parent), Some(name)) = (whole.parent(), whole.file_name()) else {
            return Err(Error::value("open: the path names no file"));
        };
        whole = parent.canonicalize().map_err(failed)?.join(name);
    }
    whole.to_str().map(str::to_owned).ok_or_else(|| Error::value("open: the path is not UTF-8"))
}
