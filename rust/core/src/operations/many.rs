//! Operations on many objects: deleting them, and making one of several. And bringing one back.

use std::sync::Arc;

use futures::stream::{self, StreamExt};
use opendal::options as core;
use opendal::{Error as CoreError, ErrorKind, Metadata, Operator};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyList, PyString};

use super::{call, call_in_parts, prepare};
use crate::arguments::{self, Path, type_name};
use crate::base::Handle;
use crate::engine::{self, Call, Operation, Output, Step};
use crate::error::{Context, Error};
use crate::operator::{AsyncOperator, Twin};
use crate::options::{self, Keywords};
use crate::types::Entry;

/// How many objects are deleted side by side where a service takes one at a time.
const AT_ONCE: usize = 8;
/// How many objects are taken from the caller at a time, unless the service takes more at once.
const BATCH: usize = 1000;

/// An object to be deleted, or a version of one.
pub struct Doomed {
    shown: Arc<str>,
    path: Arc<str>,
    version: Option<String>,
}

/// What could not be deleted, and why.
type Failure = (Arc<str>, CoreError);

pub fn restore(
    handle: &Handle,
    path: Path,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Call<impl Operation<()> + use<>>> {
    let (mut context, restore) =
        prepare::<options::Restore>(handle, "restore", &path, options, |c| c.restore)?;
    context.creates = restore.if_not_exists == Some(true);
    let (operator, [path]) = handle.aim([&context.path]);
    let future = async move { operator.restore_options(&path, restore).await };
    Ok(call(handle, context, future))
}

pub fn compose(
    handle: &Handle,
    sources: &Bound<'_, PyAny>,
    target: Path,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Call<impl Operation<Metadata> + use<>>> {
    let (mut context, compose) =
        prepare::<options::Compose>(handle, "compose", &target, options, |c| c.compose)?;
    context.creates = compose.if_not_exists == Some(true);
    let mut all = Vec::new();
    for source in items("compose", "sources", sources)? {
        let source: Path = source?.extract()?;
        all.push(Arc::clone(source.get().map_err(|e| e.within(&context))?));
    }
    if all.is_empty() {
        let message = "an object is composed of at least one other";
        return Err(Error::value(message).within(&context).into());
    }
    all.push(Arc::clone(&context.path));
    let (operator, mut all) = handle.aim_all(&all);
    let target = all.pop().unwrap_or_default();
    let future = async move {
        let mut composer = operator.composer_options(&target, compose.into()).await?;
        for source in all {
            composer.compose_options(&source, core::ComposeSourceOptions::default()).await?;
        }
        composer.close().await
    };
    Ok(call_in_parts(context, future))
}

/// The items of an iterable that is no text.
fn items<'py>(
    operation: &str,
    name: &str,
    iterable: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyIterator>> {
    arguments::awaited(operation, name, iterable)?;
    let items = if iterable.is_instance_of::<PyString>() { None } else { iterable.try_iter().ok() };
    items.ok_or_else(|| {
        let given = type_name(iterable);
        Error::argument(format!("{operation}: {name} must be an iterable of paths, not {given}"))
            .into()
    })
}

/// What `delete_many` is given, and what of it failed so far.
pub struct DeleteMany {
    context: Context,
    paths: Py<PyIterator>,
    /// They come last, those that are in others first, as they may have to be empty.
    directories: Vec<Doomed>,
    /// What the rule for paths refuses.
    refused: Vec<Failure>,
    batch: usize,
    by_version: bool,
    /// All paths were taken.
    over: bool,
}

impl DeleteMany {
    pub fn new(handle: &Handle, paths: &Bound<'_, PyAny>) -> PyResult<Self> {
        let root = Path::root();
        let (context, _) =
            prepare::<options::Scan>(handle, "delete_many", &root, None, |c| c.delete)?;
        let paths = items("delete_many", "paths", paths)?.unbind();
        let batch = handle.capability.delete_max_size.unwrap_or(BATCH).clamp(1, BATCH);
        let by_version = handle.capability.delete_with_version;
        let (directories, refused) = (Vec::new(), Vec::new());
        Ok(Self { context, paths, directories, refused, batch, by_version, over: false })
    }

    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The call for the next of them; none at the end.
    pub fn next(
        &mut self,
        py: Python<'_>,
        handle: &Handle,
    ) -> PyResult<Option<Call<impl Operation<Gone> + use<>>>> {
        if self.over {
            return Ok(None);
        }
        let mut doomed = Vec::new();
        let mut paths = self.paths.bind(py).clone();
        for _ in 0..self.batch {
            let Some(item) = paths.next() else {
                self.over = true;
                break;
            };
            let Some(one) = self.doom(&item?)? else { continue };
            let place = if one.shown.ends_with('/') { &mut self.directories } else { &mut doomed };
            place.push(one);
        }
        let mut directories = Vec::new();
        if self.over {
            directories = std::mem::take(&mut self.directories);
            directories.sort_by(|one, other| other.shown.cmp(&one.shown));
        }
        let mut failures = std::mem::take(&mut self.refused);
        let files_count = doomed.len();
        doomed.extend(directories);
        let batched = handle.capability.delete_max_size.is_some_and(|size| size > 1);
        let (context, batch) = (self.context.clone(), self.batch);
        let shown: Vec<_> = doomed.iter().map(|each| Arc::clone(&each.shown)).collect();
        let (operator, paths) = handle.aim_all(&shown);
        for (each, path) in doomed.iter_mut().zip(paths) {
            each.path = path;
        }
        let told = context.clone();
        let future = async move {
            let count = doomed.len() + failures.len();
            let mut files = doomed;
            let mut directories = files.split_off(files_count);
            for (rest, at_once) in [(&mut files, AT_ONCE), (&mut directories, 1)] {
                while !rest.is_empty() {
                    let some = rest.drain(..rest.len().min(batch)).collect();
                    failures.extend(delete(&operator, some, batched, at_once).await);
                }
            }
            Ok(Gone { context: told, count, failures })
        };
        Ok(Some(call_in_parts(context, future)))
    }

    fn doom(&mut self, item: &Bound<'_, PyAny>) -> PyResult<Option<Doomed>> {
        if let Ok(entry) = item.cast::<Entry>() {
            let (path, version) = entry.get().place();
            // Services that cannot delete versions may list them all the same.
            let version = version.filter(|_| self.by_version);
            let shown: Arc<str> = Arc::from(path);
            return Ok(Some(Doomed { path: Arc::clone(&shown), shown, version }));
        }
        let path: Path = item.extract()?;
        let shown = Arc::clone(path.shown());
        if let Err(refused) = path.get() {
            let error = CoreError::new(ErrorKind::ConfigInvalid, refused.message().to_owned());
            self.refused.push((shown, error));
            return Ok(None);
        }
        Ok(Some(Doomed { path: Arc::clone(&shown), shown, version: None }))
    }
}

async fn delete(
    operator: &Operator,
    doomed: Vec<Doomed>,
    batched: bool,
    at_once: usize,
) -> Vec<Failure> {
    // A request for many does not say of each what became of it, so after a failure each is
    // deleted by itself: those that are gone already are no failures.
    if batched && delete_batch(operator, &doomed).await.is_ok() {
        return Vec::new();
    }
    let one = |each: Doomed| async move {
        let options = core::DeleteOptions { version: each.version, ..Default::default() };
        let result = operator.delete_options(&each.path, options).await;
        result.err().map(|error| (each.shown, error))
    };
    let failures = stream::iter(doomed).map(one).buffered(at_once);
    failures.filter_map(std::future::ready).collect().await
}

async fn delete_batch(operator: &Operator, doomed: &[Doomed]) -> opendal::Result<()> {
    let mut deleter = operator.deleter().await?;
    for Doomed { path, version, .. } in doomed {
        let options = core::DeleteOptions { version: version.clone(), ..Default::default() };
        deleter.delete((path.to_string(), options)).await?;
    }
    deleter.close().await
}

/// So many were to be deleted, and these were not.
pub struct Gone {
    context: Context,
    count: usize,
    failures: Vec<Failure>,
}

impl Gone {
    pub fn none(context: &Context) -> Self {
        Self { context: context.clone(), count: 0, failures: Vec::new() }
    }

    /// Both together.
    pub fn and(mut self, other: Self) -> Self {
        self.count += other.count;
        self.failures.extend(other.failures);
        self
    }

    /// An error that ends it, with a note of what had failed by then.
    pub fn note(&self, py: Python<'_>, error: PyErr) -> PyErr {
        if let Some((path, _)) = self.failures.first() {
            let (failed, count) = (self.failures.len(), self.count);
            let note =
                format!("before, {failed} of {count} could not be deleted; the first: {path:?}");
            // The error itself is worth more than what is told besides.
            let _ = error.value(py).call_method1(intern!(py, "add_note"), (note,));
        }
        error
    }
}

/// The same for an event loop, which gets its turn between batches.
pub struct Going {
    many: DeleteMany,
    operator: Py<AsyncOperator>,
    gone: Gone,
}

impl Going {
    pub fn new(operator: &Bound<'_, AsyncOperator>, paths: &Bound<'_, PyAny>) -> PyResult<Self> {
        let many = DeleteMany::new(operator.get().handle(operator.py())?, paths)?;
        let gone = Gone::none(many.context());
        Ok(Self { many, operator: operator.clone().unbind(), gone })
    }

    /// The call for the next batch, or what there is at the end.
    pub fn next(
        mut self,
        py: Python<'_>,
    ) -> PyResult<Result<Call<impl Operation<Self> + use<>>, Self>> {
        let call = self.many.next(py, self.operator.get().handle(py)?);
        let call = call.map_err(|error| self.gone.note(py, error))?;
        let Some(Call { context, quick, future }) = call else { return Ok(Err(self)) };
        let future = async move {
            self.gone = self.gone.and(future.await?);
            Ok(self)
        };
        Ok(Ok(Call { context, quick, future }))
    }
}

impl Output for Going {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.gone.into_python(py)
    }

    fn step(self, py: Python<'_>) -> PyResult<Step> {
        match self.next(py)? {
            Ok(call) => Ok(Step::More(engine::boxed(call.future))),
            Err(over) => over.into_python(py).map(Step::Done),
        }
    }
}

impl Output for Gone {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let Self { context, count, failures } = self;
        let told = |(path, error): &Failure| {
            let context = Context { path: Arc::clone(path), ..context.clone() };
            Error::from_call(error, &context)
        };
        let Some(first) = failures.first() else { return Ok(py.None()) };
        let reason = told(first);
        let message = format!(
            "{} of {count} objects could not be deleted; the first: {}",
            failures.len(),
            reason.message()
        );
        let error: PyErr = reason.telling(message).into();
        let each = failures.iter().map(|failure| PyErr::from(told(failure)).into_value(py));
        error.value(py).setattr("failed", PyList::new(py, each)?.to_tuple())?;
        Err(error)
    }
}
