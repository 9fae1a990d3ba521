//! The package inside a service's wheel: two typed classes and the entry point's object.

use std::fmt::Write as _;

use super::HEADER;
use super::python::{Keyword, imports, keywords, tuple, wrap};
use crate::model::Service;

/// The two classes and the seeds' names for them.
pub fn class_names(service: &Service) -> Vec<String> {
    ["Operator", "AsyncOperator", "PyOperator", "PyAsyncOperator"]
        .map(|end| service.camel() + end)
        .into()
}

pub fn text(service: &Service) -> String {
    let camel = service.camel();
    let mut names = class_names(service);
    names.sort_unstable();
    let mut text = format!(
        "# {HEADER}\n\"\"\"Typed operators on {}: {}.\"\"\"\n\n{}\
         from typing import TYPE_CHECKING, ClassVar\n\n\
         from opendal.operator import AsyncOperator, Operator\n\
         from opendal.services import Service\n{}\n\
         __all__ = [\n    \"SERVICE\",\n",
        service.title,
        service.summary,
        imports(service.options.iter()),
        service.credential_words().map_or("", |_| "from opendal.types import CredentialProvider\n"),
    );
    for name in &names {
        let _ = writeln!(text, "    \"{name}\",");
    }
    text.push_str("]\n");
    text.push_str(&class(service, "Operator", "AsyncOperator", "to_async_operator"));
    text.push_str(&class(service, "AsyncOperator", "Operator", "to_operator"));
    let _ = write!(
        text,
        "\n\n\
         {camel}Operator.twin = {camel}AsyncOperator\n\
         {camel}AsyncOperator.twin = {camel}Operator\n\n\
         {camel}PyOperator = {camel}Operator\n\
         {camel}PyAsyncOperator = {camel}AsyncOperator\n\n\
         SERVICE = Service(\n    \
             operator={camel}Operator,\n    \
             async_operator={camel}AsyncOperator,\n    \
             schemes={},\n)\n",
        tuple(service.schemes())
    );
    text
}

fn class(service: &Service, base: &str, twin: &str, to_twin: &str) -> String {
    let (camel, scheme) = (service.camel(), &service.scheme);
    let calls = if base == "Operator" { "calls wait" } else { "calls are awaited" };
    let mut text = format!(
        "\n\nclass {camel}{base}({base}):\n    \
             \"\"\"An operator on {title} whose {calls}.\n\n    \
             Example:\n        \
                 >>> from {package} import {camel}{base}\n        \
                 {made}\n        \
                 >>> op.scheme\n        \
                 '{scheme}'\n    \
             \"\"\"\n\n    \
             schemes: ClassVar[tuple[str, ...]] = {schemes}\n\n    \
             def __init__(\n        self,\n        *,\n",
        title = service.title,
        package = service.package(),
        made = made(&format!("{camel}{base}"), &service.example),
        schemes = tuple(service.schemes()),
    );
    for Keyword { name, annotation, default, .. } in keywords(service) {
        let _ = writeln!(text, "        {name}: {annotation} = {default},");
    }
    text.push_str("    ) -> None:\n");
    text.push_str(&init_docstring(service));
    text.push_str(&init_body(service));
    let _ = write!(
        text,
        "\n    \
             if TYPE_CHECKING:\n\n        \
                 def {to_twin}(self) -> \"{camel}{twin}\": ...\n"
    );
    text
}

/// The line of a docstring's example that makes an operator; three of them where it is long.
fn made(class: &str, example: &str) -> String {
    let line = format!(">>> op = {class}({example})");
    if line.len() <= 92 {
        return line;
    }
    format!(">>> op = {class}(\n        ...     {example}\n        ... )")
}

/// The call of the native constructor. A traceback may be shown with the variables of its frames, so
/// those that are secret are gone by then.
fn init_body(service: &Service) -> String {
    let secret: Vec<_> =
        service.options.iter().filter(|option| option.may_hold_a_secret()).collect();
    // Deeper where there is something to forget.
    let indent = if secret.is_empty() { 8 } else { 12 };
    let mut text = String::new();
    if !secret.is_empty() {
        text.push_str("        try:\n");
    }
    let _ = writeln!(text, "{:indent$}super().__init__(", "");
    let _ = writeln!(text, "{:indent$}    \"{}\",", "", service.scheme);
    for Keyword { name, .. } in keywords(service) {
        let _ = writeln!(text, "{:indent$}    {name}={name},", "");
    }
    let _ = writeln!(text, "{:indent$})", "");
    if !secret.is_empty() {
        text.push_str("        except BaseException:\n");
        text.push_str("            # A traceback can show the variables of its frames.\n");
        for option in secret {
            let _ = writeln!(text, "            del {}", option.field.name);
        }
        text.push_str("            raise\n");
    }
    text
}

fn init_docstring(service: &Service) -> String {
    let mut text =
        format!("        \"\"\"Make an operator on {}.\n\n        Args:\n", service.title);
    for Keyword { name, words, .. } in keywords(service) {
        text.push_str(&wrap(&format!("{name}: {words}"), 12, 4));
    }
    text.push_str("\n        Raises:\n");
    for words in [
        "ConfigInvalid: A value is not allowed, or one that the service needs is missing. \
         Also a ValueError.",
        "InvalidArgument: A value has the wrong type. Also a TypeError.",
    ] {
        text.push_str(&wrap(words, 12, 4));
    }
    text.push_str("        \"\"\"\n");
    text
}
