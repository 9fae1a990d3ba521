"""An object is read piece by piece."""

import asyncio
import os
import threading
from typing import Any

import opendal
import pytest
from calls import Calls
from opendal.exceptions import ConditionNotMatch, InvalidArgument, IsADirectory, NotFound
from opendal.types import Buffer
from servers import FaultProxy

DATA = os.urandom(100_000)


async def pieces(ops: Calls, path: str, **options: Any) -> list[Buffer]:
    stream = ops.op.read_stream(path, **options)
    if isinstance(ops.op, opendal.AsyncOperator):
        return [piece async for piece in stream]
    return list(stream)


@pytest.mark.parametrize("more", [{}, {"concurrent": 3}, {"prefetch": 2}], ids=repr)
async def test_pieces_are_as_long_as_asked_for(ops: Calls, more: dict[str, int]) -> None:
    await ops.write("a", DATA)
    found = await pieces(ops, "a", chunk=30_000, **more)
    assert [len(piece) for piece in found] == [30_000, 30_000, 30_000, 10_000]
    assert b"".join(found) == DATA


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"offset": 99_000}, DATA[99_000:]),
        ({"offset": 10, "size": 2000}, DATA[10:2010]),
        ({"offset": 99_000, "size": 2000}, DATA[99_000:]),
        ({"offset": 2**40}, b""),
        ({"size": 0}, b""),
        ({"suffix": 500}, DATA[-500:]),
        ({"suffix": 2**40}, DATA),
    ],
    ids=["to the end", "part", "over the end", "beyond", "nothing", "last", "more than all"],
)
@pytest.mark.parametrize("more", [{}, {"concurrent": 2}], ids=repr)
async def test_a_part_is_read_piece_by_piece(
    ops: Calls, options: dict[str, int], part: bytes, more: dict[str, int]
) -> None:
    await ops.write("a", DATA)
    assert b"".join(await pieces(ops, "a", chunk=700, **options, **more)) == part


async def test_nothing_has_no_pieces(ops: Calls) -> None:
    await ops.write("a", b"")
    assert await pieces(ops, "a") == []
    assert await pieces(ops, "a", suffix=5) == []


async def test_what_is_wrong_shows_at_the_first_piece(ops: Calls) -> None:
    await ops.write("dir/a", DATA)
    with pytest.raises(NotFound) as caught:
        await pieces(ops, "absent")
    assert (caught.value.operation, caught.value.path) == ("read_stream", "absent")
    with pytest.raises(IsADirectory):
        await pieces(ops, "dir/")
    with pytest.raises(InvalidArgument, match="no keyword 'gap'"):
        ops.op.read_stream("dir/a", gap=1)
    ops.needs("read_with_if_match")
    with pytest.raises(ConditionNotMatch):
        await pieces(ops, "dir/a", if_match='"another"')


async def test_a_stream_may_be_closed_early(ops: Calls) -> None:
    await ops.write("a", DATA)
    stream = ops.op.read_stream("a", chunk=10)
    if isinstance(stream, opendal.types.AsyncReadStream):
        async with stream:
            assert await anext(stream) == DATA[:10]
        await stream.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
    else:
        with stream:
            assert next(stream) == DATA[:10]
        stream.close()
        assert list(stream) == []


async def test_a_stream_is_of_one_object(ops: Calls) -> None:
    ops.holds(5 << 20)
    large = os.urandom(5 << 20)
    await ops.write("a", large)
    stream = ops.op.read_stream("a", chunk=1 << 20)
    if isinstance(stream, opendal.types.AsyncReadStream):
        found = [await anext(stream)]
        await ops.write("a", b"another")
        found += [piece async for piece in stream]
    else:
        found = [next(stream)]
        await ops.write("a", b"another")
        found += list(stream)
    assert b"".join(found) == large


async def test_a_cancelled_piece_comes_again(s3_proxied: Any, proxy: FaultProxy) -> None:
    op = s3_proxied.make(opendal.AsyncOperator)
    await op.write("a", DATA)
    proxy.delay(0.2, times=3)
    stream = op.read_stream("a", chunk=40_000)
    found = []
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(stream), 0.05)
    proxy.reset()
    async for piece in stream:
        found.append(piece)
        again = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        again.cancel()
        [answer] = await asyncio.gather(again, return_exceptions=True)
        if isinstance(answer, Buffer):
            found.append(answer)
    assert b"".join(found) == DATA


def test_threads_share_a_stream(tmp_path: Any) -> None:
    op = opendal.Operator("fs", root=tmp_path)
    op.write("a", DATA)
    stream = op.read_stream("a", chunk=100)
    found: list[Buffer] = []

    def take() -> None:
        found.extend(stream)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bytes(piece) for piece in found) == sorted(
        DATA[at : at + 100] for at in range(0, len(DATA), 100)
    )
