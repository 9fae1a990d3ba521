//! Deleting and bringing back.

use std::sync::Arc;

use opendal::raw::{OpDelete, OpRestore, oio};
use opendal::{Error, ErrorKind, Result};
use opendal_rules::pause::pause;

use crate::conditions::Conditions;
use crate::object::Attributes;
use crate::store::{State, Store};

/// So many objects of a directory go in one change, so that others get their turn.
const AT_ONCE: usize = 256;

/// Deletes one path at a time.
pub struct MemoryDeleter {
    store: Arc<Store>,
}

impl MemoryDeleter {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

impl oio::OneShotDelete for MemoryDeleter {
    async fn delete_once(&self, path: String, options: OpDelete) -> Result<()> {
        let store = &*self.store;
        let path: Arc<str> = Arc::from(path);
        store.change(|state| {
            let version = options.version();
            let found = match version {
                None => state.get(&path).cloned(),
                Some(_) => state.find(&path, version).ok(),
            };
            Conditions::from(&options).check(found.as_deref())?;
            match version {
                // A mark for what was not there would only make the history longer.
                None if found.is_none() => {}
                None => store.take(state, &path),
                Some(version) => state.forget(&path, version),
            }
            Ok(())
        })?;
        if options.recursive() {
            let prefix = match path.as_ref() {
                "/" => String::new(),
                path => format!("{}/", path.trim_end_matches('/')),
            };
            let mut batches = 0;
            while store.change(|state| Ok(empty(store, state, &prefix)))? {
                batches += 1;
                if batches % 16 == 0 {
                    // Who waits for a directory of a million may want to stop.
                    pause().await;
                }
            }
        }
        Ok(())
    }
}

/// Takes away some of what is in a directory; false when nothing is left.
fn empty(store: &Store, state: &mut State, prefix: &str) -> bool {
    let some: Vec<_> = state.below(prefix).take(AT_ONCE).cloned().collect();
    for path in &some {
        store.take(state, path);
    }
    some.len() == AT_ONCE
}

/// Brings a deleted object back, or one of its versions.
pub(crate) fn restore(store: &Store, path: &str, options: &OpRestore) -> Result<()> {
    let path: Arc<str> = Arc::from(path);
    store.change(|state| {
        let current = state.get(&path).map(AsRef::as_ref);
        Conditions::new_only(options.if_not_exists()).check(current)?;
        if let Some(version) = options.version() {
            let object = state.find(&path, Some(version))?;
            let attributes = Attributes::of(&object.metadata);
            store.put(state, &path, object.content.clone(), &attributes);
            return Ok(());
        }
        if current.is_some() {
            return Ok(());
        }
        // Without the marks above it, the newest object is where the path leads again.
        let versions = state.versions(&path);
        let marks = versions.take_while(|(_, object)| object.metadata.is_deleted());
        let marks: Vec<_> =
            marks.filter_map(|(_, object)| object.metadata.version().map(str::to_owned)).collect();
        for mark in marks {
            state.forget(&path, &mark);
        }
        if state.get(&path).is_none() {
            let message = "there is no deleted object of that path";
            return Err(Error::new(ErrorKind::NotFound, message).set_permanent());
        }
        Ok(())
    })
}
