//! Where in a listing a directory is.

use std::sync::Arc;

/// A directory on the way to an entry, so that links which lead back are not followed for ever.
#[derive(Debug)]
pub(crate) struct Above {
    device: libc::dev_t,
    inode: libc::ino_t,
    up: Option<Arc<Above>>,
}

/// A directory that is listed, or still to be.
#[derive(Debug)]
pub(crate) struct Place {
    /// Empty for the root, else with a `/` at its end.
    pub(crate) prefix: String,
    pub(crate) above: Option<Arc<Above>>,
}

impl Place {
    /// The place of a directory in this one.
    pub(crate) fn below(&self, prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), above: self.above.clone() }
    }

    /// Whether this directory, whose stat it is, is on the way to itself.
    pub(crate) fn is_circle(&self, stat: &libc::stat) -> bool {
        let mut next = self.above.as_ref();
        while let Some(this) = next {
            if (this.device, this.inode) == (stat.st_dev, stat.st_ino) {
                return true;
            }
            next = this.up.as_ref();
        }
        false
    }

    /// Puts this directory on the way to what is below it.
    pub(crate) fn enter(&mut self, stat: &libc::stat) {
        let up = self.above.take();
        self.above = Some(Arc::new(Above { device: stat.st_dev, inode: stat.st_ino, up }));
    }
}
