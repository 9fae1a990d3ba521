"""Files read and write like Python's, and a half-written one is never published."""

import asyncio
import gc
import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Calls, OpenFile, Service
from opendal.exceptions import (
    ConditionalCreateFailed,
    Error,
    InvalidArgument,
    NotFound,
    Unsupported,
)
from servers import FaultProxy, MotoServer
from servers.proxy import Request

KiB = 1024
MiB = 1024 * KiB
TEXT = b"first\nsecond line\n\nlast without end"


@pytest.fixture
async def written(ops: Calls) -> Calls:
    await ops.write("a", TEXT)
    return ops


async def test_read_in_pieces(written: Calls) -> None:
    async with await written.open("a", "rb") as file:
        assert await file.read(3) == TEXT[:3]
        assert await file.read(0) == b""
        assert await file.tell() == 3
        assert await file.read() == TEXT[3:]
        assert await file.read() == b""
        assert await file.read(5) == b""


@pytest.mark.parametrize("size", [None, -1])
async def test_read_everything(written: Calls, size: int | None) -> None:
    async with await written.open("a", "rb") as file:
        assert await file.read(size) == TEXT


@pytest.mark.parametrize("size", [None, 3, 100])
async def test_read_lines_as_python_does(written: Calls, size: int | None) -> None:
    like = io.BytesIO(TEXT)
    async with await written.open("a", "rb") as file:
        while True:
            line = await file.readline(size)
            assert line == like.readline(size)
            if not line:
                break


async def test_read_into_a_buffer(written: Calls) -> None:
    target = bytearray(b"-" * 10)
    async with await written.open("a", "rb") as file:
        assert await file.readinto(memoryview(target)[2:7]) == 5
        assert target == b"--" + TEXT[:5] + b"---"
        await file.seek(-3, 2)
        assert await file.readinto(target) == 3
        assert await file.readinto(target) == 0
        with pytest.raises(InvalidArgument):
            await file.readinto(b"cannot change")


@pytest.mark.parametrize(("pos", "whence"), [(5, 0), (0, 0), (2, 1), (-2, 2), (0, 2), (100, 0)])
async def test_seek_as_python_does(written: Calls, pos: int, whence: int) -> None:
    like = io.BytesIO(TEXT)
    like.read(4)
    async with await written.open("a", "rb") as file:
        await file.read(4)
        assert await file.seek(pos, whence) == like.seek(pos, whence)
        assert await file.tell() == like.tell()
        assert await file.read(3) == like.read(3)
        assert await file.seek(0) == 0
        assert await file.read() == TEXT


async def test_seek_refuses_nonsense(written: Calls) -> None:
    async with await written.open("a", "rb") as file:
        with pytest.raises(ValueError):  # noqa: PT011
            await file.seek(-1)
        with pytest.raises(ValueError):  # noqa: PT011
            await file.seek(0, 7)
        assert await file.read(2) == TEXT[:2]


async def test_a_range_opens_as_a_file(written: Calls) -> None:
    async with await written.open("a", "rb", offset=6, size=6) as file:
        assert await file.read() == b"second"


async def test_write_in_pieces(ops: Calls) -> None:
    async with await ops.open("dir/a", "wb") as file:
        assert await file.write(b"one ") == 4
        assert await file.write(bytearray(b"two ")) == 4
        assert await file.write(memoryview(b"three")) == 5
        assert await file.tell() == 13
        assert await file.flush() is None
    assert await ops.read("dir/a") == b"one two three"


async def test_write_nothing(ops: Calls) -> None:
    ops.needs("write_can_empty")
    async with await ops.open("a", "wb"):
        pass
    assert await ops.read("a") == b""


async def test_write_large_parts(ops: Calls) -> None:
    data = bytes(1024 * 1024)
    async with await ops.open("a", "wb", chunk=5 * 1024 * 1024) as file:
        for _ in range(11):
            await file.write(data)
    assert (await ops.stat("a")).content_length == 11 * len(data)


async def fail_in_the_middle(file: OpenFile) -> None:
    async with file:
        await file.write(b"half")
        raise ZeroDivisionError


async def test_a_given_up_upload_leaves_no_parts(
    s3_moto: Service, moto: MotoServer, kind: type[opendal.Operator]
) -> None:
    ops = Calls(s3_moto.make(kind))
    file = await ops.open("a", "wb", chunk=5 * 1024 * 1024)
    await file.write(bytes(11 * 1024 * 1024))
    uploads = f"/{s3_moto.config['bucket']}", "uploads="
    assert b"<Upload>" in moto.request("GET", *uploads)
    with pytest.raises(ZeroDivisionError):
        await fail_in_the_middle(file)
    assert b"<Upload>" not in moto.request("GET", *uploads)
    assert await ops.paths("") == []


async def test_nothing_shows_before_the_file_is_closed(ops: Calls) -> None:
    file = await ops.open("a", "wb")
    await file.write(b"1")
    assert not await ops.exists("a")
    await file.close()
    assert await ops.read("a") == b"1"


async def test_options_reach_the_object(ops: Calls) -> None:
    ops.needs("write_with_content_type")
    async with await ops.open("a", "wb", content_type="text/x-odd") as file:
        await file.write(b"1")
    assert (await ops.stat("a")).content_type == "text/x-odd"


async def test_creating_only(ops: Calls) -> None:
    ops.needs("write_with_if_not_exists")
    await ops.write("a", b"1")
    with pytest.raises(ConditionalCreateFailed):
        async with await ops.open("a", "wb", if_not_exists=True) as file:
            await file.write(b"2")
    assert await ops.read("a") == b"1"


@pytest.mark.parametrize("mode", ["r+", "r+b", "w+", "", "b", "rw", "rbt", "rr", "U", "nonsense"])
async def test_other_modes_are_refused(memory_ops: Calls, mode: str) -> None:
    await memory_ops.write("a", b"1")
    with pytest.raises(Unsupported, match=r"modes are 'r', 'w', 'x' and 'a'.*'rb'") as caught:
        await memory_ops.open("a", mode)
    # As Python's own.
    assert isinstance(caught.value, ValueError)
    assert (caught.value.operation, caught.value.path) == ("open", "a")


@pytest.mark.parametrize(
    ("mode", "option"), [("rb", {"append": True}), ("wb", {"offset": 1})], ids=repr
)
async def test_options_of_the_other_mode_are_refused(
    memory_ops: Calls, mode: str, option: dict[str, Any]
) -> None:
    await memory_ops.write("a", b"1")
    with pytest.raises(Error, match=next(iter(option))):
        await memory_ops.open("a", mode, **option)


async def test_a_file_says_what_it_can(written: Calls) -> None:
    async with await written.open("a", "rb") as file:
        able = [await call() for call in (file.readable, file.writable, file.seekable)]
        assert able == [True, False, True]
        with pytest.raises(io.UnsupportedOperation):
            await file.write(b"1")
    async with await written.open("b", "wb") as file:
        able = [await call() for call in (file.readable, file.writable, file.seekable)]
        assert able == [False, True, False]
        for call in (file.read(), file.readline(), file.seek(0), file.readinto(bytearray(1))):
            with pytest.raises(io.UnsupportedOperation):
                await call
        await file.write(b"1")


async def test_a_closed_file_is_closed(written: Calls) -> None:
    file = await written.open("a", "rb")
    assert not await file.closed()
    await file.close()
    await file.close()
    assert await file.closed()
    for call in (file.read(), file.readline(), file.seek(0), file.tell()):
        with pytest.raises(ValueError):  # noqa: PT011
            await call


def test_going_through_a_file_gives_its_lines(service: Service) -> None:
    op = service.make(opendal.Operator)
    op.write("a", TEXT)
    with op.open("a", "rb") as file:
        assert list(file) == list(io.BytesIO(TEXT))


async def test_an_async_file_may_be_awaited_or_entered(service: Service) -> None:
    op = service.make(opendal.AsyncOperator)
    async with op.open("a", "wb") as file:
        await file.write(b"1")
    async with await op.open("a", "rb") as file:
        assert await file.read() == b"1"
    file = op.open("a", "rb")
    assert await file is file
    assert await file.read() == b"1"
    await file.close()


# What it costs


async def test_opening_and_reading_a_short_object_is_one_request(
    proxied: Calls, proxy: FaultProxy
) -> None:
    await proxied.write("a", TEXT)
    proxy.reset()
    async with await proxied.open("a", "rb") as file:
        assert await file.read() == TEXT
        assert await file.seek(0, 2) == len(TEXT)
        await file.seek(3)
        assert await file.read(4) == TEXT[3:7]
    assert (proxy.count(), proxy.count("GET")) == (1, 1)


async def test_reading_on_and_on_takes_ever_larger_pieces(
    proxied: Calls, proxy: FaultProxy
) -> None:
    size = 24 * MiB
    await proxied.write("a", bytes(size))
    proxy.reset()
    async with await proxied.open("a", "rb") as file:
        for _ in range(size // (64 * KiB)):
            assert len(await file.read(64 * KiB)) == 64 * KiB
        assert await file.read() == b""
    lengths = [asked(request) for request in proxy.requests]
    assert lengths[0] == 64 * KiB
    assert lengths == sorted(lengths[:-1]) + lengths[-1:]
    assert max(lengths) == 8 * MiB
    assert len(lengths) <= 10


async def test_jumping_takes_about_what_is_asked_for(proxied: Calls, proxy: FaultProxy) -> None:
    await proxied.write("a", bytes(8 * MiB))
    async with await proxied.open("a", "rb") as file:
        proxy.reset()
        for place in (5 * MiB, 2 * MiB, 7 * MiB, MiB):
            await file.seek(place)
            assert len(await file.read(4 * KiB)) == 4 * KiB
            # Within what came along, no further request is needed.
            await file.seek(place + KiB)
            assert len(await file.read(8 * KiB)) == 8 * KiB
        assert [asked(request) for request in proxy.requests] == [16 * KiB] * 4
        proxy.reset()
        await file.seek(3 * MiB)
        assert len(await file.read(MiB)) == MiB
        assert [asked(request) for request in proxy.requests] == [MiB]


async def test_a_long_read_is_one_request(proxied: Calls, proxy: FaultProxy) -> None:
    data = os.urandom(20 * MiB)
    await proxied.write("a", data)
    proxy.reset()
    async with await proxied.open("a", "rb") as file:
        assert await file.read(10) == data[:10]
        assert await file.read() == data[10:]
        assert proxy.count() == 2
        target = bytearray(len(data) + 1)
        await file.seek(0)
        assert await file.readinto(target) == len(data)
        assert target == data + b"\0"
        assert proxy.count() == 3


async def test_a_cancelled_long_read_loses_no_bytes(tmp_path: Path) -> None:
    op = opendal.AsyncOperator("fs", root=tmp_path)
    data = os.urandom(MiB)
    await op.write("a", data)
    async with op.open("a", "rb") as file:
        for size in (100 * KiB, 300 * KiB):
            place = await file.tell()
            unread = file.read(size)
            # It has run to its end, but nobody has taken what it read.
            while "done" not in repr(unread):
                await asyncio.sleep(0.001)
            unread.close()
            assert await file.read(size) == data[place : place + size]


def test_a_file_that_became_shorter_is_no_longer_read(tmp_path: Path) -> None:
    op = opendal.Operator("fs", root=tmp_path)
    op.write("a", bytes(MiB))
    for size in (100, 100 * KiB):
        with op.open("a", "rb") as file:
            assert file.read(10) == bytes(10)
            os.truncate(tmp_path / "a", 20)
            file.seek(MiB // 2)
            with pytest.raises(Error):
                file.read(size)
            assert file.tell() == MiB // 2
        os.truncate(tmp_path / "a", MiB)


async def test_an_unbuffered_file_takes_what_is_asked_for(
    proxied: Calls, proxy: FaultProxy
) -> None:
    await proxied.write("a", bytes(MiB))
    async with await proxied.open("a", "rb", buffering=0) as file:
        proxy.reset()
        for size in (100, 1, 5000):
            await file.read(size)
        assert [asked(request) for request in proxy.requests] == [100, 1, 5000]


async def test_opening_needs_no_second_look_at_a_wrong_path(
    proxied: Calls, proxy: FaultProxy
) -> None:
    proxy.reset()
    with pytest.raises(NotFound):
        await proxied.open("absent", "rb")
    assert proxy.count() == 1


def asked(request: Request) -> int:
    """The length of the range that a request asks for."""
    value = request.header("range")
    assert value, request
    first, _, last = value.removeprefix("bytes=").partition("-")
    return int(last) - int(first) + 1


async def test_an_answer_that_breaks_off_is_an_error(proxied: Calls, proxy: FaultProxy) -> None:
    await proxied.write("a", bytes(MiB))
    async with await proxied.open("a", "rb") as file:
        await file.read(10)
        proxy.truncate(1000)
        with pytest.raises(Error) as caught:
            await file.read(MiB)
        assert caught.value.temporary
        # What did not come is not skipped.
        assert await file.tell() == 10
        assert await file.read() == bytes(MiB - 10)


# In one process


def test_nothing_is_published_at_the_end_of_the_interpreter(tmp_path: Path) -> None:
    program = f"""
import opendal, io
op = opendal.Operator("fs", root={str(tmp_path)!r})
files = [op.open("a", "wb"), op.open("b", "w"), io.TextIOWrapper(op.open("c", "wb"))]
for file in files:
    file.write(b"half" if isinstance(file, io.BufferedIOBase) else "half")
files.append(files)
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_publishes_no_text_of_its_parent(tmp_path: Path) -> None:
    op = opendal.Operator("fs", root=tmp_path)
    text = op.open("a", "w")
    text.write("of the parent")
    child = os.fork()
    if child == 0:
        try:
            del text
            gc.collect()
        finally:
            os._exit(len(list(tmp_path.glob("a"))))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    text.close()
    assert op.read("a") == b"of the parent"


def test_a_failed_write_leaves_the_file_failed(s3_proxied: Service, proxy: FaultProxy) -> None:
    op = s3_proxied.make(opendal.Operator)
    file = op.open("a", "wb", chunk=5 * MiB)
    proxy.fail(500, method="PUT", times=1)
    failed = 0
    for _ in range(4):
        try:
            file.write(bytes(5 * MiB))
        except Error:
            failed += 1
    assert failed
    with pytest.raises(Error, match="earlier write"):
        file.write(b"1")
    with pytest.raises(Error, match="cannot be completed"):
        file.close()
    assert file.closed
    assert not op.exists("a")


def test_threads_share_a_file(service: Service) -> None:
    op = service.make(opendal.Operator)
    op.write("a", b"".join(b"%7d\n" % number for number in range(5000)))
    with op.open("a", "rb") as file, ThreadPoolExecutor(4) as pool:
        lines = list(pool.map(lambda _: file.readline(), range(5000)))
    assert sorted(map(int, lines)) == list(range(5000))


@pytest.mark.parametrize("turns", [1, 2, 4, 8])
@pytest.mark.parametrize("call", ["read", "readlines"])
@pytest.mark.parametrize("mode", ["r", "rb"])
async def test_nothing_is_lost_when_much_is_given_up_half_way(
    mode: str, call: str, turns: int
) -> None:
    op = opendal.AsyncOperator("memory")
    lines = [f"ä {number}\r\n" for number in range(300_000)]
    await op.write("a", "".join(lines).encode())
    async with op.open("a", mode, newline="" if mode == "r" else None) as file:
        task = asyncio.ensure_future(getattr(file, call)())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if task.cancelled():
            found = await file.readlines()
            assert found == (lines if mode == "r" else [line.encode() for line in lines])


async def test_a_long_text_says_where_it_is_no_text() -> None:
    op = opendal.AsyncOperator("memory")
    data = b"1" * 3_000_000 + b"\xff" + b"1" * 3_000_000
    await op.write("a", data)
    async with op.open("a", "r") as file:
        with pytest.raises(UnicodeDecodeError, match="0xff in position 3000000"):
            await file.read()


@pytest.mark.parametrize("turns", [3, 30])
async def test_a_long_text_that_is_none_can_be_cancelled(turns: int) -> None:
    op = opendal.AsyncOperator("memory")
    await op.write("a", b"1" * 30_000_000 + b"\xff")
    async with op.open("a", "r") as file:
        task = asyncio.ensure_future(file.read())
        for _ in range(turns):
            await asyncio.sleep(0)
        assert task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await file.readline(5) == "11111"
        with pytest.raises(UnicodeDecodeError):
            await file.read()


async def test_a_character_that_is_never_ended_is_told_without_a_place_before_the_text() -> None:
    op = opendal.AsyncOperator("memory")
    await op.write("a", "ab€".encode()[:-1] + b"c")
    async with op.open("a", "rb") as raw:
        file = opendal.file.AsyncTextFile(raw)
        file._take((await raw.read(4)), final=False)
        with pytest.raises(UnicodeDecodeError) as caught:
            await file.read()
        assert caught.value.start >= 0
