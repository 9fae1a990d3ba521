//! `opendal.services.Scheme`: the compiled services as an enum.

use std::fmt::Write as _;

use super::HEADER;
use crate::model::Service;

pub fn text(services: &[Service]) -> String {
    let mut text = format!(
        "# {HEADER}\n\
         \"\"\"The services that the core is built with.\"\"\"\n\n\
         from enum import StrEnum\n\n\n\
         class Scheme(StrEnum):\n    \
             \"\"\"A service that the core is built with. A member is also the scheme's text.\"\"\"\n\n"
    );
    for service in services {
        let _ = writeln!(text, "    {} = \"{}\"", service.camel(), service.scheme);
    }
    text.push_str(
        "\n    def __int__(self) -> int:\n        \
             \"\"\"Give the member's position; it changes when services are added.\"\"\"\n        \
             return list(type(self)).index(self)\n",
    );
    text
}
