//! What stands around the package in a service's wheel: its metadata and its readme.

use std::fmt::Write as _;

use super::python::{annotation, default, description, wrap};
use super::{HEADER, Version};
use crate::model::Service;

pub fn pyproject(service: &Service, version: &Version) -> String {
    let (package, title) = (service.package(), &service.title);
    let mut text = format!(
        r#"# {HEADER}
[build-system]
requires = ["hatchling>=1.27,<2"]
build-backend = "hatchling.build"

[project]
name = "{distribution}"
version = "{version}"
description = "Typed operators on {title} for opendal"
readme = "README.md"
license = "Apache-2.0"
license-files = ["LICENSE"]
requires-python = ">=3.11"
dependencies = ["opendal{range}"]
classifiers = [
    "Development Status :: 4 - Beta",
    "Intended Audience :: Developers",
    "Programming Language :: Python :: 3 :: Only",
    "Programming Language :: Python :: 3.11",
    "Programming Language :: Python :: 3.12",
    "Programming Language :: Python :: 3.13",
    "Topic :: System :: Filesystems",
    "Typing :: Typed",
]

# How `Operator.from_uri` finds the typed class of a scheme.
[project.entry-points."opendal.services"]
"#,
        distribution = service.distribution(),
        version = version.text,
        range = version.range(),
    );
    for scheme in service.schemes() {
        let _ = writeln!(text, "{scheme} = \"{package}:SERVICE\"");
    }
    let _ = write!(
        text,
        "\n[tool.hatch.build.targets.wheel]\npackages = [\"src/{package}\"]\n\n\
         [tool.hatch.build.targets.sdist]\ninclude = [\"src\", \"README.md\", \"LICENSE\"]\n"
    );
    text
}

pub fn readme(service: &Service) -> String {
    let (camel, package, title) = (service.camel(), service.package(), &service.title);
    let Service { scheme, summary, maturity, example, .. } = service;
    let mut text = format!(
        r#"<!-- {HEADER} -->
# {distribution}

Typed operators for `opendal` on {title}: {summary}.

Maturity: {maturity}

```sh
pip install --no-index --find-links dist "opendal[{scheme}]"
```

```python
from opendal.layers import RetryLayer
from {package} import {camel}Operator

op = {camel}Operator({example})
op = op.layer(RetryLayer(max_times=3))
```

`{camel}AsyncOperator` is the same for `asyncio`; `op.to_async_operator()` gives one. All compiled
code is in `opendal` itself: this package is Python only.

## Options

Each is a keyword of both classes. In a URI, or in the mapping that `from_config` takes, an option
may also go by its other names.

"#,
        distribution = service.distribution(),
    );
    for option in &service.options {
        let field = &option.field;
        let mut words = format!(
            "- `{}` (`{}`, default `{}`): {}",
            field.name,
            annotation(option),
            default(option),
            description(option)
        );
        if !field.aliases.is_empty() {
            let names: Vec<_> = field.aliases.iter().map(|alias| format!("`{alias}`")).collect();
            let _ = write!(words, " Other names: {}.", names.join(", "));
        }
        text.push_str(&wrap(&words, 0, 2));
    }
    text
}
