"""Text is written and read as Python does."""

import io
from typing import Any

import opendal
import pytest
from calls import Calls, Service

TEXT = "first\nsecond line\r\n\nä€😀\rlast without end"
KiB = 1024
# Longer than what comes along when a file is opened, and than the next pieces.
LONG = bytes(range(256)) * (4 * KiB)


@pytest.fixture
def op(service: Service) -> opendal.Operator:
    op = service.make(opendal.Operator)
    Calls(op, service).needs("write")
    return op


@pytest.mark.parametrize("newline", [None, "", "\n", "\r", "\r\n"])
async def test_ends_of_lines_are_those_of_python(ops: Calls, newline: str | None) -> None:
    await ops.write("a", TEXT.encode())
    like = io.TextIOWrapper(io.BytesIO(TEXT.encode()), "utf-8", newline=newline)
    async with await ops.open("a", "r", newline=newline) as file:
        assert await file.readlines() == like.readlines()
    kept = io.BytesIO()
    with io.TextIOWrapper(kept, "utf-8", newline=newline) as like:
        like.write(TEXT)
        like.flush()
        expected = kept.getvalue()
    async with await ops.open("b", "w", newline=newline) as file:
        assert await file.write(TEXT) == len(TEXT)
    assert await ops.read("b") == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "shift_jis"])
async def test_encodings_come_back(ops: Calls, encoding: str) -> None:
    text = "ab\ncé" if encoding == "latin-1" else "ab\n日本" * 30_000
    async with await ops.open("a", "w", encoding=encoding) as file:
        await file.write(text[:3])
        await file.write(text[3:])
    assert (await ops.read("a")).decode(encoding) == text
    async with await ops.open("a", "r", encoding=encoding) as file:
        assert file.file.encoding == encoding
        assert await file.read(5) == text[:5]
        assert await file.read() == text[5:]


async def test_characters_over_the_borders_of_pieces_are_whole(ops: Calls) -> None:
    text = "x" + "€" * 100_000
    await ops.write("a", text.encode())
    async with await ops.open("a", "r") as file:
        read = [await file.read(777) for _ in range(len(text) // 777 + 1)]
    assert "".join(read) == text


async def test_wrong_bytes_are_told_or_replaced(ops: Calls) -> None:
    await ops.write("a", b"ab\xffc")
    async with await ops.open("a", "r") as file:
        with pytest.raises(UnicodeDecodeError):
            await file.read()
    async with await ops.open("a", "r", errors="replace") as file:
        assert await file.read() == "ab\N{REPLACEMENT CHARACTER}c"
    file = await ops.open("b", "w", encoding="ascii")
    await file.write("ab")
    with pytest.raises(UnicodeEncodeError):
        await file.write("ä")
    await file.abort()
    assert not await ops.exists("b")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"mode": "rb", "encoding": "utf-8"}, ValueError),
        ({"mode": "wb", "newline": ""}, ValueError),
        ({"mode": "wb", "errors": "strict"}, ValueError),
        ({"mode": "r", "buffering": 0}, ValueError),
        ({"mode": "r", "newline": "x"}, ValueError),
        ({"mode": "r", "encoding": "no-such-encoding"}, LookupError),
        ({"mode": "r", "encoding": 1}, TypeError),
        ({"mode": 1}, TypeError),
        ({"buffering": "1"}, TypeError),
        ({"mode": "r", "encodin": "utf-8"}, TypeError),
    ],
    ids=repr,
)
async def test_wrong_arguments_are_refused(
    ops: Calls, options: dict[str, Any], error: type[Exception]
) -> None:
    await ops.write("a", b"1")
    with pytest.raises(error):
        await ops.open("a", **options)
    assert await ops.read("a") == b"1"
