//! `opendal.config`: the configuration of each compiled service as a `TypedDict`.

use std::fmt::Write as _;

use super::HEADER;
use super::python::{annotation, description, imports, wrap};
use crate::model::Service;

pub fn text(services: &[Service]) -> String {
    let mut names: Vec<_> = services.iter().map(name).collect();
    names.push("ServiceConfig".to_owned());
    names.sort_unstable();
    let mut text = format!(
        "# {HEADER}\n\
         \"\"\"What `from_config` takes: one typed mapping per service. Calling one gives a dict.\"\"\"\n\n\
         {}from typing import Literal, Required, TypeAlias, TypedDict\n\n\
         from opendal.options import CredentialProvider\n\n__all__ = [\n",
        imports(services.iter().flat_map(|service| &service.options)),
    );
    for name in &names {
        let _ = writeln!(text, "    \"{name}\",");
    }
    text.push_str("]\n");
    for service in services {
        text.push_str(&class(service));
    }
    text.push_str("\n\n");
    text.push_str(&union(services));
    text.push_str(
        "\"\"\"The configuration of any compiled service; `scheme` says of which.\"\"\"\n",
    );
    text
}

fn name(service: &Service) -> String {
    format!("{}Config", service.camel())
}

fn class(service: &Service) -> String {
    let Service { scheme, title, .. } = service;
    let mut text = format!(
        "\n\nclass {}(TypedDict, total=False):\n    \"\"\"Configuration of {title}.\"\"\"\n\n    \
         scheme: Required[Literal[\"{scheme}\"]]\n",
        name(service)
    );
    for option in &service.options {
        let _ = writeln!(text, "    {}: {}", option.field.name, annotation(option));
        let words = description(option);
        if !words.is_empty() {
            text.push_str(&docstring(&words));
        }
    }
    if let Some(words) = service.credential_words() {
        text.push_str("    credential_provider: CredentialProvider | None\n");
        text.push_str(&docstring(&words));
    }
    text
}

/// On one line where it fits.
fn docstring(words: &str) -> String {
    let short = wrap(&format!("\"\"\"{words}\"\"\""), 4, 0);
    if short.lines().count() == 1 {
        return short;
    }
    let long = wrap(&format!("\"\"\"{words}"), 4, 0);
    format!("{long}    \"\"\"\n")
}

fn union(services: &[Service]) -> String {
    let names: Vec<_> = services.iter().map(name).collect();
    let short = format!("ServiceConfig: TypeAlias = {}\n", names.join(" | "));
    if short.len() <= 101 {
        return short;
    }
    format!("ServiceConfig: TypeAlias = (\n    {}\n)\n", names.join("\n    | "))
}
