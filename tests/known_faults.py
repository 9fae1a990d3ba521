"""What services do wrong, as far as we know: such a test is expected to fail.

Whoever mends a fault takes its lines out of `known_faults.toml`, since a test that passes against
expectation fails the run.
"""

import re
import tomllib
from pathlib import Path
from typing import NotRequired, TypedDict

import pytest


class Fault(TypedDict):
    """Tests are named with their parameters, without the service and the kind of operator."""

    services: list[str]
    reason: str
    # Whether it shows in some runs only.
    sometimes: NotRequired[bool]
    tests: list[str]


FAULTS: list[Fault] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())["fault"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that are named."""
    faults = {
        (service, test): fault
        for fault in FAULTS
        for service in fault["services"]
        for test in fault["tests"]
    }
    for item in items:
        if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
            continue
        service = str(item.callspec.params.get("service"))
        rest = re.sub(rf"^{service}(-sync|-async)?-?", "", item.callspec.id)
        name = f"{item.originalname}[{rest}]" if rest else item.originalname
        fault = faults.get((service, name))
        if fault is not None:
            strict = not fault.get("sometimes", False)
            item.add_marker(pytest.mark.xfail(reason=fault["reason"], strict=strict))
