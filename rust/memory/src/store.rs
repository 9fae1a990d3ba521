//! The store: one map that changes as a whole.

use std::cmp::Reverse;
use std::hash::{BuildHasher, RandomState};
use std::ops::Bound;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use opendal::Result;
use rpds::RedBlackTreeMapSync;

use crate::object::Object;

/// All versions of all objects: by path, then the newest first.
pub(crate) type History = RedBlackTreeMapSync<(Arc<str>, Reverse<u64>), Arc<Object>>;

/// What the store holds at one moment. A copy is cheap: it shares everything.
#[derive(Clone)]
pub(crate) struct State {
    /// The objects that a path leads to.
    pub(crate) objects: RedBlackTreeMapSync<Arc<str>, Arc<Object>>,
    /// With versions: every object there is, those that are current and what marks a deletion
    /// included.
    pub(crate) history: History,
    /// The number of the last change.
    pub(crate) last: u64,
}

impl State {
    pub(crate) fn get(&self, path: &str) -> Option<&Arc<Object>> {
        self.objects.get(path)
    }

    /// The paths that begin so, in order.
    pub(crate) fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Arc<str>> {
        let range = self.objects.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        range.map(|(path, _)| path).take_while(move |path| path.starts_with(prefix))
    }

    /// The versions of a path, the newest first.
    pub(crate) fn versions<'a>(
        &'a self,
        path: &Arc<str>,
    ) -> impl Iterator<Item = (u64, &'a Arc<Object>)> + use<'a> {
        let range = (Arc::clone(path), Reverse(u64::MAX))..=(Arc::clone(path), Reverse(0));
        self.history.range(range).map(|((_, number), object)| (number.0, object))
    }
}

pub(crate) struct Store {
    state: ArcSwap<State>,
    /// Whether older versions are kept.
    pub(crate) keeps: bool,
    /// Part of each etag, so that those of two stores differ.
    name: u32,
}

impl Store {
    pub(crate) fn new(keeps: bool) -> Self {
        let state =
            State { objects: RedBlackTreeMapSync::default(), history: History::default(), last: 0 };
        let name = RandomState::new().hash_one(std::process::id());
        Self { state: ArcSwap::from_pointee(state), keeps, name: (name >> 32) as u32 }
    }

    /// The store as it is now, for a look that takes a moment.
    pub(crate) fn look(&self) -> Guard<Arc<State>> {
        self.state.load()
    }

    /// The store as it is now, to be kept.
    pub(crate) fn snapshot(&self) -> Arc<State> {
        self.state.load_full()
    }

    /// The etag of the object that a change makes.
    pub(crate) fn etag(&self, number: u64) -> String {
        format!("\"{:08x}{number:x}\"", self.name)
    }

    /// Makes a change, all of it at one moment. Where another one came between, `change` is asked
    /// again, with the store as that left it. On an error nothing has changed.
    pub(crate) fn change<T>(&self, mut change: impl FnMut(&mut State) -> Result<T>) -> Result<T> {
        loop {
            let now = self.state.load();
            let mut next = State::clone(&now);
            let result = change(&mut next)?;
            let before = self.state.compare_and_swap(&*now, Arc::new(next));
            if Arc::ptr_eq(&before, &now) {
                return Ok(result);
            }
        }
    }
}
