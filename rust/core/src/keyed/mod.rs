//! Services that have a value for a key and know nothing of directories: memcached and Redis.

mod memcached;
mod pool;
mod redis;
mod resp;

use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::vec::IntoIter;

use opendal::raw::oio::{self, OneShotDelete, QueueBuf, ReadStreamDyn, StreamRead};
use opendal::raw::{
    OpCompose, OpCopy, OpCreateDir, OpDelete, OpList, OpPresign, OpRead, OpRename, OpRestore,
    OpStat, OpWrite, RpCreateDir, RpPresign, RpRead, RpRename, RpRestore, RpStat, Service,
    ServiceInfo, build_abs_path, build_rel_path, normalize_root,
};
use opendal::{
    Buffer, BytesRange, Capability, Error, ErrorKind, Metadata, MetadataBuilder, OperationContext,
    Result,
};

pub use memcached::MemcachedBuilder;
pub use pool::{Duplex, broken};
pub use redis::RedisBuilder;

/// Keys with the lengths of their values, and where the rest of them are.
type Page<C> = (Vec<(String, u64)>, Option<C>);

/// What a server can do with its keys.
trait Store: Send + Sync + 'static {
    /// Where a listing is.
    type Cursor: Send + Sync + Unpin;

    /// A part of a value, and how long all of it is.
    fn read(
        &self,
        key: &str,
        range: BytesRange,
    ) -> impl Future<Output = Result<Option<(Buffer, u64)>>> + Send;

    fn length(&self, key: &str) -> impl Future<Output = Result<Option<u64>>> + Send;

    fn write(&self, key: &str, value: Buffer) -> impl Future<Output = Result<()>> + Send;

    /// What is not there is deleted.
    fn delete(&self, key: &str) -> impl Future<Output = Result<()>> + Send;

    /// Keys that begin so, perhaps some of them again.
    fn page(
        &self,
        prefix: &str,
        from: Option<Self::Cursor>,
    ) -> impl Future<Output = Result<Page<Self::Cursor>>> + Send;
}

struct Keyed<S> {
    info: ServiceInfo,
    capability: Capability,
    store: Arc<S>,
}

impl<S> fmt::Debug for Keyed<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyed").field("scheme", &self.info.scheme()).finish_non_exhaustive()
    }
}

impl<S> Keyed<S> {
    /// A store in place of the core's, which says what a configuration comes to.
    /// A service below a root; its name is told in a repr.
    fn new(scheme: &'static str, root: Option<&str>, name: &str, store: S) -> Self {
        let capability = Capability {
            stat: true,
            read: true,
            write: true,
            write_can_empty: true,
            delete: true,
            shared: true,
            ..Capability::default()
        };
        let root = normalize_root(root.unwrap_or_default());
        Self { info: ServiceInfo::new(scheme, &root, name), capability, store: Arc::new(store) }
    }

    fn object(&self, path: &str) -> Object<S> {
        Object { store: Arc::clone(&self.store), key: build_abs_path(&self.info.root(), path) }
    }
}

struct Object<S> {
    store: Arc<S>,
    key: String,
}

fn absent() -> Error {
    Error::new(ErrorKind::NotFound, "there is nothing of that name")
}

impl<S: Store> StreamRead for Object<S> {
    async fn open(&self, range: BytesRange) -> Result<(RpRead, Box<dyn ReadStreamDyn>)> {
        let (part, length) = self.store.read(&self.key, range).await?.ok_or_else(absent)?;
        Ok((RpRead::new(MetadataBuilder::file(length).build()), Box::new(part)))
    }
}

/// A server takes a value only at once.
struct Writer<S> {
    object: Object<S>,
    pieces: QueueBuf,
}

impl<S: Store> oio::Write for Writer<S> {
    async fn write(&mut self, piece: Buffer) -> Result<()> {
        self.pieces.push(piece);
        Ok(())
    }

    async fn close(&mut self) -> Result<Metadata> {
        let value = self.pieces.clone().collect();
        let length = value.len() as u64;
        self.object.store.write(&self.object.key, value).await?;
        Ok(MetadataBuilder::file(length).build())
    }

    async fn abort(&mut self) -> Result<()> {
        self.pieces.clear();
        Ok(())
    }
}

struct Deleter<S> {
    store: Arc<S>,
    root: Arc<str>,
}

impl<S: Store> OneShotDelete for Deleter<S> {
    async fn delete_once(&self, path: String, _: OpDelete) -> Result<()> {
        self.store.delete(&build_abs_path(&self.root, &path)).await
    }
}

/// The keys below a directory, each once.
struct Keys<S: Store> {
    store: Arc<S>,
    root: Arc<str>,
    prefix: String,
    found: IntoIter<(String, u64)>,
    seen: HashSet<String>,
    begun: bool,
    cursor: Option<S::Cursor>,
}

impl<S: Store> oio::List for Keys<S> {
    async fn next(&mut self) -> Result<Option<oio::Entry>> {
        loop {
            for (key, length) in self.found.by_ref() {
                let path = build_rel_path(&self.root, &key);
                // The root itself, and what others wrote that no path leads to.
                let is_odd = path.is_empty() || path.starts_with('/') || path.contains("//");
                if is_odd || !self.seen.insert(key.clone()) {
                    continue;
                }
                let metadata = if key.ends_with('/') {
                    MetadataBuilder::dir()
                } else {
                    MetadataBuilder::file(length)
                };
                return Ok(Some(oio::Entry::new(&path, metadata.build())));
            }
            if self.begun && self.cursor.is_none() {
                return Ok(None);
            }
            self.begun = true;
            let (found, cursor) = self.store.page(&self.prefix, self.cursor.take()).await?;
            (self.found, self.cursor) = (found.into_iter(), cursor);
        }
    }
}

fn unsupported<T>() -> Result<T> {
    Err(Error::new(ErrorKind::Unsupported, "the service has no such operation"))
}

impl<S: Store> Service for Keyed<S> {
    type Reader = oio::StreamReader<Object<S>>;
    type Writer = Writer<S>;
    type Lister = oio::HierarchyLister<Keys<S>>;
    type Deleter = oio::OneShotDeleter<Deleter<S>>;
    type Copier = ();
    type Composer = ();

    fn info(&self) -> ServiceInfo {
        self.info.clone()
    }

    fn capability(&self) -> Capability {
        self.capability
    }

    async fn create_dir(
        &self,
        _: &OperationContext,
        _: &str,
        _: OpCreateDir,
    ) -> Result<RpCreateDir> {
        unsupported()
    }

    async fn stat(&self, _: &OperationContext, path: &str, _: OpStat) -> Result<RpStat> {
        let Object { store, key } = self.object(path);
        let length = store.length(&key).await?.ok_or_else(absent)?;
        Ok(RpStat::new(MetadataBuilder::file(length).build()))
    }

    fn read(&self, _: &OperationContext, path: &str, _: OpRead) -> Result<Self::Reader> {
        Ok(oio::StreamReader::new(self.object(path)))
    }

    fn write(&self, _: &OperationContext, path: &str, _: OpWrite) -> Result<Self::Writer> {
        Ok(Writer { object: self.object(path), pieces: QueueBuf::new() })
    }

    fn delete(&self, _: &OperationContext) -> Result<Self::Deleter> {
        let (store, root) = (Arc::clone(&self.store), self.info.root());
        Ok(oio::OneShotDeleter::new(Deleter { store, root }))
    }

    fn list(&self, _: &OperationContext, path: &str, options: OpList) -> Result<Self::Lister> {
        if !self.capability.list {
            return unsupported();
        }
        let Object { store, key } = self.object(path);
        let keys = Keys {
            store,
            root: self.info.root(),
            prefix: key,
            found: IntoIter::default(),
            seen: HashSet::new(),
            begun: false,
            cursor: None,
        };
        Ok(oio::HierarchyLister::new(keys, path, options.recursive()))
    }

    fn copy(&self, _: &OperationContext, _: &str, _: &str, _: OpCopy) -> Result<()> {
        unsupported()
    }

    fn compose(&self, _: &OperationContext, _: &str, _: OpCompose) -> Result<()> {
        unsupported()
    }

    async fn rename(
        &self,
        _: &OperationContext,
        _: &str,
        _: &str,
        _: OpRename,
    ) -> Result<RpRename> {
        unsupported()
    }

    async fn restore(&self, _: &OperationContext, _: &str, _: OpRestore) -> Result<RpRestore> {
        unsupported()
    }

    async fn presign(&self, _: &OperationContext, _: &str, _: OpPresign) -> Result<RpPresign> {
        unsupported()
    }
}
