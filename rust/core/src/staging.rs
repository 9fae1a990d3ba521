//! Whole objects only, on services that show a write while it goes on.
//!
//! There a write goes to a temporary name beside the target, which takes the target's place when
//! it is complete and vanishes when it is given up. Conditional and appending writes must touch the
//! target itself and are not staged.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use opendal::options::WriteOptions;
use opendal::{Metadata, Operator, Writer};

/// How temporary names begin, so that they can be told from other objects.
const PREFIX: &str = ".opendal-part-";

/// A write under way.
pub struct Staged {
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
        Ok(Self { operator: operator.clone(), target: target.to_owned(), temporary, writer })
    }

    pub fn writer(&mut self) -> &mut Writer {
        &mut self.writer
    }

    /// Publishes the object. After an error nothing of it is left.
    pub async fn close(&mut self) -> opendal::Result<Metadata> {
        let closed = async {
            let metadata = self.writer.close().await?;
            if let Some(temporary) = &self.temporary {
                self.operator.rename(temporary, &self.target).await?;
            }
            Ok(metadata)
        };
        let closed = closed.await;
        if closed.is_err() {
            self.abort().await;
        }
        closed
    }

    /// Gives the object up. What fails here is left behind under its temporary name at worst.
    pub async fn abort(&mut self) {
        // A service that cannot abort publishes nothing before close, or was staged.
        let _ = self.writer.abort().await;
        if let Some(temporary) = &self.temporary {
            let _ = self.operator.delete(temporary).await;
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
