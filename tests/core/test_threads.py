"""One object in eight threads, and threads that have small stacks."""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import opendal
import pytest
from calls import Service
from opendal.layers import (
    CapabilityOverrideLayer,
    ConcurrentLimitLayer,
    MimeGuessLayer,
    RetryLayer,
    TimeoutLayer,
)

THREADS = 8
T = TypeVar("T")


def together(work: Callable[[int], T]) -> list[T]:
    """What the threads give, in order; all begin at the same time."""
    start = threading.Barrier(THREADS)

    def run(number: int) -> T:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(run, range(THREADS)))


@pytest.fixture
def op(service: Service) -> opendal.Operator:
    return service.make(opendal.Operator)


def test_an_operator(op: opendal.Operator) -> None:
    def work(number: int) -> None:
        data = bytes([number]) * 10_000
        for step in range(5):
            path = f"{number}/{step}"
            op.write(path, data)
            assert op.read(path) == data
            assert op.stat(path).content_length == len(data)
            with op.open(path) as file:
                assert file.read() == data
        assert len([entry for entry in op.list(f"{number}/") if entry.is_file]) == 5
        op.remove_all(f"{number}/")

    together(work)
    assert not [entry for entry in op.list("", recursive=True) if entry.is_file]


def test_a_listing(op: opendal.Operator) -> None:
    for number in range(40):
        op.write(f"d/{number}", b"1")
    listing = op.list("d/", limit=7)
    found = together(lambda _: [entry.path for entry in listing if entry.is_file])
    paths = [path for part in found for path in part]
    assert sorted(paths) == sorted(f"d/{number}" for number in range(40))


def test_a_stream(op: opendal.Operator) -> None:
    op.write("a", bytes(1_000_000))
    stream = op.read_stream("a", chunk=10_000)
    assert sum(together(lambda _: sum(len(piece) for piece in stream))) == 1_000_000


def test_a_file_that_is_read(op: opendal.Operator) -> None:
    lines = [b"%06d\n" % number for number in range(5000)]
    op.write("a", b"".join(lines))
    with op.open("a", buffering=0) as file:

        def work(_: int) -> bytes:
            return b"".join(iter(lambda: file.read(7 * 100), b""))

        found = b"".join(together(work)).splitlines(keepends=True)
    assert sorted(found) == lines


def test_a_file_that_is_written(op: opendal.Operator) -> None:
    with op.open("a", "wb") as file:

        def work(number: int) -> None:
            for step in range(200):
                file.write(b"%d-%03d\n" % (number, step))

        together(work)
    found = op.read("a").splitlines()
    assert sorted(found) == [
        b"%d-%03d" % (number, step) for number in range(THREADS) for step in range(200)
    ]


def test_a_layer(op: opendal.Operator) -> None:
    op.write("a", b"1")
    layers = [RetryLayer(), ConcurrentLimitLayer(2), TimeoutLayer()]

    def work(_: int) -> None:
        layered = op
        for layer in layers:
            layered = layered.layer(layer)
            assert layered.read("a") == b"1"

    together(work)


def test_an_async_operator_in_as_many_loops(op: opendal.Operator) -> None:
    op.write("a", bytes(100_000))
    shared = op.to_async_operator()

    async def work(number: int) -> int:
        await shared.write(f"d/{number}", b"1")
        read = await asyncio.gather(*(shared.read("a") for _ in range(5)))
        async with shared.read_stream("a") as stream:
            streamed = [len(piece) async for piece in stream]
        async with await shared.open("a") as file:
            assert len(await file.read()) == 100_000
        return sum(map(len, read)) + sum(streamed)

    assert together(lambda number: asyncio.run(work(number))) == [600_000] * THREADS
    assert len([entry for entry in op.list("d/") if entry.is_file]) == THREADS


# Python's own threads have 8 MiB; musl's, and those of some servers, far less.
# A development build, which nobody ships, needs more.
STACK = (1024 if opendal._core.debug else 256) * 1024


def every_call(op: opendal.Operator, path: Path) -> None:
    data = bytes(20 << 20)
    op.write("d/a", data)
    assert op.read("d/a") == data
    assert op.read("d/a", chunk=1 << 20, concurrent=4) == data
    op.read_into("d/a", bytearray(len(data)))
    op.read_ranges("d/a", [(0, 10), (1000, 10)])
    assert sum(map(len, op.read_stream("d/a"))) == len(data)
    with op.open("d/a") as file:
        file.readline()
        file.seek(100)
        file.read()
    with op.open("b", "wb") as file:
        file.writelines([data[: 1 << 20]] * 12)
    with op.open("t", "w") as text:
        print("text", file=text)
    op.upload(Path(__file__), "up")
    op.download("up", path / "down")
    assert op.exists("up")
    assert op.stat("up").is_file
    op.copy("d/a", "d/b")
    op.delete_many(["d/b"])
    op.list("", recursive=True).collect()
    with pytest.raises(FileNotFoundError):
        op.read("absent")
    op.remove_all("d/")


@pytest.mark.skipif(sys.platform != "linux", reason="counts on sizes of Linux")
def test_a_small_stack_is_enough_below_every_layer(service: Service, tmp_path: Path) -> None:
    op = service.make(opendal.Operator)
    for layer in (
        *(MimeGuessLayer(), CapabilityOverrideLayer("write_with_if_match=false")),
        *(RetryLayer(), TimeoutLayer(), ConcurrentLimitLayer(64)),
    ):
        op = op.layer(layer)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            every_call(op, tmp_path)
            asyncio.run(every_async_call(op.to_async_operator()))
        except BaseException as failure:
            failures.append(failure)

    before = threading.stack_size(STACK)
    try:
        thread = threading.Thread(target=work)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    for failure in failures:
        raise failure


async def every_async_call(op: opendal.AsyncOperator) -> None:
    calls: Iterable[Any] = [op.write("a", bytes(9 << 20)), op.exists("b"), op.list("").collect()]
    await asyncio.gather(*calls)
    assert len(await op.read("a")) == 9 << 20
