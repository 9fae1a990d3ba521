"""The tables of the suite say nothing that it does not run."""

import pytest
from service_fixtures import FEW
from suite import CAPABILITIES, SERVICES, ignored_by, scheme_of


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_server_ignores_is_what_its_service_can(name: str) -> None:
    can = (CAPABILITIES.get(name) or CAPABILITIES[scheme_of(name)])["can"]
    assert ignored_by(name) <= set(can)


def test_every_service_of_the_suite_is_held_to_what_it_can() -> None:
    assert {scheme_of(name) for name in SERVICES} <= set(CAPABILITIES)
    assert set(FEW) <= set(SERVICES)
