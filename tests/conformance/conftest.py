"""The conformance suite runs over every service."""

from pathlib import Path

import pytest
from calls import Service
from service_fixtures import SERVICES, service_named


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Service:
    """Every service in turn, empty."""
    return service_named(request.param, request, tmp_path)
