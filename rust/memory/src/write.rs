//! Writing: what was written is an object from one moment on, when the writer is closed.

use std::sync::Arc;

use opendal::raw::{OpRead, OpWrite, oio};
use opendal::{Buffer, BytesRange, Error, ErrorKind, Metadata, Result};

use crate::conditions::Conditions;
use crate::object::{Attributes, join};
use crate::read::MemoryReader;
use crate::store::Store;

/// A write under way.
pub struct MemoryWriter {
    store: Arc<Store>,
    path: Arc<str>,
    options: OpWrite,
    /// None once it is closed or given up.
    held: Option<Vec<Buffer>>,
}

impl MemoryWriter {
    pub(crate) fn new(store: Arc<Store>, path: &str, options: OpWrite) -> Self {
        Self { store, path: Arc::from(path), options, held: Some(Vec::new()) }
    }

    fn hold(&mut self, buffer: Buffer) -> Result<()> {
        self.held.as_mut().ok_or_else(over)?.push(buffer);
        Ok(())
    }
}

impl oio::Write for MemoryWriter {
    async fn write(&mut self, buffer: Buffer) -> Result<()> {
        self.hold(buffer)
    }

    async fn copy_from(&mut self, path: &str, options: OpRead, range: BytesRange) -> Result<()> {
        let reader = MemoryReader::new(&self.store, path, &options)?;
        let (_, part) = oio::Read::read(&reader, range).await?;
        self.hold(part)
    }

    async fn close(&mut self) -> Result<Metadata> {
        let Self { store, path, options, .. } = self;
        let new = join(self.held.take().ok_or_else(over)?);
        let conditions = Conditions::from(&*options);
        let attributes = Attributes::from(&*options);
        store.change(|state| {
            let found = state.get(path).cloned();
            conditions.check(found.as_deref())?;
            match found.filter(|_| options.append()) {
                None => Ok(store.put(state, path, new.clone(), &attributes)),
                Some(object) => {
                    let whole = join([object.content.clone(), new.clone()]);
                    let attributes = attributes.clone().or(Attributes::of(&object.metadata));
                    Ok(store.put(state, path, whole, &attributes))
                }
            }
        })
    }

    async fn abort(&mut self) -> Result<()> {
        self.held = None;
        Ok(())
    }
}

fn over() -> Error {
    Error::new(ErrorKind::Unexpected, "the writer is closed or was given up").set_permanent()
}
