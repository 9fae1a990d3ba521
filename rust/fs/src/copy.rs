//! Copying inside the kernel, into a temporary that becomes the target when it is complete.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use opendal::raw::{OpCopy, oio};
use opendal::{Error, Metadata, Result};
use opendal_rules::pause::pause;

use crate::core::Core;
use crate::here::{Asked, hop};
use crate::sys::transfer;
use crate::temporary::Temporary;
use crate::{attributes, error, metadata, path, sys, write};

/// Between two pieces a sync caller looks for signals, and an async one may have given up.
const PIECE: u64 = 8 << 20;

/// A copy under way.
pub struct FsCopier {
    core: Arc<Core>,
    plan: Arc<Plan>,
    done: Option<Metadata>,
}

struct Plan {
    from: String,
    to: String,
    if_not_exists: bool,
}

/// Both files, and how far the one has become the other.
struct Work {
    from: OwnedFd,
    to: Temporary,
    size: u64,
    offset: u64,
}

impl Work {
    fn begin(core: &Arc<Core>, plan: &Plan) -> Result<Self> {
        let from = core.root.get(&plan.from, libc::O_RDONLY | libc::O_NONBLOCK)?;
        let stat = sys::fstat(from.as_fd()).map_err(error::call)?;
        if metadata::is(&stat, libc::S_IFDIR) {
            return Err(error::call(error::errno(libc::EISDIR)));
        }
        if !metadata::is(&stat, libc::S_IFREG) {
            return Err(write::not_a_file());
        }
        let to = Temporary::begin(core, &plan.to, plan.if_not_exists, stat.st_mode & 0o777)?;
        Ok(Self { from, to, size: metadata::size(&stat), offset: 0 })
    }

    /// Copies a piece; false when all is copied.
    fn piece(&mut self) -> Result<bool> {
        let (from, to) = (self.from.as_fd(), self.to.file());
        if self.offset == 0 && transfer::share(from, to) {
            return Ok(false);
        }
        let end = self.size.min(self.offset + PIECE);
        while self.offset < end {
            let most = usize::try_from(end - self.offset).unwrap_or(usize::MAX);
            let copied = transfer::copy(from, to, self.offset, most).map_err(error::call)?;
            if copied == 0 {
                return Ok(false);
            }
            self.offset += copied as u64;
        }
        Ok(self.offset < self.size)
    }

    fn end(self, core: &Core, asked: &Asked) -> Result<Metadata> {
        if core.attributes {
            attributes::set(self.to.file(), &attributes::get(self.from.as_fd())?)?;
        }
        self.to.publish(asked)
    }
}

impl FsCopier {
    pub(crate) fn new(core: Arc<Core>, from: &str, to: &str, options: &OpCopy) -> Result<Self> {
        let plan = Plan {
            from: path::relative(from)?.into_owned(),
            to: path::relative(to)?.into_owned(),
            if_not_exists: options.if_not_exists(),
        };
        Ok(Self { core, plan: Arc::new(plan), done: None })
    }

    async fn copy(&self) -> Result<Metadata> {
        if self.core.here() {
            let mut work = Work::begin(&self.core, &self.plan)?;
            while work.piece()? {
                pause().await;
            }
            return work.end(&self.core, &Asked::default());
        }
        let (core, plan) = (Arc::clone(&self.core), Arc::clone(&self.plan));
        hop(move |asked| {
            let mut work = Work::begin(&core, &plan)?;
            while work.piece()? {
                asked.still()?;
            }
            work.end(&core, asked)
        })
        .await
    }
}

impl oio::Copy for FsCopier {
    async fn next(&mut self) -> Result<Option<usize>> {
        self.close().await?;
        Ok(None)
    }

    async fn close(&mut self) -> Result<Metadata> {
        if let Some(done) = &self.done {
            return Ok(done.clone());
        }
        let metadata = self.copy().await.map_err(Error::set_permanent)?;
        self.done = Some(metadata.clone());
        Ok(metadata)
    }

    async fn abort(&mut self) -> Result<()> {
        Ok(())
    }
}
