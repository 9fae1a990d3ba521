//! Paths that begin or end with white space.
//!
//! The core strips it, and so reaches another object. Such a path is guarded before the core sees
//! it, and bared again by a layer outside of all others, so that those see the path as it is.

use std::fmt;
use std::sync::Arc;

use opendal::raw::{Layer, OpCompose, OpDelete, OpList, OpRead, OpWrite, Service, Servicer, oio};
use opendal::{Metadata, OperationContext, Operator, Result};

use crate::forward::forward;

/// No path of a caller's holds it, and it is no white space.
const GUARD: &str = "\0";

/// Whether the core would alter a path.
pub fn is_needed(path: &str) -> bool {
    path.trim().len() != path.len()
}

/// The same path, such that the core leaves it as it is.
pub fn guarded(path: &Arc<str>) -> Arc<str> {
    if !is_needed(path) {
        return Arc::clone(path);
    }
    let blank = char::is_whitespace;
    let (front, back) = (path.starts_with(blank), path.ends_with(blank));
    let guard = |needed| if needed { GUARD } else { "" };
    format!("{}{path}{}", guard(front), guard(back)).into()
}

/// The path that was guarded.
pub fn bare(path: &str) -> &str {
    let path = path.strip_prefix(GUARD).unwrap_or(path);
    path.strip_suffix(GUARD).unwrap_or(path)
}

/// An operator that takes guarded paths.
pub fn operator(operator: Operator) -> Operator {
    operator.layer(Bare)
}

#[derive(Debug)]
struct Bare;

impl Layer for Bare {
    fn apply_service(&self, inner: Servicer) -> Servicer {
        Arc::new(BareService(inner))
    }
}

struct BareService(Servicer);

impl fmt::Debug for BareService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Service for BareService {
    type Reader = oio::Reader;
    type Writer = oio::Writer;
    type Lister = oio::Lister;
    type Deleter = Bared<oio::Deleter>;
    type Copier = oio::Copier;
    type Composer = Bared<oio::Composer>;

    forward!(0, bare);

    fn read(&self, context: &OperationContext, path: &str, options: OpRead) -> Result<oio::Reader> {
        self.0.read(context, bare(path), options)
    }

    fn write(
        &self,
        context: &OperationContext,
        path: &str,
        options: OpWrite,
    ) -> Result<oio::Writer> {
        self.0.write(context, bare(path), options)
    }

    fn delete(&self, context: &OperationContext) -> Result<Self::Deleter> {
        self.0.delete(context).map(Bared)
    }

    fn list(&self, context: &OperationContext, path: &str, options: OpList) -> Result<oio::Lister> {
        self.0.list(context, bare(path), options)
    }

    fn compose(
        &self,
        context: &OperationContext,
        to: &str,
        options: OpCompose,
    ) -> Result<Self::Composer> {
        self.0.compose(context, bare(to), options).map(Bared)
    }
}

/// What takes paths of its own later.
pub struct Bared<T>(T);

impl oio::Delete for Bared<oio::Deleter> {
    async fn delete(&mut self, path: &str, options: OpDelete) -> Result<()> {
        oio::Delete::delete(&mut self.0, bare(path), options).await
    }

    async fn close(&mut self) -> Result<()> {
        oio::Delete::close(&mut self.0).await
    }
}

impl oio::Compose for Bared<oio::Composer> {
    async fn compose(&mut self, path: &str, options: OpRead) -> Result<()> {
        oio::Compose::compose(&mut self.0, bare(path), options).await
    }

    async fn close(&mut self) -> Result<Metadata> {
        oio::Compose::close(&mut self.0).await
    }
}
