"""Where the benchmarks run: a directory, an S3 server, and a worker for every client."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import clients
import pytest
from race import Worker, worker
from servers import rclone_server, scratch

# One environment for each peer; `./dev bench` makes them.
PEERS = Path(__file__).resolve().parents[2] / "target" / "bench-peers"
BUCKET = "bench"
RESULTS = pytest.StashKey[dict[str, dict[str, float]]]()


@pytest.fixture(scope="session")
def settings(pytestconfig: pytest.Config) -> Iterator[clients.Settings]:
    # Where nothing is measured, it is enough that everything runs.
    share = 100 if pytestconfig.getoption("benchmark_disable") else 1
    # In memory: a disk is noisier than any difference between clients.
    with scratch("bench") as directory, rclone_server() as server:
        server.create_bucket(BUCKET)
        bucket = server.bucket(BUCKET)
        large = os.urandom(1 << 20) * (clients.LARGE_BYTES // share >> 20)
        for place in (directory, bucket):
            (place / clients.SOURCE).write_bytes(clients.DATA)
            (place / clients.LARGE).write_bytes(large)
        below = directory / clients.BELOW
        below.parent.mkdir(parents=True)
        below.write_bytes(clients.DATA)
        many = directory / clients.MANY
        many.mkdir()
        for number in range(clients.MANY_OBJECTS // share):
            (many / f"object-{number:05}").write_bytes(b"x")
        yield {
            "directory": str(directory),
            "bucket": BUCKET,
            "endpoint": server.url,
            "region": server.region,
            "access_key": server.access_key,
            "secret_key": server.secret_key,
        }


@pytest.fixture(scope="session")
def ours(settings: clients.Settings) -> clients.Ours:
    return clients.Ours(settings)


@pytest.fixture(scope="session")
def workers(settings: clients.Settings) -> Iterator[dict[str, Worker]]:
    pythons = {"ours": Path(sys.executable), "python": Path(sys.executable)}
    pythons |= {path.name: path / "bin" / "python" for path in PEERS.iterdir()}
    with contextlib.ExitStack() as stack:
        yield {
            client: stack.enter_context(worker(client, python, settings))
            for client, python in pythons.items()
        }


@pytest.fixture(scope="session")
def results(pytestconfig: pytest.Config) -> dict[str, dict[str, float]]:
    """What is printed at the end: for every case, each client's median in microseconds."""
    return pytestconfig.stash.setdefault(RESULTS, {})


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    results = config.stash.get(RESULTS, None)
    if not results:
        return
    terminalreporter.section("beside the peers: median in us, and how many times ours")
    for case, medians in results.items():
        columns = [
            f"{name} {median:11.2f} ({median / medians['ours']:6.2f}x)"
            for name, median in medians.items()
        ]
        terminalreporter.line(f"{case:14} " + "   ".join(columns))
