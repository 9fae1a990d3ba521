//! The operations, as opendal asks for them.

use std::future::Future;
use std::sync::Arc;

use opendal::raw::{
    OpCopy, OpCreateDir, OpList, OpPresign, OpRead, OpRename, OpStat, OpWrite, RpCreateDir,
    RpPresign, RpRename, RpStat, Service, ServiceInfo, oio,
};
use opendal::{Capability, Error, ErrorKind, OperationContext, Result};

use crate::copy::FsCopier;
use crate::core::Core;
use crate::delete::FsDeleter;
use crate::here::{hop, run};
use crate::list::FsLister;
use crate::metadata::Conditions;
use crate::read::FsReader;
use crate::stat::stat;
use crate::write::FsWriter;
use crate::{path, rename};

/// A root and what can be done beneath it.
#[derive(Debug, Clone)]
pub struct FsService {
    core: Arc<Core>,
}

impl FsService {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }
}

impl Service for FsService {
    type Reader = FsReader;
    type Writer = FsWriter;
    type Lister = FsLister;
    type Deleter = oio::OneShotDeleter<FsDeleter>;
    type Copier = FsCopier;
    type Composer = ();

    fn info(&self) -> ServiceInfo {
        self.core.info.clone()
    }

    fn capability(&self) -> Capability {
        self.core.capability
    }

    async fn create_dir(
        &self,
        _: &OperationContext,
        path: &str,
        _: OpCreateDir,
    ) -> Result<RpCreateDir> {
        let core = Arc::clone(&self.core);
        let relative = path::relative(path)?.into_owned();
        run(self.core.here(), move |_| core.root.make(&relative, core.durable).map(drop)).await?;
        Ok(RpCreateDir::default())
    }

    async fn stat(&self, _: &OperationContext, path: &str, options: OpStat) -> Result<RpStat> {
        let conditions = Conditions {
            modified_since: options.if_modified_since(),
            unmodified_since: options.if_unmodified_since(),
        };
        if self.core.here() {
            return stat(&self.core, path, conditions).map(RpStat::new);
        }
        let (core, path) = (Arc::clone(&self.core), path.to_owned());
        hop(move |_| stat(&core, &path, conditions)).await.map(RpStat::new)
    }

    fn read(&self, _: &OperationContext, path: &str, options: OpRead) -> Result<FsReader> {
        FsReader::new(Arc::clone(&self.core), path, &options)
    }

    fn write(&self, _: &OperationContext, path: &str, options: OpWrite) -> Result<FsWriter> {
        FsWriter::new(Arc::clone(&self.core), path, &options)
    }

    fn delete(&self, _: &OperationContext) -> Result<Self::Deleter> {
        Ok(oio::OneShotDeleter::new(FsDeleter::new(Arc::clone(&self.core))))
    }

    fn list(&self, _: &OperationContext, path: &str, options: OpList) -> Result<FsLister> {
        FsLister::new(Arc::clone(&self.core), path, &options)
    }

    fn copy(
        &self,
        _: &OperationContext,
        from: &str,
        to: &str,
        options: OpCopy,
    ) -> Result<FsCopier> {
        FsCopier::new(Arc::clone(&self.core), from, to, &options)
    }

    async fn rename(
        &self,
        _: &OperationContext,
        from: &str,
        to: &str,
        options: OpRename,
    ) -> Result<RpRename> {
        let (core, from, to) = (Arc::clone(&self.core), from.to_owned(), to.to_owned());
        let if_not_exists = options.if_not_exists();
        run(self.core.here(), move |_| rename::rename(&core, &from, &to, if_not_exists)).await?;
        Ok(RpRename::default())
    }

    fn presign(
        &self,
        _: &OperationContext,
        _: &str,
        _: OpPresign,
    ) -> impl Future<Output = Result<RpPresign>> {
        std::future::ready(Err(Error::new(
            ErrorKind::Unsupported,
            "a file system has no addresses that could be signed",
        )))
    }
}
