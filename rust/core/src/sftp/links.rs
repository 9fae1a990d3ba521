//! Symbolic links on SFTP. The service of the core has a link to a directory in a listing as what
//! begins other names, and goes on with those: `link` and, for what is in it, `linkname`.
//!
//! Here it is the directory that it leads to, `link/`. What goes through a whole tree does not go
//! through links, which may lead in a circle or out of it: a listing leaves out links to
//! directories, and a removal takes the link and nothing behind it.

use std::fmt;
use std::sync::Arc;

use opendal::raw::oio::{self, DeleteDyn, ListDyn};
use opendal::raw::{Layer, OpDelete, OpList, OpStat, RpStat, Service, Servicer};
use opendal::services::SftpConfig;
use opendal::{
    Builder, Configurator, EntryMode, ErrorKind, MetadataBuilder, OperationContext, Result,
};

use crate::forward::forward;

tokio::task_local! {
    /// What goes through a whole tree, if something does.
    static WALK: Walk;
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Walk {
    Listing,
    Removal,
}

/// The service, with links to directories as directories.
#[derive(Debug, Default)]
pub struct SftpBuilder(pub SftpConfig);

impl Builder for SftpBuilder {
    type Config = SftpConfig;

    fn build(self) -> Result<impl Service> {
        Ok(Linked(Arc::new(self.0.into_builder().build()?)))
    }
}

struct Linked(Servicer);

impl fmt::Debug for Linked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

pub struct LinkedLister {
    inner: oio::Lister,
    service: Servicer,
    context: OperationContext,
}

impl oio::List for LinkedLister {
    async fn next(&mut self) -> Result<Option<oio::Entry>> {
        let walk = WALK.try_with(|walk| *walk).ok();
        loop {
            let Some(entry) = self.inner.next_dyn().await? else { return Ok(None) };
            if entry.mode() != EntryMode::Unknown {
                return Ok(Some(entry));
            }
            let path = entry.path();
            if walk == Some(Walk::Removal) {
                // Whatever it is and wherever it leads, it has a name to be removed.
                return Ok(Some(oio::Entry::new(path, MetadataBuilder::file(0).build())));
            }
            let found = self.service.stat_dyn(&self.context, path, OpStat::default()).await;
            match found.map(RpStat::into_metadata) {
                Ok(found) if found.is_dir() => {
                    if walk.is_none() {
                        return Ok(Some(oio::Entry::new(&format!("{path}/"), found)));
                    }
                }
                Ok(found) => return Ok(Some(oio::Entry::new(path, found))),
                // It leads nowhere.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Service for Linked {
    type Lister = LinkedLister;
    type Deleter = oio::Deleter;

    forward!(handing_on: 0);
    forward!(0, std::convert::identity);

    fn delete(&self, context: &OperationContext) -> Result<oio::Deleter> {
        self.0.delete(context)
    }

    fn list(
        &self,
        context: &OperationContext,
        path: &str,
        options: OpList,
    ) -> Result<LinkedLister> {
        let inner = self.0.list(context, path, options)?;
        Ok(LinkedLister { inner, service: Arc::clone(&self.0), context: context.clone() })
    }
}

/// Tells the service, through what the core puts between, that a whole tree is gone through.
#[derive(Debug)]
pub struct WalkLayer;

impl Layer for WalkLayer {
    fn apply_service(&self, inner: Servicer) -> Servicer {
        Arc::new(Walked(inner))
    }
}

struct Walked(Servicer);

impl fmt::Debug for Walked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

pub struct WalkedLister {
    inner: oio::Lister,
    whole: bool,
}

impl oio::List for WalkedLister {
    async fn next(&mut self) -> Result<Option<oio::Entry>> {
        if self.whole {
            return WALK.scope(Walk::Listing, self.inner.next_dyn()).await;
        }
        self.inner.next_dyn().await
    }
}

pub struct WalkedDeleter {
    inner: oio::Deleter,
    service: Servicer,
    context: OperationContext,
}

impl WalkedDeleter {
    /// Whether the path was a link to a directory: of those alone a file of that name can be removed.
    async fn was_link(&self, path: &str) -> Result<bool> {
        let name = path.trim_end_matches('/');
        if name.is_empty() {
            return Ok(false);
        }
        let found = self.service.stat_dyn(&self.context, path, OpStat::default()).await;
        if !found.is_ok_and(|found| found.into_metadata().is_dir()) {
            return Ok(false);
        }
        let mut deleter = self.service.delete(&self.context)?;
        Ok(deleter.delete_dyn(name, OpDelete::new()).await.is_ok()
            && deleter.close_dyn().await.is_ok())
    }
}

impl oio::Delete for WalkedDeleter {
    async fn delete(&mut self, path: &str, options: OpDelete) -> Result<()> {
        if !options.recursive() {
            return self.inner.delete_dyn(path, options).await;
        }
        if self.was_link(path).await? {
            return Ok(());
        }
        WALK.scope(Walk::Removal, self.inner.delete_dyn(path, options)).await
    }

    async fn close(&mut self) -> Result<()> {
        WALK.scope(Walk::Removal, self.inner.close_dyn()).await
    }
}

impl Service for Walked {
    type Lister = WalkedLister;
    type Deleter = WalkedDeleter;

    forward!(handing_on: 0);
    forward!(0, std::convert::identity);

    fn delete(&self, context: &OperationContext) -> Result<WalkedDeleter> {
        let inner = self.0.delete(context)?;
        Ok(WalkedDeleter { inner, service: Arc::clone(&self.0), context: context.clone() })
    }

    fn list(
        &self,
        context: &OperationContext,
        path: &str,
        options: OpList,
    ) -> Result<WalkedLister> {
        let whole = options.recursive();
        Ok(WalkedLister { inner: self.0.list(context, path, options)?, whole })
    }
}
