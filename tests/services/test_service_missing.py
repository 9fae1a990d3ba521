"""Without a wheel: the core still reaches the scheme, and an error says what to install."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

# Makes a process in which a wheel is not installed, whatever is installed here.
HIDE = """
import sys
from importlib.abc import MetaPathFinder

class Hide(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in {hidden!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Hide())
"""


def run(code: str, *hidden: str) -> subprocess.CompletedProcess[str]:
    program = HIDE.format(hidden=hidden) + textwrap.dedent(code)
    command = [sys.executable, "-W", "ignore", "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["fs", "s3", "gcs", "redis"])
def test_the_error_names_the_extra_and_nothing_else(name: str) -> None:
    done = run(f"import opendal.services.{name}", f"opendal_{name}_service")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last == (
        f"ImportError: the {name} operators are not installed: pip install opendal[{name}]"
    )
    assert done.stderr.count("Traceback") == 1, "no second error is chained to it"


def test_an_error_inside_the_wheel_is_not_taken_for_a_missing_wheel(tmp_path: Path) -> None:
    (tmp_path / "opendal_fs_service.py").write_text("import nonesuch")
    done = run(f"sys.path.insert(0, {str(tmp_path)!r})\nimport opendal.services.fs")
    assert done.stderr.splitlines()[-1] == "ModuleNotFoundError: No module named 'nonesuch'"


def test_the_core_alone_reaches_every_scheme() -> None:
    done = run(
        """
        import opendal
        op = opendal.Operator("s3", bucket="photos", region="eu-central-1")
        print(type(op) is opendal.Operator, op.scheme, op.name)
        """,
        "opendal_s3_service",
    )
    assert done.stdout.split() == ["True", "s3", "photos"], done.stderr


def test_importing_opendal_imports_no_wheel_and_looks_for_none() -> None:
    done = run(
        """
        import opendal
        names = ("opendal_", "opendal.services", "importlib.metadata")
        print([name for name in sys.modules if name.startswith(names)])
        import opendal.services
        print("importlib.metadata" in sys.modules)
        """
    )
    assert done.stdout.splitlines() == ["[]", "False"], done.stderr
