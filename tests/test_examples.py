"""Every program in examples/ runs, and passes `mypy --strict`, with the installed packages."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
THIRD_PARTY = ROOT / "examples" / "third_party_service"
DEMO = [sys.executable, ROOT / "scripts" / "demo.py", "--python", sys.executable]


def test_shared_layers() -> None:
    ran = subprocess.run(DEMO, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stderr == ""
    assert "FsOperator and S3Operator share one layer: True" in ran.stdout
    retries = re.search(r"the layer tried again (\d+) times", ran.stdout)
    failures = re.search(r"the proxy failed (\d+) of \d+ requests", ran.stdout)
    assert retries is not None
    assert failures is not None
    assert int(retries[1]) == int(failures[1]) > 0


@pytest.fixture
def third_party(tmp_path: Path) -> dict[str, str]:
    """The environment of a program that has the wheel of the example as well."""
    source, site = tmp_path / "source", tmp_path / "site"
    shutil.copytree(THIRD_PARTY, source)
    options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--target", site]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", *options, source]
    subprocess.run(pip, check=True)
    return {**os.environ, "PYTHONPATH": str(site), "MYPYPATH": str(site)}


def test_a_wheel_of_somebody_else_is_found_typed_and_works(
    third_party: dict[str, str], tmp_path: Path
) -> None:
    program = THIRD_PARTY / "use_it.py"
    ran = subprocess.run(
        [sys.executable, "-W", "ignore::RuntimeWarning:opendal", program],
        capture_output=True,
        text=True,
        check=False,
        env=third_party,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "MemoryOperator is found for memory://\n8 8 8 bytes\n"
    wrong = tmp_path / "wrong.py"
    wrong.write_text("from acme_opendal_memory import MemoryOperator\nMemoryOperator(rot='/')\n")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file="]
    for checked, said in ((program, "Success"), (wrong, 'argument "rot"')):
        answer = subprocess.run(
            [*mypy, checked],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env=third_party,
        )
        assert said in answer.stdout, answer.stdout


def test_examples_type_check(tmp_path: Path) -> None:
    programs = sorted((ROOT / "examples").glob("*.py"))
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", *programs]
    # Away from the repository, so that only the installed packages are found.
    checked = subprocess.run(mypy, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
