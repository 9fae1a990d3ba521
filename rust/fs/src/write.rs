//! Writing: what comes last is written together with the end, so a whole object is one step.

use std::io::IoSlice;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use opendal::raw::{OpWrite, oio};
use opendal::{Buffer, Error, ErrorKind, Metadata, Result};
use opendal_rules::pause::pause;

use crate::attributes::{self, Attributes};
use crate::core::Core;
use crate::here::{Asked, run};
use crate::temporary::Temporary;
use crate::{error, metadata, path, sys};

/// What comes to less than this waits for more.
const HELD: usize = 1 << 20;
/// Nothing longer is written without a pause in which a sync caller looks for signals.
const PIECE: usize = 8 << 20;

/// What is to be written, and how.
struct Plan {
    path: String,
    append: bool,
    if_not_exists: bool,
    attributes: Attributes,
}

/// Where the bytes go.
enum Sink {
    New(Temporary),
    Append(OwnedFd),
}

impl Sink {
    fn begin(core: &Arc<Core>, plan: &Plan) -> Result<Self> {
        if !plan.append {
            let new = Temporary::begin(core, &plan.path, plan.if_not_exists, 0o666)?;
            return Ok(Self::New(new));
        }
        let exclusive = if plan.if_not_exists { libc::O_EXCL } else { 0 };
        // Without O_NONBLOCK, a pipe would wait for its reader.
        let flags = libc::O_WRONLY | libc::O_APPEND | libc::O_NONBLOCK | exclusive;
        let file = core.root.create(&plan.path, flags, core.durable).map_err(|error| {
            if plan.if_not_exists && error.kind() == ErrorKind::AlreadyExists {
                return error::create(error::errno(libc::EEXIST));
            }
            error
        })?;
        let stat = sys::fstat(file.as_fd()).map_err(error::call)?;
        if !metadata::is(&stat, libc::S_IFREG) {
            return Err(not_a_file());
        }
        Ok(Self::Append(file))
    }

    fn file(&self) -> BorrowedFd<'_> {
        match self {
            Self::New(new) => new.file(),
            Self::Append(file) => file.as_fd(),
        }
    }

    fn write(&self, pieces: &[Bytes]) -> Result<()> {
        let mut slices: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        sys::write_all(self.file(), &mut slices).map_err(error::call)
    }

    fn end(self, core: &Core, plan: &Plan, asked: &Asked) -> Result<Metadata> {
        attributes::set(self.file(), &plan.attributes)?;
        match self {
            Self::New(new) => new.publish(asked),
            Self::Append(file) => {
                if core.durable {
                    sys::fsync(file.as_fd()).map_err(error::call)?;
                    let (directory, _) = core.root.parent(&plan.path)?;
                    crate::root::sync(directory.as_fd())?;
                }
                let stat = sys::fstat(file.as_fd()).map_err(error::call)?;
                Ok(metadata::of(&stat).build())
            }
        }
    }
}

enum State {
    /// Nothing was written yet.
    Fresh,
    Begun(Sink),
    /// Closed, given up, or failed: what came next would be missing what was before.
    Over,
}

/// A write under way.
pub struct FsWriter {
    core: Arc<Core>,
    plan: Arc<Plan>,
    held: Vec<Bytes>,
    size: usize,
    state: State,
}

impl FsWriter {
    pub(crate) fn new(core: Arc<Core>, target: &str, options: &OpWrite) -> Result<Self> {
        let attributes = if core.attributes { attributes::of(options)? } else { Vec::new() };
        let plan = Plan {
            path: path::relative(target)?.into_owned(),
            append: options.append(),
            if_not_exists: options.if_not_exists(),
            attributes,
        };
        let (held, size, state) = (Vec::new(), 0, State::Fresh);
        Ok(Self { core, plan: Arc::new(plan), held, size, state })
    }

    /// Takes what there is, and leaves the writer as failed until the work is done.
    fn take(&mut self) -> Result<(Option<Sink>, Vec<Bytes>)> {
        self.size = 0;
        let held = std::mem::take(&mut self.held);
        match std::mem::replace(&mut self.state, State::Over) {
            State::Fresh => Ok((None, held)),
            State::Begun(sink) => Ok((Some(sink), held)),
            State::Over => Err(over()),
        }
    }

    async fn flush(&mut self) -> Result<()> {
        let here = self.core.here();
        let (mut sink, mut held) = self.take()?;
        loop {
            // Off the caller's thread there are no signals to look for.
            let now = if here { split(&mut held) } else { std::mem::take(&mut held) };
            let (core, plan) = (Arc::clone(&self.core), Arc::clone(&self.plan));
            let work = move |_: &Asked| {
                let sink = sink.map_or_else(|| Sink::begin(&core, &plan), Ok)?;
                sink.write(&now)?;
                Ok(sink)
            };
            let begun = run(here, work).await.map_err(Error::set_permanent)?;
            if held.is_empty() {
                self.state = State::Begun(begun);
                return Ok(());
            }
            sink = Some(begun);
            pause().await;
        }
    }
}

impl oio::Write for FsWriter {
    async fn write(&mut self, mut buffer: Buffer) -> Result<()> {
        if matches!(self.state, State::Over) {
            return Err(over());
        }
        // What came last always waits for what follows, which may be the end.
        if self.size >= HELD {
            self.flush().await?;
        }
        self.size += buffer.len();
        while buffer.has_remaining() {
            let length = buffer.chunk().len();
            self.held.push(buffer.copy_to_bytes(length));
        }
        Ok(())
    }

    async fn close(&mut self) -> Result<Metadata> {
        let here = self.core.here();
        if here && self.size > PIECE {
            self.flush().await?;
        }
        let (sink, held) = self.take()?;
        let (core, plan) = (Arc::clone(&self.core), Arc::clone(&self.plan));
        let work = move |asked: &Asked| {
            let sink = sink.map_or_else(|| Sink::begin(&core, &plan), Ok)?;
            sink.write(&held)?;
            sink.end(&core, &plan, asked)
        };
        run(here, work).await.map_err(Error::set_permanent)
    }

    async fn abort(&mut self) -> Result<()> {
        self.held.clear();
        if let State::Begun(sink) = std::mem::replace(&mut self.state, State::Over) {
            run(self.core.here(), move |_: &Asked| {
                drop(sink);
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}

/// Takes a piece off the front.
fn split(held: &mut Vec<Bytes>) -> Vec<Bytes> {
    let mut room = PIECE;
    let mut piece = Vec::new();
    let mut rest = std::mem::take(held).into_iter();
    for mut bytes in rest.by_ref() {
        if bytes.len() > room {
            piece.push(bytes.split_to(room));
            held.push(bytes);
            break;
        }
        room -= bytes.len();
        piece.push(bytes);
    }
    held.extend(rest);
    piece
}

fn over() -> Error {
    Error::new(ErrorKind::Unexpected, "the writer is closed, was given up or has failed")
        .set_permanent()
}

pub(crate) fn not_a_file() -> Error {
    Error::new(ErrorKind::Unsupported, "it is neither a file nor a directory").set_permanent()
}
