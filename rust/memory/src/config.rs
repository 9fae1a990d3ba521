//! How the service is set up.

use opendal::raw::{Service, normalize_root};
use opendal::{Builder, Configurator, Result};
use serde::{Deserialize, Serialize};

use crate::service::MemoryService;

/// The options of the service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MemoryConfig {
    /// The prefix that every path starts from.
    pub root: Option<String>,
    /// Whether what is overwritten or deleted is kept as an older version.
    pub versions: bool,
}

impl Configurator for MemoryConfig {
    type Builder = MemoryBuilder;

    fn into_builder(self) -> MemoryBuilder {
        MemoryBuilder { config: self, built: None }
    }
}

/// Builds the service; each one built has a store of its own.
#[derive(Debug, Clone, Default)]
pub struct MemoryBuilder {
    config: MemoryConfig,
    built: Option<MemoryService>,
}

/// Builds nothing anew.
impl From<MemoryService> for MemoryBuilder {
    fn from(service: MemoryService) -> Self {
        Self { config: MemoryConfig::default(), built: Some(service) }
    }
}

impl MemoryBuilder {
    /// See [`MemoryConfig::root`].
    #[must_use]
    pub fn root(mut self, root: &str) -> Self {
        self.config.root = Some(root.to_owned());
        self
    }

    /// See [`MemoryConfig::versions`].
    #[must_use]
    pub fn versions(mut self, versions: bool) -> Self {
        self.config.versions = versions;
        self
    }
}

impl MemoryBuilder {
    /// The service, with a store of its own.
    #[must_use]
    pub fn service(self) -> MemoryService {
        if let Some(built) = self.built {
            return built;
        }
        let root = normalize_root(self.config.root.as_deref().unwrap_or("/"));
        MemoryService::new(&root, self.config.versions)
    }
}

impl Builder for MemoryBuilder {
    type Config = MemoryConfig;

    fn build(self) -> Result<impl Service> {
        Ok(self.service())
    }
}
