"""What a forked child, or a process of a pool, can do with the objects of its parent."""

import asyncio
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Service
from campaign import TIMES
from opendal.exceptions import Unsupported
from opendal.layers import ConcurrentLimitLayer, RetryLayer, TimeoutLayer

pytestmark = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)

HANG = 60


@pytest.fixture
def op(service: Service) -> opendal.Operator:
    """Every service, with something on it that takes several pieces and several pages."""
    made = service.make(opendal.Operator)
    made.write("a", bytes(1_000_000))
    for number in range(10):
        made.write(f"d/{number}", b"1")
    return made


def in_child(work: Callable[[], object]) -> None:
    """Run it in a forked child, which must end well and in time."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(HANG)
            work()
            gc.collect()
            code = 0
        except BaseException as error:
            sys.stderr.write(f"in the child: {error!r}\n")
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def uses(op: opendal.Operator) -> None:
    """All of it works here."""
    assert len(op.read("a")) == 1_000_000
    op.write(f"of-{os.getpid()}", b"1")
    assert len([entry for entry in op.list("d/") if entry.is_file]) == 10
    with op.open("a") as file:
        assert len(file.read(1000)) == 1000

    async def main() -> None:
        twin = op.to_async_operator()
        await asyncio.gather(*(twin.read("d/1") for _ in range(8)))

    asyncio.run(main())


def test_operators_work_in_a_child_and_in_its_child(op: opendal.Operator) -> None:
    layered = op.layer(RetryLayer()).layer(TimeoutLayer()).layer(ConcurrentLimitLayer(4))
    uses(layered)

    def child() -> None:
        uses(layered)
        in_child(lambda: uses(layered))
        uses(layered)

    in_child(child)
    uses(layered)


INHERITED: dict[str, tuple[Callable[[opendal.Operator], Any], Callable[[Any], Any]]] = {
    "a file that is read": (lambda op: op.open("a"), lambda file: file.read()),
    "a file that is written": (
        lambda op: op.open("b", "wb"),
        lambda file: file.write(bytes(1 << 20)),
    ),
    "a text file": (lambda op: op.open("a", "r"), lambda file: file.read()),
    "a listing": (lambda op: op.list("d/", limit=2), list),
    "a stream": (lambda op: op.read_stream("a", chunk=1000), b"".join),
}


@pytest.mark.parametrize("name", INHERITED)
def test_what_is_open_stays_the_parents(op: opendal.Operator, name: str) -> None:
    opens, goes_on = INHERITED[name]
    opened = opens(op)
    if name in {"a listing", "a stream"}:
        next(opened)
    elif name != "a file that is written":
        opened.read(10)

    def child() -> None:
        nonlocal opened
        # Unless it needs nothing of the parent's, it says what to do.
        try:
            goes_on(opened)
        except Unsupported as error:
            if "open it again here" not in str(error):
                raise
        del opened
        gc.collect()

    in_child(child)
    # The parent goes on as if nothing had been.
    result = goes_on(opened)
    if name == "a file that is written":
        opened.close()
        assert op.read("b") == bytes(1 << 20)
    elif name == "a listing":
        assert len(result) >= 9
    else:
        assert len(result) >= 990_000
    if hasattr(opened, "close"):
        opened.close()


def test_a_call_stays_the_parents(op: opendal.Operator) -> None:
    twin = op.to_async_operator()

    async def main() -> None:
        task = asyncio.ensure_future(twin.read("a"))
        call = twin.read("a")
        await asyncio.sleep(0)

        def child() -> None:
            nonlocal call
            # Collected, it neither waits for a thread that is not there nor stops the parent's.
            del call
            gc.collect()
            uses(op)

        in_child(child)
        assert len(await call) == 1_000_000
        assert len(await task) == 1_000_000

    asyncio.run(main())


@pytest.mark.filterwarnings("ignore:.*was never awaited:RuntimeWarning")
def test_children_of_a_busy_parent_work(op: opendal.Operator) -> None:
    layered = op.layer(RetryLayer()).layer(TimeoutLayer()).layer(ConcurrentLimitLayer(4))
    over = threading.Event()
    failures: list[BaseException] = []

    def go_on(work: Callable[[], object]) -> None:
        try:
            while not over.is_set():
                work()
        except BaseException as failure:
            failures.append(failure)

    async def gathered() -> None:
        twin = layered.to_async_operator()
        while not over.is_set():
            await asyncio.gather(*(twin.read("d/1") for _ in range(8)))

    works: list[Callable[[], object]] = [
        lambda: layered.read("a"),
        lambda: layered.write(f"busy-{threading.get_ident()}", bytes(100)),
        lambda: layered.list("d/").collect(),
        lambda: asyncio.run(gathered()),
    ]
    threads = [threading.Thread(target=go_on, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10 * TIMES):
            in_child(lambda: uses(layered))
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert not failures


# Pools


def length(op: opendal.Operator, path: str) -> int:
    return len(op.layer(RetryLayer()).read(path))


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_pool_takes_an_operator(s3_rclone: Service, tmp_path: Path, method: str) -> None:
    for op in (
        s3_rclone.make(opendal.Operator).layer(RetryLayer()),
        opendal.Operator("fs", root=tmp_path),
    ):
        op.write("a", bytes(5000))
        context = multiprocessing.get_context(method)
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            assert list(pool.map(length, [op] * 6, ["a"] * 6)) == [5000] * 6
        with context.Pool(2) as pool:
            assert pool.starmap(length, [(op, "a")] * 6) == [5000] * 6


class Objects:
    """A data set as loaders of training programs want it."""

    def __init__(self, op: opendal.Operator) -> None:
        self._op = op
        self._paths = sorted(entry.path for entry in op.list("d/") if entry.is_file)

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> bytes:
        return self._op.read(self._paths[index])


def load(objects: Objects, numbers: Any, answers: Any) -> None:
    for number in iter(numbers.get, None):
        answers.put((number, objects[number]))


def test_a_loader_with_forked_workers(op: opendal.Operator) -> None:
    context = multiprocessing.get_context("fork")
    objects = Objects(op)
    numbers, answers = context.Queue(), context.Queue()
    workers = [context.Process(target=load, args=(objects, numbers, answers)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for number in [*range(len(objects)), None, None, None]:
        numbers.put(number)
    found = dict(answers.get(timeout=HANG) for _ in range(len(objects)))
    for worker in workers:
        worker.join(HANG)
        assert worker.exitcode == 0
    assert found == dict.fromkeys(range(10), b"1")


def test_a_subprocess_inherits_no_connection(s3_rclone: Service) -> None:
    s3_rclone.make(opendal.Operator).write("a", b"1")
    program = "import os; print(len(os.listdir('/proc/self/fd')))"
    ours = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, close_fds=False
    )
    alone = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    # What pytest itself leaves open is there in both; sockets of ours are in neither.
    assert abs(int(ours.stdout) - int(alone.stdout)) < 3
