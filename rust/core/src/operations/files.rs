//! Moving whole files between this machine's disk and a service.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use opendal::Metadata;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::{call_in_parts, prepare, prepare_without};
use crate::arguments::{self, Path, Positive, Workers, type_name};
use crate::base::Handle;
use crate::engine::{self, Call, Operation, Watch};
use crate::error::Error;
use crate::options::{self, Keywords, Read};
use crate::source::Source;
use crate::transfer::{self, Local, Progress};

/// Nobody reads faster.
const BETWEEN: Duration = Duration::from_millis(100);

pub fn upload(
    handle: &Handle,
    source: &Bound<'_, PyAny>,
    path: Path,
    options: Option<Keywords<'_, '_>>,
    progress: Arc<Py<Progress>>,
) -> PyResult<Call<impl Operation<Metadata> + use<>>> {
    let (mut context, write) =
        prepare::<options::Write>(handle, "upload", &path, options, |c| c.write)?;
    context.creates = write.if_not_exists == Some(true);
    let source = local("upload", "source", source).map_err(|e| e.during(&context))?;
    let (operator, [path]) = handle.aim([&context.path]);
    let capability = handle.capability;
    let future = async move {
        let progress = progress.get();
        transfer::upload(source, &operator, &path, write.into(), capability, progress).await
    };
    Ok(call_in_parts(context, future))
}

pub fn download(
    handle: &Handle,
    path: Path,
    target: &Bound<'_, PyAny>,
    options: Option<Keywords<'_, '_>>,
    progress: Arc<Py<Progress>>,
) -> PyResult<Call<impl Operation<Metadata> + use<>>> {
    let without = &["offset", "size", "suffix", "gap", "prefetch"];
    let (context, mut read) =
        prepare_without::<Read>(handle, "download", &path, options, without, |c| c.read)?;
    let target = local("download", "target", target).map_err(|e| e.during(&context))?;
    let chunk = read.chunk.take().map(Positive::get);
    let concurrent = read.concurrent.take().map(Workers::get);
    let source = Source::new(handle, &context, read);
    let future =
        async move { transfer::download(source, target, chunk, concurrent, progress.get()).await };
    Ok(call_in_parts(context, future))
}

fn local(operation: &str, name: &str, path: &Bound<'_, PyAny>) -> Result<Local, Error> {
    let unfit = || {
        let given = type_name(path);
        let message = format!("{operation}: {name} must be str or os.PathLike[str], not {given}");
        Error::argument(message)
    };
    if path.is_instance_of::<PyBytes>() {
        return Err(unfit());
    }
    let path: PathBuf = path.extract().map_err(|_| unfit())?;
    if path.as_os_str().is_empty() || path.as_os_str().as_encoded_bytes().contains(&0) {
        return Err(Error::value(format!("{operation}: {name} is no path of this machine")));
    }
    Ok(Local::new(path))
}

/// Waits for a transfer on the caller's thread, and tells its progress there.
pub fn wait_telling<T: Send>(
    py: Python<'_>,
    call: Call<impl Operation<T>>,
    progress: &Py<Progress>,
    tell: Option<&Bound<'_, PyAny>>,
) -> PyResult<T> {
    let Some(tell) = tell else { return engine::wait(py, call) };
    let mut told = None;
    let mut next = Instant::now() + BETWEEN;
    let mut over = false;
    let watch = Watch {
        hurry: &|| progress.get().complete(),
        look: &mut |_| {
            let state = progress.get().state();
            if over {
                return Ok(());
            }
            if progress.get().complete() {
                // The last time, before anything is published.
                over = true;
                tell_once(tell, state)?;
                progress.get().agree();
                return Ok(());
            }
            if Instant::now() >= next && told != Some(state) && Some(state.0) != state.1 {
                told = Some(state);
                tell_once(tell, state)?;
                next = Instant::now() + BETWEEN;
            }
            Ok(())
        },
    };
    engine::wait_watching(py, call, watch)
}

fn tell_once(tell: &Bound<'_, PyAny>, state: (u64, Option<u64>)) -> PyResult<()> {
    let answer = tell.call1(state)?;
    arguments::awaited("progress", "what it returned", &answer)?;
    Ok(())
}
