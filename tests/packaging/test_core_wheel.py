"""The one wheel with native code holds what it should, and nothing stray."""

import os
import subprocess
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from wheels import ROOT, Wheel

# What forty-four services may take; docs/decisions says what is done to keep within it.
MOST_BYTES = 10_000_000


def test_runs_on_every_python_from_3_11_on(core: Wheel) -> None:
    python, abi, platform = core.tag.split("-")
    assert (python, abi) == ("cp311", "abi3")
    assert "linux" in platform


def test_holds_one_shared_object(core: Wheel) -> None:
    assert {name for name in core.files if ".so" in name} == {"opendal/_core.abi3.so"}


def test_holds_the_package_and_its_stubs(core: Wheel) -> None:
    package, stubs = ROOT / "python", ROOT / "stubs"
    sources = [path for path in package.glob("opendal/**/*.py*") if path.suffix in {".py", ".pyi"}]
    expected = {str(path.relative_to(package)) for path in sources}
    expected |= {str(path.relative_to(stubs)) for path in stubs.rglob("*.pyi")}
    assert "opendal/_core/__init__.pyi" in expected
    assert core.contents == expected | {"opendal/py.typed", "opendal/_core.abi3.so"}


def test_stubs_are_those_of_this_tree(core: Wheel) -> None:
    stubs = ROOT / "stubs"
    for path in stubs.rglob("*.pyi"):
        assert core.read(str(path.relative_to(stubs))) == path.read_bytes(), path


def test_metadata(core: Wheel) -> None:
    metadata = core.metadata()
    assert metadata["Name"] == "opendal"
    assert metadata["Version"] == "0.48.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert f"{core.metadata_directory}licenses/LICENSE" in core.files


def test_needs_no_other_distribution(core: Wheel) -> None:
    assert [line for line in core.requirements if "extra ==" not in line] == []


def test_every_extra_is_a_service_wheel_here(core: Wheel, services: list[Wheel]) -> None:
    extras = set(core.metadata().get_all("Provides-Extra", []))
    names = {wheel.metadata()["Name"]: wheel.metadata()["Version"] for wheel in services}
    assert extras == {"all"} | {
        name.removeprefix("opendal-").removesuffix("-service") for name in names
    }
    for extra in extras - {"all"}:
        (requirement,) = _required_by(core, extra)
        assert requirement.name == f"opendal-{extra}-service"
        assert names[requirement.name] in requirement.specifier
    (everything,) = _required_by(core, "all")
    assert everything.name == "opendal"
    assert everything.extras == extras - {"all"}


def _required_by(core: Wheel, extra: str) -> list[Requirement]:
    requirements = [Requirement(line) for line in core.requirements]
    return [each for each in requirements if each.marker and each.marker.evaluate({"extra": extra})]


def test_one_version_everywhere(wheels: list[Wheel]) -> None:
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]
    assert {wheel.metadata()["Version"] for wheel in wheels} == {workspace["version"]}


def test_does_not_say_where_it_was_built(core: Wheel) -> None:
    """Neither the checkout nor, wherever that is, the directory that cargo builds in."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    places = {str(place).encode() for place in (ROOT, (ROOT / target).resolve())}
    for name in core.files:
        contents = core.read(name)
        assert not [place for place in places if place in contents], name


def test_shows_the_process_nothing_but_the_module(core: Wheel, tmp_path: Path) -> None:
    """Any other symbol could be taken by another extension for its own."""
    library = tmp_path / "core.so"
    library.write_bytes(core.read("opendal/_core.abi3.so"))
    command = ["nm", "--dynamic", "--defined-only", "--format=posix", library]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert {line.split()[0] for line in shown.splitlines()} == {"PyInit__core"}


def test_one_tls_stack() -> None:
    """With a second provider of cryptography in the binary, rustls panics at a handshake."""
    packages = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    names = {package["name"] for package in packages}
    assert {"rustls", "ring"} <= names
    assert not names & {"aws-lc-rs", "aws-lc-sys", "openssl", "openssl-sys", "native-tls"}


def test_is_not_too_large(core: Wheel) -> None:
    assert core.path.stat().st_size < MOST_BYTES
