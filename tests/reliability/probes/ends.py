"""The interpreter ends in the middle of things, without an abort, a hang or a word."""

import asyncio
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any

from .lab import LARGE, Lab
from .registry import Missing, probe

# Kept alive to the very end.
KEPT: list[Any] = []
CALLS = 32


def _late(lab: Lab) -> Any:
    """A client whose answers come in the midst of the end."""
    warnings.simplefilter("ignore")
    lab.desk.delay(0.02)
    return lab.s3()


@probe("asyncio.run returns while its calls are under way", ends=True)
def loop_ends(lab: Lab) -> None:
    client = _late(lab)

    async def main() -> None:
        KEPT.extend(asyncio.ensure_future(client.aread("a")) for _ in range(CALLS))
        await asyncio.sleep(0.005)

    asyncio.run(main())


@probe("sys.exit inside of the loop", ends=True)
def exit_in_loop(lab: Lab) -> None:
    client = _late(lab)

    async def main() -> None:
        KEPT.extend(asyncio.ensure_future(client.aread("large")) for _ in range(CALLS))
        await asyncio.sleep(0.005)
        sys.exit()

    asyncio.run(main())


@probe("A loop that is never closed", ends=True)
def loop_left_open(lab: Lab) -> None:
    client = _late(lab)
    loop = asyncio.new_event_loop()
    KEPT.append(loop)

    async def main() -> None:
        KEPT.extend(asyncio.ensure_future(client.aread("a")) for _ in range(CALLS))
        await asyncio.sleep(0.005)

    loop.run_until_complete(main())


@probe("Answers arrive while the loop closes", ends=True)
def answers_arrive(lab: Lab) -> None:
    warnings.simplefilter("ignore")
    client = lab.s3()

    async def main() -> None:
        calls = [asyncio.ensure_future(client.astat("a")) for _ in range(CALLS)]
        KEPT.extend(calls)
        await calls[0]

    asyncio.run(main())


@probe("Daemon threads in sync calls", ends=True)
def daemon_threads(lab: Lab) -> None:
    client = _late(lab)

    def go_on() -> None:
        while True:
            client.read("large")

    for _ in range(8):
        threading.Thread(target=go_on, daemon=True).start()
    time.sleep(0.03)


@probe("Daemon threads with a loop each", ends=True)
def daemon_loops(lab: Lab) -> None:
    client = _late(lab)

    async def go_on() -> None:
        while True:
            await asyncio.gather(*(client.aread("a") for _ in range(8)))

    for _ in range(4):
        threading.Thread(target=asyncio.run, args=[go_on()], daemon=True).start()
    time.sleep(0.05)


CALLBACKS = ("pieces of a write", "progress of an upload", "paths to delete")


@probe("Daemon threads in Python code that a call runs: {}", over=CALLBACKS, ends=True)
def callbacks(lab: Lab, what: str) -> None:
    if lab.name == "apache" or (lab.name == "obstore" and what != CALLBACKS[0]):
        raise Missing
    client = lab.s3()

    source = lab.directory / "source"
    source.write_bytes(LARGE)

    def endless(thing: Any) -> Iterator[Any]:
        while True:
            time.sleep(0.0005)
            yield thing

    def work(number: int) -> None:
        if what == CALLBACKS[0]:
            client.write(f"new-{number}", endless(bytes(100_000)))
        elif what == CALLBACKS[1]:
            while True:
                client.upload(source, "new", progress=lambda *_: time.sleep(0.002))
        else:
            client.store.delete_many(endless("absent"))

    for number in range(4):
        threading.Thread(target=work, args=[number], daemon=True).start()
    time.sleep(0.1)


@probe("sys.exit in a thread, and the main thread ends", ends=True)
def exit_in_thread(lab: Lab) -> None:
    client = _late(lab)

    def leave() -> None:
        client.read("a")
        sys.exit()

    for _ in range(8):
        threading.Thread(target=leave).start()


@probe("Files, listings and bodies are still open", ends=True)
def things_open(lab: Lab) -> None:
    client = _late(lab)
    # Kept in a cycle too, so that the collector finds them last.
    cycle: list[Any] = [client, client.open_read("large"), client.list("d/")]
    cycle.append(cycle)
    cycle[1].read(10)
    next(cycle[2])
    KEPT.append(cycle)
