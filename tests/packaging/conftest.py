"""The wheels of this repository, opened once."""

from pathlib import Path

import pytest
from wheels import DIST, Wheel, open_wheel


@pytest.fixture(scope="session")
def dist() -> Path:
    assert DIST.is_dir(), "there is no dist/: run ./dev build"
    return DIST


@pytest.fixture(scope="session")
def wheels(dist: Path) -> list[Wheel]:
    return [open_wheel(path) for path in sorted(dist.glob("*.whl"))]


@pytest.fixture(scope="session")
def core(wheels: list[Wheel]) -> Wheel:
    (found,) = [wheel for wheel in wheels if wheel.distribution == "opendal"]
    return found


@pytest.fixture(scope="session")
def services(wheels: list[Wheel]) -> list[Wheel]:
    return [wheel for wheel in wheels if wheel.distribution != "opendal"]
