"""Data is written from wherever it comes."""

import asyncio
import io
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Calls
from opendal.exceptions import ConditionalCreateFailed, InvalidArgument, IsADirectory

DATA = os.urandom(3_000_000)


async def test_a_file_is_written_as_it_is_read(ops: Calls, tmp_path: Path) -> None:
    local = tmp_path / "local"
    local.write_bytes(DATA)
    with local.open("rb") as file:
        file.seek(10)
        written = (
            await ops.write("a", file, content_type="text/x-odd")
            if ops.can("write_with_content_type")
            else await ops.write("a", file)
        )
    assert isinstance(written, opendal.types.Metadata)
    assert await ops.read("a") == DATA[10:]
    await ops.write("b", io.BytesIO(b"short"))
    assert await ops.read("b") == b"short"
    with tempfile.SpooledTemporaryFile() as spooled:
        await ops.write("c", spooled)
    assert await ops.read("c") == b""


async def test_an_iterable_is_written_piece_by_piece(ops: Calls) -> None:
    def pieces() -> Iterator[bytes | bytearray | memoryview]:
        yield DATA[:5]
        yield bytearray(DATA[5:7])
        yield b""
        yield memoryview(DATA)[7:]

    await ops.write("a", pieces())
    assert await ops.read("a") == DATA
    await ops.write("b", [])
    assert await ops.read("b") == b""
    await ops.write("c", (b"1", b"2"))
    assert await ops.read("c") == b"12"


async def test_what_was_read_is_written(ops: Calls) -> None:
    await ops.write("a", DATA)
    await ops.write("b", await ops.read_buffer("a"))
    await ops.write("c", ops.op.read_stream("b", chunk=1_000_000))
    assert await ops.read("c") == DATA


async def test_a_source_that_fails_leaves_nothing(ops: Calls) -> None:
    await ops.write("kept", b"old")

    def pieces() -> Iterator[bytes]:
        yield DATA
        raise KeyError("mine")

    for path in ("kept", "new"):
        with pytest.raises(KeyError, match="mine"):
            await ops.write(path, pieces())
    assert await ops.read("kept") == b"old"
    assert not await ops.exists("new")


@pytest.mark.parametrize(
    "wrong",
    [lambda: ["text"], lambda: [1, 2], lambda: io.StringIO("text"), io.StringIO, dict],
    ids=["texts", "numbers", "text file", "empty text file", "dict"],
)
async def test_pieces_are_data_too(ops: Calls, wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match="data must be"):
        await ops.write("a", wrong())
    assert not await ops.exists("a")


async def test_conditions_hold_for_sources(ops: Calls) -> None:
    with pytest.raises(IsADirectory):
        await ops.write("dir/", [b"1"])
    ops.needs("write_with_if_not_exists")
    await ops.write("a", b"1")
    with pytest.raises(ConditionalCreateFailed):
        await ops.write("a", [b"2"], if_not_exists=True)
    assert await ops.read("a") == b"1"


async def test_an_asynchronous_iterable_is_written(s3_versity: Any) -> None:
    op = s3_versity.make(opendal.AsyncOperator)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(DATA), 700_000):
            await asyncio.sleep(0)
            yield DATA[start : start + 700_000]

    task = asyncio.create_task(op.write("a", pieces()))
    await asyncio.gather(task, op.write("b", pieces()))
    assert await op.read("a") == await op.read("b") == DATA
    with pytest.raises(InvalidArgument, match="AsyncOperator"):
        op.to_operator().write("c", pieces())


async def test_a_cancelled_source_leaves_nothing() -> None:
    op = opendal.AsyncOperator("memory")

    async def pieces() -> AsyncIterator[bytes]:
        yield b"1"
        await asyncio.sleep(60)

    task = asyncio.ensure_future(op.write("a", pieces()))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not await op.exists("a")


async def test_long_data_of_unknown_length_goes_in_parts(ops: Calls) -> None:
    ops.holds(20 << 20)
    piece = os.urandom(1 << 20)
    await ops.write("a", (piece for _ in range(20)))
    assert (await ops.stat("a")).content_length == 20 << 20
    assert await ops.read("a", offset=(15 << 20) - 5, size=10) == piece[-5:] + piece[:5]
