"""What is cancelled or given up ends on the server, too."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

from .lab import PART, SMALL, Lab, in_parts
from .libraries import Client
from .registry import Failed, must_be, probe


def _call(client: Client, what: str) -> Any:
    match what:
        case "read":
            return client.aread("a")
        case "write":
            return client.awrite("new", b"1")
        case "stat":
            return client.astat("a")
        case _:
            return _collect(client.alist("d/"))


async def _collect(things: AsyncIterator[Any]) -> list[Any]:
    return [thing async for thing in things]


async def _at_desk(call: Callable[..., Any], *arguments: object) -> Any:
    """The desk may be waited for; the loop may not."""
    return await asyncio.to_thread(call, *arguments)


async def _ends(lab: Lab, client: Client, number: int = 1) -> None:
    """The server must see them go, and calls must go on working."""
    if not await _at_desk(lab.desk.abandoned, number):
        raise Failed("the request runs on")
    await _at_desk(lab.desk.reset)
    must_be(await client.aread("a"), SMALL)


@probe("task.cancel ends the request on the server: {}", over=["read", "write", "stat", "listing"])
def task(lab: Lab, what: str) -> None:
    async def main() -> None:
        client = lab.s3()
        lab.desk.hold()
        running = asyncio.ensure_future(_call(client, what))
        await _at_desk(lab.desk.in_flight, 1)
        running.cancel()
        try:
            await running
        except asyncio.CancelledError:
            await _ends(lab, client)
        else:
            raise Failed("not cancelled")

    asyncio.run(main())


async def _wait_for(client: Client, arrived: Callable[[], Awaitable[Any]]) -> None:
    call = asyncio.ensure_future(client.aread("a"))
    await arrived()
    await asyncio.wait_for(call, 0.01)


async def _timeout(client: Client, arrived: Callable[[], Awaitable[Any]]) -> None:
    del arrived
    async with asyncio.timeout(0.5):
        await client.aread("a")


async def _group(client: Client, arrived: Callable[[], Awaitable[Any]]) -> None:
    async def read() -> None:
        await client.aread("a")

    async with asyncio.TaskGroup() as group:
        group.create_task(read())
        await arrived()
        raise TimeoutError


WAYS: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {
    "wait_for": _wait_for,
    "timeout": _timeout,
    "TaskGroup": _group,
}


@probe("asyncio's {} ends the request on the server", over=WAYS)
def way(lab: Lab, name: str) -> None:
    async def main() -> None:
        client = lab.s3()
        lab.desk.hold()
        try:
            await WAYS[name](client, lambda: _at_desk(lab.desk.in_flight, 1))
        except* TimeoutError:
            pass
        else:
            raise Failed("not cancelled")
        await _ends(lab, client)

    asyncio.run(main())


@probe("100 of 200 calls are cancelled: those end, and the others are answered")
def half_of_many(lab: Lab) -> None:
    async def main() -> None:
        client = lab.s3()
        lab.desk.hold()
        tasks = [asyncio.ensure_future(client.aread("a")) for _ in range(200)]
        # Ours lets 128 of them out, and the others wait for a place.
        await _at_desk(lab.desk.in_flight, 100)
        for each in tasks[::2]:
            each.cancel()
        await asyncio.wait(tasks[::2])
        await _at_desk(lab.desk.reset)
        answers = await asyncio.gather(*tasks[1::2])
        must_be(set(answers), {SMALL})

    asyncio.run(main())


@probe("An upload in parts that is cancelled is aborted on the server")
def parts(lab: Lab) -> None:
    async def main() -> None:
        client = lab.s3()
        lab.desk.hold("PUT")
        running = asyncio.ensure_future(client.awrite("parts", bytes(3 * PART), **in_parts(lab)))
        # Not while it is begun: that leaves an empty upload.
        await _at_desk(lab.desk.seen, "PUT", "partNumber")
        running.cancel()
        await asyncio.wait([running])
        if not await _at_desk(lab.desk.seen, "DELETE", "uploadId"):
            raise Failed("the parts stay")

    asyncio.run(main())


@probe("A body that is given up after one piece frees its connection: {}", over=["sync", "async"])
def body(lab: Lab, kind: str) -> None:
    client = lab.odd_s3("stalls")

    async def begin() -> Any:
        pieces = client.astream("a")
        await anext(pieces)
        if hasattr(pieces, "aclose"):
            await pieces.aclose()
        del pieces
        gc.collect()
        # A loop that ends would end what is left of it, too.
        if not await _at_desk(lab.desk.odd_left):
            raise Failed("the connection stays")

    if kind == "async":
        asyncio.run(begin())
        return
    pieces = client.stream("a")
    next(pieces)
    del pieces
    gc.collect()
    if not lab.desk.odd_left():
        raise Failed("the connection stays")


@probe("A file that is read is dropped without close: its connection is freed")
def file(lab: Lab) -> None:
    opened = lab.s3().open_read("large")
    # Enough to have it read ahead.
    opened.read(2 << 20)
    del opened
    gc.collect()
    if not lab.desk.none_in_flight():
        raise Failed("the connection stays")
