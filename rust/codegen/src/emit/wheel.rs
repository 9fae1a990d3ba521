//! The package inside a service's wheel: two typed classes and the entry point's object.

use std::fmt::Write as _;

use super::HEADER;
use super::python::{annotation, default, description, imports, tuple, wrap};
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
         from opendal.services import Service\n\n\
         __all__ = [\n    \"SERVICE\",\n",
        service.title,
        service.summary,
        imports(service.options.iter()),
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
    for option in &service.options {
        let (name, annotation) = (&option.field.name, annotation(option));
        let _ = writeln!(text, "        {name}: {annotation} = {},", default(option));
    }
    text.push_str("    ) -> None:\n");
    text.push_str(&init_docstring(service));
    let _ = writeln!(text, "        super().__init__(\n            \"{scheme}\",");
    for option in &service.options {
        let _ = writeln!(text, "            {0}={0},", option.field.name);
    }
    let _ = write!(
        text,
        "        )\n\n    \
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

fn init_docstring(service: &Service) -> String {
    let mut text =
        format!("        \"\"\"Make an operator on {}.\n\n        Args:\n", service.title);
    for option in &service.options {
        let words = format!("{}: {}", option.field.name, description(option));
        text.push_str(&wrap(&words, 12, 4));
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
