//! A write under way, which is given up unless it is closed.

use std::mem;

use opendal::options::WriteOptions;
use opendal::{Buffer, Error, ErrorKind, Metadata, Operator, Writer};

use crate::runtime;

/// The core's writer, which publishes nothing before it is closed, and aborts when it is dropped.
pub struct Upload {
    writer: Option<Writer>,
    generation: u32,
}

fn over() -> Error {
    Error::new(ErrorKind::Unexpected, "the write is over")
}

impl Upload {
    pub async fn open(
        operator: &Operator,
        target: &str,
        options: WriteOptions,
    ) -> opendal::Result<Self> {
        let writer = Some(operator.writer_options(target, options).await?);
        Ok(Self { writer, generation: runtime::generation() })
    }

    pub async fn write(&mut self, data: Buffer) -> opendal::Result<()> {
        self.writer.as_mut().ok_or_else(over)?.write(data).await
    }

    /// Publishes the object. After an error nothing of it is left.
    pub async fn close(&mut self) -> opendal::Result<Metadata> {
        let closed = self.writer.as_mut().ok_or_else(over)?.close().await;
        match closed {
            Ok(metadata) => {
                self.writer = None;
                Ok(metadata)
            }
            Err(error) => {
                self.abort().await;
                Err(error)
            }
        }
    }

    pub async fn abort(&mut self) {
        if let Some(mut writer) = self.writer.take() {
            // A service that cannot abort has published nothing; what else fails here leaves parts
            // behind that nobody sees.
            let _ = writer.abort().await;
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Some(mut writer) = self.writer.take() else { return };
        if self.generation != runtime::generation() {
            // In a forked child it is still the parent's: it must not be touched, nor given up.
            mem::forget(writer);
        } else if let Some(runtime) = runtime::current() {
            runtime.spawn(async move {
                let _ = writer.abort().await;
            });
        }
    }
}
