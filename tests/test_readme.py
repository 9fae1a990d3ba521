"""The programs in README.md and docs/ run as they stand, and type-check as they stand."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]


def programs() -> list[tuple[Path, int, str]]:
    """Each block of Python with its page and the line that it starts on."""
    found = []
    for page in PAGES:
        text = page.read_text()
        for block in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            found.append((page, text.count("\n", 0, block.start(1)) + 1, block[1]))
    return found


def test_there_are_programs() -> None:
    assert {page.name for page, _, _ in programs()} >= {"README.md", "network.md"}


@pytest.mark.parametrize(("page", "line", "source"), programs())
def test_program_runs(
    page: Path, line: int, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # The empty lines make a traceback point into the page.
    program = compile("\n" * (line - 1) + source, page.name, "exec")
    exec(program, {"__name__": "__main__"})


def test_programs_type_check(tmp_path: Path) -> None:
    for page, line, source in programs():
        (tmp_path / f"{page.stem}_{line}.py".replace("-", "_")).write_text(source)
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "."]
    checked = subprocess.run(mypy, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_recipe_that_is_named_exists() -> None:
    recipes = set(re.findall(r"^([a-z][a-z-]*)\b[^\n:=]*:(?!=)", _justfile(), re.MULTILINE))
    text = README.read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"\./dev (?:[a-z_]+=\S+ )?([a-z][a-z-]*)", text))
    assert named <= recipes


def _justfile() -> str:
    return (ROOT / "justfile").read_text()
