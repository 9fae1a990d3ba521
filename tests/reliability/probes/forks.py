"""A forked or spawned process goes on, or says why it cannot."""

import asyncio
import gc
import importlib
import multiprocessing
import os
import pickle
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from .lab import LARGE, PART, SMALL, Lab, open_in_parts
from .libraries import Client
from .registry import Failed, must_be, must_raise, probe

# What a child may take, which has next to nothing to do.
CHILD_SECONDS = 8


def _in_child(work: Callable[[], object]) -> None:
    """Forks, and does it there."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = _said(work)
            os.write(writing, said.encode())
        finally:
            os._exit(0)
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], CHILD_SECONDS)
    if not ready:
        os.kill(child, signal.SIGKILL)
    said = os.read(reading, 500).decode()
    _, status = os.waitpid(child, 0)
    if not ready:
        raise Failed("the child hangs")
    if os.waitstatus_to_exitcode(status) < 0:
        raise Failed(f"the child dies: {signal.Signals(-os.waitstatus_to_exitcode(status)).name}")
    if said:
        raise Failed(said)


def _said(work: Callable[[], object]) -> str:
    try:
        work()
    except Failed as failed:
        return str(failed)
    except BaseException as error:  # a panic is none of Exception
        return f"the child gets {type(error).__name__}"
    return ""


def _read(client: Client, path: str = "a") -> None:
    must_be(client.read(path), SMALL)


@probe("os.fork: S3 is read in the child after it was in the parent, {}", over=["sync", "async"])
def os_fork(lab: Lab, kind: str) -> None:
    client = lab.s3()

    async def main() -> None:
        must_be(await client.aread("a"), SMALL)

    def work() -> None:
        _read(client) if kind == "sync" else asyncio.run(main())

    work()
    _in_child(work)
    work()


@probe("os.fork: a child of a child reads")
def grandchild(lab: Lab) -> None:
    client = lab.s3()
    _read(client)

    def work() -> None:
        _read(client)
        _in_child(lambda: _read(client))

    _in_child(work)


@probe("os.fork while 4 other threads are in {} calls: 20 children read", over=["sync", "async"])
def busy_parent(lab: Lab, kind: str) -> None:
    client = lab.s3()
    stop = threading.Event()

    async def gather() -> None:
        while not stop.is_set():
            await asyncio.gather(*(client.aread("a") for _ in range(8)))

    def go_on() -> None:
        if kind == "async":
            asyncio.run(gather())
        while not stop.is_set():
            client.read("large")

    threads = [threading.Thread(target=go_on, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            _in_child(lambda: _read(client))
    finally:
        stop.set()
    for thread in threads:
        thread.join(CHILD_SECONDS)


@probe("os.fork: the child ends as a Python process does")
def end_of_child(lab: Lab) -> None:
    client = lab.s3()
    _read(client)
    child = os.fork()
    if child == 0:
        # The desk hears nothing from here: an exit code is all there is.
        sys.exit(0 if client.read("a") == SMALL else 1)
    ended = threading.Event()

    def kill() -> None:
        if not ended.wait(CHILD_SECONDS):
            os.kill(child, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    ended.set()
    killer.join()
    if code:
        raise Failed("the child hangs" if code == -signal.SIGKILL else f"it ends with {code}")


@probe("multiprocessing, started by {}: an operator is an argument", over=["fork", "spawn"])
def process(lab: Lab, way: str) -> None:
    client = lab.s3()
    _read(client)
    context: Any = multiprocessing.get_context(way)
    results = context.Queue()
    child = context.Process(target=_worker, args=(client.store, lab.name, results))
    child.start()
    child.join(CHILD_SECONDS * 2)
    if child.is_alive():
        child.kill()
        raise Failed("the child hangs")
    if child.exitcode:
        raise Failed(f"the child ends with {child.exitcode}")
    must_be(results.get(timeout=CHILD_SECONDS), SMALL)


def _worker(store: Any, library: str, results: Any) -> None:
    results.put(_data(store, library))


def _data(store: Any, library: str, path: str = "a") -> bytes:
    if library == "obstore":
        return bytes(store.get(path).bytes())
    return bytes(store.read(path))


@probe("ProcessPoolExecutor, started by {}: workers read", over=["fork", "spawn"])
def pool(lab: Lab, way: str) -> None:
    client = lab.s3()
    _read(client)
    context: Any = multiprocessing.get_context(way)
    executor = ProcessPoolExecutor(2, mp_context=context)
    futures = [executor.submit(_data, client.store, lab.name) for _ in range(6)]
    try:
        for future in futures:
            must_be(future.result(CHILD_SECONDS * 2), SMALL)
    except TimeoutError as error:
        raise Failed("the workers hang") from error
    except BrokenProcessPool as error:
        raise Failed("the workers die") from error
    executor.shutdown()


@probe("A loader of data: forked workers share an operator that the parent has used")
def loader(lab: Lab) -> None:
    client = lab.s3()
    _read(client)
    context: Any = multiprocessing.get_context("fork")
    tasks, results = context.Queue(), context.Queue()

    def work() -> None:
        while (path := tasks.get()) is not None:
            results.put(len(client.read(path)))

    workers = [context.Process(target=work, daemon=True) for _ in range(3)]
    for worker in workers:
        worker.start()
    for _ in range(20):
        tasks.put("a")
        tasks.put("large")
    try:
        lengths = [results.get(timeout=CHILD_SECONDS) for _ in range(40)]
    except Exception as error:
        raise Failed("the workers hang") from error
    for _ in workers:
        tasks.put(None)
    for worker in workers:
        worker.join(CHILD_SECONDS)
    must_be(sorted(set(lengths)), [len(SMALL), len(LARGE)])


# A child that works or is told is well; one that hangs, dies or gets wrong data is not.
@probe("os.fork: a {} from before it works in the child, or raises", over=["file", "listing"])
def opened(lab: Lab, what: str) -> None:
    client = lab.s3()
    if what == "file":
        file = client.open_read("large")
        first = bytes(file.read(10))
        must_be(first, LARGE[:10])

        def work() -> None:
            rest = _data_or_error(lambda: bytes(file.read()))
            if rest is not None and rest != LARGE[10:]:
                raise Failed("the child gets wrong data")

    else:
        listing = client.list("d/")
        next(listing)

        def work() -> None:
            rest = _data_or_error(lambda: list(listing))
            if rest is not None and len(rest) != 4:
                raise Failed("the child gets a wrong listing")

    _in_child(work)


@probe("os.fork: the end of a child leaves an upload of the parent alone")
def half_written(lab: Lab) -> None:
    client = lab.s3()
    file = open_in_parts(client, lab, "parts")
    file.write(bytes(2 * PART))

    def work() -> None:
        nonlocal file
        del file
        gc.collect()
        # For what a destructor might have begun.
        time.sleep(0.5)

    _in_child(work)
    file.write(b"end")
    file.close()
    must_be(client.read("parts"), bytes(2 * PART) + b"end")


@probe(
    "A file that is open when a process ends that was started by {} publishes no half",
    over=["spawn", "fork"],
)
def half_at_end(lab: Lab, way: str) -> None:
    context: Any = multiprocessing.get_context(way)
    child = context.Process(target=_leave_half, args=(lab.name, lab.s3().store))
    child.start()
    child.join(CHILD_SECONDS)
    if child.is_alive():
        child.kill()
        raise Failed("the child hangs")
    must_raise(lambda: lab.s3().read("half"), lab.library.NotFound, "published")


KEPT: list[Any] = []


def _leave_half(library: str, store: Any) -> None:
    if library == "obstore":
        KEPT.append(importlib.import_module("obstore").open_writer(store, "half"))
    else:
        KEPT.append(store.open("half", "wb"))
    KEPT[0].write(b"half")


def _data_or_error(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception:
        return None


@probe("A pickled operator works in a new interpreter")
def pickled(lab: Lab) -> None:
    copy = pickle.loads(pickle.dumps(lab.s3().store))
    must_be(_data(copy, lab.name), SMALL)
