//! Whole objects only, on services that show a write while it goes on.
//!
//! There a write goes to a temporary name beside the target, which takes the target's place when
//! it is complete and vanishes when it is given up. Conditional and appending writes must touch the
//! target itself and are not staged.

use std::hash::{BuildHasher, RandomState};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};

use opendal::options::WriteOptions;
use opendal::{Buffer, Error, ErrorKind, Metadata, Operator, Writer};

use crate::runtime;

/// How temporary names begin, so that they can be told from other objects.
const PREFIX: &str = ".opendal-part-";

/// A write under way. Dropped before it was closed, it is given up.
pub struct Staged {
    pending: Option<Pending>,
    generation: u32,
}

struct Pending {
    operator: Operator,
    target: String,
    /// None where the service itself publishes nothing before the end.
    temporary: Option<String>,
    writer: Writer,
}

impl Staged {
    pub async fn open(
        operator: &Operator,
        target: &str,
        options: WriteOptions,
    ) -> opendal::Result<Self> {
        let shows = operator.info().scheme() == "fs";
        let direct = options.append || options.if_not_exists || target.ends_with('/');
        let temporary = (shows && !direct).then(|| beside(target));
        let path = temporary.as_deref().unwrap_or(target);
        let writer = operator.writer_options(path, options).await?;
        let (operator, target) = (operator.clone(), target.to_owned());
        let pending = Some(Pending { operator, target, temporary, writer });
        Ok(Self { pending, generation: runtime::generation() })
    }

    pub async fn write(&mut self, data: Buffer) -> opendal::Result<()> {
        match &mut self.pending {
            Some(pending) => pending.writer.write(data).await,
            None => Err(Error::new(ErrorKind::Unexpected, "the write is over")),
        }
    }

    /// Publishes the object. After an error nothing of it is left.
    pub async fn close(&mut self) -> opendal::Result<Metadata> {
        let Some(pending) = &mut self.pending else {
            return Err(Error::new(ErrorKind::Unexpected, "the write is over"));
        };
        let closed = pending.writer.close().await;
        // The writer may hold the one permit of a limit, which renaming needs as well.
        match (closed, self.pending.take()) {
            (Ok(metadata), Some(pending)) => pending.publish(metadata).await,
            (Err(error), Some(pending)) => {
                pending.give_up().await;
                Err(error)
            }
            (closed, None) => closed,
        }
    }

    pub async fn abort(&mut self) {
        if let Some(pending) = self.pending.take() {
            pending.give_up().await;
        }
    }
}

impl Pending {
    async fn publish(self, metadata: Metadata) -> opendal::Result<Metadata> {
        let Self { operator, target, temporary, writer } = self;
        drop(writer);
        let Some(temporary) = temporary else { return Ok(metadata) };
        if let Err(error) = operator.rename(&temporary, &target).await {
            let _ = operator.delete(&temporary).await;
            return Err(error);
        }
        Ok(metadata)
    }

    /// What fails here is left behind under its temporary name at worst.
    async fn give_up(self) {
        let Self { operator, temporary, mut writer, .. } = self;
        // A service that cannot abort publishes nothing before close, or was staged.
        let _ = writer.abort().await;
        drop(writer);
        if let Some(temporary) = temporary {
            let _ = operator.delete(&temporary).await;
        }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        let Some(pending) = self.pending.take() else { return };
        if self.generation != runtime::generation() {
            // In a forked child it is still the parent's: it must not be touched, nor given up.
            mem::forget(pending);
        } else if let Some(runtime) = runtime::current() {
            runtime.spawn(pending.give_up());
        }
    }
}

/// A name beside the target that no other write uses. It ends as the target does, since layers
/// guess the content type by the ending.
fn beside(target: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let (directory, name) = match target.rfind('/') {
        Some(slash) => target.split_at(slash + 1),
        None => ("", target),
    };
    let unique = RandomState::new().hash_one(COUNT.fetch_add(1, Ordering::Relaxed));
    // File systems allow 255 bytes; what is cut off is the start, as the ending matters.
    let room = 255 - PREFIX.len() - 17;
    let mut start = name.len().saturating_sub(room);
    while !name.is_char_boundary(start) {
        start += 1;
    }
    format!("{directory}{PREFIX}{unique:016x}-{}", &name[start..])
}
