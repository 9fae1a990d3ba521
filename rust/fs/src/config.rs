//! How the service is set up.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use opendal::raw::Service;
use opendal::{Builder, Configurator, Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use crate::core::Core;
use crate::service::FsService;

/// The options of the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FsConfig {
    /// The directory beneath which everything is. It is made if it is missing.
    pub root: Option<String>,
    /// Where temporary files are made, instead of beside the object that they become. It must be
    /// on the file system of the root.
    pub atomic_write_dir: Option<String>,
    /// Whether data and names are on the disk before a write counts as done.
    pub durable: bool,
    /// Whether paths and links that lead out of the root are refused.
    pub confine: bool,
    /// Whether a sync caller's own thread makes the system calls.
    pub inline: bool,
}

impl Default for FsConfig {
    fn default() -> Self {
        Self { root: None, atomic_write_dir: None, durable: false, confine: true, inline: true }
    }
}

impl Configurator for FsConfig {
    type Builder = FsBuilder;

    fn into_builder(self) -> FsBuilder {
        FsBuilder { config: self }
    }
}

/// Builds the service.
#[derive(Debug, Clone, Default)]
pub struct FsBuilder {
    config: FsConfig,
}

impl FsBuilder {
    /// See [`FsConfig::root`].
    #[must_use]
    pub fn root(mut self, root: &str) -> Self {
        self.config.root = Some(root.to_owned()).filter(|root| !root.is_empty());
        self
    }

    /// See [`FsConfig::atomic_write_dir`].
    #[must_use]
    pub fn atomic_write_dir(mut self, directory: &str) -> Self {
        self.config.atomic_write_dir = Some(directory.to_owned()).filter(|dir| !dir.is_empty());
        self
    }

    /// See [`FsConfig::durable`].
    #[must_use]
    pub fn durable(mut self, durable: bool) -> Self {
        self.config.durable = durable;
        self
    }

    /// See [`FsConfig::confine`].
    #[must_use]
    pub fn confine(mut self, confine: bool) -> Self {
        self.config.confine = confine;
        self
    }

    /// See [`FsConfig::inline`].
    #[must_use]
    pub fn inline(mut self, inline: bool) -> Self {
        self.config.inline = inline;
        self
    }
}

impl Builder for FsBuilder {
    type Config = FsConfig;

    fn build(self) -> Result<impl Service> {
        let config = self.config;
        let root = config.root.as_deref().filter(|root| !root.is_empty()).ok_or_else(|| {
            Error::new(ErrorKind::ConfigInvalid, "fs needs the option 'root', a directory")
        })?;
        let root = absolute(root)?;
        let temporaries = match config.atomic_write_dir.as_deref() {
            Some(directory) if !directory.is_empty() => Some(absolute(directory)?),
            _ => None,
        };
        let core = Core::open(&root, temporaries.as_deref(), &config)?;
        Ok(FsService::new(Arc::new(core)))
    }
}

/// A relative root means what it means now, also after the process changes its directory.
fn absolute(path: &str) -> Result<PathBuf> {
    std::path::absolute(Path::new(path)).map_err(crate::error::call)
}
