//! Where the bytes of a file that is read come from: ranges of one object, whatever takes its place
//! meanwhile.

use std::ops::Range;
use std::sync::Arc;

use opendal::options::{ReadOptions, ReaderOptions};
use opendal::raw::oio::{ReadDyn, ReadStreamDyn};
use opendal::raw::{OpRead, OpReader, ServiceDyn};
use opendal::{Buffer, BytesRange, Error, ErrorKind, Metadata, Operator, Result};

use super::open::ReadPlan;
use crate::base::Distance;
use crate::options::LARGEST;
use crate::source::{Part, may_lie_beyond, strong_etag};
use crate::target::{Target, fill_from_disk};

pub struct Source {
    distance: Distance,
    reader: Box<dyn ReadDyn>,
    /// Reads a range in several parts at a time, where the caller asked for that.
    parts: Option<opendal::Reader>,
}

/// An object that was found: where its bytes come from, which of them the file has, and those of
/// them that came at once.
pub struct Found {
    pub source: Source,
    pub range: Range<u64>,
    pub first: Buffer,
}

/// The service's own reader: the core's is made for reads in parts, and costs more.
fn reader(operator: &Operator, path: &str, options: &ReaderOptions) -> Result<Box<dyn ReadDyn>> {
    let options = ReadOptions {
        version: options.version.clone(),
        if_match: options.if_match.clone(),
        if_none_match: options.if_none_match.clone(),
        if_modified_since: options.if_modified_since,
        if_unmodified_since: options.if_unmodified_since,
        ..Default::default()
    };
    let (_, args, _): (BytesRange, OpRead, OpReader) = options.into();
    operator.service().read_dyn(operator.context(), path, args)
}

impl Source {
    /// Finds the object. `ahead` is how much of it to bring along from the network: its first bytes
    /// come with its size in the one answer, so opening costs one request.
    pub async fn open(
        operator: &Operator,
        path: &Arc<str>,
        plan: &ReadPlan,
        ahead: u64,
    ) -> Result<Found> {
        let directory = || Error::new(ErrorKind::IsADirectory, "a directory");
        if path.ends_with('/') {
            return Err(directory());
        }
        let ReadPlan { part, distance, .. } = *plan;
        let mut options = plan.options.clone();
        let mut reader_now = reader(operator, path, &options)?;
        let near = distance != Distance::Network;
        let (mut answer, mut first) = (None, Buffer::new());
        if near {
            // All that lies beyond what any object has: nothing is read, and its size is told.
            let (told, _) = reader_now.open_dyn(BytesRange::from(LARGEST..)).await?;
            answer = told.into_metadata();
        } else if let Some(head) = head_of(part, ahead) {
            match ask(&*reader_now, head).await {
                Ok((metadata, data)) => (answer, first) = (metadata, data),
                Err(error) if may_lie_beyond(&error) => {}
                Err(error) => return Err(error),
            }
        }
        let found = match answer {
            Some(answer) => answer,
            None => operator.stat_options(path, plan.stat.clone()).await?,
        };
        if found.is_dir() {
            return Err(directory());
        }
        if !found.is_file() {
            // A pipe or a device, which has no length to read up to.
            let message = "it is neither a file nor a directory";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let range = part.within(found.content_length());
        if near {
            // It is kept open: all that is read is of this object.
            let source = Self { distance, reader: reader_now, parts: None };
            return Ok(Found { source, range, first });
        }
        if let Some(etag) = strong_etag(&found)
            && options.version.is_none()
            && operator.info().capability().read_with_if_match
        {
            options.if_match = Some(etag);
            reader_now = reader(operator, path, &options)?;
        }
        let parts = if options.chunk.is_some() || options.concurrent > 1 || options.prefetch > 0 {
            options.content_length_hint = Some(found.content_length());
            Some(operator.reader_options(path, options).await?)
        } else {
            None
        };
        Ok(Found { source: Self { distance, reader: reader_now, parts }, range, first })
    }

    /// A range that lies within the object, put where it belongs in memory of the caller's. Says
    /// how much of it came.
    pub async fn fill(&self, range: Range<u64>, target: &Arc<Target>, at: usize) -> Result<usize> {
        if self.parts.is_some() || self.distance == Distance::Memory {
            return Ok(target.put(at, &self.fetch(range).await?));
        }
        if self.distance == Distance::Disk && opendal_fs::is_inline() {
            return fill_from_disk(&*self.reader, range, target, at).await;
        }
        let wanted = range.end - range.start;
        let (_, mut stream) = self.reader.open_dyn(BytesRange::from(range)).await?;
        let mut done = 0;
        loop {
            let part = stream.read_dyn().await?;
            if part.is_empty() || done as u64 >= wanted {
                return Ok(done);
            }
            done += target.put(at + done, &part);
        }
    }

    /// A range that lies within the object.
    pub async fn fetch(&self, range: Range<u64>) -> Result<Buffer> {
        if let Some(parts) = &self.parts {
            return parts.read(range).await;
        }
        if self.distance != Distance::Network {
            return Ok(self.reader.read_dyn(BytesRange::from(range)).await?.1);
        }
        // A layer that retries resumes a stream where it was, and one that limits time does so for
        // each piece of it.
        let wanted = range.end - range.start;
        let (_, mut stream) = self.reader.open_dyn(BytesRange::from(range)).await?;
        let data = collect(&mut *stream, wanted).await?;
        if data.len() as u64 == wanted {
            stream.read_dyn().await?;
        }
        Ok(data)
    }
}

/// The first bytes of a part, at most so many, if a service can be asked for them.
fn head_of(part: Part, most: u64) -> Option<Part> {
    match part {
        _ if part.is_nothing() || most == 0 => None,
        Part::Range { offset, size } => {
            let size = size.map_or(most, |size| size.min(most));
            let end = offset.checked_add(size)?;
            (end < LARGEST).then_some(Part::Range { offset, size: Some(size) })
        }
        // Where the last bytes begin is not known before the answer, so it is all of them or none.
        Part::Suffix(size) => (size <= most).then_some(part),
    }
}

/// A part, which may end beyond the object, and what is told of the object.
async fn ask(reader: &dyn ReadDyn, part: Part) -> Result<(Option<Metadata>, Buffer)> {
    let (answer, mut stream) = reader.open_dyn(part.range()).await?;
    let Some(metadata) = answer.into_metadata() else { return Ok((None, Buffer::new())) };
    // The end of the answer is not waited for: the core calls a short one an error there.
    let there = part.within(metadata.content_length());
    let there = there.end - there.start;
    let data = collect(&mut *stream, there).await?;
    if (data.len() as u64) < there {
        return Err(Error::new(ErrorKind::Unexpected, "the answer ended early").set_temporary());
    }
    Ok((Some(metadata), data))
}

async fn collect(stream: &mut dyn ReadStreamDyn, wanted: u64) -> Result<Buffer> {
    let mut parts = Vec::new();
    let mut left = wanted;
    while left > 0 {
        let part = stream.read_dyn().await?;
        if part.is_empty() {
            break;
        }
        left = left.saturating_sub(part.len() as u64);
        parts.extend(part);
    }
    Ok(Buffer::from(parts))
}
