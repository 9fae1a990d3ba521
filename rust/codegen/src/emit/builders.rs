//! How the extension makes each service of the core from its options.

use std::fmt::Write as _;

use super::HEADER;
use crate::model::Service;

/// Services that the extension has of its own, so that the core's are not linked.
const OURS: [&str; 5] = ["fs", "ftp", "memcached", "memory", "redis"];

pub fn text(services: &[Service]) -> String {
    let mut text = format!(
        "// {HEADER}\n//! How each service of the core is made of its options.\n\n\
         use std::collections::HashMap;\n\n\
         use opendal::{{Configurator, Operator, Result, services}};\n\n\
         type Options = HashMap<String, String>;\n\n\
         /// The service that a scheme means, unless it is one of ours.\n\
         pub fn load(scheme: &str, options: Options) -> Option<Result<Operator>> {{\n    \
             Some(match scheme {{\n"
    );
    for service in services.iter().filter(|service| !OURS.contains(&service.scheme.as_str())) {
        let Service { scheme, .. } = service;
        if scheme == "sftp" {
            text.push_str("        #[cfg(unix)]\n");
        }
        let _ = writeln!(
            text,
            "        {scheme:?} => of::<services::{}Config>(options),",
            service.camel()
        );
    }
    text.push_str(
        "        _ => return None,\n    })\n}\n\n\
         pub fn of<C: Configurator>(options: Options) -> Result<Operator> {\n    \
             Operator::from_config(C::from_iter(options)?)\n}\n",
    );
    text
}
