//! `opendal.services.<name>`: the wheel of that name, or an error that says how to get it.

use std::fmt::Write as _;

use super::HEADER;
use super::wheel::class_names;
use crate::model::Service;

pub fn text(service: &Service) -> String {
    let (package, scheme) = (service.package(), &service.scheme);
    let mut names = class_names(service);
    names.sort_unstable();
    let mut text = format!(
        "# {HEADER}\n\
         \"\"\"The typed operators on {title}, from the wheel {distribution}.\"\"\"\n\n\
         try:\n    from {package} import (\n",
        title = service.title,
        distribution = service.distribution(),
    );
    for name in &names {
        let _ = writeln!(text, "        {name},");
    }
    let _ = write!(
        text,
        "    )\n\
         except ModuleNotFoundError as _error:\n    \
             if _error.name != \"{package}\":\n        \
                 raise\n    \
             _message = \"the {scheme} operators are not installed: \
             pip install opendal[{scheme}]\"\n    \
             raise ImportError(_message, name=_error.name) from None\n\n\
         __all__ = [\n"
    );
    for name in &names {
        let _ = writeln!(text, "    \"{name}\",");
    }
    text.push_str("]\n");
    text
}
