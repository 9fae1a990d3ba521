"""Programs written for Apache's package run as they are, on ours and on Apache's own.

`./dev compat` makes the environment with Apache's; without it, those tests are skipped.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from calls import Service

PROGRAMS = Path(__file__).parent / "programs"
APACHE = (
    Path(__file__).resolve().parents[2] / "target" / "bench-peers" / "apache" / "bin" / "python"
)
PYTHONS = {"ours": Path(sys.executable), "apache": APACHE}
# The others run on every service.
ON_RCLONE = {"async_presign"}
ON_MEMORY = {"edges", "names"}
NAMES = sorted(path.stem for path in PROGRAMS.glob("*.py") if path.stem != "here")
TIMEOUT_SECONDS = 120
# Says when it has come to its end: Apache's package may abort after that, while Python shuts down.
RUN = """
import runpy, sys
sys.argv = sys.argv[1:]
sys.path.insert(0, sys.argv.pop(0))
runpy.run_path(sys.argv[0], run_name="__main__")
print("at the end", flush=True)
"""


def as_text(value: object) -> str:
    """A setting as Apache's constructor takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("package", list(PYTHONS))
def test_program(service: Service, package: str, name: str) -> None:
    if (name in ON_RCLONE and service.name != "s3-rclone") or (
        name in ON_MEMORY and service.name != "memory"
    ):
        pytest.skip("for another service")
    if service.name == "memory-versions":
        pytest.skip("a service of ours")
    if service.name == "s3-versity" and name.endswith("_options"):
        pytest.skip("versitygw does not look at times that are still to come")
    if not PYTHONS[package].exists():
        pytest.skip("./dev compat makes the environment")
    given = {
        "name": service.name,
        "scheme": service.scheme,
        "config": {key: as_text(value) for key, value in service.config.items()},
        "ignores": sorted(service.ignores),
    }
    program = [str(PROGRAMS), str(PROGRAMS / f"{name}.py"), json.dumps(given)]
    ran = subprocess.run(
        [PYTHONS[package], "-W", "ignore", "-c", RUN, *program],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert ran.stdout == "at the end\n", ran.stderr
    assert package == "apache" or ran.returncode == 0, ran.stderr
