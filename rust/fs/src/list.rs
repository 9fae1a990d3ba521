//! Listing: a page of a directory at a time, with the stat of each name.
//!
//! A link is listed as what it leads to. One that leads nowhere, in a circle or out of the root
//! is not listed, as nothing can be read through it. Temporaries are not listed either.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use opendal::raw::{OpList, oio};
use opendal::{EntryMode, Error, ErrorKind, Result};

use crate::core::Core;
use crate::here::{Stint, breathe, run};
use crate::sys::dirents::{Directory, Kind};
use crate::sys::{self, beneath};
use crate::{error, metadata, path, sweep};

/// A directory on the way to an entry, so that links which lead back are not followed for ever.
struct Above {
    device: libc::dev_t,
    inode: libc::ino_t,
    up: Option<Arc<Above>>,
}

impl Above {
    fn has(above: Option<&Arc<Self>>, stat: &libc::stat) -> bool {
        let mut next = above;
        while let Some(this) = next {
            if (this.device, this.inode) == (stat.st_dev, stat.st_ino) {
                return true;
            }
            next = this.up.as_ref();
        }
        false
    }
}

/// A directory that is still to be listed.
struct Waiting {
    /// Empty for the root, else with a `/` at its end.
    prefix: String,
    above: Option<Arc<Above>>,
}

/// The directory that is being listed.
struct Current {
    directory: Directory,
    prefix: String,
    above: Option<Arc<Above>>,
}

/// Everything that a page needs, so that it can go to the pool and back.
struct Listing {
    core: Arc<Core>,
    recursive: bool,
    /// How names in the first directory must begin.
    start: Option<String>,
    waiting: Vec<Waiting>,
    current: Option<Current>,
    entries: VecDeque<Result<oio::Entry>>,
    first: bool,
}

/// A listing under way.
pub struct FsLister {
    core: Arc<Core>,
    state: State,
    stint: Stint,
    /// What the pages came to since a pause was last thought of.
    steps: usize,
}

enum State {
    Going(Box<Listing>),
    /// A page failed or was given up. What is left cannot be told from what was listed, so there
    /// must not seem to be nothing left.
    Lost,
    Over,
}

impl FsLister {
    pub(crate) fn new(core: Arc<Core>, target: &str, options: &OpList) -> Result<Self> {
        let relative = path::relative(target)?;
        let (directory, start) = if relative.is_empty() || target.ends_with('/') {
            (relative.as_ref(), None)
        } else {
            // No directory, but how paths begin.
            let (directory, start) = path::split(&relative);
            (directory, Some(start.to_owned()))
        };
        let mut prefix = directory.to_owned();
        if !prefix.is_empty() {
            prefix.push('/');
        }
        let listing = Listing {
            core: Arc::clone(&core),
            recursive: options.recursive(),
            start,
            waiting: vec![Waiting { prefix, above: None }],
            current: None,
            entries: VecDeque::new(),
            first: true,
        };
        Ok(Self { core, state: State::Going(Box::new(listing)), stint: Stint::default(), steps: 0 })
    }
}

impl oio::List for FsLister {
    async fn next(&mut self) -> Result<Option<oio::Entry>> {
        loop {
            if let State::Going(listing) = &mut self.state
                && let Some(entry) = listing.entries.pop_front()
            {
                return entry.map(Some);
            }
            let here = self.core.here();
            // Before anything is taken: who gives up here and asks again misses nothing.
            if here && self.stint.is_over(std::mem::take(&mut self.steps)) {
                breathe().await;
            }
            let mut listing = match std::mem::replace(&mut self.state, State::Lost) {
                State::Going(listing) => listing,
                State::Lost => return Err(lost()),
                State::Over => {
                    self.state = State::Over;
                    return Ok(None);
                }
            };
            let page = run(here, move |_| Ok(listing.page()?.then_some(listing)));
            if let Some(listing) = page.await? {
                self.steps += listing.entries.len() + 1;
                self.state = State::Going(listing);
            } else {
                self.state = State::Over;
            }
        }
    }
}

impl Listing {
    /// Reads a page more; false when there is none.
    fn page(&mut self) -> Result<bool> {
        if self.current.is_none() && !self.enter()? {
            return Ok(false);
        }
        let Some(mut current) = self.current.take() else { return Ok(true) };
        let mut found = Vec::new();
        let more = current.directory.page(|dir, name, kind| {
            if !sweep::is_temporary(name) {
                found.push(self.entry(&current.prefix, current.above.as_ref(), dir, name, kind));
            }
        });
        let more = more.map_err(error::call)?;
        for (entry, below) in found.into_iter().flatten() {
            self.entries.push_back(entry);
            if self.recursive {
                self.waiting.extend(below);
            }
        }
        if more {
            self.current = Some(current);
        } else {
            // What must be a prefix was one of names in the first directory only.
            self.start = None;
        }
        Ok(true)
    }

    /// Opens the next directory; false when there is none.
    fn enter(&mut self) -> Result<bool> {
        while let Some(Waiting { prefix, above }) = self.waiting.pop() {
            let first = std::mem::take(&mut self.first);
            let flags = libc::O_RDONLY | libc::O_DIRECTORY;
            let fd = match self.core.root.get(prefix.trim_end_matches('/'), flags) {
                Ok(fd) => fd,
                // It is missing, or was removed since it was seen.
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
                {
                    continue;
                }
                Err(error) => return Err(error),
            };
            let stat = sys::fstat(fd.as_fd()).map_err(error::call)?;
            if Above::has(above.as_ref(), &stat) {
                continue;
            }
            if first && self.start.is_none() {
                // The core takes an empty path for the root.
                let entry = oio::Entry::new(&prefix, metadata::of(&stat).build());
                self.entries.push_back(Ok(entry));
            }
            let above = self
                .recursive
                .then(|| Arc::new(Above { device: stat.st_dev, inode: stat.st_ino, up: above }));
            self.current = Some(Current { directory: Directory::new(fd), prefix, above });
            return Ok(true);
        }
        Ok(false)
    }

    /// The entry of a name, and what is below it.
    #[allow(clippy::type_complexity)]
    fn entry(
        &self,
        prefix: &str,
        above: Option<&Arc<Above>>,
        dir: BorrowedFd<'_>,
        name: &[u8],
        kind: Kind,
    ) -> Option<(Result<oio::Entry>, Option<Waiting>)> {
        let Ok(text) = std::str::from_utf8(name) else {
            return Some((Err(not_utf8(prefix, name)), None));
        };
        if self.start.as_ref().is_some_and(|start| !text.starts_with(start.as_str())) {
            return None;
        }
        let mut path = String::with_capacity(prefix.len() + text.len() + 1);
        path.push_str(prefix);
        path.push_str(text);
        let stat = match self.stat(&path, dir, name, kind) {
            Ok(stat) => stat?,
            Err(error) => return Some((Err(error), None)),
        };
        let mut below = None;
        if metadata::mode(&stat) == EntryMode::DIR {
            path.push('/');
            below = self.recursive.then(|| Waiting { prefix: path.clone(), above: above.cloned() });
        }
        Some((Ok(oio::Entry::with(path, metadata::of(&stat).build())), below))
    }

    /// The stat of an entry, or none if there is nothing to list.
    fn stat(
        &self,
        path: &str,
        dir: BorrowedFd<'_>,
        name: &[u8],
        kind: Kind,
    ) -> Result<Option<libc::stat>> {
        if kind != Kind::Link {
            match sys::lstatat(dir, name) {
                Ok(stat) if metadata::is(&stat, libc::S_IFLNK) => {}
                Ok(stat) => return Ok(Some(stat)),
                // It was removed since it was read.
                Err(error) if error.raw_os_error() == Some(libc::ENOENT) => return Ok(None),
                Err(error) => return Err(error::call(error)),
            }
        }
        match self.core.root.get(path, beneath::PATH) {
            Ok(file) => sys::fstat(file.as_fd()).map(Some).map_err(error::call),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Unexpected, "the listing failed before and cannot go on").set_permanent()
}

fn not_utf8(prefix: &str, name: &[u8]) -> Error {
    let name = name.escape_ascii();
    Error::new(ErrorKind::Unexpected, "a name in the directory is not UTF-8, so no path names it")
        .set_permanent()
        .with_context("directory", if prefix.is_empty() { "/" } else { prefix })
        .with_context("name", name.to_string())
}
