//! FTP. The core's own service gives a connection to the next call though it is in the middle of a file,
//! takes one that breaks for the end of it, cannot rename, and looks files up in listings for people.

mod connection;
mod facts;
mod refusal;
mod transfer;

use std::fmt;
use std::sync::Arc;
use std::vec::IntoIter;

use opendal::raw::oio::{self, OneShotDelete};
use opendal::raw::{
    OpCompose, OpCopy, OpCreateDir, OpDelete, OpList, OpPresign, OpRead, OpRename, OpRestore,
    OpStat, OpWrite, RpCreateDir, RpPresign, RpRename, RpRestore, RpStat, Service, ServiceInfo,
};
use opendal::services::FtpConfig;
use opendal::{
    Builder, Capability, Configurator, Error, ErrorKind, MetadataBuilder, OperationContext, Result,
};
use suppaftp::FtpResult;

use connection::{Connection, Server, is_refusal, make_parents};
use refusal::is_there;
use transfer::{FtpReader, FtpWriter};

/// A builder of it, as the core wants one.
#[derive(Debug, Default)]
pub struct FtpBuilder(pub FtpConfig);

impl Builder for FtpBuilder {
    type Config = FtpConfig;

    fn build(self) -> Result<impl Service> {
        // The core's own says what is wrong with a configuration, and what it comes to.
        let core = self.0.clone().into_builder().build()?;
        let info = core.info();
        let mut capability = core.capability();
        capability.rename = true;
        capability.write_can_empty = true;
        let server = Arc::new(Server::new(self.0, &info.root())?);
        Ok(Ftp { info, capability, server })
    }
}

struct Ftp {
    info: ServiceInfo,
    capability: Capability,
    server: Arc<Server>,
}

impl fmt::Debug for Ftp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ftp").finish_non_exhaustive()
    }
}

pub struct FtpDeleter(Arc<Server>);

impl OneShotDelete for FtpDeleter {
    async fn delete_once(&self, path: String, _: OpDelete) -> Result<()> {
        if path == "/" {
            // It is made anew for each connection.
            return Ok(());
        }
        let mut connection = self.0.take().await?;
        let answer = if path.ends_with('/') {
            connection.rmdir(&path).await
        } else {
            connection.rm(&path).await
        };
        self.0.deleted(connection, &path, answer).await
    }
}

pub struct FtpLister {
    server: Arc<Server>,
    path: String,
    entries: Option<IntoIter<oio::Entry>>,
}

impl FtpLister {
    async fn entries(&self) -> Result<Vec<oio::Entry>> {
        let mut connection = self.server.take().await?;
        let answer = facts::all(&mut connection, &self.path).await;
        let Some(known) = self.server.give(connection, answer)? else { return Ok(Vec::new()) };
        let parent = if self.path == "/" { "" } else { &self.path };
        // The directory itself, which the core must hear of to know one that is empty.
        let mut entries = vec![oio::Entry::new(&self.path, MetadataBuilder::dir().build())];
        for (name, metadata) in known {
            if matches!(name.as_str(), "" | "." | "..") {
                continue;
            }
            if name.contains('/') {
                // Whoever followed it could leave the directory.
                let message = format!("the server lists {name:?}, which is no name");
                return Err(Error::new(ErrorKind::Unexpected, message));
            }
            let end = if metadata.is_dir() { "/" } else { "" };
            entries.push(oio::Entry::new(&format!("{parent}{name}{end}"), metadata));
        }
        Ok(entries)
    }
}

impl oio::List for FtpLister {
    async fn next(&mut self) -> Result<Option<oio::Entry>> {
        if self.entries.is_none() {
            self.entries = Some(self.entries().await?.into_iter());
        }
        Ok(self.entries.as_mut().and_then(Iterator::next))
    }
}

/// A rename that may have been refused only for want of the directory that it goes to.
async fn again(connection: &mut Connection, from: &str, to: &str) -> FtpResult<()> {
    make_parents(connection, to).await?;
    connection.rename(from, to).await
}

fn unsupported<T>() -> Result<T> {
    Err(Error::new(ErrorKind::Unsupported, "FTP has no such operation"))
}

impl Service for Ftp {
    type Reader = oio::StreamReader<FtpReader>;
    type Writer = FtpWriter;
    type Lister = FtpLister;
    type Deleter = oio::OneShotDeleter<FtpDeleter>;
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
        path: &str,
        _: OpCreateDir,
    ) -> Result<RpCreateDir> {
        let mut connection = self.server.take().await?;
        let answer = make_parents(&mut connection, path).await;
        let answer = answer.and_then(|refusal| refusal.map_or(Ok(()), Err));
        match self.server.made(connection, path, answer).await {
            // It was there.
            Err(error) if error.kind() == ErrorKind::IsADirectory => {}
            made => made?,
        }
        Ok(RpCreateDir::default())
    }

    async fn stat(&self, _: &OperationContext, path: &str, _: OpStat) -> Result<RpStat> {
        let mut connection = self.server.take().await?;
        let answer = facts::look(&mut connection, path).await;
        match self.server.give(connection, answer)? {
            Some(metadata) => Ok(RpStat::new(metadata)),
            None => Err(Error::new(ErrorKind::NotFound, "there is nothing of that name")),
        }
    }

    fn read(&self, _: &OperationContext, path: &str, _: OpRead) -> Result<Self::Reader> {
        Ok(oio::StreamReader::new(FtpReader::new(Arc::clone(&self.server), path)))
    }

    fn write(&self, _: &OperationContext, path: &str, options: OpWrite) -> Result<FtpWriter> {
        Ok(FtpWriter::new(Arc::clone(&self.server), path, options.append()))
    }

    fn delete(&self, _: &OperationContext) -> Result<Self::Deleter> {
        Ok(oio::OneShotDeleter::new(FtpDeleter(Arc::clone(&self.server))))
    }

    fn list(&self, _: &OperationContext, path: &str, _: OpList) -> Result<FtpLister> {
        Ok(FtpLister { server: Arc::clone(&self.server), path: path.to_owned(), entries: None })
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
        from: &str,
        to: &str,
        _: OpRename,
    ) -> Result<RpRename> {
        let mut connection = self.server.take().await?;
        let mut answer = connection.rename(from, to).await;
        if answer.as_ref().is_err_and(is_refusal) {
            answer = match is_there(&mut connection, from).await {
                Ok(true) => again(&mut connection, from, to).await,
                Ok(false) => {
                    return self.server.give(connection, answer).map(|()| RpRename::default());
                }
                Err(error) => Err(error),
            };
        }
        self.server.made(connection, to, answer).await.map(|()| RpRename::default())
    }

    async fn restore(&self, _: &OperationContext, _: &str, _: OpRestore) -> Result<RpRestore> {
        unsupported()
    }

    async fn presign(&self, _: &OperationContext, _: &str, _: OpPresign) -> Result<RpPresign> {
        unsupported()
    }
}
