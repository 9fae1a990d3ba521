//! What is asked for when a file is opened: read from Python's arguments, before anything is sent.

use std::sync::Arc;

use opendal::options::{ReaderOptions, StatOptions, WriteOptions};
use opendal_rules::nearest;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};

use super::mode::{Action, Mode};
use super::{AsyncFile, FileHandle, OpenFile};
use crate::arguments::{self, Path};
use crate::base::{Distance, Handle};
use crate::error::Error;
use crate::operations::{of_path, prepare};
use crate::options::{self, Group, Keywords};
use crate::source::Part;

/// The keywords that `open` has beside those of reading and writing.
const OWN: [&str; 5] = ["mode", "buffering", "encoding", "errors", "newline"];

/// The keywords of `open`.
pub fn keywords() -> impl Iterator<Item = &'static str> {
    OWN.iter().chain(options::Read::NAMES).chain(options::Write::NAMES).copied()
}

/// How a file is to be opened.
pub(super) enum Opening {
    Read(Box<ReadPlan>),
    Write(Box<WritePlan>),
}

pub(super) struct ReadPlan {
    pub options: ReaderOptions,
    pub stat: StatOptions,
    pub part: Part,
    pub distance: Distance,
    pub buffering: Buffering,
}

pub(super) struct WritePlan {
    pub options: WriteOptions,
    pub buffering: Buffering,
}

/// The `buffering` of Python's own `open`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Buffering {
    /// As much as makes sense.
    Usual,
    /// Nothing is read ahead or held back.
    None,
    Bytes(usize),
}

/// An argument that has a default which is not None, and so takes no None.
pub struct Given<'py>(pub Option<Bound<'py, PyAny>>);

impl<'py> FromPyObject<'_, 'py> for Given<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(Some(object.to_owned())))
    }
}

/// The arguments of `open` that have nothing to do with the service.
pub struct Wanted<'a, 'py> {
    mode: Mode,
    /// As it was given.
    spelling: String,
    buffering: i64,
    /// `encoding`, `errors` and `newline`.
    text: [Option<&'a Bound<'py, PyAny>>; 3],
}

impl<'a, 'py> Wanted<'a, 'py> {
    pub fn new(
        handle: &Handle,
        path: &Path,
        mode: Given<'py>,
        buffering: Given<'py>,
        text: [Option<&'a Bound<'py, PyAny>>; 3],
    ) -> PyResult<Self> {
        let context = of_path(handle, "open", path)?;
        let refused = |message: String| PyErr::from(Error::value(message).within(&context));
        let spelling = match &mode.0 {
            Some(mode) => arguments::value::<String>("open", "mode", mode)
                .map_err(|error| error.during(&context))?,
            None => "rb".to_owned(),
        };
        let mode = Mode::parse(&spelling).map_err(|error| error.within(&context))?;
        let buffering = buffering
            .0
            .map_or(Ok(-1), |given| whole(&given))
            .map_err(|error| error.during(&context))?;
        for (name, given) in ["encoding", "errors", "newline"].iter().zip(text) {
            let Some(given) = given else { continue };
            if !given.is_instance_of::<PyString>() {
                let given = arguments::type_name(given);
                let message = format!("open: {name} must be str, not {given}");
                return Err(Error::argument(message).during(&context).into());
            }
            if !mode.text {
                let meant = spelling.replace('b', "");
                return Err(refused(format!(
                    "mode {spelling:?} is for bytes and takes no {name}; did you mean {meant:?}?"
                )));
            }
        }
        if mode.text && buffering == 0 {
            let message = "text is always buffered; buffering=0 is for bytes, as in mode 'rb'";
            return Err(refused(message.to_owned()));
        }
        Ok(Self { mode, spelling, buffering, text })
    }

    /// What the file of bytes does about it. One means lines, and those only a file of text has.
    fn buffering(&self) -> Buffering {
        match self.buffering {
            0 => Buffering::None,
            2.. => Buffering::Bytes(usize::try_from(self.buffering).unwrap_or(usize::MAX)),
            _ => Buffering::Usual,
        }
    }

    /// The open file as Python sees it.
    pub fn wrap(&self, py: Python<'py>, file: FileHandle) -> PyResult<Py<PyAny>> {
        let module = PyModule::import(py, intern!(py, "opendal.file"))?;
        let class = if self.buffering == 0 { "RawFile" } else { "File" };
        let binary = module.getattr(class)?.call1((file,))?;
        if !self.mode.text {
            return Ok(binary.unbind());
        }
        let [encoding, errors, newline] = self.text;
        let by_lines = self.buffering == 1;
        let text = (binary, encoding, errors, newline, by_lines, &self.spelling);
        module.getattr("TextFile")?.call1(text).map(Bound::unbind)
    }

    /// As `wrap`, for a file that opens when it is first awaited.
    pub fn wrap_async(&self, py: Python<'py>, file: AsyncFile) -> PyResult<Py<PyAny>> {
        let binary = Py::new(py, file)?.into_any();
        if !self.mode.text {
            return Ok(binary);
        }
        let module = PyModule::import(py, intern!(py, "opendal.file"))?;
        let [encoding, errors, newline] = self.text;
        let text = (binary, encoding, errors, newline, &self.spelling);
        module.getattr("AsyncTextFile")?.call1(text).map(Bound::unbind)
    }
}

fn whole(given: &Bound<'_, PyAny>) -> Result<i64, Error> {
    if given.is_instance_of::<PyBool>() || !given.hasattr(intern!(given.py(), "__index__"))? {
        let given = arguments::type_name(given);
        return Err(Error::argument(format!("open: buffering must be int, not {given}")));
    }
    given.extract().map_err(|_| Error::value("open: buffering is too large"))
}

/// Parses keywords; what none of them is called may be meant for `open` itself.
fn group<G: Group>(
    handle: &Handle,
    path: &Path,
    keywords: Option<Keywords<'_, '_>>,
    able: fn(&opendal::Capability) -> bool,
) -> PyResult<(crate::error::Context, G)> {
    for key in keywords.map(PyDictMethods::keys).iter().flatten() {
        let Ok(key) = key.cast_into::<PyString>() else { continue };
        let key = arguments::utf8(&key)?;
        if !G::NAMES.contains(&key) {
            let context = of_path(handle, "open", path)?;
            let hint = nearest::hint(key, G::NAMES.iter().copied().chain(OWN));
            let message = format!("open() has no keyword '{key}'{hint}");
            return Err(Error::argument(message).during(&context).into());
        }
    }
    prepare::<G>(handle, "open", path, keywords, able)
}

/// A file that is not open yet; see [`OpenFile::opening`].
pub fn open(
    handle: &Handle,
    path: &Path,
    wanted: &Wanted<'_, '_>,
    keywords: Option<Keywords<'_, '_>>,
) -> PyResult<Arc<OpenFile>> {
    let (mode, buffering) = (wanted.mode, wanted.buffering());
    if mode.action == Action::Read {
        let (context, read) = group::<options::Read>(handle, path, keywords, |c| c.read)?;
        if read.overrides() {
            let message = "the response headers of a file that is read cannot be set";
            return Err(Error::unsupported(message).within(&context).into());
        }
        let plan = ReadPlan {
            part: read.part().map_err(|e| e.within(&context))?,
            stat: read.stat(&handle.capability),
            options: read.into(),
            distance: handle.distance(),
            buffering,
        };
        return Ok(OpenFile::new(context, handle, mode, Opening::Read(Box::new(plan))));
    }
    let (mut context, mut write) = group::<options::Write>(handle, path, keywords, |c| c.write)?;
    match mode.action {
        Action::Create => write.if_not_exists = Some(true),
        Action::Append => write.append = Some(true),
        _ => {}
    }
    if write.append == Some(true) && write.if_not_exists == Some(true) {
        let message = "what is appended to may exist, so 'a' and 'x' exclude each other";
        return Err(Error::value(message).within(&context).into());
    }
    write.check(&handle.capability).map_err(|error| error.within(&context))?;
    context.creates = write.if_not_exists == Some(true);
    let plan = WritePlan { options: write.into(), buffering };
    Ok(OpenFile::new(context, handle, mode, Opening::Write(Box::new(plan))))
}
