//! Making one object of several.

use std::sync::Arc;

use opendal::raw::{OpCompose, OpRead, oio};
use opendal::{Error, ErrorKind, Metadata, Result};

use crate::conditions::Conditions;
use crate::object::{Attributes, Object, join};
use crate::store::Store;

/// An object that is put together of whole others.
pub struct MemoryComposer {
    store: Arc<Store>,
    path: Arc<str>,
    options: OpCompose,
    sources: Vec<Arc<Object>>,
}

impl MemoryComposer {
    pub(crate) fn new(store: Arc<Store>, path: &str, options: OpCompose) -> Self {
        Self { store, path: Arc::from(path), options, sources: Vec::new() }
    }
}

impl oio::Compose for MemoryComposer {
    async fn compose(&mut self, path: &str, options: OpRead) -> Result<()> {
        let source = self.store.look().find(path, options.version())?;
        Conditions::from(&options).check_found(&source)?;
        self.sources.push(source);
        Ok(())
    }

    async fn close(&mut self) -> Result<Metadata> {
        let Self { store, path, options, sources } = self;
        if sources.is_empty() {
            let message = "an object is composed of at least one other";
            return Err(Error::new(ErrorKind::ConfigInvalid, message).set_permanent());
        }
        let whole = join(sources.drain(..).map(|source| source.content.clone()));
        let attributes = Attributes::from(&*options);
        store.change(|state| {
            Conditions::from(&*options).check(state.get(path).map(AsRef::as_ref))?;
            Ok(store.put(state, path, whole.clone(), &attributes))
        })
    }
}
