//! Copying and renaming, within the store.

use std::sync::Arc;

use opendal::raw::{OpCopy, OpRename};
use opendal::{Metadata, Result};

use crate::conditions::Conditions;
use crate::object::Attributes;
use crate::store::Store;

pub(crate) fn copy(store: &Store, from: &str, to: &str, options: &OpCopy) -> Result<Metadata> {
    let to = Arc::from(to);
    store.change(|state| {
        let source = state.find(from, options.source_version())?;
        Conditions::from(options).check(state.get(&to).map(AsRef::as_ref))?;
        let attributes = Attributes::of(&source.metadata);
        Ok(store.put(state, &to, source.content.clone(), &attributes))
    })
}

pub(crate) fn rename(store: &Store, from: &str, to: &str, options: &OpRename) -> Result<()> {
    let (from, to) = (Arc::from(from), Arc::from(to));
    store.change(|state| {
        let source = state.find(&from, None)?;
        let conditions = Conditions::new_only(options.if_not_exists());
        conditions.check(state.get(&to).map(AsRef::as_ref))?;
        let attributes = Attributes::of(&source.metadata);
        store.put(state, &to, source.content.clone(), &attributes);
        store.take(state, &from);
        Ok(())
    })
}
