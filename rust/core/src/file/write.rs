//! Writing: short writes are gathered, and nothing is published before the file is closed.

use std::sync::Arc;

use opendal::{Buffer, Error, ErrorKind, Operator, Result};

use super::open::{Buffering, WritePlan};
use crate::buffer::Data;
use crate::upload::Upload;

/// What is longer is handed on as it is; gathering it would be one more copy.
const LONG: usize = 64 * 1024;
/// So much is gathered before it is handed on.
const MOST: usize = 256 * 1024;

pub struct Writing {
    upload: Upload,
    gathered: Vec<u8>,
    most: usize,
    /// Where the file begins: beyond zero if it is appended to.
    start: u64,
    written: u64,
    /// A write failed or was dropped half-way, so what follows would have a hole before it.
    torn: bool,
}

fn torn_file() -> Error {
    let message = "an earlier write failed or was cancelled, so the file cannot be completed";
    Error::new(ErrorKind::Unexpected, message)
}

impl Writing {
    pub async fn open(operator: &Operator, path: &Arc<str>, plan: &WritePlan) -> Result<Self> {
        let options = plan.options.clone();
        let mut start = 0;
        if options.append {
            // Only for `tell`, so whatever else is wrong shows when it is written.
            start = match operator.stat(path).await {
                Ok(found) if found.is_file() => found.content_length(),
                _ => 0,
            };
        }
        if options.if_not_exists && operator.info().capability().stat {
            // The service decides when the file is closed. But whoever writes for an hour wants to
            // hear at once that it is in vain.
            match operator.stat(path).await {
                Ok(_) => {
                    let message = "something is at this path already";
                    return Err(Error::new(ErrorKind::ConditionNotMatch, message));
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                // Some may write who may not look.
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {}
                Err(error) => return Err(error),
            }
        }
        let upload = Upload::open(operator, path, options).await?;
        let most = match plan.buffering {
            Buffering::Usual => MOST,
            Buffering::None => 0,
            Buffering::Bytes(size) => size.min(64 << 20),
        };
        Ok(Self { upload, gathered: Vec::new(), most, start, written: 0, torn: false })
    }

    pub fn position(&self) -> u64 {
        self.start + self.written
    }

    /// Whether so much can be taken without a wait.
    pub fn has_room(&self, length: usize) -> bool {
        !self.torn && length < LONG && self.gathered.len() + length <= self.most
    }

    /// Takes what there is room for.
    pub fn gather(&mut self, data: &[u8]) -> bool {
        if !self.has_room(data.len()) {
            return false;
        }
        self.gathered.extend_from_slice(data);
        self.written += data.len() as u64;
        true
    }

    /// Writes all of these, and says how long they are together.
    pub async fn write(&mut self, data: Vec<Data>) -> Result<u64> {
        if self.torn {
            return Err(torn_file());
        }
        // Should this future be dropped or fail in the middle, what was written has a hole.
        self.torn = true;
        let mut length = 0;
        for given in data {
            let part = given.take().await;
            length += part.len() as u64;
            if self.gathered.len() + part.len() > self.most {
                self.flush().await?;
            }
            if part.len() >= LONG || part.len() > self.most {
                self.flush().await?;
                self.upload.write(Buffer::from(part)).await?;
            } else {
                self.gathered.extend_from_slice(&part);
            }
        }
        self.torn = false;
        self.written += length;
        Ok(length)
    }

    async fn flush(&mut self) -> Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let gathered = std::mem::take(&mut self.gathered);
        self.upload.write(Buffer::from(gathered)).await
    }

    pub async fn close(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.torn, true) {
            self.abort().await;
            return Err(torn_file());
        }
        if let Err(error) = self.flush().await {
            self.abort().await;
            return Err(error);
        }
        self.upload.close().await.map(drop)
    }

    pub async fn abort(&mut self) {
        self.gathered = Vec::new();
        self.upload.abort().await;
    }
}
