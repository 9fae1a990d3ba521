//! FTP as the core has it, with what it does wrong put right.

use std::convert::identity;
use std::fmt;
use std::mem;
use std::sync::Arc;

use opendal::raw::oio::{self, ListDyn, ReadDyn, ReadStreamDyn, WriteDyn};
use opendal::raw::{OpCompose, OpList, OpRead, OpStat, OpWrite, RpRead, RpStat, Service, Servicer};
use opendal::services::FtpConfig;
use opendal::{
    Buffer, Builder, BytesRange, Configurator, Error, ErrorKind, Metadata, MetadataBuilder,
    OperationContext, Result,
};

use crate::answer::beyond;
use crate::forward::forward;

/// A builder of it, as the core wants one.
#[derive(Debug, Default)]
pub struct FtpBuilder(pub FtpConfig);

impl Builder for FtpBuilder {
    type Config = FtpConfig;

    fn build(self) -> Result<impl Service> {
        Ok(Ftp { service: plain(&self.0)?, config: self.0 })
    }
}

fn plain(config: &FtpConfig) -> Result<Servicer> {
    Ok(Arc::new(config.clone().into_builder().build()?))
}

struct Ftp {
    config: FtpConfig,
    service: Servicer,
}

impl fmt::Debug for Ftp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.service.fmt(f)
    }
}

/// What fails because nothing is left to be read there, which servers tell by their code 554. What a
/// connection did may go well on the next one.
fn told(error: Error, range: BytesRange) -> Error {
    if range.offset() > 0 && error.to_string().contains("[0] 554") {
        return beyond();
    }
    if error.to_string().contains("Connection error") { error.set_temporary() } else { error }
}

pub struct FtpReader {
    config: FtpConfig,
    options: OpRead,
    /// What knows how long the object is.
    service: Servicer,
    context: OperationContext,
    path: String,
}

impl FtpReader {
    /// The core gives a connection to the next call though it may be in the middle of a file, of
    /// which that call would get the answers. So each transfer has a connection of its own.
    fn fresh(&self) -> Result<oio::Reader> {
        plain(&self.config)?.read(&self.context, &self.path, self.options.clone())
    }
}

impl oio::Read for FtpReader {
    async fn open(&self, range: BytesRange) -> Result<(RpRead, Box<dyn ReadStreamDyn>)> {
        let opened = self.fresh()?.open_dyn(range).await;
        let (answer, inner) = opened.map_err(|error| told(error, range))?;
        let stream = FtpStream {
            inner,
            service: Arc::clone(&self.service),
            context: self.context.clone(),
            path: self.path.clone(),
            came: range.offset(),
            to_the_end: range.size().is_none(),
        };
        Ok((answer, Box::new(stream)))
    }

    async fn read(&self, range: BytesRange) -> Result<(RpRead, Buffer)> {
        self.fresh()?.read_dyn(range).await.map_err(|error| told(error, range))
    }
}

struct FtpStream {
    inner: Box<dyn ReadStreamDyn>,
    service: Servicer,
    context: OperationContext,
    path: String,
    came: u64,
    to_the_end: bool,
}

impl oio::ReadStream for FtpStream {
    async fn read(&mut self) -> Result<Buffer> {
        let data = self.inner.read_dyn().await?;
        self.came += data.len() as u64;
        if data.is_empty() && self.to_the_end {
            // A connection that breaks ends just as an object does.
            let found = self.service.stat(&self.context, &self.path, OpStat::new()).await;
            match found.map(RpStat::into_metadata) {
                Ok(found) if self.came < found.content_length() => {
                    let message = "the answer ended early";
                    return Err(Error::new(ErrorKind::Unexpected, message).set_temporary());
                }
                // It is gone meanwhile, or its name has blanks, which are lost in listings.
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(data)
    }
}

pub struct FtpWriter {
    inner: oio::Writer,
    written: bool,
    /// What knows how long an object is that was appended to.
    service: Option<Servicer>,
    context: OperationContext,
    path: String,
}

impl oio::Write for FtpWriter {
    async fn write(&mut self, data: Buffer) -> Result<()> {
        self.written = true;
        self.inner.write_dyn(data).await
    }

    async fn close(&mut self) -> Result<Metadata> {
        if !self.written {
            // Only what was written is made.
            self.write(Buffer::new()).await?;
        }
        let metadata = self.inner.close_dyn().await?;
        match &self.service {
            None => Ok(metadata),
            Some(service) => {
                let found = service.stat(&self.context, &self.path, OpStat::new()).await?;
                Ok(found.into_metadata())
            }
        }
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort_dyn().await
    }
}

pub struct FtpLister {
    inner: oio::Lister,
    path: String,
    state: Listed,
}

enum Listed {
    Nothing,
    /// The directory itself, which the core must hear of to know one that is empty.
    Own(Option<oio::Entry>),
    Below,
    Over,
}

impl oio::List for FtpLister {
    async fn next(&mut self) -> Result<Option<oio::Entry>> {
        match mem::replace(&mut self.state, Listed::Below) {
            Listed::Nothing => match self.inner.next_dyn().await {
                // Asked again, it would say the same again, and the core would ask for ever.
                Err(error) if error.kind() == ErrorKind::NotFound => self.state = Listed::Over,
                first if self.path.ends_with('/') => {
                    self.state = Listed::Own(first?);
                    let own = MetadataBuilder::dir().build();
                    return Ok(Some(oio::Entry::new(&self.path, own)));
                }
                first => return first,
            },
            Listed::Own(first) if first.is_some() => return Ok(first),
            Listed::Below => return self.inner.next_dyn().await,
            Listed::Own(_) | Listed::Over => self.state = Listed::Over,
        }
        Ok(None)
    }
}

impl Service for Ftp {
    type Reader = FtpReader;
    type Writer = FtpWriter;
    type Lister = FtpLister;
    type Deleter = oio::Deleter;
    type Copier = oio::Copier;
    type Composer = oio::Composer;

    forward!(service, identity);

    fn read(&self, context: &OperationContext, path: &str, options: OpRead) -> Result<FtpReader> {
        Ok(FtpReader {
            config: self.config.clone(),
            options,
            service: Arc::clone(&self.service),
            context: context.clone(),
            path: path.to_owned(),
        })
    }

    fn write(&self, context: &OperationContext, path: &str, options: OpWrite) -> Result<FtpWriter> {
        let service = options.append().then(|| Arc::clone(&self.service));
        Ok(FtpWriter {
            // See `FtpReader`.
            inner: plain(&self.config)?.write(context, path, options)?,
            written: false,
            service,
            context: context.clone(),
            path: path.to_owned(),
        })
    }

    fn delete(&self, context: &OperationContext) -> Result<oio::Deleter> {
        self.service.delete(context)
    }

    fn list(&self, context: &OperationContext, path: &str, options: OpList) -> Result<FtpLister> {
        let inner = self.service.list(context, path, options)?;
        Ok(FtpLister { inner, path: path.to_owned(), state: Listed::Nothing })
    }

    fn compose(
        &self,
        context: &OperationContext,
        to: &str,
        options: OpCompose,
    ) -> Result<oio::Composer> {
        self.service.compose(context, to, options)
    }
}
