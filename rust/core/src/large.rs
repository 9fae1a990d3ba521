//! Reading into memory whose length is known only when the service has answered.
//!
//! What is long goes to its place in the final object at once, so that it is in memory once. Where
//! the service can be held to one state of the object, the rest of what is long is fetched side by
//! side: the first answer fills it from the front, more requests from the back, until they meet.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::future::try_join;
use futures::stream::{FuturesUnordered, TryStreamExt};
use opendal::raw::oio::{ReadDyn, ReadStreamDyn, Reader};
use opendal::{Buffer, ErrorKind, Metadata, Result};
use pyo3::prelude::*;

use crate::buffer::{self, Fate};
use crate::engine::{self, Call, Output, Step, wait};
use crate::error::Context;
use crate::shared::{self, Shared};
use crate::source::{Part, Source, changed, may_lie_beyond, same};
use crate::target::{Filled, Target, fill_from_disk};

/// What is shorter is gathered first: a copy of it costs less than a second step.
const SHORT: u64 = 256 << 10;
/// What is longer is fetched side by side, in requests for so much each, and so many at a time.
const LONG: usize = 16 << 20;
const PIECE: usize = 8 << 20;
const AT_ONCE: usize = 8;

/// A read that the service has answered.
pub struct Begun {
    state: State,
    shared: bool,
}

enum State {
    /// All that was asked for.
    Whole(Buffer),
    Large(Box<Large>),
}

struct Large {
    context: Context,
    source: Source,
    metadata: Metadata,
    reader: Reader,
    stream: Box<dyn ReadStreamDyn>,
    first: Buffer,
    /// Where the part begins in the object.
    offset: u64,
    size: usize,
}

impl Begun {
    pub fn whole(data: Buffer) -> Self {
        Self { state: State::Whole(data), shared: false }
    }

    /// Asks for a part, and takes it all if it is short, or if there is no context to go on in.
    pub async fn begin(source: Source, part: Part, context: Option<Context>) -> Result<Self> {
        let Some(context) = context.filter(|_| !part.is_nothing()) else {
            return source.read(part).await.map(|(_, data)| Self::whole(data));
        };
        match open(source.clone(), part, context).await {
            Ok(state) => Ok(Self { state, shared: false }),
            Err(error) if !part.is_all() && may_lie_beyond(&error) => {
                let (_, data) = source.read_within(part, error).await?;
                Ok(Self::whole(data))
            }
            Err(error) => Err(error),
        }
    }

    /// The same, to become a `types.Buffer`.
    pub fn into_shared(self) -> Self {
        Self { shared: true, ..self }
    }

    /// Fills memory that is there already, and says how much of it.
    pub async fn fill(self, target: &Arc<Target>) -> Result<usize> {
        match self.state {
            State::Whole(data) => Ok(target.put_all(&data).await),
            State::Large(large) => large.fill(target).await,
        }
    }
}

async fn open(source: Source, part: Part, context: Context) -> Result<State> {
    let reader = source.reader()?;
    let (answer, mut stream) = reader.open_dyn(part.range()).await?;
    let metadata = answer.into_metadata();
    let first = stream.read_dyn().await?;
    let range = metadata.as_ref().map(|metadata| part.within(metadata.content_length()));
    let size = range.as_ref().map(|range| range.end - range.start);
    if size == Some(first.len() as u64) {
        return Ok(State::Whole(first));
    }
    if let (Some(metadata), Some(range), Some(size)) = (metadata, range, size)
        && size > SHORT
        && let Ok(size) = usize::try_from(size)
    {
        let offset = range.start;
        let large = Large { context, source, metadata, reader, stream, first, offset, size };
        return Ok(State::Large(Box::new(large)));
    }
    let mut parts = Vec::new();
    let mut length = 0;
    let mut next = first;
    while !next.is_empty() {
        length += next.len() as u64;
        parts.extend(next);
        next = match stream.read_dyn().await {
            // The part ends beyond the object, of which this is the end.
            Err(error) if size == Some(length) && may_lie_beyond(&error) => break,
            next => next?,
        };
    }
    Ok(State::Whole(Buffer::from(parts)))
}

impl Large {
    /// All of it, in memory of our own.
    async fn collect(self) -> Result<Buffer> {
        let Self { mut stream, first, size, .. } = self;
        let mut length = first.len();
        let mut parts: Vec<Bytes> = first.collect();
        while length < size {
            let data = match stream.read_dyn().await {
                Err(error) if length == size && may_lie_beyond(&error) => break,
                data => data?,
            };
            if data.is_empty() {
                break;
            }
            length += data.len();
            parts.extend(data);
        }
        Ok(Buffer::from(parts))
    }

    /// All of it, in new bytes.
    fn into_bytes(
        self,
        py: Python<'_>,
        shared: bool,
    ) -> PyResult<impl engine::Operation<Read> + use<>> {
        let target = Arc::new(Target::bytes(py, self.size)?);
        Ok(async move {
            let length = self.fill(&target).await?;
            Ok(Read { filled: Filled { target, length }, shared })
        })
    }

    async fn fill(self, target: &Arc<Target>) -> Result<usize> {
        let Self { source, metadata, reader, stream, first, offset, size, .. } = self;
        let size = size.min(target.len());
        if source.is_on_disk() && opendal_fs::is_inline() {
            let done = target.put(0, &first);
            let rest = offset + done as u64..offset + size as u64;
            drop((first, stream));
            if rest.is_empty() {
                return Ok(done);
            }
            return Ok(done + fill_from_disk(&*reader, rest, target, done).await?);
        }
        let front = AtomicUsize::new(target.put(0, &first));
        let back = AtomicUsize::new(size);
        drop(first);
        let from_front = async {
            // Dropped at the end of this block: what it holds, others may wait for.
            let mut stream = stream;
            loop {
                let at = front.load(Ordering::Relaxed);
                if at >= back.load(Ordering::Relaxed) {
                    return Ok(());
                }
                let data = match stream.read_dyn().await {
                    Err(error) if at == size && may_lie_beyond(&error) => Buffer::new(),
                    data => data?,
                };
                if data.is_empty() {
                    return Ok(());
                }
                front.store(at + target.put(at, &data), Ordering::Relaxed);
            }
        };
        // Nobody polls two of these at a time, so what was read of the places still holds.
        let claim = || {
            let (at, end) = (front.load(Ordering::Relaxed), back.load(Ordering::Relaxed));
            let start = end.checked_sub(PIECE).filter(|start| *start > at + PIECE)?;
            back.store(start, Ordering::Relaxed);
            Some(start..end)
        };
        let from_back = async {
            let pinned = source.unchanged(&metadata).filter(|_| size > LONG);
            let Some(pinned) = &pinned else { return Ok(()) };
            let mut under_way = FuturesUnordered::new();
            loop {
                while under_way.len() < AT_ONCE - 1
                    && let Some(piece) = claim()
                {
                    under_way.push(fetch(pinned, &metadata, offset, piece, target));
                }
                if under_way.try_next().await?.is_none() {
                    return Ok(());
                }
            }
        };
        try_join(from_front, from_back).await?;
        let (front, back) = (front.into_inner(), back.into_inner());
        match front {
            _ if front >= back => Ok(size),
            // It became shorter while it was read.
            _ if back == size => Ok(front),
            _ => Err(changed()),
        }
    }
}

/// Fetches a piece and puts it in its place.
async fn fetch(
    source: &Source,
    seen: &Metadata,
    offset: u64,
    piece: std::ops::Range<usize>,
    target: &Target,
) -> Result<()> {
    let range = offset + piece.start as u64..offset + piece.end as u64;
    let opened = source.open(range.into()).await;
    let (answer, mut stream) = opened.map_err(|error| match error.kind() {
        ErrorKind::ConditionNotMatch => changed(),
        _ => error,
    })?;
    // Not every server heeds the condition.
    if answer.is_some_and(|answer| !same(seen, &answer)) {
        return Err(changed());
    }
    let mut at = piece.start;
    while at < piece.end {
        let data = stream.read_dyn().await?;
        if data.is_empty() {
            return Err(changed());
        }
        at += target.put(at, &data);
    }
    Ok(())
}

impl Output for Begun {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let shared = self.shared;
        match self.state {
            State::Whole(data) if shared => Shared(data).into_python(py),
            State::Whole(data) => data.into_python(py),
            State::Large(large) => {
                let context = large.context.clone();
                let future = large.into_bytes(py, shared)?;
                wait(py, Call { context, quick: false, future })?.into_python(py)
            }
        }
    }

    fn step(self, py: Python<'_>) -> PyResult<Step> {
        match self.state {
            State::Large(large) => {
                Ok(Step::More(engine::boxed(large.into_bytes(py, self.shared)?)))
            }
            State::Whole(data) if !self.shared => data.step(py),
            State::Whole(_) => self.into_python(py).map(Step::Done),
        }
    }

    fn go_on(self) -> std::result::Result<engine::Then, Self> {
        let shared = self.shared;
        match self.state {
            State::Whole(_) => Err(self),
            State::Large(large) => Ok(engine::boxed(async move {
                let data = large.collect().await?;
                Ok(Self { state: State::Whole(data), shared })
            })),
        }
    }
}

/// Bytes that are complete, as they are or to become a `types.Buffer`.
struct Read {
    filled: Filled,
    shared: bool,
}

impl Output for Read {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let bytes = self.filled.into_python(py)?;
        if self.shared {
            let data = buffer::from_python("read_buffer", bytes.bind(py), Fate::Kept)?;
            return Ok(Py::new(py, shared::Buffer::new(data))?.into_any());
        }
        Ok(bytes)
    }
}
