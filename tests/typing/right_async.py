"""The asynchronous API, with the types that it gives."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import assert_type

import opendal
from opendal.capability import Capability
from opendal.file import AsyncFile, AsyncTextFile
from opendal.layers import Layer
from opendal.types import AsyncLister, Entries, Entry, Metadata, PresignedRequest


async def operations(op: opendal.AsyncOperator) -> None:
    assert_type(await op.read("a"), bytes)
    assert_type(await op.read(Path("a"), offset=1, size=2, chunk=3, concurrent=4), bytes)
    assert_type(await op.write("a", bytearray(b"x"), if_not_exists=True), Metadata)
    assert_type((await op.stat("a")).content_length, int)
    assert_type(await op.exists("a"), bool)
    await op.delete("a", recursive=True)
    assert_type(await op.copy("a", "b", if_not_exists=True), Metadata)
    await op.rename("a", "b")
    await op.create_dir("d/")
    await op.remove_all("d/")
    await op.check()
    assert_type(op.capability(), Capability)
    assert_type(op.scheme, str)
    assert_type(op.layers, tuple[Layer, ...])
    async with op as same:
        assert_type(same, opendal.AsyncOperator)


async def side_by_side(op: opendal.AsyncOperator) -> None:
    assert_type(await asyncio.gather(op.read("a"), op.stat("b")), tuple[bytes, Metadata])
    task = asyncio.create_task(op.read("a"))
    assert_type(await asyncio.wait_for(task, 1), bytes)
    async with asyncio.TaskGroup() as group:
        second = group.create_task(op.exists("b"))
    assert_type(second.result(), bool)
    asyncio.run(op.check())


async def listings(op: opendal.AsyncOperator) -> None:
    assert_type(op.list("d/"), AsyncLister)
    assert_type(await op.list("d/", recursive=True), AsyncLister)
    async for entry in op.list("d/"):
        assert_type(entry, Entry)
    async for entry in await op.scan("d/"):
        assert_type(entry.path, str)
    assert_type([entry.name async for entry in op.list("d/")], list[str])
    assert_type(await anext(op.list("")), Entry)
    assert_type(await op.list("", max_items=5, stat=False).collect(), Entries)


async def files(op: opendal.AsyncOperator) -> None:
    async with op.open("a", "rb") as file:
        assert_type(file, AsyncFile)
        assert_type(await file.read(10), bytes)
        assert_type(await file.readline(), bytes)
        assert_type(await file.readinto(memoryview(bytearray(10))), int)
        assert_type(await file.seek(0), int)
        assert_type(await file.tell(), int)
        assert_type(await file.closed, bool)
        assert_type(await file.readable(), bool)
    async with await op.open("a", "wb", chunk=1 << 20) as file:
        assert_type(await file.write(b"x"), int)
        await file.flush()
    file = await op.open("a", "rb")
    assert_type((file.name, file.mode), tuple[str, str])
    assert_type([line async for line in file], list[bytes])
    assert_type(await file.readlines(), list[bytes])
    await file.close()
    async with op.open("a", "r", encoding="latin-1") as text:
        assert_type(text, AsyncTextFile)
        assert_type(await text.read(10), str)
        assert_type([line async for line in text], list[str])
        assert_type(await text.closed, bool)
    async with await op.open("a", "w") as text:
        assert_type(await text.write("x"), int)
        await text.writelines(["a", "b"])
        await text.abort()


async def signing(op: opendal.AsyncOperator) -> None:
    assert_type(await op.presign_read("a", 60), PresignedRequest)
    await op.presign_stat("a", timedelta(minutes=1))
    await op.presign_write("a", 60, content_type="text/plain")
    await op.presign_delete("a", 60)
