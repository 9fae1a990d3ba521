"""Files read and write like Python's, and a half-written one is never published."""

import gc
import io
import pickle
from typing import Any

import opendal
import pytest
from calls import Calls, OpenFile, Service
from hypothesis import given, settings, strategies
from opendal.exceptions import (
    ConditionalCreateFailed,
    Error,
    InvalidArgument,
    NotFound,
    Unsupported,
)
from servers import MotoServer

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


STEPS = strategies.lists(
    strategies.one_of(
        strategies.tuples(strategies.just("read"), strategies.integers(-1, 60)),
        strategies.tuples(strategies.just("readline"), strategies.integers(-1, 60)),
        strategies.tuples(strategies.just("seek"), strategies.integers(0, 60)),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(data=strategies.binary(max_size=50) | strategies.just(TEXT), steps=STEPS)
def test_any_steps_give_what_python_gives(data: bytes, steps: list[tuple[str, int]]) -> None:
    op = opendal.Operator("memory")
    op.write("a", data)
    like = io.BytesIO(data)
    with op.open("a", "rb") as file:
        for name, number in steps:
            assert getattr(file, name)(number) == getattr(like, name)(number)
            assert file.tell() == like.tell()


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


async def test_an_exception_publishes_nothing(ops: Calls) -> None:
    await ops.write("old", b"as it was")
    for path in ("new", "old"):
        file = await ops.open(path, "wb")
        with pytest.raises(ZeroDivisionError):
            await fail_in_the_middle(file)
        assert await file.closed()
    assert await ops.paths("") == ["old"]
    assert await ops.read("old") == b"as it was"


async def test_a_dropped_file_publishes_nothing(ops: Calls) -> None:
    await ops.write("old", b"as it was")
    file = await ops.open("old", "wb")
    await file.write(b"half")
    warned = pytest.warns(ResourceWarning, match='"old" was never closed')
    with warned:
        del file
        gc.collect()
    assert await ops.read("old") == b"as it was"


async def test_a_given_up_upload_leaves_no_parts(
    s3_moto: Service, moto: MotoServer, kind: type[opendal.Operator]
) -> None:
    ops = Calls(s3_moto.make(kind))
    file = await ops.open("a", "wb", chunk=5 * 1024 * 1024)
    await file.write(bytes(11 * 1024 * 1024))
    uploads = f"/{s3_moto.config['bucket']}?uploads"
    assert b"<Upload>" in moto.request("GET", uploads)
    with pytest.raises(ZeroDivisionError):
        await fail_in_the_middle(file)
    assert b"<Upload>" not in moto.request("GET", uploads)
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


async def test_a_missing_file_shows_at_open(ops: Calls) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        await ops.open("absent", "rb")
    assert isinstance(caught.value, NotFound)


@pytest.mark.parametrize("mode", ["r", "w", "rt", "ab", "r+b", "xb", "", "nonsense"])
async def test_other_modes_are_refused(memory_ops: Calls, mode: str) -> None:
    await memory_ops.write("a", b"1")
    with pytest.raises(Unsupported, match="rb"):
        await memory_ops.open("a", mode)


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


def test_pickles_load_from_a_file(service: Service) -> None:
    op = service.make(opendal.Operator)
    value = {"numbers": list(range(1000)), "text": "x" * 100_000}
    with op.open("a.pickle", "wb") as file:
        pickle.dump(value, file)
    with op.open("a.pickle", "rb") as file:
        assert pickle.load(file) == value


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
