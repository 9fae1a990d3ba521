"""Ours beside Apache's opendal, obstore and plain Python, in one run."""

import clients
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from race import Worker, race


@pytest.mark.parametrize("case", clients.CASES)
def test_runs(case: str, ours: clients.Ours, benchmark: BenchmarkFixture) -> None:
    method = clients.call(ours, case)
    assert method is not None
    benchmark(method)


@pytest.mark.parametrize("case", clients.CASES)
def test_beside_peers(
    case: str, request: pytest.FixtureRequest, results: dict[str, dict[str, float]]
) -> None:
    if request.config.getoption("benchmark_disable"):
        pytest.skip("takes a while: ./dev bench")
    workers: dict[str, Worker] = request.getfixturevalue("workers")
    results[case] = race(case, workers)
    assert "ours" in results[case]
