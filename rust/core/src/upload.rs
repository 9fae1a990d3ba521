//! A write under way, which is given up unless it is closed.

use std::mem;
use std::sync::Arc;

use bytes::Bytes;
use opendal::options::WriteOptions;
use opendal::{Buffer, Capability, Error, ErrorKind, Metadata, Operator, Writer};
use pyo3::prelude::*;
use tokio::sync::Mutex;

use crate::aside::Aside;
use crate::buffer::{Data, Fate};
use crate::engine::{Awaitable, Call, Output};
use crate::error::Context;
use crate::runtime;

/// How long the first parts of an object are whose length is not known.
const PART: usize = 8 << 20;
/// After so many parts, they are twice as long: the 10,000 parts that S3 takes are then enough for
/// the 5 TiB that it takes.
const DOUBLED: usize = 1000;
/// How many parts are sent at a time unless the caller says it.
const AT_ONCE: usize = 4;

/// The core's writer, which publishes nothing before it is closed, and aborts when it is dropped.
pub struct Upload {
    writer: Option<Writer>,
    generation: u32,
    parts: Option<Parts>,
    aside: Option<Aside>,
    /// How much was written, and how much the service takes.
    written: usize,
    most: usize,
}

/// What is gathered until it is worth a part.
#[derive(Default)]
struct Parts {
    held: Vec<Bytes>,
    size: usize,
    sent: usize,
    /// The service takes an object at once or not at all, so all of it is gathered.
    one: bool,
}

fn over() -> Error {
    Error::new(ErrorKind::Unexpected, "the write is over")
}

impl Upload {
    pub async fn open(
        operator: &Operator,
        target: &str,
        mut options: WriteOptions,
    ) -> opendal::Result<Self> {
        let capability = operator.info().capability();
        let most = capability.write_total_max_size.unwrap_or(usize::MAX);
        let one = !capability.write_can_multi;
        if one {
            (options.chunk, options.concurrent) = (None, 0);
        }
        let aside = Aside::new(operator, target, &options);
        let name = aside.as_ref().map_or(target, |aside| &aside.name);
        let writer = Some(operator.writer_options(name, options).await?);
        let parts = one.then(|| Parts { one, ..Parts::default() });
        Ok(Self { writer, generation: runtime::generation(), parts, aside, written: 0, most })
    }

    /// As [`Self::open`], for data that comes in pieces and of which nobody knows how much it is.
    pub async fn open_for_pieces(
        operator: &Operator,
        target: &str,
        mut options: WriteOptions,
        capability: &Capability,
    ) -> opendal::Result<Self> {
        let in_parts = capability.write_multi_min_size.is_some() && options.chunk.is_none();
        if in_parts && options.concurrent == 0 {
            options.concurrent = AT_ONCE;
        }
        let mut upload = Self::open(operator, target, options).await?;
        if in_parts && upload.parts.is_none() {
            upload.parts = Some(Parts::default());
        }
        Ok(upload)
    }

    pub async fn write(&mut self, data: Buffer) -> opendal::Result<()> {
        self.written = self.written.saturating_add(data.len());
        if self.written > self.most {
            let message = format!("the service takes objects of at most {} bytes", self.most);
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let ready = match &mut self.parts {
            None => Some(data),
            Some(parts) => parts.add(data),
        };
        match ready {
            Some(data) => self.writer.as_mut().ok_or_else(over)?.write(data).await,
            None if self.writer.is_some() => Ok(()),
            None => Err(over()),
        }
    }

    /// Publishes the object. After an error nothing of it is left.
    pub async fn close(&mut self) -> opendal::Result<Metadata> {
        let closed = self.finish().await;
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

    async fn finish(&mut self) -> opendal::Result<Metadata> {
        let writer = self.writer.as_mut().ok_or_else(over)?;
        if let Some(last) = self.parts.as_mut().map(Parts::take).filter(|last| !last.is_empty()) {
            writer.write(last).await?;
        }
        let metadata = writer.close().await?;
        if let Some(aside) = &self.aside {
            aside.publish().await?;
        }
        Ok(metadata)
    }

    pub async fn abort(&mut self) {
        if let Some(mut writer) = self.writer.take() {
            // A service that cannot abort has published nothing; what else fails here leaves parts
            // behind that nobody sees.
            let _ = writer.abort().await;
            if let Some(aside) = self.aside.take() {
                aside.remove().await;
            }
        }
    }
}

impl Parts {
    /// Takes a piece in, and gives a part if there is enough for one.
    fn add(&mut self, data: Buffer) -> Option<Buffer> {
        self.size += data.len();
        self.held.extend(data);
        let enough = !self.one && self.size >= PART << (self.sent / DOUBLED);
        enough.then(|| self.take())
    }

    fn take(&mut self) -> Buffer {
        self.sent += 1;
        self.size = 0;
        Buffer::from(mem::take(&mut self.held))
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Some(mut writer) = self.writer.take() else { return };
        if self.generation != runtime::generation() {
            // In a forked child it is still the parent's: it must not be touched, nor given up.
            mem::forget(writer);
        } else if let Some(runtime) = runtime::current() {
            let aside = self.aside.take();
            runtime.spawn(async move {
                let _ = writer.abort().await;
                if let Some(aside) = aside {
                    aside.remove().await;
                }
            });
        }
    }
}

impl Upload {
    /// The same for Python's own asynchronous code.
    pub fn shared(self, context: Context) -> Shared {
        Shared { context, upload: Arc::new(Mutex::new(self)) }
    }
}

/// An upload that `opendal._asynchronous` drives.
#[pyclass(frozen, module = "opendal._core.operator")]
pub struct Shared {
    context: Context,
    upload: Arc<Mutex<Upload>>,
}

impl Output for Shared {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(Py::new(py, self)?.into_any())
    }
}

#[pymethods]
impl Shared {
    fn write(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<Awaitable> {
        let data = Data::from_python("write", data, Fate::Kept)?;
        let upload = Arc::clone(&self.upload);
        let future =
            async move { upload.lock().await.write(Buffer::from(data.take().await)).await };
        Awaitable::start(py, Call { context: self.context.clone(), quick: false, future })
    }

    fn close(&self, py: Python<'_>) -> PyResult<Awaitable> {
        let upload = Arc::clone(&self.upload);
        let future = async move { upload.lock().await.close().await };
        Awaitable::start(py, Call { context: self.context.clone(), quick: false, future })
    }

    fn abort(&self, py: Python<'_>) -> PyResult<Awaitable> {
        let upload = Arc::clone(&self.upload);
        let future = async move {
            upload.lock().await.abort().await;
            Ok(())
        };
        Awaitable::start(py, Call { context: self.context.clone(), quick: false, future })
    }
}
