//! Writing: data that is there, or comes piece by piece.

use opendal::{Buffer, ErrorKind, Metadata};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::{call, call_in_parts, prepare};
use crate::arguments::{self, Path, type_name};
use crate::base::Handle;
use crate::buffer::Data;
use crate::engine::{self, Call, Operation};
use crate::error::Error;
use crate::options::{self, Keywords};
use crate::upload::{Shared, Upload};

/// So much is read from a file at a time.
const PIECE: usize = 1 << 20;

pub fn write(
    handle: &Handle,
    path: Path,
    bs: &Bound<'_, PyAny>,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Call<impl Operation<Metadata> + use<>>> {
    let (mut context, write) =
        prepare::<options::Write>(handle, "write", &path, options, |c| c.write)?;
    context.creates = write.if_not_exists == Some(true);
    let data = Data::from_python("write", bs, handle.fate_of_data())?;
    let (operator, [path]) = handle.aim([&context.path]);
    let in_parts = write.chunk.is_some() || write.concurrent.is_some();
    let future = async move {
        if path.ends_with('/') {
            return Err(opendal::Error::new(ErrorKind::IsADirectory, "a directory"));
        }
        let mut upload = Upload::open(&operator, &path, write.into()).await?;
        match upload.write(Buffer::from(data.take().await)).await {
            Ok(()) => upload.close().await,
            Err(error) => {
                upload.abort().await;
                Err(error)
            }
        }
    };
    Ok(if in_parts { call_in_parts(context, future) } else { call(handle, context, future) })
}

/// A write whose data comes later.
pub fn begin_write(
    handle: &Handle,
    path: Path,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Call<impl Operation<Upload> + use<>>> {
    let (mut context, write) =
        prepare::<options::Write>(handle, "write", &path, options, |c| c.write)?;
    context.creates = write.if_not_exists == Some(true);
    let (operator, [path]) = handle.aim([&context.path]);
    let capability = handle.capability;
    let future = async move {
        if path.ends_with('/') {
            return Err(opendal::Error::new(ErrorKind::IsADirectory, "a directory"));
        }
        Upload::open_for_pieces(&operator, &path, write.into(), &capability).await
    };
    Ok(call_in_parts(context, future))
}

/// The same, for Python's own asynchronous code.
pub fn begin_shared(
    handle: &Handle,
    path: Path,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Call<impl Operation<Shared> + use<>>> {
    let Call { context, quick, future } = begin_write(handle, path, options)?;
    let told = context.clone();
    let future = async move { future.await.map(|upload| upload.shared(told)) };
    Ok(Call { context, quick, future })
}

/// Writes what a file or an iterable gives, on the caller's thread.
pub fn write_from(
    py: Python<'_>,
    handle: &Handle,
    path: Path,
    source: &Bound<'_, PyAny>,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Metadata> {
    let begun = begin_write(handle, path, options)?;
    let context = begun.context.clone();
    let told = || context.clone();
    let mut pieces = pieces(source)?;
    let mut upload = engine::wait(py, begun)?;
    let fate = handle.fate_of_data();
    let written = loop {
        let piece = match pieces.next().transpose() {
            Ok(Some(piece)) => Data::from_python("write", &piece, fate),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        };
        let data = match piece {
            Ok(data) => data,
            Err(error) => break Err(error),
        };
        let future = async move {
            if let Err(error) = upload.write(Buffer::from(data.take().await)).await {
                upload.abort().await;
                return Err(error);
            }
            Ok(upload)
        };
        upload = engine::wait(py, Call { context: told(), quick: false, future })?;
    };
    match written {
        Ok(()) => {
            let future = async move { upload.close().await };
            engine::wait(py, Call { context, quick: false, future })
        }
        Err(error) => {
            let future = async move {
                upload.abort().await;
                Ok(())
            };
            // What went wrong first is what the caller is told.
            let _ = engine::wait(py, Call { context, quick: false, future });
            Err(error)
        }
    }
}

/// Whether a value is data as it stands, and no source of it.
pub fn is_data(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = value.py();
    arguments::awaited("write", "data", value)?;
    if value.is_instance_of::<PyString>() {
        // It is none, which is told as for all other wrong data.
        return Ok(true);
    }
    if pyo3::types::PyMemoryView::from(value).is_ok() {
        return Ok(true);
    }
    let is_source = value.hasattr(intern!(py, "read"))?
        || value.hasattr(intern!(py, "__iter__"))?
        || value.hasattr(intern!(py, "__aiter__"))?;
    Ok(!is_source || value.is_instance_of::<pyo3::types::PyDict>())
}

type Pieces<'py> = Box<dyn Iterator<Item = PyResult<Bound<'py, PyAny>>> + 'py>;

/// The pieces of a file or an iterable.
fn pieces<'py>(source: &Bound<'py, PyAny>) -> PyResult<Pieces<'py>> {
    let py = source.py();
    if source.hasattr(intern!(py, "read"))? {
        let read = source.getattr(intern!(py, "read"))?;
        let next = move || {
            let piece = read.call1((PIECE,));
            // No text is data, not even an empty one.
            let more = |piece: &Bound<'py, PyAny>| {
                PyResult::Ok(piece.is_instance_of::<PyString>() || piece.len()? > 0)
            };
            piece.and_then(|piece| Ok(more(&piece)?.then_some(piece))).transpose()
        };
        return Ok(Box::new(std::iter::from_fn(next)));
    }
    if let Ok(pieces) = source.try_iter() {
        return Ok(Box::new(pieces));
    }
    let given = type_name(source);
    let message = format!("write: {given} gives its data asynchronously; use an AsyncOperator");
    Err(Error::argument(message).into())
}
