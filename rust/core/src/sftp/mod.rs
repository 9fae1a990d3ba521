//! SFTP, where the core's own service takes refusals for success.
//!
//! To it, a directory that could not be made is one that is there, and one that could not be removed,
//! because a file has its name, is one that is gone. For a rename or a copy of nothing it makes the
//! directories that it would go to, and it copies into the target itself, which a copy that breaks off
//! leaves as a half. So here what stands there is looked at, and a copy becomes its target at its end.

#[cfg(unix)]
mod links;

use std::convert::identity;
use std::fmt;
use std::sync::Arc;

use opendal::raw::oio::{self, CopyDyn, DeleteDyn, ListDyn};
use opendal::raw::{
    Layer, OpCopy, OpCreateDir, OpDelete, OpList, OpRename, OpStat, RpCreateDir, RpRename, Service,
    Servicer,
};
use opendal::{EntryMode, Error, ErrorKind, Metadata, OperationContext, Operator, Result};

use crate::aside;
use crate::forward::forward;

#[cfg(unix)]
pub use links::SftpBuilder;

pub const SCHEME: &str = "sftp";

/// An operator of the service with what it does otherwise here.
pub fn mended(operator: Operator) -> Operator {
    let operator = operator.layer(SftpLayer);
    #[cfg(unix)]
    let operator = operator.layer(links::WalkLayer);
    operator
}

#[derive(Debug)]
struct SftpLayer;

impl Layer for SftpLayer {
    fn apply_service(&self, inner: Servicer) -> Servicer {
        Arc::new(Sftp(inner))
    }
}

struct Sftp(Servicer);

impl fmt::Debug for Sftp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What stands at a path, with or without a slash at its end; nothing below a file.
async fn found(
    service: &Servicer,
    context: &OperationContext,
    path: &str,
) -> Result<Option<EntryMode>> {
    match service.stat(context, path.trim_end_matches('/'), OpStat::default()).await {
        Ok(found) => Ok(Some(found.into_metadata().mode())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn not_a_directory() -> Error {
    Error::new(ErrorKind::NotADirectory, "a file stands where a directory is needed")
}

/// Why a directory is not there though it was to be made: the nearest that is tells of all the others.
async fn unmade(service: &Servicer, context: &OperationContext, path: &str) -> Result<Error> {
    let path = path.trim_end_matches('/');
    for (end, _) in path.rmatch_indices('/') {
        match found(service, context, &path[..end]).await? {
            None => {}
            Some(EntryMode::FILE) => return Ok(not_a_directory()),
            Some(_) => break,
        }
    }
    Ok(Error::new(ErrorKind::PermissionDenied, "the server refused to make the directory"))
}

impl Service for Sftp {
    type Lister = oio::Lister;
    type Deleter = SftpDeleter;

    forward!(handing_on: 0);
    forward!(besides_making_directories: 0, identity, identity);

    async fn create_dir(
        &self,
        context: &OperationContext,
        path: &str,
        options: OpCreateDir,
    ) -> Result<RpCreateDir> {
        let made = self.0.create_dir(context, path, options).await?;
        if path == "/" {
            return Ok(made);
        }
        match found(&self.0, context, path).await? {
            Some(EntryMode::FILE) => Err(not_a_directory()),
            Some(_) => Ok(made),
            None => Err(unmade(&self.0, context, path).await?),
        }
    }

    async fn rename(
        &self,
        context: &OperationContext,
        from: &str,
        to: &str,
        options: OpRename,
    ) -> Result<RpRename> {
        if to.contains('/') {
            self.0.stat(context, from, OpStat::default()).await?;
        }
        self.0.rename(context, from, to, options).await
    }

    fn copy(
        &self,
        context: &OperationContext,
        from: &str,
        to: &str,
        options: OpCopy,
    ) -> Result<oio::Copier> {
        let (service, context) = (Arc::clone(&self.0), context.clone());
        let (from, to) = (from.to_owned(), to.to_owned());
        Ok(Box::new(oio::OneShotCopier::new(async move {
            service.stat(&context, &from, OpStat::default()).await?;
            let beside = aside::name_for(&to);
            let copied = copy(&service, &context, [&from, &beside, &to], options).await;
            if copied.is_err() {
                let mut deleter = service.delete(&context)?;
                let _ = deleter.delete_dyn(&beside, OpDelete::default()).await;
            }
            copied
        })))
    }

    fn delete(&self, context: &OperationContext) -> Result<SftpDeleter> {
        let inner = self.0.delete(context)?;
        Ok(SftpDeleter { service: Arc::clone(&self.0), context: context.clone(), inner })
    }

    fn list(&self, context: &OperationContext, path: &str, options: OpList) -> Result<oio::Lister> {
        self.0.list(context, path, options)
    }
}

async fn copy(
    service: &Servicer,
    context: &OperationContext,
    [from, beside, to]: [&str; 3],
    options: OpCopy,
) -> Result<Metadata> {
    let mut copier = service.copy(context, from, beside, options)?;
    while copier.next_dyn().await?.is_some() {}
    let metadata = copier.close_dyn().await?;
    service.rename(context, beside, to, OpRename::default()).await?;
    Ok(metadata)
}

pub struct SftpDeleter {
    service: Servicer,
    context: OperationContext,
    inner: oio::Deleter,
}

impl SftpDeleter {
    async fn is_empty(&self, path: &str) -> Result<bool> {
        let mut lister = self.service.list(&self.context, path, OpList::default())?;
        while let Some(entry) = lister.next_dyn().await? {
            if entry.path() != path {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl oio::Delete for SftpDeleter {
    async fn delete(&mut self, path: &str, options: OpDelete) -> Result<()> {
        let deleted = self.inner.delete_dyn(path, options).await;
        let unclear = match &deleted {
            Ok(()) => path.ends_with('/'),
            Err(error) => error.kind() == ErrorKind::Unexpected,
        };
        if !unclear {
            return deleted;
        }
        match found(&self.service, &self.context, path).await? {
            Some(EntryMode::FILE) if path.ends_with('/') => Err(not_a_directory()),
            Some(EntryMode::DIR) if !path.ends_with('/') => {
                Err(Error::new(ErrorKind::IsADirectory, "it is a directory"))
            }
            Some(EntryMode::DIR) if deleted.is_err() && !self.is_empty(path).await? => {
                Err(Error::new(ErrorKind::Conflict, "the directory is not empty"))
            }
            _ => deleted,
        }
    }

    async fn close(&mut self) -> Result<()> {
        self.inner.close_dyn().await
    }
}
