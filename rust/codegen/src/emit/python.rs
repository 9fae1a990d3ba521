//! How types, defaults and prose are spelled in Python.

use std::fmt::Write as _;

use crate::model::{Kind, Service, ServiceOption, Value};

const WIDTH: usize = 100;

/// The imports that the types of some options want, in the order that ruff keeps.
pub fn imports<'a>(options: impl Iterator<Item = &'a ServiceOption> + Clone) -> String {
    let uses = |kinds: &[Kind]| options.clone().any(|option| kinds.contains(&option.kind));
    let mut text = String::new();
    match (uses(&[Kind::Map]), uses(&[Kind::List])) {
        (true, true) => text.push_str("from collections.abc import Mapping, Sequence\n"),
        (true, false) => text.push_str("from collections.abc import Mapping\n"),
        (false, true) => text.push_str("from collections.abc import Sequence\n"),
        (false, false) => {}
    }
    if uses(&[Kind::Seconds, Kind::Duration]) {
        text.push_str("from datetime import timedelta\n");
    }
    if uses(&[Kind::Path]) {
        text.push_str("from os import PathLike\n");
    }
    text
}

/// A keyword of a typed constructor.
pub struct Keyword {
    pub name: String,
    /// Further keys that mean the same in a mapping.
    pub aliases: Vec<String>,
    pub annotation: String,
    pub default: String,
    pub words: String,
}

/// The options, and what takes a credential provider; the deprecated ones last.
pub fn keywords(service: &Service) -> Vec<Keyword> {
    let of = |option: &ServiceOption| Keyword {
        name: option.field.name.clone(),
        aliases: option.field.aliases.clone(),
        annotation: annotation(option),
        default: default(option),
        words: description(option),
    };
    let provider = service.credential_words().map(|words| Keyword {
        name: "credential_provider".to_owned(),
        aliases: Vec::new(),
        annotation: "CredentialProvider | None".to_owned(),
        default: "None".to_owned(),
        words,
    });
    let (old, new): (Vec<_>, Vec<_>) =
        service.options.iter().partition(|option| option.field.deprecated.is_some());
    new.into_iter().map(of).chain(provider).chain(old.into_iter().map(of)).collect()
}

/// The annotation of an option, `None` included where it may be left out.
pub fn annotation(option: &ServiceOption) -> String {
    let bare = match option.kind {
        Kind::Text => "str",
        Kind::Path => "str | PathLike[str]",
        Kind::Bool => "bool",
        Kind::Integer => "int",
        Kind::Float => "float",
        Kind::Map => "Mapping[str, str]",
        Kind::List => "Sequence[str]",
        Kind::Seconds | Kind::Duration => "float | timedelta",
    };
    if default(option) == "None" { format!("{bare} | None") } else { bare.to_owned() }
}

/// The default of a parameter. A deprecated option is not sent unless it is given.
pub fn default(option: &ServiceOption) -> String {
    if option.field.deprecated.is_some() {
        return "None".to_owned();
    }
    match &option.field.default {
        Value::None | Value::Empty => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Text(text) => quoted(text),
    }
}

/// A Python string literal.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A tuple of strings; one member needs its comma.
pub fn tuple<'a>(members: impl Iterator<Item = &'a str>) -> String {
    let members: Vec<_> = members.map(quoted).collect();
    match &members[..] {
        [one] => format!("({one},)"),
        many => format!("({})", many.join(", ")),
    }
}

/// What an option means, and since when it should no longer be used.
pub fn description(option: &ServiceOption) -> String {
    match &option.field.deprecated {
        Some(version) => {
            let words = format!("Deprecated since opendal-core {version}. {}", option.description);
            words.trim_end().to_owned()
        }
        None => option.description.clone(),
    }
}

/// Prose in lines of at most 100 columns; lines after the first are `hang` deeper.
pub fn wrap(words: &str, indent: usize, hang: usize) -> String {
    let mut text = String::new();
    let mut line = " ".repeat(indent);
    let mut empty = true;
    for word in words.split(' ') {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(text, "{line}");
            line = " ".repeat(indent + hang);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    let _ = writeln!(text, "{line}");
    text
}
