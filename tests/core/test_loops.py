"""Event loops of several kinds, and what is left of a call that their users turn away from."""

import asyncio
import contextlib
import gc
import sys
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import anyio
import opendal
import pytest
import uvloop
from calls import Service
from opendal.exceptions import NotFound
from servers import FaultProxy

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}

Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a coroutine in a loop of that kind."""

    def runs(work: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            runner.run(work)

    return runs


@pytest.fixture(params=["memory", "fs", "s3"])
def op(request: pytest.FixtureRequest, tmp_path: Any) -> opendal.AsyncOperator:
    """What is answered at once, by a thread, and by a server."""
    if request.param == "memory":
        made = opendal.Operator("memory")
    elif request.param == "fs":
        made = opendal.Operator("fs", root=tmp_path)
    else:
        made = request.getfixturevalue("s3_proxied").make(opendal.Operator)
    made.write("a", bytes(100_000))
    return made.to_async_operator()


def test_a_task_group_of_anyio(op: opendal.AsyncOperator, run: Run) -> None:
    lengths: list[int] = []

    async def read() -> None:
        lengths.append(len(await op.read("a")))

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(read)
        with pytest.raises(ExceptionGroup) as caught:
            async with anyio.create_task_group() as group:
                group.start_soon(op.read, "absent")
        assert caught.group_contains(NotFound)

    run(main())
    assert lengths == [100_000] * 10


def test_time_limits_of_anyio(s3_proxied: Service, proxy: FaultProxy, run: Run) -> None:
    op = s3_proxied.make(opendal.AsyncOperator)

    async def main() -> None:
        await op.write("a", b"1")
        proxy.hold(times=None)
        with anyio.move_on_after(0.05) as scope:
            await op.read("a")
        assert scope.cancelled_caught
        with pytest.raises(TimeoutError), anyio.fail_after(0.05):
            await anext(aiter(op.list("")))
        await asyncio.to_thread(proxy.wait_for, lambda: proxy.abandoned == 2)
        proxy.reset()
        # What is shielded from a cancel goes on.
        with anyio.move_on_after(0), anyio.CancelScope(shield=True):
            assert await op.read("a") == b"1"

    run(main())


def test_ways_to_wait(op: opendal.AsyncOperator, run: Run) -> None:
    async def main() -> None:
        assert len(await op.read("a")) == 100_000
        assert await asyncio.gather(*(op.exists("a") for _ in range(20))) == [True] * 20
        assert await asyncio.wait_for(op.exists("a"), 60)
        assert await asyncio.shield(op.exists("a"))
        assert await asyncio.create_task(op.exists("a"))
        async with asyncio.timeout(60):
            assert await op.exists("a")
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(op.exists("a")) for _ in range(3)]
        assert [task.result() for task in tasks] == [True] * 3
        for next_one in asyncio.as_completed([op.exists("a"), op.exists("b")]):
            await next_one
        done, _ = await asyncio.wait({asyncio.ensure_future(op.exists("a"))})
        assert done.pop().result()

    run(main())


def test_what_is_left_early_is_let_go(s3_proxied: Service, proxy: FaultProxy, run: Run) -> None:
    op = s3_proxied.make(opendal.AsyncOperator)

    async def pieces() -> AsyncGenerator[opendal.types.Buffer]:
        async with op.read_stream("a", chunk=1000) as stream:
            async for piece in stream:
                yield piece

    async def main() -> None:
        await op.write("a", bytes(50 << 20))
        for _ in range(3):
            async with contextlib.aclosing(pieces()) as each:
                assert len(await anext(each)) == 1000
            await asyncio.to_thread(proxy.wait_for, lambda: proxy.in_flight == 0)
        for number in range(5):
            await op.write(f"d/{number}", b"1")
        async for _ in op.list("d/", limit=1):
            break
        await asyncio.to_thread(proxy.wait_for, lambda: proxy.in_flight == 0)

    run(main())
    assert proxy.abandoned == 3


def test_a_stream_that_is_dropped_is_let_go(s3_proxied: Service, proxy: FaultProxy) -> None:
    op = s3_proxied.make(opendal.Operator)
    op.write("a", bytes(50 << 20))
    for _ in range(3):
        stream = iter(op.read_stream("a", chunk=1000))
        assert len(next(stream)) == 1000
        assert proxy.in_flight == 1
        del stream
        proxy.wait_for(lambda: proxy.in_flight == 0)


def test_a_loop_may_be_closed_while_calls_are_on_their_way(
    s3_proxied: Service, proxy: FaultProxy, run: Run
) -> None:
    op = s3_proxied.make(opendal.AsyncOperator)

    async def main() -> None:
        await op.write("a", b"1")
        proxy.delay(0.02, times=None)
        for _ in range(20):
            asyncio.ensure_future(op.read("a"))  # noqa: RUF006
        await asyncio.sleep(0.01)

    for _ in range(5):
        run(main())
    assert op.to_operator().read("a") == b"1"


LONG = 64 << 20


async def read_a_file(op: opendal.AsyncOperator) -> None:
    async with await op.open("long") as file:
        assert len(await file.read()) == LONG


async def write_a_file(op: opendal.AsyncOperator, data: bytearray) -> None:
    async with await op.open("new", "wb") as file:
        await file.write(data)


LONG_CALLS: dict[str, Callable[[opendal.AsyncOperator, bytearray], Awaitable[Any]]] = {
    "read": lambda op, _: op.read("long"),
    "read_into": lambda op, data: op.read_into("long", data),
    "read_ranges": lambda op, _: op.read_ranges("long", [(0, LONG // 2), (1, LONG // 2)]),
    "write": lambda op, data: op.write("new", data),
    "a file that is read": lambda op, _: read_a_file(op),
    "a file that is written": write_a_file,
}


async def turns_during(work: Awaitable[Any]) -> int:
    """How often the loop came round meanwhile."""
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    turning = asyncio.create_task(turn())
    await work
    turning.cancel()
    return turns


@pytest.mark.parametrize("name", LONG_CALLS)
async def test_a_long_copy_does_not_stop_the_loop(name: str) -> None:
    # On memory, nothing else would give the loop a chance.
    op = opendal.AsyncOperator("memory")
    data = bytearray(LONG)
    await op.write("long", data)
    assert await turns_during(LONG_CALLS[name](op, data)) > 0


MANY = 50_000


async def all_lines(op: opendal.AsyncOperator, mode: str) -> None:
    async with op.open("lines", mode) as file:
        assert len(await file.readlines()) == MANY * 4


async def all_text(op: opendal.AsyncOperator) -> None:
    async with op.open("text", "r") as file:
        assert len(await file.read()) == MANY * 200


async def each_line(op: opendal.AsyncOperator) -> None:
    async with op.open("lines", "r") as file:
        assert len([line async for line in file]) == MANY * 4


async def all_entries(op: opendal.AsyncOperator) -> None:
    assert len(await op.list("d/").collect()) == MANY


MANY_RESULTS: dict[str, Callable[[opendal.AsyncOperator], Awaitable[Any]]] = {
    "lines": lambda op: all_lines(op, "rb"),
    "lines of text": lambda op: all_lines(op, "r"),
    "line by line": each_line,
    "text": all_text,
    "collect": all_entries,
    "delete_many": lambda op: op.delete_many([f"d/{number}" for number in range(MANY)]),
    "remove_all": lambda op: op.remove_all("d/"),
}


@pytest.mark.parametrize("name", MANY_RESULTS)
async def test_many_results_do_not_stop_the_loop(name: str) -> None:
    op = opendal.AsyncOperator("memory")
    await op.write("lines", b"1\n" * MANY * 4)
    await op.write("text", b"1" * MANY * 200)
    sync = op.to_operator()
    for number in range(MANY):
        sync.write(f"d/{number}", b"")
    assert await turns_during(MANY_RESULTS[name](op)) > 3


@pytest.mark.parametrize("kind", LOOPS)
def test_a_task_whose_loop_was_closed_is_let_go(
    s3_proxied: Service, proxy: FaultProxy, kind: str
) -> None:
    op = s3_proxied.make(opendal.AsyncOperator)
    proxy.hold(times=None)

    async def read() -> None:
        await op.read("a")

    async def main() -> None:
        running = asyncio.ensure_future(read())
        await asyncio.to_thread(proxy.wait_for, lambda: proxy.in_flight == 1)
        assert not running.done()

    loop = LOOPS[kind]()
    loop.run_until_complete(main())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    del loop
    gc.collect()
    proxy.wait_for(lambda: proxy.abandoned == 1)


async def _write_pieces(op: opendal.AsyncOperator, local: Path) -> None:
    del local

    async def pieces() -> AsyncGenerator[bytes]:
        while True:
            yield bytes(100_000)
            await asyncio.sleep(0)

    await op.write("new", pieces())


async def _write_file(op: opendal.AsyncOperator, local: Path) -> None:
    del local
    async with await op.open("new", "wb") as file:
        while True:
            await file.write(bytes(100_000))
            await asyncio.sleep(0)


async def _write_text(op: opendal.AsyncOperator, local: Path) -> None:
    del local
    async with await op.open("new", "w") as file:
        while True:
            await file.write("text" * 30_000)
            await asyncio.sleep(0)


async def _upload(op: opendal.AsyncOperator, local: Path) -> None:
    while True:
        await op.upload(local, "whole", progress=lambda *_: asyncio.sleep(0))


@pytest.mark.parametrize("work", [_write_pieces, _write_file, _write_text, _upload])
def test_what_is_collected_without_its_loop_gives_up_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: Callable[..., Coroutine[Any, Any, None]]
) -> None:
    words: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", words.append)
    (tmp_path / "local").write_bytes(bytes(5 << 20))
    op = opendal.AsyncOperator("fs", root=tmp_path / "root")

    async def main() -> None:
        running = {asyncio.ensure_future(work(op, tmp_path / "local")) for _ in range(4)}
        await asyncio.wait(running, timeout=0.1)

    for close in (False, True):
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda *_: None)
        loop.run_until_complete(main())
        if close:
            loop.close()
        del loop
        with warnings.catch_warnings():
            # The loop's own.
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
    assert [word.exc_value for word in words] == []
    assert not (tmp_path / "root/new").exists()


async def test_results_that_are_there_let_the_loop_go_on() -> None:
    made = opendal.Operator("memory")
    for number in range(20_000):
        made.write(f"d/{number}", b"")
    made.write("lines", b"line\n" * 50_000)
    op = made.to_async_operator()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.ensure_future(count())
    await asyncio.sleep(0)
    file = await op.open("lines")
    for things in (op.list("d/"), file, op.read_stream("lines", chunk=5)):
        turns = 0
        async for _ in things:
            pass
        assert turns > 1
    counting.cancel()
