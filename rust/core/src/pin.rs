//! Whatever is read of an object through one reader is of one state of it.
//!
//! A retry layer goes on where a broken answer ended, by another request; by then the object may be
//! another one. So each answer is compared with the first. What is written has its guard in `once`, and
//! what is listed in `rounds`.

use std::convert::identity;
use std::fmt;
use std::sync::{Arc, OnceLock};

use opendal::raw::oio::{self, ReadDyn};
use opendal::raw::{Layer, OpCompose, OpList, OpRead, OpWrite, RpRead, Service, Servicer};
use opendal::{Buffer, BytesRange, Metadata, OperationContext, Result};

use crate::forward::forward;
use crate::once;
use crate::rounds;
use crate::source::{changed, same};

#[derive(Debug)]
pub struct PinLayer;

impl Layer for PinLayer {
    fn apply_service(&self, inner: Servicer) -> Servicer {
        Arc::new(Pinned(inner))
    }
}

struct Pinned(Servicer);

impl fmt::Debug for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

pub struct PinnedReader {
    inner: oio::Reader,
    first: OnceLock<Metadata>,
}

impl PinnedReader {
    fn check(&self, answer: &RpRead) -> Result<()> {
        let Some(seen) = answer.metadata() else { return Ok(()) };
        if same(self.first.get_or_init(|| seen.clone()), seen) { Ok(()) } else { Err(changed()) }
    }
}

impl oio::Read for PinnedReader {
    async fn open(&self, range: BytesRange) -> Result<(RpRead, Box<dyn oio::ReadStreamDyn>)> {
        let (answer, stream) = self.inner.open_dyn(range).await?;
        self.check(&answer)?;
        Ok((answer, stream))
    }

    async fn read(&self, range: BytesRange) -> Result<(RpRead, Buffer)> {
        let (answer, data) = self.inner.read_dyn(range).await?;
        self.check(&answer)?;
        Ok((answer, data))
    }
}

impl Service for Pinned {
    type Reader = PinnedReader;
    type Writer = oio::Writer;
    type Lister = oio::Lister;
    type Deleter = oio::Deleter;
    type Copier = oio::Copier;
    type Composer = oio::Composer;

    forward!(0, identity);

    fn read(
        &self,
        context: &OperationContext,
        path: &str,
        options: OpRead,
    ) -> Result<PinnedReader> {
        let inner = self.0.read(context, path, options)?;
        Ok(PinnedReader { inner, first: OnceLock::new() })
    }

    fn write(
        &self,
        context: &OperationContext,
        path: &str,
        options: OpWrite,
    ) -> Result<oio::Writer> {
        let append = options.append();
        let writer = self.0.write(context, path, options)?;
        Ok(once::guarded(self.info().scheme(), append, writer))
    }

    fn delete(&self, context: &OperationContext) -> Result<oio::Deleter> {
        rounds::deleter(&self.0, context)
    }

    fn list(&self, context: &OperationContext, path: &str, options: OpList) -> Result<oio::Lister> {
        rounds::lister(&self.0, context, path, options)
    }

    fn compose(
        &self,
        context: &OperationContext,
        to: &str,
        options: OpCompose,
    ) -> Result<oio::Composer> {
        self.0.compose(context, to, options)
    }
}
