"""The examples in the wheels' docstrings and readmes are executed."""

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

WHEELS = sorted((Path(__file__).parents[2] / "python" / "services").iterdir())


@pytest.fixture(params=WHEELS, ids=lambda folder: folder.name)
def wheel(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_docstrings(wheel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed, tried = doctest.testmod(import_module(f"opendal_{wheel.name}_service"))
    assert tried > 0
    assert failed == 0, capsys.readouterr().out


def test_readme(wheel: Path) -> None:
    text = (wheel / "README.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    namespace: dict[str, object] = {}
    exec(code, namespace)
    assert namespace["op"]
    assert "\nMaturity: " in text
