"""Runs one case in the workers of several clients, turn by turn, and compares the medians.

Turn by turn, because the noise of a machine comes in waves: what is measured one after the other
differs by more than the clients do.
"""

import contextlib
import json
import random
import statistics
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import clients

ROUNDS = 25
ROUND_SECONDS = 0.02


class Worker:
    def __init__(self, input_: IO[str], output: IO[str]) -> None:
        self._input = input_
        self._output = output

    def seconds(self, case: str, number: int) -> float | None:
        """How long so many runs take; None if this client cannot do it."""
        print(json.dumps([case, number]), file=self._input, flush=True)
        answer: float | None = json.loads(self._output.readline() or "null")
        return answer

    def number_for_a_round(self, case: str) -> int | None:
        """How many runs fill a round; this warms the client up, too."""
        number = 1
        while (seconds := self.seconds(case, number)) is not None:
            if seconds >= ROUND_SECONDS:
                return number
            number *= 2
        return None


@contextlib.contextmanager
def worker(client: str, python: Path, settings: clients.Settings) -> Iterator[Worker]:
    with subprocess.Popen(
        [python, "-I", clients.__file__, client],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            print(json.dumps(settings), file=process.stdin, flush=True)
            yield Worker(process.stdin, process.stdout)
        finally:
            process.kill()


def race(case: str, workers: Mapping[str, Worker]) -> dict[str, float]:
    """The median time of one run in microseconds, for each client that can do it."""
    numbers = {name: each.number_for_a_round(case) for name, each in workers.items()}
    times: dict[str, list[float]] = {name: [] for name, number in numbers.items() if number}
    order = list(times)
    for _ in range(ROUNDS):
        # Nobody is always first, nor always behind the same one.
        random.shuffle(order)
        for name in order:
            number = numbers[name]
            assert number is not None
            seconds = workers[name].seconds(case, number)
            assert seconds is not None
            times[name].append(seconds / number * 1e6)
    return {name: statistics.median(measured) for name, measured in times.items()}
