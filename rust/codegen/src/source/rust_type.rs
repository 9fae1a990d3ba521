//! From a field's Rust type to its kind.

use syn::{GenericArgument, PathArguments, PathSegment, Type};

use super::Problem;
use crate::model::Kind;

/// The kind, and whether the field is an `Option`.
pub fn read(ty: &Type) -> Result<(Kind, bool), Problem> {
    if let Some(segment) = last_segment(ty)
        && segment.ident == "Option"
        && let [inner] = arguments(segment)[..]
    {
        return Ok((kind(inner)?, true));
    }
    Ok((kind(ty)?, false))
}

fn kind(ty: &Type) -> Result<Kind, Problem> {
    let known = last_segment(ty).and_then(|segment| {
        let inner: Vec<_> = arguments(segment).into_iter().map(name).collect();
        let inner: Vec<_> = inner.iter().map(String::as_str).collect();
        match (segment.ident.to_string().as_str(), inner.as_slice()) {
            ("String", []) => Some(Kind::Text),
            ("bool", []) => Some(Kind::Bool),
            (
                "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize",
                [],
            ) => Some(Kind::Integer),
            ("f32" | "f64", []) => Some(Kind::Float),
            ("HashMap" | "BTreeMap", ["String", "String"]) => Some(Kind::Map),
            ("Vec", ["String"]) => Some(Kind::List),
            ("SignedDuration", []) => Some(Kind::Duration),
            _ => None,
        }
    });
    known.ok_or_else(|| {
        let message = format!("the type `{}` is not known: add it to rust_type.rs", name(ty));
        Problem::at(ty, message)
    })
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        _ => None,
    }
}

fn arguments(segment: &PathSegment) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return Vec::new();
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

/// The type as one would write it, without the spaces between tokens.
fn name(ty: &Type) -> String {
    quote::quote!(#ty).to_string().replace(' ', "")
}
