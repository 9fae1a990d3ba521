//! What the attributes of a field say: aliases, a new name, deprecation.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, LitStr};

use super::Problem;

#[derive(Debug, Default)]
pub struct Attributes {
    pub aliases: Vec<String>,
    pub renamed: Option<String>,
    pub skipped: bool,
    pub deprecated: Option<String>,
}

pub fn read(attributes: &[Attribute]) -> Result<Attributes, Problem> {
    let mut found = Attributes::default();
    for attribute in attributes {
        if attribute.path().is_ident("serde") {
            attribute.parse_nested_meta(|meta| serde(&meta, &mut found))?;
        } else if attribute.path().is_ident("deprecated") {
            found.deprecated = Some(deprecated_since(attribute)?);
        } else if attribute.path().is_ident("cfg") {
            return Err(Problem::at(attribute, "a conditional field is not supported"));
        }
    }
    Ok(found)
}

/// Refuses what would change the names of all fields.
pub fn check_struct(attributes: &[Attribute]) -> Result<(), Problem> {
    for attribute in attributes.iter().filter(|each| each.path().is_ident("serde")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("default") && meta.input.is_empty() {
                return Ok(());
            }
            Err(meta.error("this serde attribute of the struct is not supported"))
        })?;
    }
    Ok(())
}

fn serde(meta: &ParseNestedMeta<'_>, found: &mut Attributes) -> syn::Result<()> {
    if meta.path.is_ident("alias") {
        found.aliases.push(meta.value()?.parse::<LitStr>()?.value());
    } else if meta.path.is_ident("rename") {
        found.renamed = Some(meta.value()?.parse::<LitStr>()?.value());
    } else if meta.path.is_ident("skip") {
        found.skipped = true;
    } else if meta.path.is_ident("skip_serializing_if") {
        meta.value()?.parse::<LitStr>()?;
    } else if !meta.path.is_ident("default") || meta.input.peek(syn::Token![=]) {
        return Err(meta.error("this serde attribute is not supported"));
    }
    Ok(())
}

fn deprecated_since(attribute: &Attribute) -> Result<String, Problem> {
    let mut since = None;
    attribute.parse_nested_meta(|meta| {
        let value = meta.value()?.parse::<LitStr>()?.value();
        if meta.path.is_ident("since") {
            since = Some(value);
        }
        Ok(())
    })?;
    since.ok_or_else(|| Problem::at(attribute, "it does not say since when it is deprecated"))
}
