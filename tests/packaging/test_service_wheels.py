"""A service wheel holds Python, stubs and metadata, and says how it is found."""

import configparser

from packaging.requirements import Requirement
from wheels import ROOT, Wheel


def test_every_project_has_its_wheel(services: list[Wheel]) -> None:
    projects = {path.parent.name for path in ROOT.glob("python/services/*/pyproject.toml")}
    assert len(projects) >= 24
    assert {wheel.distribution for wheel in services} == {
        f"opendal_{name.replace('-', '_')}_service" for name in projects
    }


def test_nothing_is_compiled(services: list[Wheel]) -> None:
    for wheel in services:
        assert wheel.tag == "py3-none-any"
        assert wheel.metadata("WHEEL")["Root-Is-Purelib"] == "true"
        for name in wheel.contents:
            assert name.startswith(f"{wheel.distribution}/")
            assert name.endswith((".py", ".pyi", "/py.typed")), name
        assert f"{wheel.distribution}/py.typed" in wheel.contents


def test_holds_what_the_tree_holds(services: list[Wheel]) -> None:
    for wheel in services:
        package = next(ROOT.glob(f"python/services/*/**/{wheel.distribution}"))
        sources = [path for path in package.rglob("*") if path.is_file()]
        expected = {str(path.relative_to(package.parent)) for path in sources}
        assert wheel.contents == {name for name in expected if "__pycache__" not in name}


def test_metadata(services: list[Wheel]) -> None:
    for wheel in services:
        metadata = wheel.metadata()
        assert metadata["Name"] == wheel.distribution.replace("_", "-")
        assert metadata["Requires-Python"] == ">=3.11"
        assert metadata["License-Expression"] == "Apache-2.0"


def test_needs_the_core_and_nothing_else(services: list[Wheel], core: Wheel) -> None:
    for wheel in services:
        (requirement,) = [Requirement(line) for line in wheel.requirements]
        assert requirement.name == "opendal"
        assert core.metadata()["Version"] in requirement.specifier


def test_is_found_by_its_entry_point(services: list[Wheel]) -> None:
    for wheel in services:
        parser = configparser.ConfigParser()
        parser.read_string(wheel.read(f"{wheel.metadata_directory}entry_points.txt").decode())
        assert parser.sections() == ["opendal.services"]
        (target,) = set(parser["opendal.services"].values())
        assert target == f"{wheel.distribution}:SERVICE"
