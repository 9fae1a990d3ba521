//! Listings of names and kinds, without a stat of each name.

use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    static NAMES_ONLY: Cell<bool> = const { Cell::new(false) };
}

/// Listings that begin on this thread while it lives say names and kinds, and nothing else.
///
/// opendal has no way to say so in a call, and asks for the stat of each entry whose kind is not
/// known. So the kind is what the directory itself says, a size is 0 and a time is missing, **which
/// both are not true**: whoever sets this must not show them. It must live while
/// `Service::list` is called; the listing may go on without it, also on another thread.
///
/// Links are still looked at, as they are listed as what they lead to, and so are names of which
/// the directory says no kind. Others are listed even if they are removed at that moment.
#[derive(Debug)]
#[must_use = "it counts only as long as it lives"]
pub struct NamesOnly {
    before: bool,
    /// It speaks of one thread, so it must not move to another.
    not_send: PhantomData<*const ()>,
}

impl NamesOnly {
    pub fn new() -> Self {
        Self { before: NAMES_ONLY.replace(true), not_send: PhantomData }
    }
}

impl Default for NamesOnly {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for NamesOnly {
    fn drop(&mut self) {
        NAMES_ONLY.set(self.before);
    }
}

/// Runs `f`, and listings that begin in it say names and kinds only. See [`NamesOnly`].
pub fn names_only<T>(f: impl FnOnce() -> T) -> T {
    let _names = NamesOnly::new();
    f()
}

/// Whether a listing that begins on this thread now is one of names only.
pub(crate) fn is_names_only() -> bool {
    NAMES_ONLY.get()
}
