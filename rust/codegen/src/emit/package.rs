//! What stands around the package in a service's wheel: its metadata and its readme.

use std::fmt::Write as _;

use super::python::{Keyword, keywords, wrap};
use super::{HEADER, Version};
use crate::model::Service;
use crate::suite::{Kind, Suite};

pub fn pyproject(service: &Service, suite: &Suite, version: &Version) -> String {
    let (package, title) = (service.package(), &service.title);
    let status = if suite.is_beta(&service.scheme) { "4 - Beta" } else { "3 - Alpha" };
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
    "Development Status :: {status}",
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

pub fn readme(service: &Service, suite: &Suite) -> String {
    let (camel, package, title) = (service.camel(), service.package(), &service.title);
    let Service { scheme, summary, note, example, .. } = service;
    let mut text = format!(
        r#"<!-- {HEADER} -->
# {distribution}

Typed operators for `opendal` on {title}: {summary}.

{maturity}
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
        maturity = wrap(format!("{} {note}", maturity(suite, scheme)).trim_end(), 0, 0),
    );
    for keyword in keywords(service) {
        let Keyword { name, aliases, annotation, default, words } = keyword;
        let mut words = format!("- `{name}` (`{annotation}`, default `{default}`): {words}");
        if !aliases.is_empty() {
            let names: Vec<_> = aliases.iter().map(|alias| format!("`{alias}`")).collect();
            let _ = write!(words, " Other names: {}.", names.join(", "));
        }
        text.push_str(&wrap(&words, 0, 2));
    }
    text
}

/// How far a service is tested, as the suite's own table has it.
fn maturity(suite: &Suite, scheme: &str) -> String {
    let tested = suite.tested(scheme);
    let on = |kind| {
        let found: Vec<_> =
            tested.iter().filter(|(each, _)| *each == kind).map(|(_, on)| *on).collect();
        (!found.is_empty()).then(|| found.join(" and "))
    };
    let ways: Vec<_> = [
        on(Kind::Local).map(|on| format!("on {on}")),
        on(Kind::Server).map(|on| format!("against a real server ({on})")),
        on(Kind::Emulator).map(|on| format!("against an emulator ({on})")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if ways.is_empty() {
        return "Maturity: alpha. Compiled only: operators are made in the tests, and no server of this \
                kind is part of them."
            .to_owned();
    }
    let level = if suite.is_beta(scheme) { "beta" } else { "alpha" };
    let itself = if level == "beta" { "" } else { " The service itself is not part of the tests." };
    format!("Maturity: {level}. Tested {} in CI.{itself}", ways.join(" and "))
}
