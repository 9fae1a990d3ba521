//! The extras of the main distribution, which are written by hand: they must fit the wheels.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::emit::Version;
use crate::error::{Error, Result};
use crate::model::Service;

#[derive(Deserialize)]
struct Manifest {
    project: Project,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Project {
    optional_dependencies: BTreeMap<String, Vec<String>>,
}

/// Every wheel wants an extra of its name, and a place in `all`.
pub fn check(root: &Path, services: &[Service], version: &Version) -> Result<()> {
    let path = root.join("pyproject.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| Error::at(&path, error))?;
    let manifest: Manifest =
        toml::from_str(&text).map_err(|error| Error::at(&path, error.message()))?;
    let extras = manifest.project.optional_dependencies;
    let wheels: Vec<_> = services.iter().filter(|service| service.wheel).collect();
    let mut wanted: BTreeMap<_, _> = wheels
        .iter()
        .map(|service| {
            let requirement = format!("{}{}", service.distribution(), version.range());
            (service.scheme.clone(), vec![requirement])
        })
        .collect();
    let names: Vec<_> = wheels.iter().map(|service| service.scheme.as_str()).collect();
    wanted.insert("all".to_owned(), vec![format!("opendal[{}]", names.join(","))]);
    for (name, requirements) in wanted {
        if extras.get(&name) != Some(&requirements) {
            let line = format!("the extra should be: {name} = {requirements:?}");
            return Err(Error::new(format!("pyproject.toml: {line}")));
        }
    }
    Ok(())
}
