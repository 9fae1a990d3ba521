"""A run of the conformance suite ends with what it found on each service, and what it lacked."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# A suite with every outcome; redis has no server.
SUITE = """
import contextlib

import pytest
import servers


@contextlib.contextmanager
def missing():
    raise servers.NotInstalled("redis-server is not installed; run: ./dev servers")
    yield


@pytest.fixture(params=["memory", "redis", "etcd"])
def service(request, started):
    if request.param == "redis":
        started.start(missing())
    return request.param


def test_plain(service):
    pass


def test_what_etcd_cannot(service):
    if service == "etcd":
        pytest.skip("etcd cannot append")


def test_what_fails_on_memory(service):
    assert service != "memory"


@pytest.mark.xfail(strict=False)
def test_a_known_fault(service):
    assert service != "etcd"


def test_of_no_service():
    pass
"""


def run(*arguments: str, at: Path) -> str:
    command = [sys.executable, "-W", "ignore", "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    environment = {"PYTHONPATH": str(ROOT / "tests"), "PATH": "/usr/bin:/bin", "HOME": str(at)}
    return subprocess.run(
        command, cwd=at, env=environment, capture_output=True, text=True, check=False, timeout=240
    ).stdout


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "workers"])
def test_each_outcome_is_counted_for_its_service(tmp_path: Path, workers: list[str]) -> None:
    suite = tmp_path / "conformance"
    suite.mkdir()
    (suite / "test_all.py").write_text(SUITE)
    plugins = ("-p", "server_fixtures", "-p", "service_report")
    lines = run(*plugins, *workers, "-ra", at=tmp_path).splitlines()
    title = next(at for at, line in enumerate(lines) if " conformance ==" in line)
    # Only the line of pytest itself comes after it.
    table, closing = lines[title + 1 : -1], lines[-1]
    assert "1 failed, 5 passed, 5 skipped, 1 xfailed, 1 xpassed" in closing
    assert [" ".join(line.split()) for line in table[:5]] == [
        "service on passed failed cannot no server known faults unseen",
        "memory itself 2 1 0 0 0 1",
        "redis Redis 0 0 0 4 0 0",
        "etcd etcd 2 0 1 0 1 0",
        "all 3 services 4 1 1 4 1 1",
    ]
    assert "servers left out" in table[6]
    assert table[7:] == ["redis: redis-server is not installed; run: ./dev servers"]


def test_the_suite_itself_ends_so() -> None:
    tests = "tests/conformance/test_kept.py"
    output = run("-W", "ignore:this opendal was built", "-k", "memory", tests, at=ROOT)
    names = [line.split()[0] for line in output.partition(" conformance ==")[2].splitlines()[2:4]]
    assert names == ["memory", "memory-versions"], output
