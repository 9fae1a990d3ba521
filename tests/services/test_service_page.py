"""docs/services.md lists every service as it is, and its URIs and examples work."""

import re
from importlib import import_module
from pathlib import Path

import opendal
import pytest
from test_every_scheme import LEAST

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "services.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| `")
]
WORDS = {"real": "beta", "emulator": "emulator", "compiled": "Compiled in"}


def test_every_scheme_has_its_row() -> None:
    assert [row[0].strip("`") for row in ROWS] == opendal.schemes()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_is_so(row: list[str]) -> None:
    scheme, also, wheel, uri, tested = row
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
        maturity = re.findall(r"\nMaturity: (.*)\n", (folder / "README.md").read_text())
        assert WORDS[tested.split()[0]] in maturity[0]


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_an_example_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(code, {})
