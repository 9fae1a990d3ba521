//! Listing: a page of a directory at a time, with the stat of each name if it is asked for.
//!
//! A link is listed as what it leads to. One that leads nowhere, in a circle or out of the root
//! is not listed, as nothing can be read through it. Temporaries are not listed either.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use opendal::raw::{OpList, oio};
use opendal::{EntryMode, Error, ErrorKind, MetadataBuilder, Result};
use opendal_rules::pause::pause;

use crate::core::Core;
use crate::here::{Stint, run};
use crate::place::Place;
use crate::sys::dirents::{Directory, Kind};
use crate::sys::{self, beneath};
use crate::{error, metadata, names, path, sweep};

/// The directory that is being listed.
struct Current {
    directory: Directory,
    place: Place,
}

/// Everything that a page needs, so that it can go to the pool and back.
struct Listing {
    core: Arc<Core>,
    recursive: bool,
    /// Whether the kinds that the directory says are enough.
    names_only: bool,
    /// How names in the first directory must begin.
    start: Option<String>,
    waiting: Vec<Place>,
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
            names_only: names::is_names_only(),
            start,
            waiting: vec![Place { prefix, above: None }],
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
                pause().await;
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
        // Taken out, as the rest is only looked at meanwhile.
        let mut entries = std::mem::take(&mut self.entries);
        let mut waiting = std::mem::take(&mut self.waiting);
        let more = current.directory.page(|dir, name, kind| {
            if !sweep::is_temporary(name)
                && let Some(entry) =
                    self.entry(&current.place, dir, name, kind, &mut waiting).transpose()
            {
                entries.push_back(entry);
            }
        });
        (self.entries, self.waiting) = (entries, waiting);
        let more = more.map_err(error::call)?;
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
        while let Some(mut place) = self.waiting.pop() {
            let first = std::mem::take(&mut self.first);
            let flags = libc::O_RDONLY | libc::O_DIRECTORY;
            let fd = match self.core.root.get(place.prefix.trim_end_matches('/'), flags) {
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
            if place.is_circle(&stat) {
                continue;
            }
            if first && self.start.is_none() {
                // The core takes an empty path for the root.
                let entry = oio::Entry::new(&place.prefix, self.describe(&stat).build());
                self.entries.push_back(Ok(entry));
            }
            if self.recursive {
                place.enter(&stat);
            }
            self.current = Some(Current { directory: Directory::new(fd), place });
            return Ok(true);
        }
        Ok(false)
    }

    /// The entry of a name, if it is listed; what is below it waits.
    fn entry(
        &self,
        place: &Place,
        dir: BorrowedFd<'_>,
        name: &[u8],
        kind: Kind,
        waiting: &mut Vec<Place>,
    ) -> Result<Option<oio::Entry>> {
        let prefix = &place.prefix;
        let text = std::str::from_utf8(name).map_err(|_| not_utf8(prefix, name))?;
        if self.start.as_ref().is_some_and(|start| !text.starts_with(start.as_str())) {
            return Ok(None);
        }
        let mut path = String::with_capacity(prefix.len() + text.len() + 1);
        path.push_str(prefix);
        path.push_str(text);
        let metadata = match kind {
            Kind::Directory if self.names_only => MetadataBuilder::dir(),
            Kind::File if self.names_only => MetadataBuilder::file(0),
            _ => match self.stat(&path, dir, name, kind)? {
                Some(stat) => self.describe(&stat),
                None => return Ok(None),
            },
        };
        let metadata = metadata.build();
        if metadata.is_dir() {
            path.push('/');
            if self.recursive {
                waiting.push(place.below(&path));
            }
        }
        Ok(Some(oio::Entry::with(path, metadata)))
    }

    /// What a listing says of something. One of names alone never says more of a link than of
    /// what it leads to.
    fn describe(&self, stat: &libc::stat) -> MetadataBuilder {
        match metadata::mode(stat) {
            EntryMode::FILE if self.names_only => MetadataBuilder::file(0),
            EntryMode::DIR if self.names_only => MetadataBuilder::dir(),
            _ => metadata::of(stat),
        }
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
