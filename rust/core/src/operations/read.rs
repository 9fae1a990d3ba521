//! Reading: an object, a part of it, or many parts.

use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};
use opendal::{Buffer, Metadata};
use opendal_rules::ranges::{self, Stretch};
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::{call, call_in_parts, prepare, prepare_without};
use crate::arguments::{self, Count, Path, Positive, Workers};
use crate::base::Handle;
use crate::buffer::LONG_COPY;
use crate::engine::{self, Call, Operation, Output, Step};
use crate::large::Begun;
use crate::options::{Keywords, LARGEST, Read};
use crate::source::{Part, Source, changed, same};
use crate::stream::{PIECE, Streaming};
use crate::target::{Filled, Target};

/// How many stretches are fetched side by side unless the caller says it.
const AT_ONCE: usize = 8;
/// Ranges with at most this between them are fetched together unless the caller says it: about what
/// a connection transfers in the time that one more request takes.
const GAP: u64 = 1 << 20;

pub fn read(
    handle: &Handle,
    path: Path,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Call<impl Operation<Begun> + use<>>> {
    read_as("read", handle, path, options)
}

fn read_as(
    name: &'static str,
    handle: &Handle,
    path: Path,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Call<impl Operation<Begun> + use<>>> {
    let (context, read) = prepare::<Read>(handle, name, &path, options, |c| c.read)?;
    let part = read.part().map_err(|e| e.within(&context))?;
    let in_parts = read.asks_for_parts();
    let source = Source::new(handle, &context, read);
    let told = (!handle.quick()).then(|| context.clone());
    let future = async move {
        if in_parts {
            return Ok(Begun::whole(source.read_in_parts(part).await?));
        }
        Begun::begin(source, part, told).await
    };
    Ok(if in_parts { call_in_parts(context, future) } else { call(handle, context, future) })
}

pub fn read_buffer(
    handle: &Handle,
    path: Path,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Call<impl Operation<Begun> + use<>>> {
    let Call { context, quick, future } = read_as("read_buffer", handle, path, options)?;
    Ok(Call { context, quick, future: async move { future.await.map(Begun::into_shared) } })
}

pub fn read_into(
    handle: &Handle,
    path: Path,
    buffer: &Bound<'_, PyAny>,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Call<impl Operation<u64> + use<>>> {
    const NAME: &str = "read_into";
    let without = &["size", "suffix", "chunk", "concurrent", "gap", "prefetch"];
    let (context, read) =
        prepare_without::<Read>(handle, NAME, &path, options, without, |c| c.read)?;
    let target = Arc::new(Target::buffer(NAME, buffer).map_err(|e| e.within(&context))?);
    let offset = read.offset.map_or(0, |offset| offset.0);
    let part = Part::Range { offset, size: Some(target.len() as u64) };
    let source = Source::new(handle, &context, read);
    let told = (!handle.quick()).then(|| context.clone());
    let future = async move {
        let begun = Begun::begin(source, part, told).await?;
        begun.fill(&target).await.map(|filled| filled as u64)
    };
    Ok(call(handle, context, future))
}

pub fn read_ranges(
    handle: &Handle,
    path: Path,
    ranges: &Bound<'_, PyAny>,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Call<impl Operation<Several> + use<>>> {
    const NAME: &str = "read_ranges";
    let without = &["offset", "size", "suffix", "chunk", "prefetch"];
    let (context, read) =
        prepare_without::<Read>(handle, NAME, &path, options, without, |c| c.read)?;
    let wanted = wanted(NAME, ranges)?;
    let gap = read.gap.map_or(GAP, |gap| gap.0);
    let at_once = read.concurrent.map_or(AT_ONCE, Workers::get);
    let source = Source::new(handle, &context, read);
    let stretches = ranges::merge(&wanted, gap);
    let future = async move {
        if stretches.is_empty() {
            // The object must be there all the same, and the conditions must hold.
            source.length().await?;
        }
        let fetch = |stretch: Stretch| {
            let size = Some(stretch.range.end - stretch.range.start);
            let part = Part::Range { offset: stretch.range.start, size };
            let source = &source;
            async move { source.read(part).await.map(|read| (stretch, read)) }
        };
        let mut fetched = stream::iter(stretches).map(fetch).buffer_unordered(at_once);
        let mut several = vec![Buffer::new(); wanted.len()];
        let mut first: Option<Metadata> = None;
        while let Some((stretch, (metadata, data))) = fetched.try_next().await? {
            if let (Some(first), Some(metadata)) = (&first, &metadata)
                && !same(first, metadata)
            {
                return Err(changed());
            }
            first = first.or(metadata);
            let length = data.len() as u64;
            for at in stretch.wanted {
                let within = |place: u64| {
                    usize::try_from((place - stretch.range.start).min(length)).unwrap_or(data.len())
                };
                several[at] = data.slice(within(wanted[at].start)..within(wanted[at].end));
            }
        }
        Ok(Several(several))
    };
    Ok(call_in_parts(context, future))
}

pub fn read_stream(
    handle: &Handle,
    path: &Path,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Arc<Streaming>> {
    let (context, mut read) =
        prepare_without::<Read>(handle, "read_stream", path, options, &["gap"], |c| c.read)?;
    let part = read.part().map_err(|e| e.within(&context))?;
    let in_parts = read.concurrent.is_some() || read.prefetch.is_some();
    let piece = read.chunk.map_or(PIECE, Positive::get);
    if !in_parts {
        // Pieces of one request.
        read.chunk = None;
    }
    let at_once = read.concurrent.map_or(1, Workers::get);
    let mut source = Source::new(handle, &context, read);
    if in_parts {
        source = source.in_parts(Some(piece), at_once);
    }
    Ok(Streaming::new(handle, context, (source, part), piece, in_parts))
}

/// The ranges that are asked for: a sequence of pairs of an offset and a size.
fn wanted(operation: &str, ranges: &Bound<'_, PyAny>) -> PyResult<Vec<std::ops::Range<u64>>> {
    let unfit = || {
        let message = format!("{operation}: ranges must be pairs (offset, size) of int");
        crate::error::Error::argument(message)
    };
    arguments::awaited(operation, "ranges", ranges)?;
    let mut wanted = Vec::new();
    for pair in ranges.try_iter().map_err(|_| unfit())? {
        let (offset, size): (Bound<'_, PyAny>, Bound<'_, PyAny>) =
            pair?.extract().map_err(|_| unfit())?;
        let offset = arguments::value::<Count>(operation, "the offset of a range", &offset)?.0;
        let size = arguments::value::<Count>(operation, "the size of a range", &size)?.0;
        let start = offset.min(LARGEST);
        wanted.push(start..start.saturating_add(size).min(LARGEST));
    }
    Ok(wanted)
}

/// Bytes that are complete.
struct AllFilled(Vec<Filled>);

impl Output for AllFilled {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let all = self.0.into_iter().map(|filled| filled.into_python(py));
        let all = all.collect::<PyResult<Vec<_>>>()?;
        Ok(PyList::new(py, all)?.into_any().unbind())
    }
}

/// A list of bytes.
pub struct Several(Vec<Buffer>);

impl Output for Several {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let all = self.0.into_iter().map(|data| data.into_python(py));
        let all = all.collect::<PyResult<Vec<_>>>()?;
        Ok(PyList::new(py, all)?.into_any().unbind())
    }

    fn step(self, py: Python<'_>) -> PyResult<Step> {
        if self.0.iter().map(Buffer::len).sum::<usize>() < LONG_COPY {
            return self.into_python(py).map(Step::Done);
        }
        let target = |data: &Buffer| Target::bytes(py, data.len()).map(Arc::new);
        let targets = self.0.iter().map(target).collect::<PyResult<Vec<_>>>()?;
        Ok(Step::More(engine::boxed(async move {
            let mut filled = Vec::with_capacity(targets.len());
            for (target, data) in targets.into_iter().zip(self.0) {
                let length = target.put_all(&data).await;
                filled.push(Filled { target, length });
            }
            Ok(AllFilled(filled))
        })))
    }
}
