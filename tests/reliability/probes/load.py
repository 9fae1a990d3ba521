"""Many calls, many threads, little room."""

import asyncio
import contextlib
import importlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .lab import LARGE, OPERATIONS, SMALL, Lab, operate
from .registry import Failed, must_be, probe

THREADS = 8
# What a thread may take that has little to do.
THREAD_SECONDS = 15
MOST_SOCKETS = 128


def _in_threads(number: int, work: Callable[[], object]) -> None:
    """Does it in so many threads at once; the first error counts."""
    errors: list[BaseException] = []
    barrier = threading.Barrier(number)

    def run() -> None:
        barrier.wait()
        try:
            work()
        except BaseException as error:  # a panic is none of Exception
            errors.append(error)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(THREAD_SECONDS)
        if thread.is_alive():
            raise Failed("a thread hangs")
    if errors:
        raise errors[0]


def _descriptors() -> list[str]:
    found = []
    for link in Path("/proc/self/fd").iterdir():
        # The one that lists them is gone by now.
        with contextlib.suppress(FileNotFoundError):
            found.append(str(link.readlink()))
    return found


def _sockets() -> int:
    return sum(each.startswith("socket:") for each in _descriptors())


@probe("400 reads at once take at most 128 sockets", seconds=60)
def sockets(lab: Lab) -> str:
    async def main() -> int:
        client = lab.s3()
        must_be(await client.aread("a"), SMALL)
        before = _sockets()
        lab.desk.hold()
        tasks = [asyncio.ensure_future(client.aread("a")) for _ in range(400)]
        most = 0
        await asyncio.to_thread(lab.desk.in_flight, 64)
        for _ in range(20):
            await asyncio.sleep(0.1)
            most = max(most, _sockets() - before)
        await asyncio.to_thread(lab.desk.reset)
        must_be(set(await asyncio.gather(*tasks)), {SMALL})
        return most

    most = asyncio.run(main())
    if most > MOST_SOCKETS:
        raise Failed(f"{most} sockets")
    return f"{most} sockets"


@probe("8 threads read through one operator")
def one_operator(lab: Lab) -> None:
    client = lab.s3()

    def work() -> None:
        for _ in range(25):
            must_be(client.read("a"), SMALL)

    _in_threads(THREADS, work)


@probe("8 threads read one file: each byte arrives once")
def one_file(lab: Lab) -> None:
    pieces: list[bytes] = []
    file = lab.s3().open_read("large")

    def work() -> None:
        while piece := bytes(file.read(1 << 16)):
            pieces.append(piece)

    _in_threads(THREADS, work)
    must_be(sorted(b"".join(pieces)) == sorted(LARGE), True)


@probe("8 threads take from one listing: each entry comes once")
def one_listing(lab: Lab) -> None:
    found: list[str] = []
    store = lab.s3().store
    listing: Any = iter(store.list("d/"))

    def work() -> None:
        for thing in listing:
            found.extend(
                [each["path"] for each in thing] if lab.name == "obstore" else [thing.path]
            )

    _in_threads(THREADS, work)
    must_be(sorted(found), [f"d/{number}" for number in range(5)])


@probe("8 threads write through one operator, each another object")
def writers(lab: Lab) -> None:
    client = lab.s3()
    numbers = iter(range(1000))

    def work() -> None:
        for _ in range(10):
            path = f"new-{next(numbers)}"
            client.write(path, path.encode() * 100)
            must_be(client.read(path), path.encode() * 100)

    _in_threads(THREADS, work)


@probe("A {} is used by another thread than the one that made it", over=["file", "listing"])
def other_thread(lab: Lab, what: str) -> None:
    client = lab.s3()
    if what == "file":
        file = client.open_read("large")
        _in_threads(1, lambda: must_be(bytes(file.read(1000)), LARGE[:1000]))
    else:
        listing = client.list("d/")
        _in_threads(1, lambda: must_be(len(list(listing)), 5))


@probe("All layers on a stack of 256 KiB, S3: {}", over=OPERATIONS)
def small_stack(lab: Lab, what: str) -> None:
    client = lab.s3(all_layers=True)
    # Without optimisation, and only then, frames are several times as large.
    unoptimised = lab.name == "ours" and importlib.import_module("opendal._core").debug
    threading.stack_size((1024 if unoptimised else 256) * 1024)
    _in_threads(1, lambda: operate(client, what, lab))


@probe("8 event loops in 8 threads share one operator")
def loops(lab: Lab) -> None:
    client = lab.s3()

    async def main() -> None:
        must_be(set(await asyncio.gather(*(client.aread("a") for _ in range(20)))), {SMALL})

    _in_threads(THREADS, lambda: asyncio.run(main()))


@probe("Descriptors do not add up over 50 loops, files and listings")
def leaks(lab: Lab) -> str:
    client = lab.s3()

    async def main() -> None:
        must_be(await client.aread("a"), SMALL)

    def turn() -> None:
        asyncio.run(main())
        file = client.open_read("large")
        file.read(1000)
        file.close()
        next(client.list("d/"))

    for _ in range(5):
        turn()
    before = len(_descriptors())
    for _ in range(50):
        turn()
    more = len(_descriptors()) - before
    if more > 5:
        raise Failed(f"{more} more descriptors")
    return f"{max(more, 0)} more"
