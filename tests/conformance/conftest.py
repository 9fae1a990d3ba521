"""The conformance suite runs over every service."""

from pathlib import Path

import pytest
from calls import Service
from service_fixtures import service_named
from suite import SERVICES


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Service:
    """Every service in turn, empty."""
    return service_named(request.param, request, tmp_path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where worker processes share the tests, each service has one of them, and so one server."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is not None and "service" in callspec.params:
            item.add_marker(pytest.mark.xdist_group(callspec.params["service"]))
