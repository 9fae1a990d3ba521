"""The programs in README.md run as they stand, and type-check as they stand."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def programs() -> list[tuple[int, str]]:
    """Each block of Python with the line of the README that it starts on."""
    blocks = re.finditer(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [(README.count("\n", 0, block.start(1)) + 1, block[1]) for block in blocks]


def test_there_are_programs() -> None:
    assert programs()


@pytest.mark.parametrize(("line", "source"), programs())
def test_program_runs(
    line: int, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # The empty lines make a traceback point into the README.
    program = compile("\n" * (line - 1) + source, "README.md", "exec")
    exec(program, {"__name__": "__main__"})


def test_programs_type_check(tmp_path: Path) -> None:
    for line, source in programs():
        (tmp_path / f"readme_{line}.py").write_text(source)
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "."]
    checked = subprocess.run(mypy, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_recipe_that_is_named_exists() -> None:
    recipes = set(re.findall(r"^([a-z][a-z-]*)\b[^\n:=]*:(?!=)", _justfile(), re.MULTILINE))
    text = README + (ROOT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"\./dev ([a-z][a-z-]*)", text))
    assert named <= recipes


def _justfile() -> str:
    return (ROOT / "justfile").read_text()
