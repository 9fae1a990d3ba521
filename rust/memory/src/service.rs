//! The operations, as opendal asks for them.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use opendal::raw::{
    OpCompose, OpCopy, OpCreateDir, OpList, OpPresign, OpRead, OpRename, OpRestore, OpStat,
    OpWrite, RpCreateDir, RpPresign, RpRename, RpRestore, RpStat, Service, ServiceInfo, oio,
};
use opendal::{
    Buffer, BytesRange, Capability, Error, ErrorKind, Metadata, MetadataBuilder, OperationContext,
    Operator, Result,
};

use crate::compose::MemoryComposer;
use crate::conditions::Conditions;
use crate::config::MemoryBuilder;
use crate::delete::MemoryDeleter;
use crate::list::MemoryLister;
use crate::object::Attributes;
use crate::read::{MemoryReader, overridden};
use crate::store::Store;
use crate::write::MemoryWriter;
use crate::{MEMORY_SCHEME, copy, delete};

/// A store and what can be done in it.
#[derive(Clone)]
pub struct MemoryService {
    store: Arc<Store>,
    info: ServiceInfo,
}

impl fmt::Debug for MemoryService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryService").finish_non_exhaustive()
    }
}

impl MemoryService {
    /// Nobody else has the store, so the root need not be part of its paths.
    pub(crate) fn new(root: &str, versions: bool) -> Self {
        let info = ServiceInfo::new(MEMORY_SCHEME, root, "");
        Self { store: Arc::new(Store::new(versions)), info }
    }

    /// Part of an object, at once: what a reader gives, without the way through the core's own
    /// layers, which takes twice as long as everything else.
    pub fn fetch(
        &self,
        path: &str,
        options: &OpRead,
        range: BytesRange,
    ) -> Result<(Metadata, Buffer)> {
        MemoryReader::new(&self.store, path, options)?.part(range)
    }

    /// An operator on this store.
    pub fn operator(&self) -> Result<Operator> {
        Operator::new(MemoryBuilder::from(self.clone()))
    }
}

impl Service for MemoryService {
    type Reader = MemoryReader;
    type Writer = MemoryWriter;
    type Lister = MemoryLister;
    type Deleter = oio::OneShotDeleter<MemoryDeleter>;
    type Copier = oio::OneShotCopier;
    type Composer = MemoryComposer;

    fn info(&self) -> ServiceInfo {
        self.info.clone()
    }

    fn capability(&self) -> Capability {
        capability(self.store.keeps)
    }

    async fn create_dir(
        &self,
        _: &OperationContext,
        path: &str,
        _: OpCreateDir,
    ) -> Result<RpCreateDir> {
        let path: Arc<str> = Arc::from(path);
        let store = &*self.store;
        store.change(|state| {
            // The root is always there.
            if path.as_ref() != "/" && state.get(&path).is_none() {
                store.put(state, &path, Buffer::new(), &Attributes::default());
            }
            Ok(())
        })?;
        Ok(RpCreateDir::default())
    }

    async fn stat(&self, _: &OperationContext, path: &str, options: OpStat) -> Result<RpStat> {
        let state = self.store.look();
        let found = state.find(path, options.version());
        if path.ends_with('/') && found.is_err() && options.version().is_none() {
            // Nothing says that it is there, but something is in it.
            if state.below(path).next().is_some() {
                return Ok(RpStat::new(MetadataBuilder::dir().build()));
            }
        }
        let found = found?;
        Conditions::from(&options).check_found(&found)?;
        Ok(RpStat::new(overridden(
            found.metadata.clone(),
            options.override_content_type(),
            options.override_cache_control(),
            options.override_content_disposition(),
        )))
    }

    fn read(&self, _: &OperationContext, path: &str, options: OpRead) -> Result<MemoryReader> {
        MemoryReader::new(&self.store, path, &options)
    }

    fn write(&self, _: &OperationContext, path: &str, options: OpWrite) -> Result<MemoryWriter> {
        Ok(MemoryWriter::new(Arc::clone(&self.store), path, options))
    }

    fn delete(&self, _: &OperationContext) -> Result<Self::Deleter> {
        Ok(oio::OneShotDeleter::new(MemoryDeleter::new(Arc::clone(&self.store))))
    }

    fn list(&self, _: &OperationContext, path: &str, options: OpList) -> Result<MemoryLister> {
        Ok(MemoryLister::new(&self.store, path, options))
    }

    fn copy(
        &self,
        _: &OperationContext,
        from: &str,
        to: &str,
        options: OpCopy,
    ) -> Result<oio::OneShotCopier> {
        let (store, from, to) = (Arc::clone(&self.store), from.to_owned(), to.to_owned());
        Ok(oio::OneShotCopier::new(async move { copy::copy(&store, &from, &to, &options) }))
    }

    fn compose(
        &self,
        _: &OperationContext,
        to: &str,
        options: OpCompose,
    ) -> Result<MemoryComposer> {
        Ok(MemoryComposer::new(Arc::clone(&self.store), to, options))
    }

    async fn rename(
        &self,
        _: &OperationContext,
        from: &str,
        to: &str,
        options: OpRename,
    ) -> Result<RpRename> {
        copy::rename(&self.store, from, to, &options)?;
        Ok(RpRename::default())
    }

    async fn restore(
        &self,
        _: &OperationContext,
        path: &str,
        options: OpRestore,
    ) -> Result<RpRestore> {
        delete::restore(&self.store, path, &options)?;
        Ok(RpRestore::default())
    }

    fn presign(
        &self,
        _: &OperationContext,
        _: &str,
        _: OpPresign,
    ) -> impl Future<Output = Result<RpPresign>> {
        let message = "a store in memory has no addresses that could be signed";
        std::future::ready(Err(Error::new(ErrorKind::Unsupported, message)))
    }
}

fn capability(versions: bool) -> Capability {
    Capability {
        stat: true,
        stat_with_if_match: true,
        stat_with_if_none_match: true,
        stat_with_if_version_match: versions,
        stat_with_if_version_not_match: versions,
        stat_with_if_modified_since: true,
        stat_with_if_unmodified_since: true,
        stat_with_override_cache_control: true,
        stat_with_override_content_disposition: true,
        stat_with_override_content_type: true,
        stat_with_version: versions,

        read: true,
        read_with_if_match: true,
        read_with_if_none_match: true,
        read_with_if_version_match: versions,
        read_with_if_version_not_match: versions,
        read_with_if_modified_since: true,
        read_with_if_unmodified_since: true,
        read_with_override_cache_control: true,
        read_with_override_content_disposition: true,
        read_with_override_content_type: true,
        read_with_version: versions,
        read_with_suffix: true,

        write: true,
        write_can_multi: true,
        write_can_empty: true,
        write_can_append: true,
        write_can_copy_from: true,
        write_with_content_type: true,
        write_with_content_disposition: true,
        write_with_content_encoding: true,
        write_with_cache_control: true,
        write_with_if_match: true,
        write_with_if_none_match: true,
        write_with_if_version_match: versions,
        write_with_if_version_not_match: versions,
        write_with_if_not_exists: true,
        write_with_user_metadata: true,

        create_dir: true,

        delete: true,
        delete_with_version: versions,
        delete_with_recursive: true,
        delete_with_if_match: true,
        delete_with_if_none_match: true,
        delete_with_if_version_match: versions,
        delete_with_if_version_not_match: versions,

        copy: true,
        copy_with_if_not_exists: true,
        copy_with_if_match: true,
        copy_with_if_none_match: true,
        copy_with_if_version_match: versions,
        copy_with_if_version_not_match: versions,
        copy_with_source_version: versions,

        compose: true,
        compose_with_content_type: true,
        compose_with_content_disposition: true,
        compose_with_content_encoding: true,
        compose_with_cache_control: true,
        compose_with_user_metadata: true,
        compose_with_if_match: true,
        compose_with_if_none_match: true,
        compose_with_if_version_match: versions,
        compose_with_if_version_not_match: versions,
        compose_with_if_not_exists: true,
        compose_with_source_version: versions,
        compose_with_source_if_match: true,

        restore: versions,
        restore_with_version: versions,
        restore_with_if_not_exists: versions,

        rename: true,
        rename_with_if_not_exists: true,

        list: true,
        list_with_limit: true,
        list_with_start_after: true,
        list_with_recursive: true,
        list_with_versions: versions,
        list_with_deleted: versions,

        ..Default::default()
    }
}
