//! Listing: of the store as it was when the listing began.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::ops::Bound;
use std::sync::Arc;

use opendal::raw::{OpList, oio};
use opendal::{EntryMode, Metadata, MetadataBuilder, Result};

use crate::object::{Attributes, Object};
use crate::store::{State, Store};

/// So many entries are made ready at a time.
const PAGE: usize = 256;

/// A listing under way.
pub struct MemoryLister {
    state: Arc<State>,
    prefix: String,
    options: OpList,
    /// Whether it goes through all versions.
    versions: bool,
    ready: VecDeque<oio::Entry>,
    /// Where the next page starts; none at the end.
    next: Option<Bound<String>>,
}

impl MemoryLister {
    pub(crate) fn new(store: &Store, path: &str, options: OpList) -> Self {
        let prefix = if path == "/" { String::new() } else { path.to_owned() };
        let next = match options.start_after() {
            Some(after) if after >= prefix.as_str() => Bound::Excluded(after.to_owned()),
            _ => Bound::Included(prefix.clone()),
        };
        let (state, ready) = (store.snapshot(), VecDeque::new());
        let versions = options.versions() || options.deleted();
        Self { state, prefix, options, versions, ready, next: Some(next) }
    }

    /// Makes a page of entries ready.
    fn page(&mut self, start: Bound<String>) {
        let state = Arc::clone(&self.state);
        self.next = if self.versions {
            let start = match start {
                Bound::Included(path) => Bound::Included((path.into(), Reverse(u64::MAX))),
                Bound::Excluded(path) => Bound::Excluded((path.into(), Reverse(0))),
                Bound::Unbounded => Bound::Unbounded,
            };
            self.take(state.history.range((start, Bound::Unbounded)).map(|((p, _), o)| (p, o)))
        } else {
            let start = start.as_ref().map(String::as_str);
            self.take(state.objects.range::<str, _>((start, Bound::Unbounded)))
        };
    }

    /// Takes entries from a range of the store, and says where to go on.
    fn take<'a>(
        &mut self,
        range: impl Iterator<Item = (&'a Arc<str>, &'a Arc<Object>)>,
    ) -> Option<Bound<String>> {
        let mut last: Option<&Arc<str>> = None;
        let mut current = true;
        for (path, object) in range.take_while(|(path, _)| path.starts_with(&self.prefix)) {
            let newest = last != Some(path);
            // All versions of a path are on one page.
            if newest && self.ready.len() >= PAGE {
                return Some(Bound::Included(path.to_string()));
            }
            if newest {
                current = true;
            }
            last = Some(path);
            if let Some(end) = self.below(path) {
                let directory = &path[..end];
                if self.options.start_after() != Some(directory) {
                    let entry = oio::Entry::new(directory, MetadataBuilder::dir().build());
                    self.ready.push_back(entry);
                }
                // What else is in the directory is passed over: '0' follows '/'.
                return Some(Bound::Included(format!("{}0", &directory[..end - 1])));
            }
            let wanted = if object.metadata.is_deleted() {
                self.options.deleted()
            } else {
                current || self.options.versions()
            };
            if wanted {
                let mut metadata = if self.versions {
                    object.metadata.clone().into_builder()
                } else {
                    without_version(&object.metadata)
                };
                metadata.is_current(Some(current));
                self.ready.push_back(oio::Entry::new(path, metadata.build()));
            }
            current = false;
        }
        None
    }

    /// Where the name of a directory ends that a path is in, if the listing goes no deeper.
    fn below(&self, path: &str) -> Option<usize> {
        let start = self.prefix.len();
        if self.options.recursive() {
            return None;
        }
        path[start..].find('/').map(|slash| start + slash + 1)
    }
}

/// A listing of objects tells no versions, as nobody asked for one: to whom an entry is given would
/// take it for that version.
fn without_version(metadata: &Metadata) -> MetadataBuilder {
    if metadata.version().is_none() {
        return metadata.clone().into_builder();
    }
    let mut plain = match metadata.mode() {
        EntryMode::DIR => MetadataBuilder::dir(),
        _ => MetadataBuilder::file(metadata.content_length()),
    };
    Attributes::of(metadata).put(&mut plain);
    if let Some(modified) = metadata.last_modified() {
        plain.last_modified(modified);
    }
    if let Some(etag) = metadata.etag() {
        plain.etag(etag);
    }
    plain
}

impl oio::List for MemoryLister {
    async fn next(&mut self) -> Result<Option<oio::Entry>> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                return Ok(Some(entry));
            }
            let Some(start) = self.next.take() else { return Ok(None) };
            self.page(start);
        }
    }
}
