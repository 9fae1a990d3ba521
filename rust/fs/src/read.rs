//! Reading: what is short at once, what is long in pieces of a descriptor that stays open.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use opendal::raw::{OpRead, RpRead, oio};
use opendal::{Buffer, BytesRange, ErrorKind, Result};
use opendal_rules::pause::pause;

use crate::core::Core;
use crate::here::hop;
use crate::metadata::{self, Conditions};
use crate::{error, path, room, sys, write};

/// On the caller's thread, what fits into a processor's cache; a system call costs little there.
const HERE: usize = 1 << 20;
/// On the pool, a hop must be worth it.
const THERE: usize = 4 << 20;
/// A single range is one buffer, filled in pieces between which a sync caller looks for signals.
const PIECE: usize = 8 << 20;

/// An object to be read. The first range opens it, and all others read that same file.
pub struct FsReader(Arc<Opened>);

struct Opened {
    core: Arc<Core>,
    path: String,
    conditions: Conditions,
    file: OnceLock<Arc<OwnedFd>>,
    /// How much was read here since the last pause.
    since: AtomicUsize,
    /// How long the file was when its first range was asked for, and the conditions held.
    length: OnceLock<usize>,
}

/// What a range of an object comes to.
struct Found {
    file: Arc<OwnedFd>,
    rp: RpRead,
    offset: u64,
    size: usize,
}

impl Opened {
    fn file(&self) -> Result<Arc<OwnedFd>> {
        if let Some(file) = self.file.get() {
            return Ok(Arc::clone(file));
        }
        // Without O_NONBLOCK, a pipe would wait for its writer.
        let file = self.core.root.get(&self.path, libc::O_RDONLY | libc::O_NONBLOCK)?;
        // Of two that open it at a time, both use the first one's.
        Ok(Arc::clone(self.file.get_or_init(|| Arc::new(file))))
    }

    fn find(&self, range: BytesRange) -> Result<Found> {
        let file = self.file()?;
        if let Some(&length) = self.length.get()
            && let Ok(within) = range.to_content_range(length)
            && within.end < length
        {
            // The same file as before, of which all has been told.
            let (offset, size) = (within.start as u64, within.len());
            return Ok(Found { file, rp: RpRead::default(), offset, size });
        }
        let stat = sys::fstat(file.as_fd()).map_err(error::call)?;
        if metadata::is(&stat, libc::S_IFDIR) {
            return Err(error::call(error::errno(libc::EISDIR)));
        }
        if !metadata::is(&stat, libc::S_IFREG) {
            return Err(write::not_a_file());
        }
        self.conditions.check(&stat)?;
        let length = usize::try_from(metadata::size(&stat)).map_err(|_| {
            opendal::Error::new(ErrorKind::Unsupported, "the file is too large for this machine")
        })?;
        // Of two at a time, both saw the same file.
        let _ = self.length.set(length);
        let range = range.to_content_range(length)?;
        let rp = RpRead::new(metadata::of(&stat).build());
        Ok(Found { file, rp, offset: range.start as u64, size: range.len() })
    }

    /// Finds a range, and reads it at once if it is short.
    fn open(&self, range: BytesRange, piece: usize) -> Result<(RpRead, Pieces)> {
        let Found { file, rp, offset, size } = self.find(range)?;
        let mut pieces = Pieces {
            core: Arc::clone(&self.core),
            file,
            offset,
            left: size,
            ready: None,
            since: 0,
        };
        if size <= piece {
            pieces.ready = Some(pieces.next(size)?);
        }
        Ok((rp, pieces))
    }
}

impl FsReader {
    pub(crate) fn new(core: Arc<Core>, target: &str, options: &OpRead) -> Result<Self> {
        let conditions = Conditions {
            modified_since: options.if_modified_since(),
            unmodified_since: options.if_unmodified_since(),
        };
        let path = path::relative(target)?.into_owned();
        Ok(Self(Arc::new(Opened {
            core,
            path,
            conditions,
            file: OnceLock::new(),
            since: AtomicUsize::new(0),
            length: OnceLock::new(),
        })))
    }
}

impl oio::Read for FsReader {
    async fn open(&self, range: BytesRange) -> Result<(RpRead, Box<dyn oio::ReadStreamDyn>)> {
        let (rp, pieces) = if self.0.core.here() {
            self.0.open(range, HERE)?
        } else {
            let opened = Arc::clone(&self.0);
            hop(move |_| opened.open(range, THERE)).await?
        };
        Ok((rp, Box::new(pieces)))
    }

    async fn read(&self, range: BytesRange) -> Result<(RpRead, Buffer)> {
        if !self.0.core.here() {
            let opened = Arc::clone(&self.0);
            let whole = move |_: &_| {
                let found = opened.find(range)?;
                let bytes = sys::pread(found.file.as_fd(), found.size, found.offset);
                Ok((found.rp, Buffer::from(bytes.map_err(error::call)?)))
            };
            return hop(whole).await;
        }
        let Found { file, rp, offset, size } = self.0.find(range)?;
        if self.0.since.fetch_add(size, Ordering::Relaxed) >= PIECE {
            // Whoever reads one range after another is never done here.
            self.0.since.store(size, Ordering::Relaxed);
            pause().await;
        }
        if let Some(room) = room::take(size) {
            let mut done = 0;
            while done < size {
                if done > 0 {
                    pause().await;
                }
                let want = PIECE.min(size - done);
                // SAFETY: the room is of that size, and `done + want` is at most that.
                let got = unsafe {
                    let target = room.start().add(done);
                    sys::pread_to(file.as_fd(), target, want, offset + done as u64)
                };
                let got = got.map_err(error::call)?;
                done += got;
                if got < want {
                    break;
                }
            }
            // SAFETY: so many bytes were read into it.
            return Ok((rp, unsafe { room::filled(room, done) }));
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(size).map_err(|_| error::call(error::errno(libc::ENOMEM)))?;
        while bytes.len() < size {
            if !bytes.is_empty() {
                pause().await;
            }
            let want = PIECE.min(size - bytes.len());
            let at = offset + bytes.len() as u64;
            let got = sys::pread_onto(file.as_fd(), &mut bytes, want, at).map_err(error::call)?;
            if got < want {
                break;
            }
        }
        Ok((rp, Buffer::from(bytes)))
    }
}

/// A range of a file, piece by piece.
pub(crate) struct Pieces {
    core: Arc<Core>,
    file: Arc<OwnedFd>,
    offset: u64,
    left: usize,
    ready: Option<Buffer>,
    /// How much was read here since the last pause.
    since: usize,
}

impl Pieces {
    fn next(&mut self, most: usize) -> Result<Buffer> {
        let size = self.left.min(most);
        let bytes = sys::pread(self.file.as_fd(), size, self.offset).map_err(error::call)?;
        Ok(self.took(bytes, size))
    }

    fn took(&mut self, bytes: Vec<u8>, size: usize) -> Buffer {
        self.offset += bytes.len() as u64;
        // A file that became shorter ends here.
        self.left = if bytes.len() < size { 0 } else { self.left - bytes.len() };
        Buffer::from(bytes)
    }
}

impl oio::ReadStream for Pieces {
    async fn read(&mut self) -> Result<Buffer> {
        if let Some(ready) = self.ready.take() {
            return Ok(ready);
        }
        if self.left == 0 {
            return Ok(Buffer::new());
        }
        if self.core.here() {
            self.since += HERE;
            if self.since > PIECE {
                self.since = 0;
                pause().await;
            }
            return self.next(HERE);
        }
        let (file, offset, size) = (Arc::clone(&self.file), self.offset, self.left.min(THERE));
        let piece = move |_: &_| sys::pread(file.as_fd(), size, offset).map_err(error::call);
        let bytes = hop(piece).await?;
        Ok(self.took(bytes, size))
    }
}
