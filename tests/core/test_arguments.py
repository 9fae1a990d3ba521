"""Arguments of operations are checked before anything is sent."""

import urllib.parse
from datetime import datetime
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import (
    ConfigInvalid,
    InvalidArgument,
)
from servers import FaultProxy

DATA = bytes(range(256)) * 8


@pytest.mark.parametrize(
    "wrong", ["text", [1, 2], None, 5, memoryview(DATA)[::2], Path("x")], ids=repr
)
async def test_nothing_else_is_data(memory_ops: Calls, wrong: object) -> None:
    with pytest.raises(TypeError) as caught:
        await memory_ops.write("a", wrong)
    assert isinstance(caught.value, InvalidArgument)
    assert not await memory_ops.exists("a")


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


@pytest.mark.parametrize("path", [b"a", 5, None, ["a"]], ids=repr)
async def test_a_path_is_text(memory_ops: Calls, path: object) -> None:
    with pytest.raises(InvalidArgument, match="path must be str"):
        await memory_ops.read(path)


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
