//! An object that is read: which part of it is wanted, and how the service is asked for that.

use std::sync::Arc;

use opendal::options as core;
use opendal::raw::oio::{ReadDyn, ReadStreamDyn, Reader};
use opendal::raw::{OpRead, OpReader, ServiceDyn};
use opendal::{Buffer, BufferStream, BytesRange, Error, ErrorKind, Metadata, Operator, Result};
use opendal_memory::MemoryService;

use crate::arguments::Count;
use crate::base::{Distance, Handle};
use crate::error::Context;
use crate::exact;
use crate::options::{LARGEST, Read, in_advance};

/// How long parts are unless the caller says it.
const PART: usize = 8 << 20;

/// Which part of an object is wanted. What lies beyond its ends is cut off, as slices of Python do.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    Range { offset: u64, size: Option<u64> },
    Suffix(u64),
}

impl Part {
    pub fn is_all(self) -> bool {
        matches!(self, Self::Range { offset: 0, size: None })
    }

    /// Whether no service has anything there.
    pub fn is_nothing(self) -> bool {
        match self {
            Self::Range { offset, size } => size == Some(0) || offset >= LARGEST,
            Self::Suffix(size) => size == 0,
        }
    }

    /// Where it is in an object of that length.
    pub fn within(self, length: u64) -> std::ops::Range<u64> {
        match self {
            Self::Range { offset, size } => {
                let start = offset.min(length);
                let end = size.map_or(length, |size| offset.saturating_add(size).min(length));
                start..end.max(start)
            }
            Self::Suffix(size) => length.saturating_sub(size)..length,
        }
    }

    /// As a service is asked for it.
    pub fn range(self) -> BytesRange {
        match self {
            Self::Suffix(size) => BytesRange::suffix(size.min(LARGEST)),
            Self::Range { offset, size } => match size.and_then(|size| offset.checked_add(size)) {
                Some(end) if end < LARGEST => BytesRange::from(offset..end),
                _ => BytesRange::from(offset..),
            },
        }
    }
}

/// What the caller says of a read besides which part it wants.
#[derive(Clone, Default)]
struct Asked {
    options: core::ReadOptions,
    /// The same version and conditions for a look at the object's length.
    stat: core::StatOptions,
    prefetch: Option<Count>,
}

/// An object to be read, and under what conditions.
#[derive(Clone)]
pub struct Source {
    operator: Arc<Operator>,
    path: Arc<str>,
    /// Nothing for most reads, which makes small ones a tenth faster.
    asked: Option<Box<Asked>>,
    /// The store, where it can be asked at once.
    memory: Option<MemoryService>,
    disk: bool,
    /// Whether the service can be held to one state of the object.
    matches: bool,
}

impl Source {
    pub fn new(handle: &Handle, context: &Context, read: Read) -> Self {
        let (operator, [path]) = handle.aim([&context.path]);
        let asked = (!read.is_plain()).then(|| {
            let stat = read.stat(&handle.capability);
            let prefetch = read.prefetch.filter(|_| !read.overrides());
            Box::new(Asked { stat, prefetch, options: read.into() })
        });
        let matches = handle.capability.read_with_if_match;
        let memory = handle.base.memory.clone().filter(|_| handle.quick());
        let disk = handle.distance() == Distance::Disk;
        Self { operator, path, asked, memory, disk, matches }
    }

    fn options(&self) -> core::ReadOptions {
        self.asked.as_ref().map(|asked| asked.options.clone()).unwrap_or_default()
    }

    /// The same object, if it is in the state that `seen` tells; none where nothing can tell.
    pub fn unchanged(&self, seen: &Metadata) -> Option<Self> {
        let mut same = self.clone();
        let options = &mut same.asked.get_or_insert_default().options;
        if options.version.is_none() {
            // It holds for whatever the caller wanted to match.
            options.if_match = Some(strong_etag(seen).filter(|_| self.matches)?);
        }
        Some(same)
    }

    /// Whether the service can be held to one state of the object.
    pub fn can_match(&self) -> bool {
        self.matches
    }

    /// The same, to be read in parts of that length, so many at a time.
    pub fn in_parts(mut self, chunk: Option<usize>, concurrent: usize) -> Self {
        let options = &mut self.asked.get_or_insert_default().options;
        options.chunk = chunk;
        options.concurrent = concurrent;
        self
    }

    pub async fn stat(&self) -> Result<Metadata> {
        let options = self.asked.as_ref().map(|asked| asked.stat.clone()).unwrap_or_default();
        self.operator.stat_options(&self.path, options).await
    }

    /// How long the object is.
    pub async fn length(&self) -> Result<u64> {
        self.stat().await.map(|metadata| metadata.content_length())
    }

    /// Asks the service for a range, and nothing else. The core's reader is made for reads in
    /// parts, and costs a small read more than the service itself. A layer that retries resumes
    /// where it was.
    pub async fn open(
        &self,
        range: BytesRange,
    ) -> Result<(Option<Metadata>, Box<dyn ReadStreamDyn>)> {
        let (answer, stream) = self.reader()?.open_dyn(range).await?;
        Ok((answer.into_metadata(), stream))
    }

    /// Whether it is on our own fs, whose readers keep the object open.
    pub fn is_on_disk(&self) -> bool {
        self.disk
    }

    pub fn reader(&self) -> Result<Reader> {
        if self.path.ends_with('/') {
            return Err(Error::new(ErrorKind::IsADirectory, "a directory"));
        }
        let args = self.args();
        self.operator.service().read_dyn(self.operator.context(), &self.path, args)
    }

    fn args(&self) -> OpRead {
        let Some(asked) = &self.asked else { return OpRead::default() };
        let (_, args, _): (BytesRange, OpRead, OpReader) = asked.options.clone().into();
        args
    }

    /// One request.
    async fn fetch(&self, range: BytesRange) -> Result<(Option<Metadata>, Buffer)> {
        if let Some(memory) = &self.memory
            && !self.path.ends_with('/')
        {
            // A guarded path is for the core.
            let path = exact::bare(&self.path);
            let (metadata, data) = memory.fetch(path, &self.args(), range)?;
            return Ok((Some(metadata), data));
        }
        let (metadata, mut stream) = self.open(range).await?;
        let first = stream.read_dyn().await?;
        let whole = metadata.as_ref().map(Metadata::content_length);
        if first.is_empty() || whole == Some(first.len() as u64) {
            return Ok((metadata, first));
        }
        let mut parts = Vec::new();
        parts.extend(first);
        loop {
            let part = stream.read_dyn().await?;
            if part.is_empty() {
                return Ok((metadata, Buffer::from(parts)));
            }
            parts.extend(part);
        }
    }

    /// A part of the object, by one request where the service takes it.
    pub async fn read(&self, part: Part) -> Result<(Option<Metadata>, Buffer)> {
        if part.is_nothing() {
            // The object must be there all the same, and the conditions must hold.
            self.length().await?;
            return Ok((None, Buffer::new()));
        }
        match self.fetch(part.range()).await {
            Err(error) if !part.is_all() && may_lie_beyond(&error) => {
                self.read_within(part, error).await
            }
            result => result,
        }
    }

    /// As [`Self::read`], when the service did not take the part: only now is it worth asking
    /// where the end is.
    pub async fn read_within(
        &self,
        part: Part,
        error: Error,
    ) -> Result<(Option<Metadata>, Buffer)> {
        let range = part.within(self.length().await?);
        if range.is_empty() {
            return Ok((None, Buffer::new()));
        }
        if BytesRange::from(range.clone()) == part.range() {
            return Err(error);
        }
        self.fetch(range.into()).await
    }

    /// A range of an object that was seen, fetched in parts of a length that the caller chose, and
    /// ahead of who reads.
    pub async fn stream_in_parts(
        &self,
        seen: &Metadata,
        range: std::ops::Range<u64>,
    ) -> Result<BufferStream> {
        self.in_advance(seen).await?.into_stream(range).await
    }

    /// Reads in parts of a length that the caller chose.
    pub async fn read_in_parts(&self, part: Part) -> Result<Buffer> {
        let seen = self.stat().await?;
        let range = part.within(seen.content_length());
        let reader = self.in_advance(&seen).await?;
        if range.is_empty() {
            return Ok(Buffer::new());
        }
        reader.read(range).await.map_err(|error| match error.kind() {
            ErrorKind::ConditionNotMatch => changed(),
            _ => error,
        })
    }

    /// The core's reader in parts, all of them of the state that was seen.
    async fn in_advance(&self, seen: &Metadata) -> Result<opendal::Reader> {
        if self.path.ends_with('/') {
            return Err(Error::new(ErrorKind::IsADirectory, "a directory"));
        }
        let same = self.unchanged(seen);
        let mut options = same.as_ref().unwrap_or(self).options();
        options.chunk.get_or_insert(PART);
        let prefetch = self.asked.as_ref().and_then(|asked| asked.prefetch).unwrap_or(Count(0));
        let mut ahead = in_advance(&options, prefetch);
        ahead.content_length_hint = Some(seen.content_length());
        self.operator.reader_options(&self.path, ahead).await
    }
}

/// What an object can be held to; a weak etag is that of many states.
pub fn strong_etag(seen: &Metadata) -> Option<String> {
    seen.etag().filter(|etag| !etag.starts_with("W/")).map(str::to_owned)
}

/// Whether two answers tell of the same state of an object.
pub fn same(one: &Metadata, other: &Metadata) -> bool {
    one.etag() == other.etag()
        && one.content_length() == other.content_length()
        && one.last_modified() == other.last_modified()
}

/// What was read belongs to two states of an object.
pub fn changed() -> Error {
    let message = "the object was replaced while it was read; read it again";
    Error::new(ErrorKind::Conflict, message)
}

/// Whether a read may have failed because its range ends, or starts, beyond the end of the object.
/// Some servers answer such a range with success and too few bytes, which the core refuses.
pub fn may_lie_beyond(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::RangeNotSatisfied => true,
        ErrorKind::Unexpected => error.message().contains("too little data"),
        _ => false,
    }
}
