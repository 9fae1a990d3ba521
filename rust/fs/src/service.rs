//! The operations, as opendal asks for them.

use std::future::Future;
use std::os::fd::AsFd;
use std::sync::Arc;

use opendal::raw::{
    OpCopy, OpCreateDir, OpList, OpPresign, OpRead, OpRename, OpStat, OpWrite, RpCreateDir,
    RpPresign, RpRename, RpStat, Service, ServiceInfo, oio,
};
use opendal::{Capability, Error, ErrorKind, Metadata, OperationContext, Result};

use crate::copy::FsCopier;
use crate::core::Core;
use crate::delete::FsDeleter;
use crate::here::{hop, run};
use crate::list::FsLister;
use crate::metadata::{self, Conditions};
use crate::read::FsReader;
use crate::root::Dir;
use crate::sys::{self, beneath};
use crate::write::FsWriter;
use crate::{attributes, error, path, rename};

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

fn stat(core: &Core, target: &str, conditions: Conditions) -> Result<Metadata> {
    let relative = path::relative(target)?;
    if !relative.is_empty() {
        let (dir, name) = core.root.peek(&relative)?;
        match sys::lstatat(dir.as_fd(), name.as_bytes()) {
            Ok(stat) if metadata::is(&stat, libc::S_IFLNK) => {}
            Ok(stat) => {
                let plain = !core.attributes
                    || !metadata::is(&stat, libc::S_IFREG)
                    || !attributes::any_at(dir.as_fd(), name);
                if plain {
                    return said(target, &stat, conditions).map(|()| metadata::of(&stat).build());
                }
            }
            // Perhaps because the root was made anew, which is looked into below.
            Err(error)
                if error.raw_os_error() == Some(libc::ENOENT) && matches!(dir, Dir::Root(_)) => {}
            Err(error) => return Err(error::call(error)),
        }
    }
    // One descriptor for all that is asked, so that a rename cannot mix two objects.
    let file = core.root.get(&relative, beneath::PATH)?;
    let stat = sys::fstat(file.as_fd()).map_err(error::call)?;
    said(target, &stat, conditions)?;
    let mut metadata = metadata::of(&stat);
    if core.attributes && metadata::is(&stat, libc::S_IFREG) {
        attributes::describe(file.as_fd(), &mut metadata)?;
    }
    Ok(metadata.build())
}

/// Whether it is what was asked for: `a/` is not the file `a`.
fn said(target: &str, stat: &libc::stat, conditions: Conditions) -> Result<()> {
    if target.ends_with('/') && !metadata::is(stat, libc::S_IFDIR) {
        return Err(error::call(error::errno(libc::ENOTDIR)));
    }
    conditions.check(stat)
}
