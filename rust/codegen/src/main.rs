//! Generates the typed service packages from the Rust configuration of the compiled services.

mod emit;
mod error;
mod extras;
mod files;
mod metadata;
mod model;
mod nearest;
mod source;
mod suite;
mod table;

use std::path::Path;
use std::process::ExitCode;

use emit::Version;
use error::{Error, Result};
use files::Output;
use metadata::Metadata;
use model::Service;
use suite::Suite;

const USAGE: &str = "usage: opendal-codegen generate | check | new NAME";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["generate"] => generate(),
        ["check"] => check(),
        ["new", name] => new(name),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn generate() -> Result<()> {
    let metadata = metadata()?;
    let changed = files::write(&metadata.workspace_root, &outputs(&metadata)?)?;
    for path in &changed {
        println!("{}", path.display());
    }
    println!("{} generated files changed", changed.len());
    Ok(())
}

fn check() -> Result<()> {
    let metadata = metadata()?;
    let drifted = files::drifted(&metadata.workspace_root, &outputs(&metadata)?)?;
    for path in &drifted {
        println!("{}", path.display());
    }
    if drifted.is_empty() {
        return Ok(());
    }
    Err(Error::new("these generated files have drifted: run `just generate`"))
}

/// Makes the table for a service that is to be added.
fn new(name: &str) -> Result<()> {
    let scheme = name.to_lowercase().replace('_', "-");
    let metadata = metadata()?;
    let root = &metadata.workspace_root;
    let path = table::path(&scheme);
    if root.join(&path).exists() {
        return Err(Error::at(&path, "exists already"));
    }
    let possible = metadata.possible()?;
    if !possible.contains(&scheme.as_str()) {
        let hint = match nearest::nearest(&scheme, &possible) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are: {}", possible.join(", ")),
        };
        return Err(Error::new(format!("opendal has no service `{scheme}`; {hint}")));
    }
    let compiled = metadata.services()?.remove(&scheme);
    let is_compiled = compiled.is_some();
    let sources = match compiled {
        Some(sources) => sources,
        None => metadata::fetch(root, &scheme, metadata.opendal_version()?)?,
    };
    let config = source::read(&scheme, &sources)?;
    let target = root.join(&path);
    std::fs::write(&target, table::skeleton(&config)).map_err(|error| Error::at(&target, error))?;

    println!("{} is new. Next:", path.display());
    if !is_compiled {
        println!("- Cargo.toml: add \"services-{scheme}\" to the features of opendal");
    }
    println!("- {}: fill in what is empty, in our own words", path.display());
    println!("- just generate (it names what is still missing, the extra in pyproject.toml too)");
    Ok(())
}

fn metadata() -> Result<Metadata> {
    Metadata::read(Path::new("."))
}

fn outputs(metadata: &Metadata) -> Result<Vec<Output>> {
    let root = &metadata.workspace_root;
    let text = metadata.our_version()?;
    let version = Version::parse(text)
        .ok_or_else(|| Error::new(format!("the version `{text}` is not three numbers")))?;
    let license = root.join("LICENSE");
    let license = std::fs::read_to_string(&license).map_err(|error| Error::at(&license, error))?;
    let services = services(metadata)?;
    extras::check(root, &services, &version)?;
    let suite = Suite::read(root, &services)?;
    Ok(emit::all(&services, &suite, &version, &license))
}

/// The compiled services with their tables, in alphabetical order.
fn services(metadata: &Metadata) -> Result<Vec<Service>> {
    let root = &metadata.workspace_root;
    let compiled = metadata.services()?;
    for scheme in table::schemes(root)? {
        if !compiled.contains_key(&scheme) {
            let hint = format!("not compiled: add \"services-{scheme}\" to Cargo.toml's opendal");
            return Err(Error::at(&table::path(&scheme), hint));
        }
    }
    let read = |(scheme, sources): (&String, _)| table::read(root, source::read(scheme, sources)?);
    compiled.iter().map(read).collect()
}
