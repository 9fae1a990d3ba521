"""Every program in examples/ runs, and passes `mypy --strict`, with the installed packages."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
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


def test_examples_type_check(tmp_path: Path) -> None:
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", ROOT / "examples"]
    # Away from the repository, so that only the installed packages are found.
    checked = subprocess.run(mypy, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
