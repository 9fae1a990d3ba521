//! Reads a service's Rust configuration: names, types, defaults. Its sentences are left alone.

mod attributes;
mod default;
mod rust_type;

use std::path::Path;

use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Fields, Item, ItemStruct, Lit};

use crate::error::{Error, Result};
use crate::metadata::Sources;
use crate::model::{Field, RustConfig};

use default::Defaults;

pub fn read(scheme: &str, sources: &Sources) -> Result<RustConfig> {
    let config = parse_file(&sources.config)?;
    let module = parse_file(&sources.module)?;
    let fields =
        fields(&config.items).map_err(|problem| problem.in_file(scheme, &sources.config))?;
    let schemes = schemes(&module.items);
    if !schemes.iter().any(|registered| registered == scheme) {
        return Err(Error::at(&sources.module, format!("no constant names the scheme `{scheme}`")));
    }
    Ok(RustConfig { scheme: scheme.to_owned(), schemes, fields })
}

/// What is wrong, and at which line.
#[derive(Debug)]
pub struct Problem {
    line: usize,
    message: String,
}

impl Problem {
    pub fn at(node: &impl Spanned, message: impl Into<String>) -> Self {
        Self { line: node.span().start().line, message: message.into() }
    }

    fn in_file(self, scheme: &str, path: &Path) -> Error {
        let Self { line, message } = self;
        Error::new(format!("{scheme}: {}:{line}: {message}", path.display()))
    }
}

impl From<syn::Error> for Problem {
    fn from(error: syn::Error) -> Self {
        Self { line: error.span().start().line, message: error.to_string() }
    }
}

fn parse_file(path: &Path) -> Result<syn::File> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::at(path, error))?;
    syn::parse_file(&text).map_err(|error| Error::at(path, error))
}

fn fields(items: &[Item]) -> Result<Vec<Field>, Problem> {
    let config = config_struct(items)?;
    let Fields::Named(named) = &config.fields else {
        return Err(Problem::at(config, "the configuration's fields have no names"));
    };
    attributes::check_struct(&config.attrs)?;
    let defaults = Defaults::of(config, items)?;
    let mut fields = Vec::new();
    for field in &named.named {
        let found = attributes::read(&field.attrs)?;
        let Some(name) = &field.ident else { continue };
        if found.skipped {
            continue;
        }
        let name = name.to_string();
        let (kind, optional) = rust_type::read(&field.ty)?;
        fields.push(Field {
            default: defaults.get(&name, kind, optional, field)?,
            name: found.renamed.unwrap_or(name),
            aliases: found.aliases,
            kind,
            deprecated: found.deprecated,
        });
    }
    Ok(fields)
}

/// The one struct called `...Config`.
fn config_struct(items: &[Item]) -> Result<&ItemStruct, Problem> {
    let mut structs = items.iter().filter_map(|item| match item {
        Item::Struct(found) if found.ident.to_string().ends_with("Config") => Some(found),
        _ => None,
    });
    let first = structs.next().ok_or_else(|| Problem {
        line: 1,
        message: "there is no struct called `...Config`".to_owned(),
    })?;
    match structs.next() {
        Some(second) => Err(Problem::at(second, "there is a second struct called `...Config`")),
        None => Ok(first),
    }
}

/// The values of `pub const ..._SCHEME: &str`.
fn schemes(items: &[Item]) -> Vec<String> {
    let values = items.iter().filter_map(|item| match item {
        Item::Const(found) if found.ident.to_string().ends_with("_SCHEME") => match &*found.expr {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    values.collect()
}

#[cfg(test)]
mod tests;
