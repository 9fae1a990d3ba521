"""Objects are written, read, asked about and deleted."""

import array
import mmap
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import opendal
import pytest
from calls import Calls
from opendal.exceptions import (
    IsADirectory,
    NotADirectory,
    NotFound,
    Unsupported,
)

DATA = bytes(range(256)) * 8
# What keeps no time of a change.
TIMELESS = {"memory", "redis", "memcached", "etcd", "postgresql", "mysql", "sqlite"}


@pytest.mark.parametrize("size", [0, 1, 1023, 3 * 1024 * 1024 + 1])
async def test_what_is_written_is_read(ops: Calls, size: int) -> None:
    data = os.urandom(size)
    written = await ops.write("dir/object", data)
    assert isinstance(written, opendal.types.Metadata)
    assert await ops.read("dir/object") == data
    assert (await ops.stat("dir/object")).content_length == size


async def test_writing_replaces_what_was_there(ops: Calls) -> None:
    await ops.write("a", b"the longer one")
    await ops.write("a", b"short")
    assert await ops.read("a") == b"short"


async def test_writing_tells_the_etag(ops: Calls) -> None:
    etag = (await ops.write("a", b"1")).etag
    assert etag == (await ops.stat("a")).etag
    if ops.op.scheme == "s3":
        assert etag


def _mapped(data: bytes) -> mmap.mmap:
    mapped = mmap.mmap(-1, len(data))
    mapped[:] = data
    return mapped


@pytest.mark.parametrize(
    "buffer",
    [
        bytearray,
        memoryview,
        lambda data: memoryview(data).cast("H"),
        lambda data: array.array("d", data),
        _mapped,
        lambda data: memoryview(bytearray(b"--" + data + b"--"))[2:-2],
    ],
    ids=["bytearray", "memoryview", "memoryview of shorts", "array", "mmap", "slice"],
)
async def test_any_contiguous_buffer_is_data(ops: Calls, buffer: Callable[[bytes], Any]) -> None:
    await ops.write("a", buffer(DATA))
    assert await ops.read("a") == DATA


async def test_a_buffer_can_be_used_again_after_the_write(ops: Calls) -> None:
    data = bytearray(b"first")
    await ops.write("a", data)
    data[:] = b"other"
    data.extend(b" and longer")  # a buffer that is still held could not be resized
    assert await ops.read("a") == b"first"


@pytest.mark.parametrize("offset", [None, 0, 1, 2047, 2048, 5000])
@pytest.mark.parametrize("size", [None, 0, 1, 2048, 5000])
async def test_ranges_are_slices(ops: Calls, offset: int | None, size: int | None) -> None:
    await ops.write("a", DATA)
    options = {"offset": offset, "size": size}
    given = {name: value for name, value in options.items() if value is not None}
    end = None if size is None else (offset or 0) + size
    assert await ops.read("a", **given) == DATA[offset:end]


@pytest.mark.parametrize("offset", [2**40, 2**63 - 1, 2**63, 2**64 - 1])
@pytest.mark.parametrize("size", [None, 10, 2**64 - 1])
async def test_a_range_far_beyond_the_end_is_empty(
    ops: Calls, offset: int, size: int | None
) -> None:
    await ops.write("a", DATA)
    assert await ops.read("a", offset=offset, size=size) == b""


@pytest.mark.parametrize("options", [{"chunk": 100}, {"chunk": 100, "concurrent": 4}])
async def test_reading_in_parts_gives_the_same(ops: Calls, options: dict[str, int]) -> None:
    await ops.write("a", DATA)
    assert await ops.read("a", **options) == DATA
    assert await ops.read("a", offset=50, size=999, **options) == DATA[50:1049]


async def test_writing_in_parts_gives_the_same(ops: Calls) -> None:
    ops.needs("write_can_multi")
    part = ops.capability().write_multi_min_size or 1024
    data = os.urandom(2 * part + 1)
    await ops.write("a", data, chunk=part, concurrent=2)
    assert await ops.read("a") == data


async def test_stat_tells_kind_size_and_time(ops: Calls) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    await ops.write("a", DATA)
    told = await ops.stat("a")
    assert told.content_length == len(DATA)
    assert (told.is_file, told.is_dir) == (True, False)
    assert told.mode == opendal.types.EntryMode.File
    assert told.is_deleted is False
    if told.last_modified is not None:
        assert told.last_modified.utcoffset() == timedelta(0)
        assert before <= told.last_modified <= datetime.now(UTC) + timedelta(seconds=2)
    else:
        assert ops.op.scheme in TIMELESS


async def test_exists_and_delete(ops: Calls) -> None:
    assert not await ops.exists("a")
    await ops.write("a", b"1")
    assert await ops.exists("a")
    await ops.delete("a")
    assert not await ops.exists("a")
    await ops.delete("a")
    with pytest.raises(NotFound):
        await ops.read("a")
    with pytest.raises(NotFound):
        await ops.stat("a")


async def test_directories_are_made_with_their_parents(ops: Calls) -> None:
    ops.needs("create_dir")
    await ops.create_dir("x/y/")
    assert (await ops.stat("x/y/")).is_dir
    assert (await ops.stat("x/")).is_dir
    await ops.create_dir("x/y/")
    with pytest.raises(NotADirectory):
        await ops.create_dir("x/z")


async def test_a_directory_is_no_object(ops: Calls) -> None:
    await ops.write("dir/a", b"1")
    with pytest.raises(IsADirectory):
        await ops.read("dir/")
    with pytest.raises(IsADirectory):
        await ops.write("dir/", b"1")


@pytest.mark.parametrize("call", ["remove_all", "delete"])
async def test_a_tree_is_removed(ops: Calls, call: str) -> None:
    ops.needs("delete_with_recursive")
    for path in ("dir/a", "dir/sub/b", "dirt"):
        await ops.write(path, b"1")
    if call == "delete":
        await ops.delete("dir/", recursive=True)
    else:
        await ops.remove_all("dir/")
    assert await ops.paths("", recursive=True) == ["dirt"]
    await ops.remove_all("dir/")


async def test_what_is_longer_than_a_service_takes_is_refused(ops: Calls) -> None:
    most = ops.capability().write_total_max_size
    if most is None or most > 10_000_000:
        pytest.skip(f"{ops.op.scheme} takes more")
    for data in (bytes(most + 1), [bytes(most), b"1"]):
        with pytest.raises(Unsupported, match=f"at most {most} bytes"):
            await ops.write("a", data)
    assert not await ops.exists("a")
    await ops.write("a", bytes(most))
    assert await ops.read("a") == bytes(most)


async def test_what_is_not_there_is_an_empty_tree(ops: Calls) -> None:
    ops.needs("list", "delete")
    assert await ops.paths("absent/", recursive=True) == []
    await ops.remove_all("absent/")


async def test_what_cannot_be_listed_cannot_be_removed_as_a_tree(ops: Calls) -> None:
    ops.needs("write", "delete")
    if ops.can("list") or ops.can("delete_with_recursive"):
        pytest.skip(f"{ops.op.scheme} can")
    await ops.write("dir/a", b"1")
    with pytest.raises(Unsupported, match="this service cannot remove all"):
        await ops.remove_all("dir/")
    assert await ops.read("dir/a") == b"1"


async def test_check_passes(ops: Calls) -> None:
    assert await ops.check() is None


async def test_appending(ops: Calls) -> None:
    ops.needs("write_can_append")
    await ops.write("a", b"one ")
    await ops.write("a", b"two", append=True)
    await ops.write("new", b"three", append=True)
    assert await ops.read("a") == b"one two"
    assert await ops.read("new") == b"three"
