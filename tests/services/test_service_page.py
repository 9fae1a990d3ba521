"""docs/services.md lists every service as it is, and its URIs and examples work."""

import re
import tomllib
from importlib import import_module
from pathlib import Path

import opendal
import pytest
from least import LEAST
from suite import SERVICES, scheme_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "services.md").read_text()
KINDS = ("local", "server", "emulator")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| `")
]


def test_every_scheme_has_its_row() -> None:
    assert [row[0].strip("`") for row in ROWS] == opendal.schemes()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_is_so(row: list[str]) -> None:
    scheme, also, wheel, uri, _ = row
    scheme = scheme.strip("`")
    aliases = tuple(re.findall(r"`([^`]+)`", also))
    for name in (scheme, *aliases):
        assert opendal.Operator(name, **LEAST[scheme]).scheme == scheme
    # Keywords win, so that what the URI names need not exist.
    assert opendal.Operator.from_uri(uri.strip("`"), **LEAST[scheme]).scheme == scheme
    folder = ROOT / "python" / "services" / scheme
    assert bool(wheel) == folder.is_dir()
    if wheel:
        assert wheel == f"`opendal[{scheme}]`"
        service = import_module(f"opendal_{scheme}_service").SERVICE
        assert service.schemes == (scheme, *aliases)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_service_is_said_to_be_tested_on_what_the_suite_runs_on(row: list[str]) -> None:
    scheme, _, wheel, _, said = (cell.strip("`") for cell in row)
    places = [place for name, place in SERVICES.items() if scheme_of(name) == scheme]
    on = {kind: [place["on"] for place in places if place["kind"] == kind] for kind in KINDS}
    if on["server"]:
        assert said == "real server"
    elif on["local"]:
        assert {said} == set(on["local"])
    else:
        assert said == ("emulator" if on["emulator"] else "compiled only")
    if not wheel:
        return
    folder = ROOT / "python" / "services" / scheme
    (maturity,) = re.findall(r"\nMaturity: ((?:.+\n)+)", (folder / "README.md").read_text())
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    is_beta = bool(on["server"] or on["local"])
    assert maturity.startswith("beta. " if is_beta else "alpha. ")
    assert any(
        each.endswith("4 - Beta" if is_beta else "3 - Alpha") for each in project["classifiers"]
    )
    assert ("Compiled only" in maturity) == (not places)
    for phrase, kind in {"a real server": "server", "an emulator": "emulator"}.items():
        assert (f"against {phrase} (" in maturity) == bool(on[kind])
    assert all(place["on"] in maturity for place in places)


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_an_example_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(code, {})
