//! Moving whole files between this machine's disk and a service.
//!
//! The local side is an operator too, on our own fs: so a file that is downloaded appears whole or
//! not at all, and nothing of an attempt that failed is left.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use futures::TryStreamExt;
use opendal::options::WriteOptions;
use opendal::raw::oio::ReadStreamDyn;
use opendal::{Buffer, BufferStream, Capability, Error, ErrorKind, Metadata, Operator, Result};
use opendal_fs::FsBuilder;
use opendal_rules::pause::pause;
use pyo3::prelude::*;
use tokio::sync::Notify;

use crate::exact;
use crate::source::{Part, Source, changed, may_lie_beyond, same};
use crate::upload::Upload;

/// What is longer goes in parts, side by side.
const LONG: u64 = 16 << 20;
const PART: u64 = 8 << 20;
/// S3 takes no more parts of one object.
const MOST_PARTS: u64 = 10_000;
/// How many parts are sent at a time unless the caller says it; each is in memory while it is.
const UP: usize = 4;
const DOWN: usize = 8;

/// How far a transfer is.
#[pyclass(frozen, module = "opendal._core.operator")]
pub struct Progress {
    done: AtomicU64,
    /// `u64::MAX` as long as nobody knows.
    total: AtomicU64,
    /// Whether somebody is told of it, who may object until the end.
    watched: bool,
    complete: AtomicBool,
    agreed: Notify,
}

impl Progress {
    pub fn new(watched: bool) -> Self {
        Self {
            done: AtomicU64::new(0),
            total: AtomicU64::new(u64::MAX),
            watched,
            complete: AtomicBool::new(false),
            agreed: Notify::new(),
        }
    }

    /// Everything has come, and nothing is published yet: waits for whoever is told of it.
    async fn end(&self) {
        self.complete.store(true, Ordering::Release);
        if self.watched {
            self.agreed.notified().await;
        }
    }

    fn more(&self, data: &Buffer) {
        self.done.fetch_add(data.len() as u64, Ordering::Relaxed);
    }

    fn expect(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
    }
}

#[pymethods]
impl Progress {
    /// The bytes that were moved, and all bytes if that is known.
    #[getter]
    pub fn state(&self) -> (u64, Option<u64>) {
        let total = self.total.load(Ordering::Relaxed);
        (self.done.load(Ordering::Relaxed), Some(total).filter(|total| *total != u64::MAX))
    }

    /// Whether everything has come, and what is left is to publish it.
    #[getter]
    pub fn complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }

    /// Whoever is told of the end has nothing against it.
    pub fn agree(&self) {
        self.agreed.notify_one();
    }
}

/// A file on this machine's disk.
#[derive(Clone)]
pub struct Local(PathBuf);

impl Local {
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// An operator for the directory that it is in, and its name for that.
    fn place(&self) -> Result<(Operator, Arc<str>)> {
        let path = std::path::absolute(&self.0).map_err(|error| {
            Error::new(ErrorKind::ConfigInvalid, "no path of this machine").set_source(error)
        })?;
        let ends_in_slash = self.0.as_os_str().as_encoded_bytes().ends_with(b"/");
        let (Some(parent), Some(name), false) = (path.parent(), path.file_name(), ends_in_slash)
        else {
            return Err(Error::new(ErrorKind::IsADirectory, "it is a directory"));
        };
        let texts = (parent.to_str(), name.to_str());
        let (Some(parent), Some(name)) = texts else {
            return Err(Error::new(ErrorKind::ConfigInvalid, "its name is not UTF-8"));
        };
        let operator = Operator::new(FsBuilder::default().root(parent).confine(false))?;
        Ok((exact::operator(operator), exact::guarded(&Arc::from(name))))
    }

    /// An error about it, which says so.
    fn told<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| {
            let message = format!("local file {}: {}", self.0.display(), error.message());
            let told = Error::new(error.kind(), message);
            if error.is_temporary() { told.set_temporary() } else { told }.set_source(error)
        })
    }

    fn directory(&self) -> Option<&Path> {
        self.0.parent().filter(|parent| !parent.as_os_str().is_empty())
    }
}

/// Sends a file. The object appears when all of it has arrived.
pub async fn upload(
    from: Local,
    operator: &Operator,
    path: &str,
    mut options: WriteOptions,
    capability: Capability,
    progress: &Progress,
) -> Result<Metadata> {
    if path.ends_with('/') {
        return Err(Error::new(ErrorKind::IsADirectory, "a directory"));
    }
    if from.directory().is_some_and(|directory| !directory.is_dir()) {
        return from.told(Err(Error::new(ErrorKind::NotFound, "there is no such directory")));
    }
    let (local, name) = from.told(from.place())?;
    let size = from.told(local.stat(&name).await.and_then(file))?.content_length();
    progress.expect(size);
    if capability.write_multi_min_size.is_some() && size > LONG {
        let part = PART.max(size.div_ceil(MOST_PARTS));
        options.chunk = options.chunk.or(usize::try_from(part).ok());
        if options.concurrent == 0 {
            options.concurrent = UP;
        }
    }
    let reader = from.told(local.reader(&name).await)?;
    let mut stream = from.told(reader.into_stream(0..size).await)?;
    let mut upload = Upload::open(operator, path, options).await?;
    match send(&from, &mut stream, &mut upload, progress).await {
        Ok(()) if progress.state().0 == size => {
            progress.end().await;
            upload.close().await
        }
        result => {
            upload.abort().await;
            result?;
            let message = "it became shorter while it was sent";
            from.told(Err(Error::new(ErrorKind::Conflict, message)))
        }
    }
}

async fn send(
    from: &Local,
    stream: &mut BufferStream,
    upload: &mut Upload,
    progress: &Progress,
) -> Result<()> {
    loop {
        let data = match stream.try_next().await {
            Ok(Some(data)) => data,
            Ok(None) => return Ok(()),
            // It became shorter; how much came is counted.
            Err(error) if may_lie_beyond(&error) => return Ok(()),
            Err(error) => return from.told(Err(error)),
        };
        progress.more(&data);
        upload.write(data).await?;
        pause().await;
    }
}

fn file(metadata: Metadata) -> Result<Metadata> {
    match metadata.mode() {
        opendal::EntryMode::FILE => Ok(metadata),
        opendal::EntryMode::DIR => Err(Error::new(ErrorKind::IsADirectory, "it is a directory")),
        opendal::EntryMode::Unknown => {
            Err(Error::new(ErrorKind::Unsupported, "it is neither a file nor a directory"))
        }
    }
}

/// Fetches an object into a file, which appears when all of it has arrived.
pub async fn download(
    source: Source,
    to: Local,
    chunk: Option<usize>,
    concurrent: Option<usize>,
    progress: &Progress,
) -> Result<Metadata> {
    // Where the service can be held to one state of the object, the first request asks for the
    // beginning only: it tells how much more there is, which then comes side by side.
    let first = if source.can_match() { 0..LONG } else { 0..u64::MAX };
    let part = Part::Range { offset: 0, size: Some(first.end) };
    let (metadata, stream) = match source.open(part.range()).await {
        Err(error) if may_lie_beyond(&error) => {
            let metadata = source.stat().await?;
            let range = part.within(metadata.content_length());
            if range.is_empty() {
                (metadata, None)
            } else {
                (metadata, Some(source.open(range.into()).await?.1))
            }
        }
        opened => {
            let (metadata, stream) = opened?;
            let metadata = match metadata {
                Some(metadata) => metadata,
                None => source.stat().await?,
            };
            (metadata, Some(stream))
        }
    };
    let size = metadata.content_length();
    progress.expect(size);
    let (local, name) = to.told(to.place())?;
    let mut file = to.told(Upload::open(&local, &name, WriteOptions::default()).await)?;
    if let Some(stream) = stream {
        beginning(stream, size.min(first.end), &mut file, &to, progress).await?;
    }
    if size > first.end && source.unchanged(&metadata).is_none() {
        // Nothing can hold the service to this state, so what is left comes in one answer.
        let (again, rest) = source.open((first.end..size).into()).await?;
        if again.is_some_and(|again| !same(&metadata, &again)) {
            file.abort().await;
            return Err(changed());
        }
        beginning(rest, size, &mut file, &to, progress).await?;
    } else if size > first.end
        && let Some(same) = source.unchanged(&metadata)
    {
        let part = usize::try_from(PART).ok();
        let same = same.in_parts(chunk.or(part), concurrent.unwrap_or(DOWN));
        let mut rest = same.stream_in_parts(&metadata, first.end..size).await?;
        while let Some(data) = rest.try_next().await? {
            take(data, &mut file, &to, progress).await?;
        }
    }
    if progress.state().0 != size {
        file.abort().await;
        return Err(changed());
    }
    progress.end().await;
    to.told(file.close().await)?;
    Ok(metadata)
}

async fn beginning(
    mut stream: Box<dyn ReadStreamDyn>,
    size: u64,
    file: &mut Upload,
    to: &Local,
    progress: &Progress,
) -> Result<()> {
    loop {
        let data = match stream.read_dyn().await {
            // More was asked for than there is, of which this is the end.
            Err(error) if progress.state().0 == size && may_lie_beyond(&error) => return Ok(()),
            data => data?,
        };
        if data.is_empty() {
            return Ok(());
        }
        take(data, file, to, progress).await?;
    }
}

async fn take(data: Buffer, file: &mut Upload, to: &Local, progress: &Progress) -> Result<()> {
    progress.more(&data);
    to.told(file.write(data).await)?;
    pause().await;
    Ok(())
}
