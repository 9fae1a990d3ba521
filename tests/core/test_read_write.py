"""Objects are written, read, asked about and deleted, on every service, sync and async."""

import array
import mmap
import os
import urllib.parse
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import (
    ConditionalCreateFailed,
    ConditionNotMatch,
    ConfigInvalid,
    Error,
    InvalidArgument,
    IsADirectory,
    NotADirectory,
    NotFound,
    Unsupported,
)
from servers import FaultProxy

DATA = bytes(range(256)) * 8


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


@pytest.mark.parametrize(
    "wrong", ["text", [1, 2], None, 5, memoryview(DATA)[::2], Path("x")], ids=repr
)
async def test_nothing_else_is_data(memory_ops: Calls, wrong: object) -> None:
    with pytest.raises(TypeError) as caught:
        await memory_ops.write("a", wrong)
    assert isinstance(caught.value, InvalidArgument)
    assert not await memory_ops.exists("a")


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


@pytest.mark.parametrize("name", ["chunk", "concurrent"])
@pytest.mark.parametrize("value", [0, -1, 2**70])
async def test_senseless_sizes_are_refused(memory_ops: Calls, name: str, value: int) -> None:
    await memory_ops.write("a", DATA)
    for call in (
        memory_ops.read("a", **{name: value}),
        memory_ops.write("b", b"", **{name: value}),
    ):
        with pytest.raises(ConfigInvalid, match=name):
            await call


@pytest.mark.parametrize("name", ["offset", "size", "gap", "prefetch"])
async def test_negative_ranges_are_refused(memory_ops: Calls, name: str) -> None:
    await memory_ops.write("a", DATA)
    with pytest.raises(ConfigInvalid, match=f"{name} must not be negative"):
        await memory_ops.read("a", **{name: -1})


@pytest.mark.parametrize(
    ("call", "options", "near"),
    [
        ("read", {"ofset": 1}, "offset"),
        ("write", {"contenttype": "x"}, "content_type"),
        ("stat", {"versions": "x"}, "version"),
        ("delete", {"recursiv": True}, "recursive"),
        ("list", {"start_afer": "x"}, "start_after"),
        ("open", {"chunks": 1}, "chunk"),
        ("presign_write", {"cache_contrl": "x"}, "cache_control"),
    ],
)
async def test_an_unknown_keyword_names_the_nearest(
    memory_ops: Calls, call: str, options: dict[str, Any], near: str
) -> None:
    arguments: dict[str, tuple[Any, ...]] = {
        "write": (b"",),
        "open": ("rb",),
        "presign_write": (60,),
    }
    with pytest.raises(TypeError, match=f"'{near}'") as caught:
        await getattr(memory_ops, call)("a", *arguments.get(call, ()), **options)
    assert isinstance(caught.value, InvalidArgument)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"offset": "1"}, "int"),
        ({"offset": 1.0}, "int"),
        ({"offset": True}, "int"),
        ({"version": 1}, "str"),
        ({"if_match": b"x"}, "str"),
        ({"if_modified_since": "now"}, "datetime"),
    ],
)
async def test_a_wrong_type_is_named(
    memory_ops: Calls, options: dict[str, Any], wanted: str
) -> None:
    with pytest.raises(InvalidArgument, match=f"{next(iter(options))} must be .*{wanted}"):
        await memory_ops.read("a", **options)


async def test_a_naive_datetime_is_refused(memory_ops: Calls) -> None:
    with pytest.raises(ConfigInvalid, match="aware"):
        await memory_ops.read("a", if_modified_since=datetime(2020, 1, 1))


@pytest.mark.parametrize(
    "path", ["a b", "ü/ñ", "100%", "q?x=1", "h#x", "a+b", "'\"", "日本", "a&b=c", "~", "a:b"]
)
async def test_paths_mean_what_they_say(ops: Calls, path: str) -> None:
    await ops.write(f"dir/{path}", b"1")
    assert await ops.read(f"dir/{path}") == b"1"
    listed = await ops.entries("dir/", recursive=True)
    assert f"dir/{path}" in [entry.path for entry in listed]


@pytest.mark.parametrize(
    "path", ["/dir/a", "dir//a", "./dir/./a", PurePosixPath("dir/a"), Path("dir") / "a"], ids=repr
)
async def test_one_object_has_many_spellings(ops: Calls, path: str | PurePosixPath) -> None:
    await ops.write("dir/a", b"1")
    assert await ops.read(path) == b"1"


@pytest.mark.parametrize(
    "path", [" a", "a ", " a ", "d/ a ", " d /a", "\ta\n", "\u3000a"], ids=ascii
)
async def test_white_space_is_part_of_a_path(ops: Calls, path: str) -> None:
    if ops.op.scheme == "s3" and any(map(str.isspace, path.replace(" ", ""))):
        pytest.skip("not every server of S3 takes such a key")
    await ops.write(path.strip(), b"bare")
    await ops.write(path, b"1")
    assert await ops.read(path) == b"1"
    assert await ops.read(path.strip()) == b"bare"
    assert (await ops.stat(path)).content_length == 1
    assert path in await ops.paths("", recursive=True)
    assert path in [entry.path for entry in await ops.entries(path)]
    async with await ops.open(path, "rb") as file:
        assert await file.read() == b"1"
    await ops.copy(path, f"{path}x ")
    assert await ops.read(f"{path}x ") == b"1"
    await ops.delete(path, recursive=True)
    assert not await ops.exists(path)
    assert await ops.exists(path.strip())
    with pytest.raises(NotFound) as caught:
        await ops.read(path)
    assert caught.value.path == path


async def test_a_directory_may_be_white_space(ops: Calls) -> None:
    ops.needs("create_dir")
    await ops.create_dir(" /")
    assert await ops.paths("") == [" /"]
    await ops.write(" / ", b"1")
    await ops.remove_all(" ")
    assert await ops.paths("") == []


@pytest.mark.parametrize("path", ["../a", "dir/../a", "a\0b", "ab\udcff"], ids=ascii)
async def test_some_paths_are_refused(ops: Calls, path: str) -> None:
    for call in (ops.read(path), ops.write(path, b"1"), ops.stat(path), ops.entries(path)):
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (which one follows)
            await call
        assert isinstance(caught.value, Error)


@pytest.mark.parametrize("path", [b"a", 5, None, ["a"]], ids=repr)
async def test_a_path_is_text(memory_ops: Calls, path: object) -> None:
    with pytest.raises(InvalidArgument, match="path must be str"):
        await memory_ops.read(path)


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
        assert ops.op.scheme == "memory"


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
    for path in ("dir/a", "dir/sub/b", "dirt"):
        await ops.write(path, b"1")
    if call == "delete":
        await ops.delete("dir/", recursive=True)
    else:
        await ops.remove_all("dir/")
    assert await ops.paths("", recursive=True) == ["dirt"]
    await ops.remove_all("dir/")


async def test_check_passes(ops: Calls) -> None:
    assert await ops.check() is None


# Conditions


async def test_conditions_on_the_etag(ops: Calls) -> None:
    ops.needs("read_with_if_match", "stat_with_if_match", "read_with_if_none_match")
    await ops.write("a", b"1")
    etag = (await ops.stat("a")).etag
    assert await ops.read("a", if_match=etag) == b"1"
    assert (await ops.stat("a", if_match=etag)).content_length == 1
    assert await ops.read("a", if_none_match='"another"') == b"1"
    for call in (
        ops.read("a", if_match='"another"'),
        ops.stat("a", if_match='"another"'),
        ops.read("a", if_none_match=etag),
        ops.stat("a", if_none_match=etag),
    ):
        with pytest.raises(ConditionNotMatch):
            await call


async def test_conditions_on_the_time(ops: Calls) -> None:
    ops.needs("read_with_if_modified_since", "read_with_if_unmodified_since")
    await ops.write("a", b"1")
    past = datetime.now(UTC) - timedelta(days=1)
    future = datetime.now(UTC) + timedelta(days=1)
    assert await ops.read("a", if_modified_since=past) == b"1"
    assert await ops.read("a", if_unmodified_since=future) == b"1"
    with pytest.raises(ConditionNotMatch):
        await ops.read("a", if_unmodified_since=past)
    just_after = (await ops.stat("a")).last_modified + timedelta(seconds=1)
    with pytest.raises(ConditionNotMatch):
        await ops.read("a", if_modified_since=just_after)


async def test_conditions_on_writing(ops: Calls) -> None:
    ops.needs("write_with_if_match")
    await ops.write("a", b"1")
    etag = (await ops.stat("a")).etag
    with pytest.raises(ConditionNotMatch):
        await ops.write("a", b"2", if_match='"another"')
    assert await ops.read("a") == b"1"
    await ops.write("a", b"3", if_match=etag)
    assert await ops.read("a") == b"3"


async def test_creating_only(ops: Calls) -> None:
    ops.needs("write_with_if_not_exists")
    await ops.write("a", b"1", if_not_exists=True)
    with pytest.raises(FileExistsError) as caught:
        await ops.write("a", b"2", if_not_exists=True)
    assert isinstance(caught.value, ConditionalCreateFailed)
    assert await ops.read("a") == b"1"


async def test_conditions_on_deleting(ops: Calls) -> None:
    ops.needs("delete_with_if_match")
    await ops.write("a", b"1")
    with pytest.raises(ConditionNotMatch):
        await ops.delete("a", if_match='"another"')
    assert await ops.read("a") == b"1"


SOON = datetime.now(UTC)


@pytest.mark.parametrize(
    ("call", "option", "value", "ability"),
    [
        ("read", "version", "1", "read_with_version"),
        ("read", "if_match", '"1"', "read_with_if_match"),
        ("read", "if_none_match", '"1"', "read_with_if_none_match"),
        ("read", "if_modified_since", SOON, "read_with_if_modified_since"),
        ("read", "if_unmodified_since", SOON, "read_with_if_unmodified_since"),
        ("read", "content_type", "x/y", "read_with_override_content_type"),
        ("stat", "version", "1", "stat_with_version"),
        ("stat", "if_match", '"1"', "stat_with_if_match"),
        ("write", "append", True, "write_can_append"),
        ("write", "content_type", "x/y", "write_with_content_type"),
        ("write", "content_encoding", "x", "write_with_content_encoding"),
        ("write", "if_match", '"1"', "write_with_if_match"),
        ("write", "if_none_match", '"1"', "write_with_if_none_match"),
        ("write", "user_metadata", {"a": "b"}, "write_with_user_metadata"),
        ("delete", "version", "1", "delete_with_version"),
        ("delete", "if_match", '"1"', "delete_with_if_match"),
        ("list", "versions", True, "list_with_versions"),
        ("list", "deleted", True, "list_with_deleted"),
    ],
)
async def test_what_a_service_lacks_is_refused(
    ops: Calls, call: str, option: str, value: object, ability: str
) -> None:
    if getattr(ops.capability(), ability):
        pytest.skip(f"{ops.op.scheme} can {ability}")
    await ops.write("a", b"1")
    data = (b"2",) if call == "write" else ()
    with pytest.raises(Unsupported, match=option):
        await getattr(ops, call)("a", *data, **{option: value})
    assert await ops.read("a") == b"1"


# What is kept with an object


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("content_type", "text/x-odd"),
        ("content_disposition", "inline"),
        ("content_encoding", "x-odd"),
        ("cache_control", "no-store"),
    ],
)
async def test_what_is_given_with_an_object_is_kept(ops: Calls, option: str, value: str) -> None:
    ops.needs(f"write_with_{option}")
    await ops.write("a", b"1", **{option: value})
    assert getattr(await ops.stat("a"), option) == value


async def test_user_metadata_is_kept(ops: Calls) -> None:
    ops.needs("write_with_user_metadata")
    await ops.write("a", b"1", user_metadata={"colour": "blue", "size": "12"})
    told = (await ops.stat("a")).user_metadata
    # HTTP names have no case, and servers spell them as they like.
    assert {name.lower(): value for name, value in told.items()} == {"colour": "blue", "size": "12"}


async def test_appending(ops: Calls) -> None:
    ops.needs("write_can_append")
    await ops.write("a", b"one ")
    await ops.write("a", b"two", append=True)
    await ops.write("new", b"three", append=True)
    assert await ops.read("a") == b"one two"
    assert await ops.read("new") == b"three"


def test_s3_does_not_offer_to_append(s3_rclone: Service) -> None:
    assert not s3_rclone.make(opendal.Operator).capability().write_can_append


async def test_answers_can_be_overridden(proxied: Calls, proxy: FaultProxy) -> None:
    await proxied.write("a", b"1")
    proxy.reset()
    await proxied.read("a", content_type="x/y", cache_control="z", content_disposition="w")
    assert urllib.parse.parse_qs(proxy.requests[0].query) == {
        "response-content-type": ["x/y"],
        "response-cache-control": ["z"],
        "response-content-disposition": ["w"],
    }


async def test_one_small_read_is_one_request(proxied: Calls, proxy: FaultProxy) -> None:
    await proxied.write("a", DATA)
    proxy.reset()
    await proxied.read("a")
    await proxied.read("a", offset=1, size=5)
    assert [request.method for request in proxy.requests] == ["GET", "GET"]
    assert proxy.requests[1].header("range") == "bytes=1-5"


# Versions


async def test_versions_are_read_and_deleted(
    s3_versions: Service, kind: type[opendal.Operator]
) -> None:
    ops = Calls(s3_versions.make(kind))
    versions = [(await ops.write("a", data)).version for data in (b"1", b"2")]
    assert None not in versions
    assert await ops.read("a") == b"2"
    assert await ops.read("a", version=versions[0]) == b"1"
    assert (await ops.stat("a", version=versions[0])).version == versions[0]
    await ops.delete("a", version=versions[1])
    assert await ops.read("a") == b"1"
