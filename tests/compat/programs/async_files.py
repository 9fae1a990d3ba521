"""Files, in an asynchronous program."""

import asyncio
from datetime import UTC, datetime, timedelta

import opendal
from here import CONFIG, SCHEME, can, here

AFTER = datetime.now(UTC) + timedelta(days=2)
BEFORE = datetime.now(UTC) - timedelta(days=2)


async def members(op: opendal.AsyncOperator) -> None:
    async with await op.open("a", "wb") as file:
        assert isinstance(file, opendal.file.AsyncFile)
        assert await file.writable()
        assert not await file.readable()
        assert await file.write(b"0123") == 4
        assert await file.write(bs=b"456789") == 6
        assert await file.closed is False
    assert await file.closed
    assert await op.read("a") == b"0123456789"

    async with await op.open("a", "rb") as file:
        assert await file.readable()
        assert await file.seekable()
        assert not await file.writable()
        assert await file.read(3) == b"012"
        assert await file.read(size=2) == b"34"
        assert await file.tell() == 5
        assert await file.seek(1) == 1
        assert await file.seek(2, 1) == 3
        assert await file.seek(pos=-1, whence=2) == 9
        assert await file.read() == b"9"
        assert await file.read() == b""
    file = await op.open("a", "rb")
    assert type(await file.close()).__name__ == here("answer of a call without one")
    assert await file.closed


async def options(op: opendal.AsyncOperator) -> None:
    async with await op.open("b", "wb", chunk=5 << 20, concurrent=2) as file:
        await file.write(bytes(1000))
    async with await op.open("b", "rb", chunk=8, concurrent=2, gap=1, prefetch=1) as file:
        assert len(await file.read()) == 1000
    async with await op.open("b", "rb", offset=10, size=20) as file:
        assert len(await file.read()) in {20, 990, 1000}
    metadata = await op.stat("b")
    if can(op, "read_with_if_match") and can(op, "read_with_if_unmodified_since"):
        first = {"if_match": metadata.etag, "if_unmodified_since": AFTER}
        async with await op.open("b", "rb", **first) as file:
            assert len(await file.read()) == 1000
        async with await op.open(
            "b", "rb", if_none_match='"other"', if_modified_since=BEFORE
        ) as file:
            assert len(await file.read()) == 1000
        async with await op.open(
            "b", "rb", if_match=metadata.etag, if_unmodified_since=AFTER
        ) as file:
            assert len(await file.read()) == 1000
    if can(op, "read_with_version") and metadata.version:
        async with await op.open("b", "rb", version=metadata.version) as file:
            assert len(await file.read()) == 1000
    if can(op, "write_with_user_metadata") and can(op, "write_with_content_encoding"):
        async with await op.open(
            "told",
            "wb",
            user_metadata={"a": "b"},
            content_type="text/x-odd",
            cache_control="no-store",
            content_disposition="inline",
        ) as file:
            await file.write(b"1")
        async with await op.open("packed", "wb", content_encoding="gzip") as file:
            await file.write(b"1")
        assert (await op.stat("told")).user_metadata == {"a": "b"}
        assert (await op.stat("packed")).content_encoding == "gzip"
    if can(op, "write_with_if_not_exists"):
        async with await op.open("new", "wb", if_not_exists=True) as file:
            await file.write(b"1")
    if can(op, "write_can_append") and SCHEME != "s3":
        async with await op.open("log", "wb") as file:
            await file.write(b"1")
        async with await op.open("log", "wb", append=True) as file:
            await file.write(b"2")
        assert await op.read("log") == b"12"


async def opened(op: opendal.AsyncOperator, path: str, mode: str) -> str:
    try:
        file = await op.open(path, mode)
    except opendal.exceptions.Unsupported:
        return "Unsupported"
    except opendal.exceptions.NotFound:
        return "NotFound"
    await file.close()
    return "opened"


async def errors(op: opendal.AsyncOperator) -> None:
    assert await opened(op, "a", "nonsense") == "Unsupported"
    assert await opened(op, "missing", "rb") == here("missing file at open")
    try:
        async with await op.open("half", "wb") as file:
            await file.write(b"half")
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert await op.exists("half") is here("half a file")


async def main() -> None:
    op = opendal.AsyncOperator(SCHEME, **CONFIG)
    await members(op)
    await options(op)
    await errors(op)


asyncio.run(main())
