//! The table of services for the crate `opendal-rules`.

use std::fmt::Write as _;

use super::{HEADER, grouped};
use crate::model::{Service, ServiceOption};

pub fn text(services: &[Service]) -> String {
    let mut text = format!(
        "// {HEADER}\n\nuse super::{{Kind, Service, ServiceOption}};\n\n\
         #[rustfmt::skip]\npub(super) static SERVICES: &[Service] = &[\n"
    );
    for service in services {
        let Service { scheme, aliases, uri, atomic, credentials, options, .. } = service;
        let largest = match service.largest {
            Some(largest) => format!("Some({})", grouped(largest, '_')),
            None => "None".to_owned(),
        };
        let _ = write!(
            text,
            "    Service {{\n        scheme: {scheme:?},\n        aliases: &{aliases:?},\n        \
             uri: {uri:?},\n        largest: {largest},\n        \
             atomic: {atomic},\n        credentials: &{credentials:?},\n        options: &[\n"
        );
        for option in options {
            text.push_str(&line(option));
        }
        text.push_str("        ],\n    },\n");
    }
    text.push_str("];\n");
    text
}

fn line(option: &ServiceOption) -> String {
    let ServiceOption { field, kind, secret, required, .. } = option;
    let (name, aliases, deprecated) = (&field.name, &field.aliases, &field.deprecated);
    format!(
        "            ServiceOption {{ name: {name:?}, aliases: &{aliases:?}, kind: Kind::{kind:?}, \
         secret: {secret}, required: {required}, deprecated: {deprecated:?} }},\n"
    )
}
