"""The wheels install as the README says, and work where nothing else is installed."""

import json
import subprocess
import sys
import venv
from pathlib import Path

import opendal
import pytest

PROGRAM = """
import json, os, sys
import opendal
from opendal_fs_service import FsOperator
from opendal_s3_service import S3Operator
threads = len(os.listdir("/proc/self/task"))
print(json.dumps({
    "version": opendal.__version__,
    "file": opendal.__file__,
    "fs": isinstance(FsOperator(root=sys.argv[1]), opendal.Operator),
    "s3": issubclass(S3Operator, opendal.Operator),
    "by name": type(opendal.Operator.from_uri("fs://" + sys.argv[1])) is FsOperator,
    "threads": threads,
}))
"""


@pytest.fixture(scope="module")
def fresh(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with opendal[fs,s3] and nothing else."""
    directory = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(directory, with_pip=True)
    python = directory / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    local = ["--no-index", "--find-links", dist]
    subprocess.run([*install, *local, "opendal[fs,s3]"], check=True)
    return python


def run(python: Path, *arguments: str | Path) -> str:
    # Isolated from this program's directory and environment.
    command = [python, "-I", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_works_alone(fresh: Path, tmp_path: Path) -> None:
    answer = json.loads(run(fresh, "-W", "error", "-c", PROGRAM, tmp_path))
    assert Path(answer.pop("file")).is_relative_to(fresh.parent.parent)
    assert answer == {"version": "0.48.0", "fs": True, "s3": True, "by name": True, "threads": 1}


def test_requirements_are_met(fresh: Path) -> None:
    assert "No broken requirements" in run(fresh, "-m", "pip", "check")


def test_what_is_tested_here_is_what_ships() -> None:
    assert opendal.__file__ is not None
    assert Path(opendal.__file__).is_relative_to(sys.prefix), "the source tree shadows the wheel"
