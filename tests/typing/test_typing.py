"""What type checkers say of the built wheels.

They see a virtual environment that holds nothing but the wheels: one of your own, named by
TYPING_VENV, or else one that is made from `dist/`. The checkers themselves come from the
environment that runs the tests.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DIST = HERE.parents[1] / "dist"
PROGRAMS = sorted([*HERE.glob("right_*.py"), *HERE.glob("wrong_*.py")])
# The oldest Python that we support and the newest one that we test.
VERSIONS = ("3.11", "3.13")
Reports = dict[str, dict[int, list[str]]]
SERVICES = sorted((HERE.parents[1] / "python" / "services").iterdir())
# Together, as each run of stubtest reads the core anew.
PACKAGES = {
    "opendal._core": ["opendal._core"],
    "opendal": ["opendal"],
    "services": [f"opendal_{folder.name}_service" for folder in SERVICES],
}

# mypy is appended, so that the wheels are found before anything that the tests have.
STUBTEST = """
import sys
sys.path.append(sys.argv.pop(1))
from mypy.stubtest import main
sys.exit(main())
"""


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of the environment with the wheels."""
    given = os.environ.get("TYPING_VENV")
    if given:
        return Path(given) / "bin" / "python"
    if not list(DIST.glob("opendal-*.whl")):
        pytest.fail(f"no wheels in {DIST}: run `just build`, or set TYPING_VENV")
    home = tmp_path_factory.mktemp("typing") / "venv"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    install = ["install", "--quiet", "--no-index", "--find-links", DIST, "opendal[all]"]
    subprocess.run([python, "-m", "pip", *install], check=True)
    return python


def marked(program: Path) -> set[int]:
    lines = program.read_text().splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith("# error")}


def compare(found: Reports) -> None:
    """Compare the reported lines of all programs with the marked ones."""
    wrong: list[str] = []
    for program in PROGRAMS:
        reports = found.get(program.name, {})
        expected = marked(program)
        wrong += [
            f"{program.name}:{line}: {text}"
            for line in sorted(set(reports) - expected)
            for text in reports[line]
        ]
        wrong += [
            f"{program.name}:{line}: nothing reported" for line in sorted(expected - set(reports))
        ]
    assert not wrong, "\n".join(["", *wrong])


def run(command: list[str | Path], tmp_path: Path, **environment: str) -> str:
    """Run a checker beside copies of the programs, where it finds none of our configuration."""
    for program in PROGRAMS:
        shutil.copy(program, tmp_path)
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    # 1 is "there are errors"; anything above is a checker that did not work.
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def test_the_programs_are_marked() -> None:
    for program in PROGRAMS:
        assert bool(marked(program)) == program.name.startswith("wrong_"), program.name


@pytest.mark.parametrize("version", VERSIONS)
def test_mypy(version: str, python: Path, tmp_path: Path) -> None:
    options = ["--strict", "--no-error-summary", "--python-version", version]
    options += ["--config-file", os.devnull, "--cache-dir", os.devnull]
    options += ["--python-executable", str(python)]
    names = [program.name for program in PROGRAMS]
    output = run([sys.executable, "-m", "mypy", *options, *names], tmp_path)
    found: Reports = {}
    for line in output.splitlines():
        report = re.fullmatch(r"(.+?):(\d+): (error|note): (.*)", line)
        assert report, line
        if report[3] == "error":
            lines = found.setdefault(report[1], {})
            lines.setdefault(int(report[2]), []).append(report[4])
    compare(found)


@pytest.mark.parametrize("version", VERSIONS)
def test_pyright(version: str, python: Path, tmp_path: Path) -> None:
    settings = {"typeCheckingMode": "strict", "pythonVersion": version}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", python]
    output = run(command, tmp_path, PYRIGHT_PYTHON_IGNORE_WARNINGS="1")
    answer = json.loads(output)
    assert answer["summary"]["filesAnalyzed"] == len(PROGRAMS)
    found: Reports = {}
    for report in answer["generalDiagnostics"]:
        lines = found.setdefault(Path(report["file"]).name, {})
        lines.setdefault(report["range"]["start"]["line"] + 1, []).append(report["message"])
    compare(found)


@pytest.mark.parametrize("package", PACKAGES)
def test_stubtest(package: str, python: Path, tmp_path: Path) -> None:
    """The stubs and what is there at run time agree, without any exception from the rule."""
    tools = sysconfig.get_path("purelib")
    output = run([python, "-c", STUBTEST, tools, *PACKAGES[package]], tmp_path)
    assert output.startswith("Success: no issues found"), output
