//! Files over FTP, each on a connection beside the one that commands go over.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, BytesMut};
use opendal::raw::RpRead;
use opendal::raw::oio::{self, ReadStreamDyn};
use opendal::{Buffer, BytesRange, Error, ErrorKind, Metadata, MetadataBuilder, Result};
use suppaftp::{FtpError, FtpResult};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::connection::{Connection, Server, code, is_refusal, make_parents, told};
use super::facts;
use crate::answer::beyond;
use crate::keyed::Duplex;

type Data = Box<dyn Duplex>;

/// How much is read at a time.
const PIECE: usize = 256 << 10;
/// How long a server may take to see that nobody reads on. After that its connection is given up.
const NOTICED: Duration = Duration::from_secs(1);

pub struct FtpReader {
    server: Arc<Server>,
    path: String,
}

impl FtpReader {
    pub fn new(server: Arc<Server>, path: &str) -> Self {
        Self { server, path: path.to_owned() }
    }

    async fn begin(&self, connection: &mut Connection, offset: u64) -> FtpResult<Data> {
        if offset > 0 {
            let offset = usize::try_from(offset).unwrap_or(usize::MAX);
            connection.resume_transfer(offset).await?;
        }
        Ok(Box::new(connection.retr_as_stream(&self.path).await?))
    }
}

impl oio::StreamRead for FtpReader {
    async fn open(&self, range: BytesRange) -> Result<(RpRead, Box<dyn ReadStreamDyn>)> {
        let mut connection = self.server.take().await?;
        let data = match self.begin(&mut connection, range.offset()).await {
            Ok(data) => data,
            Err(error) => {
                // Nothing is left to be read there.
                let is_beyond = range.offset() > 0 && code(&error) == Some(554);
                let answer = self.server.answer(connection, &self.path, Err(error)).await;
                return if is_beyond { Err(beyond()) } else { answer };
            }
        };
        let stream = FtpStream {
            server: Arc::clone(&self.server),
            under_way: Some((connection, data)),
            left: range.size(),
            buffer: BytesMut::new(),
        };
        Ok((RpRead::default(), Box::new(stream)))
    }
}

struct FtpStream {
    server: Arc<Server>,
    under_way: Option<(Connection, Data)>,
    /// How much of the range is to come; nothing where it goes to the end.
    left: Option<u64>,
    buffer: BytesMut,
}

impl FtpStream {
    /// What the server says at the end, which tells a whole file from a connection that broke.
    async fn end(&mut self) -> Result<()> {
        let Some((mut connection, data)) = self.under_way.take() else { return Ok(()) };
        if self.left == Some(0) {
            // It was cut short by us, of which the server may say anything.
            if let Ok(answer) = timeout(NOTICED, connection.finalize_retr_stream(data)).await {
                let _ = self.server.give(connection, answer);
            }
            return Ok(());
        }
        let answer = connection.finalize_retr_stream(data).await;
        self.server.give(connection, answer).map_err(|error| {
            let message = "the answer ended early";
            Error::new(ErrorKind::Unexpected, message).set_temporary().set_source(error)
        })
    }
}

impl oio::ReadStream for FtpStream {
    async fn read(&mut self) -> Result<Buffer> {
        let Some((_, data)) = &mut self.under_way else { return Ok(Buffer::new()) };
        let most =
            self.left.map_or(PIECE, |left| usize::try_from(left).unwrap_or(PIECE).min(PIECE));
        self.buffer.reserve(most);
        let read = if most == 0 {
            0
        } else {
            let mut room = (&mut self.buffer).limit(most);
            data.read_buf(&mut room)
                .await
                .map_err(|error| told(FtpError::ConnectionError(error)))?
        };
        if read == 0 {
            self.end().await?;
        }
        self.left = self.left.map(|left| left - read as u64);
        Ok(Buffer::from(self.buffer.split().freeze()))
    }
}

pub struct FtpWriter {
    server: Arc<Server>,
    path: String,
    append: bool,
    stage: Stage,
}

enum Stage {
    /// Nothing was begun yet.
    Fresh,
    UnderWay(Box<(Connection, Data)>),
    /// Closed, given up, or broken: what came next would be without what was before.
    Over,
}

impl FtpWriter {
    pub fn new(server: Arc<Server>, path: &str, append: bool) -> Self {
        Self { server, path: path.to_owned(), append, stage: Stage::Fresh }
    }

    async fn begin(&self, connection: &mut Connection) -> FtpResult<Data> {
        Ok(Box::new(if self.append {
            connection.append_with_stream(&self.path).await?
        } else {
            connection.put_with_stream(&self.path).await?
        }))
    }

    /// Says that this was all, and reads what the server says of it.
    async fn end(&self, connection: &mut Connection, mut data: Data) -> FtpResult<()> {
        data.shutdown().await.map_err(FtpError::ConnectionError)?;
        // What TLS said meanwhile must be read: else the system resets the connection, and what the
        // server has not read yet is lost.
        let mut rest = [0; 1024];
        let last = async { while matches!(data.read(&mut rest).await, Ok(1..)) {} };
        let _ = timeout(NOTICED, last).await;
        connection.close_data_connection(data).await
    }

    async fn open(&self) -> Result<(Connection, Data)> {
        let mut connection = self.server.take().await?;
        let mut answer = self.begin(&mut connection).await;
        if answer.as_ref().is_err_and(is_refusal) {
            // Perhaps only the directory is missing that it is to be in.
            answer = match make_parents(&mut connection, &self.path).await {
                Ok(_) => self.begin(&mut connection).await,
                Err(error) => Err(error),
            };
        }
        match answer {
            Ok(data) => Ok((connection, data)),
            Err(error) => self.server.made(connection, &self.path, Err(error)).await,
        }
    }

    /// How long it is by now. A connection that breaks meanwhile is replaced, since it was appended.
    async fn appended(&self) -> Result<Option<Metadata>> {
        let mut found = self.look().await;
        if found.as_ref().is_err_and(Error::is_temporary) {
            found = self.look().await;
        }
        found
    }

    async fn look(&self) -> Result<Option<Metadata>> {
        let mut connection = self.server.take().await?;
        let found = facts::look(&mut connection, &self.path).await;
        self.server.give(connection, found)
    }

    /// What is under way, without which the writer is over unless it is put back.
    async fn take(&mut self) -> Result<Box<(Connection, Data)>> {
        if matches!(self.stage, Stage::Fresh) {
            self.stage = Stage::UnderWay(Box::new(self.open().await?));
        }
        match mem::replace(&mut self.stage, Stage::Over) {
            Stage::UnderWay(under_way) => Ok(under_way),
            _ => Err(Error::new(ErrorKind::Unexpected, "the write is over, or broke off")),
        }
    }
}

impl oio::Write for FtpWriter {
    async fn write(&mut self, mut pieces: Buffer) -> Result<()> {
        let mut under_way = self.take().await?;
        let (_, data) = &mut *under_way;
        let written = data.write_all_buf(&mut pieces).await;
        written.map_err(|error| told(FtpError::ConnectionError(error)))?;
        self.stage = Stage::UnderWay(under_way);
        Ok(())
    }

    async fn close(&mut self) -> Result<Metadata> {
        let (mut connection, data) = *self.take().await?;
        let ended = self.end(&mut connection, data).await;
        self.server.give(connection, ended)?;
        let found = if self.append { self.appended().await? } else { None };
        Ok(found.unwrap_or_else(|| MetadataBuilder::unknown().build()))
    }

    async fn abort(&mut self) -> Result<()> {
        self.stage = Stage::Over;
        Ok(())
    }
}
