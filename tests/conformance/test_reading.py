"""All ways of reading give the same bytes."""

import array
import hashlib
import io
import os
import pickle
from typing import Any

import opendal
import pytest
from calls import Calls
from opendal.exceptions import (
    ConditionNotMatch,
    ConfigInvalid,
    InvalidArgument,
    IsADirectory,
    NotFound,
)
from opendal.types import Buffer

DATA = bytes(range(256)) * 8
# Longer than what is gathered before its place is known; see `large.rs`.
LARGE = os.urandom(3 * 1024 * 1024 + 1)


@pytest.mark.parametrize("suffix", [0, 1, 2047, 2048, 5000, 2**63])
async def test_a_suffix_is_the_end(ops: Calls, suffix: int) -> None:
    await ops.write("a", DATA)
    assert await ops.read("a", suffix=suffix) == (DATA[-suffix:] if suffix else b"")


async def test_a_suffix_of_nothing_is_empty(ops: Calls) -> None:
    await ops.write("a", b"")
    assert await ops.read("a", suffix=5) == b""


async def test_a_suffix_excludes_other_ranges(ops: Calls) -> None:
    await ops.write("a", DATA)
    for options in ({"suffix": 1, "offset": 0}, {"suffix": 1, "size": 1}):
        with pytest.raises(ConfigInvalid, match="suffix"):
            await ops.read("a", **options)


async def test_ranges_are_read_in_the_order_asked_for(ops: Calls) -> None:
    await ops.write("a", DATA)
    ranges = [(5, 10), (0, 3), (2040, 100), (5000, 1), (7, 0), (5, 10), (0, 2**63)]
    expected = [DATA[offset : offset + size] for offset, size in ranges]
    for options in ({}, {"gap": 0}, {"gap": 0, "concurrent": 1}):
        assert await ops.read_ranges("a", iter(ranges), **options) == expected
    assert await ops.read_ranges("a", []) == []
    with pytest.raises(NotFound):
        await ops.read_ranges("absent", [])


@pytest.mark.parametrize(
    "ranges", [[(1,)], [(1, 2, 3)], ["ab"], [5], [(-1, 2)], [(1, -2)], [(1.0, 2)], 5], ids=repr
)
async def test_ranges_are_pairs_of_numbers(memory_ops: Calls, ranges: Any) -> None:
    await memory_ops.write("a", DATA)
    with pytest.raises(
        (InvalidArgument, ConfigInvalid), match=r"read_ranges: .*(range|offset|size)"
    ):
        await memory_ops.read_ranges("a", ranges)


async def test_memory_of_the_caller_is_filled(ops: Calls) -> None:
    await ops.write("a", DATA)
    target = bytearray(b"-" * 3000)
    assert await ops.read_into("a", target) == 2048
    assert target == DATA + b"-" * 952
    numbers = array.array("d", bytes(80))
    assert await ops.read_into("a", numbers, offset=3) == 80
    assert numbers.tobytes() == DATA[3:83]
    part = memoryview(target)[10:20]
    assert await ops.read_into("a", part, offset=2043) == 5
    assert await ops.read_into("a", part, offset=5000) == 0
    assert await ops.read_into("a", bytearray()) == 0
    part.release()
    target.extend(b"resized")  # nothing else holds it any more


@pytest.mark.parametrize("wrong", [b"read-only", memoryview(bytearray(9))[::2], "text", None, 5])
async def test_memory_must_be_writable(memory_ops: Calls, wrong: Any) -> None:
    await memory_ops.write("a", DATA)
    with pytest.raises(InvalidArgument, match="writable"):
        await memory_ops.read_into("a", wrong)


@pytest.mark.parametrize("size", [0, 5, 2048, len(LARGE)])
async def test_a_buffer_shows_what_was_read(ops: Calls, size: int) -> None:
    await ops.write("a", LARGE[:size])
    buffer = await ops.read_buffer("a")
    assert isinstance(buffer, Buffer)
    assert len(buffer) == size
    assert bytes(buffer) == LARGE[:size]
    assert memoryview(buffer).readonly
    assert hashlib.sha256(buffer).digest() == hashlib.sha256(LARGE[:size]).digest()
    assert await ops.read_buffer("a", offset=1, size=3) == LARGE[:size][1:4]


async def test_a_large_object_is_read_whole(ops: Calls) -> None:
    await ops.write("a", LARGE)
    assert await ops.read("a") == LARGE
    assert await ops.read("a", offset=7) == LARGE[7:]
    assert await ops.read("a", offset=7, size=2**40) == LARGE[7:]
    assert await ops.read("a", suffix=2**20) == LARGE[-(2**20) :]
    target = bytearray(len(LARGE) + 1)
    assert await ops.read_into("a", target) == len(LARGE)
    assert target == LARGE + b"\0"


@pytest.mark.parametrize("call", ["read", "read_buffer", "read_into", "read_ranges"])
async def test_every_way_heeds_conditions_and_kinds(ops: Calls, call: str) -> None:
    await ops.write("dir/a", DATA)
    more: dict[str, tuple[Any, ...]] = {
        "read_into": (bytearray(9),),
        "read_ranges": ([(0, 1), (2000, 1)],),
    }
    arguments = more.get(call, ())
    with pytest.raises(NotFound) as caught:
        await getattr(ops, call)("absent", *arguments)
    assert (caught.value.operation, caught.value.path) == (call, "absent")
    with pytest.raises(IsADirectory):
        await getattr(ops, call)("dir/", *arguments)
    ops.needs("read_with_if_match")
    with pytest.raises(ConditionNotMatch):
        await getattr(ops, call)("dir/a", *arguments, if_match='"another"')


async def test_what_a_way_does_not_take_is_refused(memory_ops: Calls) -> None:
    await memory_ops.write("a", DATA)
    with pytest.raises(InvalidArgument, match="no keyword 'size'"):
        await memory_ops.read_into("a", bytearray(5), size=3)
    with pytest.raises(InvalidArgument, match="did you mean 'offset'"):
        await memory_ops.read_into("a", bytearray(5), ofset=3)


def test_a_buffer_is_used_as_bytes_are() -> None:
    op = opendal.Operator("memory")
    op.write("a", b"text \xc3\xa4")
    buffer = op.read_buffer("a")
    assert buffer == b"text \xc3\xa4" == buffer
    assert buffer != b"text"
    assert buffer != "text"
    assert b"a" < buffer < b"u"
    assert hash(buffer) == hash(b"text \xc3\xa4")
    assert buffer[0] == buffer[-7] == ord("t")
    assert list(buffer[:2]) == [ord("t"), ord("e")]
    assert buffer[::-1] == b"text \xc3\xa4"[::-1]
    assert isinstance(buffer[1:3], Buffer)
    assert b"xt" in buffer
    assert 32 in buffer
    assert buffer.decode() == "text ä"
    assert buffer.hex() == b"text \xc3\xa4".hex()
    assert b"".join([buffer, buffer]) == bytes(buffer) * 2
    assert io.BytesIO(buffer).read() == buffer.tobytes()
    assert pickle.loads(pickle.dumps(buffer)) == buffer
    assert repr(buffer) == r"Buffer(b'text \xc3\xa4'; 7 bytes)"
    assert Buffer() == b""
    with pytest.raises(IndexError):
        buffer[7]
    with pytest.raises(TypeError):
        buffer < "text"  # noqa: B015


def test_a_buffer_outlives_what_it_came_from() -> None:
    op = opendal.Operator("memory")
    op.write("a", bytearray(b"first"))
    view = memoryview(op.read_buffer("a"))[1:]
    op.write("a", b"other")
    del op
    assert bytes(view) == b"irst"
