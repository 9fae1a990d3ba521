//! Which services are compiled, and where their sources are: asked of cargo.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::error::{Error, Result};

const PREFIX: &str = "opendal-service-";
/// Services of this repository, in crates named `opendal-<scheme>`.
const OURS: [&str; 2] = ["fs", "memory"];

#[derive(Debug, Deserialize)]
pub struct Metadata {
    packages: Vec<Package>,
    pub workspace_root: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
}

/// What is called like a service, but is only what some of them share.
const SHARED: [&str; 1] = ["azure-common"];

/// The source files of a service that matter here.
#[derive(Debug)]
pub struct Sources {
    /// Holds the configuration struct.
    pub config: PathBuf,
    /// Names the schemes under which the service is registered.
    pub module: PathBuf,
}

impl Metadata {
    /// Asks cargo about the workspace or package in `directory`.
    pub fn read(directory: &Path) -> Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version", "1"])
            .current_dir(directory)
            .output()
            .map_err(|error| Error::new(format!("cargo cannot be run: {error}")))?;
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            let line = stderr.lines().find(|line| line.starts_with("error")).unwrap_or("error");
            return Err(Error::new(format!("cargo metadata failed: {line}")));
        }
        serde_json::from_slice(&output.stdout)
            .map_err(|error| Error::new(format!("cargo metadata cannot be read: {error}")))
    }

    /// The sources of every service in the graph, by scheme. Memory has no crate of its own.
    pub fn services(&self) -> Result<BTreeMap<String, Sources>> {
        let mut found = BTreeMap::new();
        for package in &self.packages {
            if let Some(scheme) = package.name.strip_prefix(PREFIX)
                && !SHARED.contains(&scheme)
            {
                let source = package.directory()?.join("src");
                let sources =
                    Sources { config: source.join("config.rs"), module: source.join("lib.rs") };
                found.insert(scheme.to_owned(), sources);
            }
        }
        for scheme in OURS {
            let source = self.package(&format!("opendal-{scheme}"))?.directory()?.join("src");
            let sources =
                Sources { config: source.join("config.rs"), module: source.join("lib.rs") };
            found.insert(scheme.to_owned(), sources);
        }
        Ok(found)
    }

    /// Every service that opendal could be built with.
    pub fn possible(&self) -> Result<Vec<&str>> {
        let dependencies = &self.package("opendal")?.dependencies;
        let schemes = dependencies.iter().filter_map(|each| each.name.strip_prefix(PREFIX));
        let mut schemes: Vec<_> = schemes.chain(["memory"]).collect();
        schemes.sort_unstable();
        Ok(schemes)
    }

    /// The version of opendal in the graph.
    pub fn opendal_version(&self) -> Result<&str> {
        Ok(&self.package("opendal")?.version)
    }

    /// The version of this repository's packages.
    pub fn our_version(&self) -> Result<&str> {
        Ok(&self.package(env!("CARGO_PKG_NAME"))?.version)
    }

    fn package(&self, name: &str) -> Result<&Package> {
        let package = self.packages.iter().find(|package| package.name == name);
        package.ok_or_else(|| Error::new(format!("{name} is not in cargo's dependency graph")))
    }
}

impl Package {
    fn directory(&self) -> Result<&Path> {
        let directory = self.manifest_path.parent();
        directory.ok_or_else(|| Error::at(&self.manifest_path, "a manifest without a directory"))
    }
}

/// Has cargo fetch a service that is not compiled (yet), and gives its sources.
pub fn fetch(workspace: &Path, scheme: &str, version: &str) -> Result<Sources> {
    let directory = workspace.join("target/codegen").join(scheme);
    let manifest = format!(
        "[package]\nname = \"fetch\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\n{PREFIX}{scheme} = \"={version}\"\nopendal-core = \"={version}\"\n"
    );
    let write = |name: &str, text: &str| {
        let path = directory.join(name);
        let parent = path.parent().unwrap_or(&directory);
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, text))
            .map_err(|error| Error::at(&path, error))
    };
    write("Cargo.toml", &manifest)?;
    write("src/lib.rs", "")?;
    let mut services = Metadata::read(&directory)?.services()?;
    services.remove(scheme).ok_or_else(|| Error::new(format!("cargo has no sources of {scheme}")))
}
