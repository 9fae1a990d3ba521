//! What the tests say of services: on what the conformance suite runs, and what each service can do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::model::Service;

#[derive(Debug)]
pub struct Suite {
    /// By the names of the suite.
    pub places: BTreeMap<String, Place>,
    /// By scheme; a service that its options change has a name of its own besides.
    pub abilities: BTreeMap<String, Abilities>,
}

/// Where the suite runs over a service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The scheme, where the name is another.
    service: Option<String>,
    pub on: String,
    pub kind: Kind,
    /// What the service can do and this server does not.
    #[serde(default)]
    pub ignores: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Local,
    Server,
    Emulator,
}

/// What an operator says that it can do.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Abilities {
    pub can: BTreeSet<String>,
    /// What depends on where it runs, or on its options.
    #[serde(default)]
    pub may: BTreeSet<String>,
    #[serde(default)]
    pub limits: BTreeMap<String, u64>,
}

impl Suite {
    /// Reads the tables, which must speak of the compiled services, and of all of them.
    pub fn read(root: &Path, services: &[Service]) -> Result<Self> {
        let directory = PathBuf::from("tests/conformance");
        let places = directory.join("services.toml");
        let abilities = directory.join("capabilities.toml");
        let suite = Self { places: table(root, &places)?, abilities: table(root, &abilities)? };
        let schemes: BTreeSet<_> = services.iter().map(|service| service.scheme.as_str()).collect();
        for (name, place) in &suite.places {
            let scheme = place.scheme(name);
            if !schemes.contains(scheme) {
                return Err(Error::at(&places, format!("{name}: there is no service `{scheme}`")));
            }
        }
        let told: BTreeSet<_> = suite.abilities.keys().map(String::as_str).collect();
        if let Some(scheme) = schemes.difference(&told).next() {
            return Err(Error::at(&abilities, format!("what can `{scheme}` do?")));
        }
        Ok(suite)
    }

    /// What the suite runs a service on, by kind; empty where the service is compiled only.
    pub fn tested(&self, scheme: &str) -> BTreeSet<(Kind, &str)> {
        let places = self.places.iter().filter(|(name, place)| place.scheme(name) == scheme);
        places.map(|(_, place)| (place.kind, place.on.as_str())).collect()
    }

    /// Whether the suite runs over the service itself, and not at most over what resembles it.
    pub fn is_beta(&self, scheme: &str) -> bool {
        self.tested(scheme).iter().any(|(kind, _)| *kind != Kind::Emulator)
    }
}

impl Place {
    pub fn scheme<'a>(&'a self, name: &'a str) -> &'a str {
        self.service.as_deref().unwrap_or(name)
    }
}

fn table<T: DeserializeOwned>(root: &Path, path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(root.join(path)).map_err(|error| Error::at(path, error))?;
    toml::from_str(&text).map_err(|error| Error::at(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_an_emulator_stands_behind_is_no_beta() {
        let places = "
            [a-one]\nservice = 'a'\non = 'x'\nkind = 'emulator'
            [a-two]\nservice = 'a'\non = 'y'\nkind = 'server'
            [b]\non = 'x'\nkind = 'emulator'
            [c]\non = 'a file'\nkind = 'local'
        ";
        let places = toml::from_str(places).expect("a table of places");
        let suite = Suite { places, abilities: BTreeMap::new() };
        assert_eq!(["a", "b", "c", "d"].map(|it| suite.is_beta(it)), [true, false, true, false]);
        let tested: Vec<_> = suite.tested("a").into_iter().collect();
        assert_eq!(tested, [(Kind::Server, "y"), (Kind::Emulator, "x")]);
    }
}
