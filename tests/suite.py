"""What the conformance suite runs over, and what it holds each service to: two tables."""

import tomllib
from pathlib import Path
from typing import Any

from calls import Kind
from opendal.capability import Capability

_TABLES = Path(__file__).parent / "conformance"
# Each service of the suite, and on what it stands.
SERVICES: dict[str, dict[str, Any]] = tomllib.loads((_TABLES / "services.toml").read_text())
CAPABILITIES: dict[str, dict[str, Any]] = tomllib.loads((_TABLES / "capabilities.toml").read_text())
_NAMES = [name for name, value in vars(Capability).items() if type(value) is type(Capability.stat)]


def scheme_of(name: str) -> str:
    """The scheme of a service of the suite."""
    return str(SERVICES[name].get("service", name))


def ignored_by(name: str) -> frozenset[str]:
    """Abilities that a service has by its protocol, and its server in the suite ignores."""
    return frozenset(SERVICES[name].get("ignores", ()))


def assert_can_what_the_table_says(op: Kind, name: str) -> None:
    """Neither less, which would be lost unseen, nor more, which nothing would test."""
    expected = CAPABILITIES.get(name) or CAPABILITIES[op.scheme]
    capability = op.capability()
    values = {each: getattr(capability, each) for each in _NAMES if each != "shared"}
    can = {each for each, value in values.items() if value is True}
    limits = {each: value for each, value in values.items() if value not in (None, True, False)}
    assert can - set(expected.get("may", [])) == set(expected["can"])
    assert limits == expected.get("limits", {})
