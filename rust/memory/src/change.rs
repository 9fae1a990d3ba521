//! The changes that everything else is made of.

use std::cmp::Reverse;
use std::sync::Arc;

use opendal::raw::Timestamp;
use opendal::{Buffer, Error, ErrorKind, Metadata, MetadataBuilder, Result};

use crate::object::{Attributes, Object};
use crate::store::{State, Store};

impl Store {
    /// Puts an object where a path leads, in place of what was there.
    pub(crate) fn put(
        &self,
        state: &mut State,
        path: &Arc<str>,
        content: Buffer,
        attributes: &Attributes,
    ) -> Metadata {
        let mut metadata = if path.ends_with('/') {
            MetadataBuilder::dir()
        } else {
            MetadataBuilder::file(content.len() as u64)
        };
        attributes.put(&mut metadata);
        state.last += 1;
        metadata.etag(self.etag(state.last));
        let metadata = self.dated(state.last, metadata);
        let object = Arc::new(Object { content, metadata: metadata.clone() });
        self.keep(state, path, &object);
        state.objects.insert_mut(Arc::clone(path), object);
        metadata
    }

    /// Takes away what a path leads to. With versions, a mark says so.
    pub(crate) fn take(&self, state: &mut State, path: &Arc<str>) {
        if !state.objects.remove_mut(path.as_ref()) && !self.keeps {
            return;
        }
        if self.keeps {
            state.last += 1;
            let mut metadata = MetadataBuilder::file(0);
            if path.ends_with('/') {
                metadata.set_dir();
            }
            metadata.is_deleted(true);
            let metadata = self.dated(state.last, metadata);
            self.keep(state, path, &Arc::new(Object { content: Buffer::new(), metadata }));
        }
    }

    fn keep(&self, state: &mut State, path: &Arc<str>, object: &Arc<Object>) {
        if self.keeps {
            state.history.insert_mut((Arc::clone(path), Reverse(state.last)), Arc::clone(object));
        }
    }

    fn dated(&self, number: u64, mut metadata: MetadataBuilder) -> Metadata {
        metadata.last_modified(Timestamp::now());
        if self.keeps {
            metadata.version(version(number));
        }
        metadata.build()
    }
}

impl State {
    /// Takes away one version for good. What was before it, if that is the newest one now, is
    /// where the path leads.
    pub(crate) fn forget(&mut self, path: &Arc<str>, version: &str) {
        let Some(number) = number_of(version) else { return };
        if !self.history.remove_mut(&(Arc::clone(path), Reverse(number))) {
            return;
        }
        let newest = self.versions(path).next().map(|(_, object)| Arc::clone(object));
        match newest.filter(|object| !object.metadata.is_deleted()) {
            Some(object) => {
                self.objects.insert_mut(Arc::clone(path), object);
            }
            None => {
                self.objects.remove_mut(path.as_ref());
            }
        }
    }

    /// The object that a path leads to, or one of its versions.
    pub(crate) fn find(&self, path: &str, version: Option<&str>) -> Result<Arc<Object>> {
        let found = match version {
            None => self.get(path),
            Some(version) => number_of(version)
                .and_then(|number| self.history.get(&(Arc::from(path), Reverse(number))))
                .filter(|object| !object.metadata.is_deleted()),
        };
        found.cloned().ok_or_else(|| {
            let message = match version {
                None => "there is no such object",
                Some(_) => "there is no such version of the object",
            };
            Error::new(ErrorKind::NotFound, message).set_permanent()
        })
    }
}

/// How a version is called: of one length, so that their names sort as they were made.
fn version(number: u64) -> String {
    format!("{number:016x}")
}

fn number_of(version: &str) -> Option<u64> {
    u64::from_str_radix(version, 16).ok().filter(|number| self::version(*number) == version)
}
