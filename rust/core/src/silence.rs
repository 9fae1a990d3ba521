//! Nothing waits for ever for a server that falls silent, HTTP or not.
//!
//! Requests over HTTP have their limit where they are made. The other services leave their sockets to
//! libraries that know none, so there each step of an operation is watched: whatever comes or goes on
//! its connection wakes it, and one that nothing wakes for as long as the limit says is given up.

use std::error::Error as _;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures::task::AtomicWaker;
use opendal::raw::oio::{
    self, ComposeDyn, CopyDyn, DeleteDyn, ListDyn, ReadDyn, ReadStreamDyn, WriteDyn,
};
use opendal::raw::{
    Layer, OpCompose, OpDelete, OpList, OpRead, OpWrite, RpRead, Service, Servicer,
};
use opendal::{Buffer, BytesRange, Error, Metadata, OperationContext, Result};
use tokio::time::{Instant, sleep_until};

use crate::forward::forward;
use crate::http;

/// Those that do not speak HTTP over our transport. SQLite has a file and no server.
const OTHERS: [&str; 7] = ["etcd", "ftp", "memcached", "mysql", "postgresql", "redis", "sftp"];

/// What was written is first in buffers of the system, which take about so much, and leaves them
/// unseen: with all of it under way, a step may be quiet for twice as long.
const UNSEEN: f64 = 4e6;

/// Whether a service has this layer.
pub fn may_befall(scheme: &str) -> bool {
    OTHERS.contains(&scheme)
}

#[derive(Debug)]
pub struct SilenceLayer;

impl Layer for SilenceLayer {
    fn apply_service(&self, inner: Servicer) -> Servicer {
        Arc::new(Watched(inner))
    }
}

/// Whether anything woke a step since this was asked the last time.
#[derive(Default)]
struct Bell {
    rung: AtomicBool,
    outer: AtomicWaker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.outer.wake();
    }
}

async fn step<T>(inner: impl Future<Output = Result<T>>) -> Result<T> {
    step_after(0, inner).await
}

/// A step that may have to wait until so many bytes have left.
async fn step_after<T>(sent: usize, inner: impl Future<Output = Result<T>>) -> Result<T> {
    let mut inner = pin!(inner);
    let first = poll_fn(|context| Poll::Ready(inner.as_mut().poll(context)));
    if let Poll::Ready(done) = first.await {
        return done;
    }
    let quiet = http::patience()?.read_timeout;
    #[allow(clippy::cast_precision_loss, reason = "it is no more than 1 that counts")]
    let limit = quiet.mul_f64(1.0 + (sent as f64 / UNSEEN).min(1.0));
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    let mut end = Instant::now() + limit;
    let mut alarm = pin!(sleep_until(end));
    // The first poll had another waker, so it is polled again at once.
    bell.rung.store(true, Ordering::Release);
    poll_fn(|context| {
        bell.outer.register(context.waker());
        if bell.rung.swap(false, Ordering::AcqRel) {
            if let Poll::Ready(done) = inner.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Poll::Ready(done.map_err(typed));
            }
            end = Instant::now() + limit;
        }
        // The alarm is set anew only when it goes off, as most never do.
        while alarm.as_mut().poll(context).is_ready() {
            if end <= Instant::now() {
                return Poll::Ready(Err(http::silence(limit)));
            }
            alarm.as_mut().reset(end);
        }
        Poll::Pending
    })
    .await
}

/// The libraries' own limits, which their words alone tell, are errors as ours are.
fn typed(error: Error) -> Error {
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    let message = if error.message() == "connection request: timeout"
        || cause.starts_with("pool timed out")
    {
        "no connection came in time: the server is silent, or all connections of this operator are \
         in use"
    } else if cause.ends_with("timed out") {
        "no answer came within the time that the client of this service has"
    } else {
        return error;
    };
    http::late(message)
}

struct Watched<T>(T);

impl fmt::Debug for Watched<Servicer> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn watched_copier(inner: oio::Copier) -> oio::Copier {
    Box::new(Watched(inner))
}

impl Service for Watched<Servicer> {
    type Reader = Watched<oio::Reader>;
    type Writer = WatchedWriter;
    type Lister = Watched<oio::Lister>;
    type Deleter = Watched<oio::Deleter>;
    type Copier = oio::Copier;
    type Composer = Watched<oio::Composer>;

    forward!(0, std::convert::identity, step, watched_copier);

    fn read(
        &self,
        context: &OperationContext,
        path: &str,
        options: OpRead,
    ) -> Result<Self::Reader> {
        self.0.read(context, path, options).map(Watched)
    }

    fn write(
        &self,
        context: &OperationContext,
        path: &str,
        options: OpWrite,
    ) -> Result<Self::Writer> {
        let inner = self.0.write(context, path, options)?;
        Ok(WatchedWriter { inner, sent: 0 })
    }

    fn delete(&self, context: &OperationContext) -> Result<Self::Deleter> {
        self.0.delete(context).map(Watched)
    }

    fn list(
        &self,
        context: &OperationContext,
        path: &str,
        options: OpList,
    ) -> Result<Self::Lister> {
        self.0.list(context, path, options).map(Watched)
    }

    fn compose(
        &self,
        context: &OperationContext,
        to: &str,
        options: OpCompose,
    ) -> Result<Self::Composer> {
        self.0.compose(context, to, options).map(Watched)
    }
}

impl oio::Read for Watched<oio::Reader> {
    async fn open(&self, range: BytesRange) -> Result<(RpRead, Box<dyn ReadStreamDyn>)> {
        let (answer, stream) = step(self.0.open_dyn(range)).await?;
        Ok((answer, Box::new(Watched(stream))))
    }

    async fn read(&self, range: BytesRange) -> Result<(RpRead, Buffer)> {
        step(self.0.read_dyn(range)).await
    }
}

impl oio::ReadStream for Watched<Box<dyn ReadStreamDyn>> {
    async fn read(&mut self) -> Result<Buffer> {
        step(self.0.read_dyn()).await
    }
}

struct WatchedWriter {
    inner: oio::Writer,
    sent: usize,
}

impl oio::Write for WatchedWriter {
    async fn write(&mut self, data: Buffer) -> Result<()> {
        self.sent = self.sent.saturating_add(data.len());
        step_after(self.sent, self.inner.write_dyn(data)).await
    }

    async fn copy_from(&mut self, path: &str, options: OpRead, range: BytesRange) -> Result<()> {
        step(self.inner.copy_from_dyn(path, options, range)).await
    }

    async fn close(&mut self) -> Result<Metadata> {
        step_after(self.sent, self.inner.close_dyn()).await
    }

    async fn abort(&mut self) -> Result<()> {
        step(self.inner.abort_dyn()).await
    }
}

impl oio::List for Watched<oio::Lister> {
    async fn next(&mut self) -> Result<Option<oio::Entry>> {
        step(self.0.next_dyn()).await
    }
}

impl oio::Delete for Watched<oio::Deleter> {
    async fn delete(&mut self, path: &str, options: OpDelete) -> Result<()> {
        step(self.0.delete_dyn(path, options)).await
    }

    async fn close(&mut self) -> Result<()> {
        step(self.0.close_dyn()).await
    }
}

impl oio::Copy for Watched<oio::Copier> {
    async fn next(&mut self) -> Result<Option<usize>> {
        step(self.0.next_dyn()).await
    }

    async fn close(&mut self) -> Result<Metadata> {
        step(self.0.close_dyn()).await
    }

    async fn abort(&mut self) -> Result<()> {
        step(self.0.abort_dyn()).await
    }
}

impl oio::Compose for Watched<oio::Composer> {
    async fn compose(&mut self, path: &str, options: OpRead) -> Result<()> {
        step(self.0.compose_dyn(path, options)).await
    }

    async fn close(&mut self) -> Result<Metadata> {
        step(self.0.close_dyn()).await
    }
}
