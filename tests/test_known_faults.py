"""What `known_faults.toml` names is there."""

from pathlib import Path

import pytest
from known_faults import FAULTS
from suite import SERVICES

NAMED = {name.partition("[")[0] for fault in FAULTS for name in fault["tests"]}


@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_named_test_is_there(name: str) -> None:
    files = Path(__file__).parent.glob("conformance/test_*.py")
    assert any(f"def {name}(" in file.read_text() for file in files)


def test_a_named_service_is_there() -> None:
    assert {service for fault in FAULTS for service in fault["services"]} <= set(SERVICES)
