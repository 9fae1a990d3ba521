//! The tables of our own words: one file a service, `rust/codegen/services/<scheme>.toml`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::{Field, Kind, RustConfig, Service, ServiceOption};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    title: String,
    /// What follows is for the wheel.
    #[serde(default)]
    summary: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    example: String,
    uri: String,
    #[serde(default)]
    aliases: Vec<String>,
    largest: Option<u64>,
    #[serde(default)]
    wheel: bool,
    /// An object appears whole at the end of its write, or not at all.
    #[serde(default)]
    atomic: bool,
    /// What a credential provider may give, by the names of options.
    #[serde(default)]
    credentials: Vec<String>,
    #[serde(default)]
    options: BTreeMap<String, Words>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    #[serde(default)]
    description: String,
    /// The environment variables that are read where the option is not given, in their order.
    #[serde(default)]
    env: Vec<String>,
    #[serde(default)]
    secret: bool,
    /// The service cannot be set up without it.
    #[serde(default)]
    required: bool,
    /// Deprecated in Rust, but opendal itself gives it a meaning.
    #[serde(default)]
    ours: bool,
    /// The Python type, where it is richer than the Rust one.
    #[serde(rename = "type")]
    kind: Option<String>,
}

pub fn directory() -> PathBuf {
    PathBuf::from("rust/codegen/services")
}

pub fn path(scheme: &str) -> PathBuf {
    directory().join(format!("{scheme}.toml"))
}

/// The schemes that have a table.
pub fn schemes(root: &Path) -> Result<Vec<String>> {
    let directory = root.join(directory());
    let entries = std::fs::read_dir(&directory).map_err(|error| Error::at(&directory, error))?;
    let mut schemes = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Error::at(&directory, error))?.path();
        if path.extension().is_some_and(|extension| extension == "toml")
            && let Some(scheme) = path.file_stem().and_then(|stem| stem.to_str())
        {
            schemes.push(scheme.to_owned());
        }
    }
    schemes.sort_unstable();
    Ok(schemes)
}

/// Reads a service's table and joins it to the facts.
pub fn read(root: &Path, config: RustConfig) -> Result<Service> {
    let path = path(&config.scheme);
    let text = match std::fs::read_to_string(root.join(&path)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let hint = format!("missing: run `just new-service {}`", config.scheme);
            return Err(Error::at(&path, hint));
        }
        Err(error) => return Err(Error::at(&path, error)),
    };
    join(&text, config).map_err(|problem| Error::at(&path, problem))
}

fn join(text: &str, config: RustConfig) -> Result<Service, String> {
    let mut table: Table = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text[..start].matches('\n').count() + 1;
        format!("line {line}: {}", error.message())
    })?;
    check_words("title", &table.title)?;
    if table.wheel {
        check_words("summary", &table.summary)?;
    }
    if table.wheel && (table.example.is_empty() || table.example.contains(['\n', '\\'])) {
        return Err("`example` should be arguments of the constructor, in one line".to_owned());
    }
    let names = std::iter::once(&config.scheme).chain(&table.aliases);
    for scheme in &config.schemes {
        if !names.clone().any(|name| name == scheme) {
            return Err(format!("the alias `{scheme}` is missing"));
        }
    }
    let mut options = Vec::new();
    for field in config.fields {
        let words = match table.options.remove(&field.name) {
            Some(words) => words,
            // What has no wheel is for those who know the service: names and types will do.
            None if !table.wheel => {
                let kind = (field.name == "root").then(|| "path".to_owned());
                Words { kind, ..Words::default() }
            }
            None => return Err(format!("the option `{}` is not described", field.name)),
        };
        options.push(option(field, words, table.wheel)?);
    }
    if let Some(name) = table.options.keys().next() {
        return Err(format!("`{name}` is described, but is no option of the service"));
    }
    for name in &table.credentials {
        // Signed with a token, a request to Azure has none of the options.
        if name != "token" && !options.iter().any(|option| option.field.name == *name) {
            return Err(format!("the credential `{name}` is no option of the service"));
        }
    }
    options.sort_by_key(|option| option.field.deprecated.is_some());
    Ok(Service {
        scheme: config.scheme,
        aliases: table.aliases,
        title: table.title,
        summary: table.summary,
        note: table.note,
        example: table.example,
        uri: table.uri,
        largest: table.largest,
        wheel: table.wheel,
        atomic: table.atomic,
        credentials: table.credentials,
        options,
    })
}

fn option(mut field: Field, words: Words, wheel: bool) -> Result<ServiceOption, String> {
    if words.ours && field.deprecated.take().is_none() {
        return Err(format!("`{}` is not deprecated, so `ours` has no meaning", field.name));
    }
    let name = &field.name;
    if wheel || !words.description.is_empty() {
        check_words(name, &words.description)?;
        if !words.description.ends_with('.') {
            return Err(format!("the description of `{name}` does not end in a full stop"));
        }
    }
    let kind = match (words.kind.as_deref(), field.kind) {
        (None, kind) => kind,
        (Some("path"), Kind::Text) => Kind::Path,
        (Some("duration"), Kind::Integer) => Kind::Seconds,
        (Some(other), kind) => {
            return Err(format!("`{name}`: the type `{other}` cannot stand for {kind:?}"));
        }
    };
    let mut description = words.description;
    if let Some((last, others)) = words.env.split_last() {
        let mut names =
            others.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        if !names.is_empty() {
            names.push_str(" or ");
        }
        let _ = write!(description, " Not given, it is read from {names}`{last}`.");
    }
    Ok(ServiceOption { field, kind, description, secret: words.secret, required: words.required })
}

/// Words end up in Python docstrings and Markdown: one line, nothing to escape.
fn check_words(name: &str, words: &str) -> Result<(), String> {
    if words.trim().is_empty() {
        return Err(format!("`{name}` is empty: say what it means, in your own words"));
    }
    if words.trim() != words || words.contains(['\n', '\\', '"']) {
        return Err(format!("`{name}` has a line break, a backslash, a quote or outer spaces"));
    }
    Ok(())
}

/// A new table, with everything that has to be filled in left empty.
pub fn skeleton(config: &RustConfig) -> String {
    let aliases: Vec<_> = config.schemes.iter().filter(|each| **each != config.scheme).collect();
    let mut text = format!(
        "# {}: what it is and what its options mean, in our own words (never copied).\n\
         # An option may also have: env = [\"VARIABLE\"], secret = true, required = true, ours = true,\n\
         # type = \"path\" | \"duration\".\n\n\
         title = \"\"\n\
         summary = \"\"  # what it stores on, to follow the title and a colon\n\
         example = ''  # arguments that make an operator without a server: root=\"a\"\n\
         uri = \"\"  # what a URI says, part by part, such as bucket/root; see rust/rules/src/uri.rs\n\
         aliases = {aliases:?}\n\
         wheel = true\n\
         atomic = false  # whether an object appears whole at the end of its write\n\
         credentials = []  # the options that a credential provider may give\n",
        config.scheme
    );
    for field in &config.fields {
        let Field { name, kind, deprecated, .. } = field;
        let note = match deprecated {
            Some(version) => format!("{kind:?}, deprecated since {version}"),
            None => format!("{kind:?}"),
        };
        let _ = write!(text, "\n[options.{name}] # {note}\ndescription = \"\"\n");
    }
    text
}

#[cfg(test)]
mod tests;
