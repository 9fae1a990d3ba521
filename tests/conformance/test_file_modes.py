"""Files of every mode are Python's own, and what is given up is never published."""

import asyncio
import gc
import io
import pickle
import warnings
from collections.abc import Callable
from typing import IO, Any

import opendal
import pytest
from calls import Calls, OpenFile, Service
from opendal.exceptions import NotFound, Unsupported
from opendal.file import AsyncTextFile, BinaryFile, File, RawFile, TextFile

TEXT = "first\nsecond line\r\n\nä€😀\rlast without end"
KiB = 1024
# Longer than what comes along when a file is opened, and than the next pieces.
LONG = bytes(range(256)) * (4 * KiB)


@pytest.fixture
def op(service: Service) -> opendal.Operator:
    op = service.make(opendal.Operator)
    Calls(op, service).needs("write")
    return op


# What they are


def test_the_classes_are_those_of_io(op: opendal.Operator) -> None:
    op.write("a", b"1")
    with op.open("a") as binary, op.open("a", buffering=0) as raw, op.open("a", "r") as text:
        assert (type(binary), type(raw), type(text)) == (File, RawFile, TextFile)
        assert isinstance(binary, io.BufferedIOBase)
        assert isinstance(raw, io.RawIOBase)
        assert isinstance(text, io.TextIOWrapper)
        assert isinstance(binary, BinaryFile)
        assert isinstance(raw, BinaryFile)
        assert iter(binary) is binary
        for file in (binary, raw, text):
            assert (file.name, file.closed, file.isatty()) == ("a", False, False)
            with pytest.raises(io.UnsupportedOperation):
                file.fileno()
            with pytest.raises(io.UnsupportedOperation):
                file.truncate()
            with pytest.raises(TypeError, match="pickle"):
                pickle.dumps(file)
        assert [file.mode for file in (binary, raw, text)] == ["rb", "rb", "r"]
    for file in (binary, raw, text):
        assert file.closed
        for call in (
            file.read,
            file.readline,
            file.tell,
            file.readable,
            lambda file=file: next(file),
        ):
            with pytest.raises(ValueError, match="closed"):
                call()


async def test_repr_says_what_a_file_is(ops: Calls) -> None:
    await ops.write("a", b"1")
    prefix = "Async" if ops.asynchronous else ""
    for mode, shown in {
        "rb": f'<{prefix}File "a" rb>',
        "r": f"<{prefix}TextFile \"a\" r encoding='utf-8'>",
        "wb": f'<{prefix}File "a" wb>',
    }.items():
        file = await ops.open("a", mode)
        assert repr(file.file) == shown
        await file.abort()
        assert ", closed" in repr(file.file)


@pytest.mark.parametrize("letter", ["w", "x", "a"])
@pytest.mark.parametrize("form", ["b", "", "t"])
async def test_every_mode_to_write(ops: Calls, letter: str, form: str) -> None:
    if letter == "x":
        ops.needs("write_with_if_not_exists")
    if letter == "a":
        ops.needs("write_can_append")
    data: Any = b"some data\n" if form == "b" else "some data\n"
    async with await ops.open("a", letter + form) as file:
        assert file.file.mode == letter + form
        assert await file.write(data) == 10
        assert await file.tell() == 10 if not isinstance(file.file, AsyncTextFile) else True
    assert await ops.read("a") == b"some data\n"


async def test_appending_goes_on_at_the_end(ops: Calls) -> None:
    ops.needs("write_can_append")
    await ops.write("a", b"one ")
    async with await ops.open("a", "ab") as file:
        assert await file.tell() == 4
        await file.write(b"two ")
        assert await file.tell() == 8
    async with await ops.open("a", "a") as file:
        await file.write("drei")
    assert await ops.read("a") == b"one two drei"


async def test_without_the_ability_appending_is_refused_at_once(ops: Calls) -> None:
    if ops.capability().write_can_append:
        pytest.skip("this service can append")
    with pytest.raises(Unsupported, match="append"):
        await ops.open("a", "ab")


@pytest.mark.parametrize("mode", ["x", "xb"])
async def test_creating_what_exists_fails_at_open(ops: Calls, mode: str) -> None:
    if not ops.capability().write_with_if_not_exists:
        pytest.skip("this service cannot create only")
    await ops.write("a", b"1")
    with pytest.raises(FileExistsError):
        await ops.open("a", mode)
    assert await ops.read("a") == b"1"


async def test_creating_what_came_to_exist_fails_at_close(ops: Calls) -> None:
    ops.needs("write_with_if_not_exists")
    file = await ops.open("a", "xb")
    await file.write(b"mine")
    await ops.write("a", b"theirs")
    with pytest.raises(FileExistsError):
        await file.close()
    assert await file.closed()
    assert await ops.read("a") == b"theirs"


async def test_a_missing_file_shows_at_open(ops: Calls) -> None:
    for mode in ("rb", "r"):
        with pytest.raises(NotFound) as caught:
            await ops.open("absent", mode)
        assert isinstance(caught.value, FileNotFoundError)
        assert (caught.value.operation, caught.value.path) == ("open", "absent")


async def test_an_empty_object_is_an_empty_file(ops: Calls) -> None:
    ops.needs("write_can_empty")
    await ops.write("a", b"")
    for mode, nothing in {"rb": b"", "r": ""}.items():
        async with await ops.open("a", mode) as file:
            assert await file.read() == nothing
            assert await file.readline() == nothing
            assert await file.readlines() == []


@pytest.mark.parametrize(
    ("offset", "size"), [(0, 0), (3, 5), (3, None), (None, 70_000), (2**20 - 1, 9), (2**40, 5)]
)
async def test_a_part_opens_as_a_file(ops: Calls, offset: int | None, size: int | None) -> None:
    await ops.write("a", LONG)
    part = LONG[offset : None if size is None else (offset or 0) + size]
    async with await ops.open("a", offset=offset, size=size) as file:
        assert await file.seek(0, 2) == len(part)
        assert await file.seek(-min(4, len(part)), 2) == max(0, len(part) - 4)
        assert await file.read() == part[-4:]
        await file.seek(0)
        assert await file.read() == part


@pytest.mark.parametrize("options", [{}, {"buffering": 0}, {"buffering": 100}], ids=repr)
async def test_any_way_to_read_gives_the_same(ops: Calls, options: dict[str, int]) -> None:
    await ops.write("a", LONG)
    async with await ops.open("a", "rb", **options) as file:
        assert await file.read(10) == LONG[:10]
        assert await file.read(100_000) == LONG[10:100_010]
        target = bytearray(200_000)
        assert await file.readinto(target) == len(target)
        assert target == LONG[100_010:300_010]
        assert await file.readline() == LONG[300_010 : LONG.index(b"\n", 300_010) + 1]
        await file.seek(500_000)
        assert await file.read(3) == LONG[500_000:500_003]
        await file.seek(-3, 2)
        assert await file.read(100) == LONG[-3:]
        await file.seek(0)
        assert await file.read() == LONG


async def test_huge_sizes_are_clipped(ops: Calls) -> None:
    await ops.write("a", LONG)
    async with await ops.open("a") as file:
        assert await file.read(2**70) == LONG
        assert await file.seek(2**62) == 2**62
        assert await file.read(2**62) == b""
        await file.seek(0)
        assert await file.readline(2**70) == LONG[:11]


# What is given up


async def write_and_fail(file: OpenFile, data: str | bytes) -> None:
    async with file:
        await file.write(data)
        raise ZeroDivisionError


async def test_an_exception_publishes_nothing(ops: Calls) -> None:
    await ops.write("old", b"as it was")
    for path, mode, data in [("old", "wb", b"half"), ("old", "w", "half"), ("new", "w", "half")]:
        file = await ops.open(path, mode)
        with pytest.raises(ZeroDivisionError):
            await write_and_fail(file, data)
        assert await file.closed()
    assert await ops.paths("") == ["old"]
    assert await ops.read("old") == b"as it was"


@pytest.mark.parametrize("mode", ["wb", "w"])
async def test_what_is_aborted_is_not_published(ops: Calls, mode: str) -> None:
    file = await ops.open("a", mode)
    await file.write(b"half" if "b" in mode else "half")
    await file.abort()
    await file.abort()
    await file.close()
    assert await file.closed()
    assert not await ops.exists("a")


@pytest.mark.parametrize(
    "wrap",
    [
        lambda op: op.open("a", "wb"),
        lambda op: op.open("a", "wb", buffering=0),
        lambda op: op.open("a", "w"),
        lambda op: io.TextIOWrapper(op.open("a", "wb")),
        lambda op: io.BufferedWriter(op.open("a", "wb", buffering=0)),
    ],
    ids=["File", "RawFile", "TextFile", "TextIOWrapper", "BufferedWriter"],
)
def test_what_is_collected_unclosed_is_not_published(
    op: opendal.Operator, wrap: Callable[[opendal.Operator], IO[Any]]
) -> None:
    file = wrap(op)
    file.write("half" if isinstance(file, io.TextIOWrapper) else b"half")
    with pytest.warns(ResourceWarning, match='"a" was never closed'):
        del file
    assert not op.exists("a")


@pytest.mark.parametrize("mode", ["wb", "w"])
async def test_a_dropped_file_leaves_what_was_there(ops: Calls, mode: str) -> None:
    await ops.write("old", b"as it was")
    file = await ops.open("old", mode)
    await file.write(b"half" if mode == "wb" else "half")
    warned = pytest.warns(ResourceWarning, match='"old" was never closed')
    with warned:
        del file
        gc.collect()
    assert await ops.read("old") == b"as it was"


def test_what_is_read_may_be_collected_unclosed(op: opendal.Operator) -> None:
    op.write("a", b"1")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for mode in ("rb", "r"):
            op.open("a", mode).read()
        # From Python 3.13 on, what fails when a wrapper is collected is shown.
        io.TextIOWrapper(op.open("a", "rb")).read()
        io.BufferedReader(op.open("a", "rb", buffering=0)).read()


async def test_a_cancelled_block_publishes_nothing(service: Service) -> None:
    op = service.make(opendal.AsyncOperator)
    Calls(op, service).needs("write")
    begun = asyncio.Event()

    async def work() -> None:
        async with op.open("a", "wb") as file:
            await file.write(b"half")
            begun.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not await op.exists("a")


async def test_a_closed_file_refuses_writes(ops: Calls) -> None:
    for mode, data in (("wb", b"1"), ("w", "1")):
        file = await ops.open("a", mode)
        await file.write(data)
        await file.close()
        await file.close()
        with pytest.raises(ValueError, match="closed"):
            await file.write(data)
        with pytest.raises(ValueError, match="closed"):
            await file.flush()
    assert await ops.read("a") == b"1"


async def test_a_buffer_can_be_used_again_after_a_write(ops: Calls) -> None:
    for size in (10, 100_000, 2_000_000):
        data = bytearray(b"1" * size)
        async with await ops.open("a", "wb") as file:
            await file.write(data)
            data[:] = b"2" * size
            await file.write(data)
            data.clear()
        assert await ops.read("a") == b"1" * size + b"2" * size


async def test_many_short_writes_are_one_object(ops: Calls) -> None:
    pieces = [b"%d," % number for number in range(20_000)]
    async with await ops.open("a", "wb") as file:
        for piece in pieces[:10_000]:
            await file.write(piece)
        await file.writelines(pieces[10_000:])
        assert await file.tell() == sum(map(len, pieces))
    assert await ops.read("a") == b"".join(pieces)
