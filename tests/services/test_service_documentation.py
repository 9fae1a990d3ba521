"""The examples in the wheels' docstrings and readmes are executed."""

import doctest
import re
from pathlib import Path

import opendal_fs_service
import opendal_s3_service
import pytest

WHEELS = Path(__file__).parents[2] / "python" / "services"


@pytest.mark.parametrize("module", [opendal_fs_service, opendal_s3_service], ids=str)
def test_docstrings(module: object, capsys: pytest.CaptureFixture[str]) -> None:
    failed, tried = doctest.testmod(module)  # type: ignore[arg-type]
    assert tried > 0
    assert failed == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", ["fs", "s3"])
def test_readme(name: str) -> None:
    text = (WHEELS / name / "README.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    namespace: dict[str, object] = {}
    exec(code, namespace)
    assert namespace["op"]
    assert "\nMaturity: " in text
