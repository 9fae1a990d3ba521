"""How many requests an operation on S3 costs, sync and async, as a proxy before it counts them."""

import base64
import random
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import opendal
import pytest
from calls import Calls, Service
from servers import FaultProxy

DATA = bytes(range(256))
# What is longer is read by several requests.
PART = 16 << 20

ONE_REQUEST: dict[str, tuple[str, tuple[Any, ...], dict[str, Any], str, Any]] = {
    "read": ("read", ("a",), {}, "GET", DATA),
    "range": ("read", ("a",), {"offset": 1, "size": 5}, "GET", DATA[1:6]),
    "from an offset": ("read", ("a",), {"offset": 250}, "GET", DATA[250:]),
    "from the start": ("read", ("a",), {"size": 7}, "GET", DATA[:7]),
    "beyond the end": ("read", ("a",), {"offset": 250, "size": 99}, "GET", DATA[250:]),
    "suffix": ("read", ("a",), {"suffix": 3}, "GET", DATA[-3:]),
    "buffer": ("read_buffer", ("a",), {}, "GET", DATA),
    "buffer of a range": ("read_buffer", ("a",), {"offset": 2, "size": 2}, "GET", DATA[2:4]),
    "two ranges nearby": ("read_ranges", ("a", [(0, 1), (9, 1)]), {}, "GET", [b"\x00", b"\t"]),
    "condition": ("read", ("a",), {"if_none_match": '"other"'}, "GET", DATA),
    "stat": ("stat", ("a",), {}, "HEAD", ...),
    "exists": ("exists", ("a",), {}, "HEAD", True),
    "write": ("write", ("b", DATA), {}, "PUT", ...),
    "write over": ("write", ("a", DATA), {}, "PUT", ...),
    "write nothing": ("write", ("b", b""), {}, "PUT", ...),
    "write with a type": ("write", ("b", DATA), {"content_type": "text/plain"}, "PUT", ...),
    "create": ("write", ("b", DATA), {"if_not_exists": True}, "PUT", ...),
    "delete": ("delete", ("a",), {}, "DELETE", None),
    "delete what is absent": ("delete", ("b",), {}, "DELETE", None),
}


@pytest.mark.parametrize("name", list(ONE_REQUEST))
async def test_one_request(proxied: Calls, proxy: FaultProxy, name: str) -> None:
    call, arguments, options, method, wanted = ONE_REQUEST[name]
    await proxied.write("a", DATA)
    proxy.reset()
    answer = await getattr(proxied, call)(*arguments, **options)
    assert [request.method for request in proxy.requests] == [method]
    assert wanted is ... or answer == wanted


async def test_a_suffix_is_asked_for_as_one(proxied: Calls, proxy: FaultProxy) -> None:
    await proxied.write("a", DATA)
    proxy.reset()
    await proxied.read("a", suffix=3)
    assert proxy.requests[0].header("range") == "bytes=-3"


async def test_a_range_is_asked_for_as_one(proxied: Calls, proxy: FaultProxy) -> None:
    await proxied.write("a", DATA)
    proxy.reset()
    await proxied.read("a", offset=1, size=5)
    assert proxy.requests[0].header("range") == "bytes=1-5"


@pytest.mark.parametrize("options", [{"size": 0}, {"suffix": 0}], ids=str)
async def test_no_bytes_cost_one_request_at_most(
    proxied: Calls, proxy: FaultProxy, options: dict[str, int]
) -> None:
    await proxied.write("a", DATA)
    proxy.reset()
    assert await proxied.read("a", **options) == b""
    assert len(proxy.requests) <= 1


async def test_what_is_missing_costs_what_it_would_if_it_were_there(
    proxied: Calls, proxy: FaultProxy
) -> None:
    with pytest.raises(FileNotFoundError):
        await proxied.read("a")
    with pytest.raises(FileNotFoundError):
        await proxied.read("a", offset=1, size=5)
    with pytest.raises(FileNotFoundError):
        await proxied.stat("a")
    assert not await proxied.exists("a")
    assert [request.method for request in proxy.requests] == ["GET", "GET", "HEAD", "HEAD"]


async def test_a_read_below_the_size_of_a_part_is_one_request(
    proxied: Calls, proxy: FaultProxy
) -> None:
    data = bytes(PART - 1)
    await proxied.write("a", data)
    proxy.reset()
    assert await proxied.read("a") == data
    assert [request.method for request in proxy.requests] == ["GET"]


async def test_what_moves_a_small_file_is_one_request(
    proxied: Calls, proxy: FaultProxy, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(DATA)
    await proxied.upload(file, "a")
    await proxied.download("a", file)
    await proxied.write("b", [DATA, DATA])
    await proxied.read_into("b", bytearray(9))
    pieces: Any = proxied.op.read_stream("b")
    if proxied.asynchronous:
        assert b"".join([bytes(piece) async for piece in pieces]) == DATA * 2
    else:
        assert b"".join(map(bytes, pieces)) == DATA * 2
    assert [request.method for request in proxy.requests] == ["PUT", "GET", "PUT", "GET", "GET"]


async def test_a_file_that_is_short_is_one_request(proxied: Calls, proxy: FaultProxy) -> None:
    async with await proxied.open("a", "wb") as file:
        await file.write(DATA)
    async with await proxied.open("a", "rb") as file:
        assert await file.read() == DATA
    assert [request.method for request in proxy.requests] == ["PUT", "GET"]


async def test_many_are_listed_and_deleted_by_one_request_each(
    proxied: Calls, proxy: FaultProxy
) -> None:
    names = [f"d/{number}" for number in range(5)]
    for name in names:
        await proxied.write(name, b"1")
    proxy.reset()
    assert await proxied.paths("d/") == names
    await proxied.delete_many(names)
    assert [(request.method, request.query) for request in proxy.requests] == [
        ("GET", "list-type=2&prefix=top/d/&delimiter=/"),
        ("POST", "delete"),
    ]


async def test_a_copy_asks_for_the_size_first(proxied: Calls, proxy: FaultProxy) -> None:
    """It decides whether the server has to copy in parts."""
    await proxied.write("a", DATA)
    proxy.reset()
    await proxied.copy("a", "b")
    assert [request.method for request in proxy.requests] == ["HEAD", "PUT"]


async def test_a_layer_costs_no_request(proxied: Calls, proxy: FaultProxy) -> None:
    layered = proxied
    for layer in (
        opendal.layers.TimeoutLayer(),
        opendal.layers.ConcurrentLimitLayer(4),
        opendal.layers.RetryLayer(),
        opendal.layers.MimeGuessLayer(),
    ):
        layered = layered.layer(layer)
    await layered.write("a.txt", DATA)
    await layered.read("a.txt")
    await layered.stat("a.txt")
    await layered.exists("a.txt")
    await layered.delete("a.txt")
    assert [request.method for request in proxy.requests] == [
        "PUT",
        "GET",
        "HEAD",
        "HEAD",
        "DELETE",
    ]


async def test_a_checksum_is_sent_that_the_server_finds_right(
    s3_versity: Service, kind: type[opendal.Operator]
) -> None:
    address = urlsplit(s3_versity.config["endpoint"])
    with FaultProxy(str(address.hostname), address.port or 0) as proxy:
        options = {**s3_versity.config, "endpoint": proxy.url, "checksum_algorithm": "crc32c"}
        ops = Calls(kind("s3", **options), s3_versity)
        await ops.write("a", b"123456789")
        # The check value of CRC-32C.
        sums = [request.header("x-amz-checksum-crc32c") for request in proxy.requests]
        assert sums == [base64.b64encode(bytes.fromhex("e3069283")).decode()]
        large = random.Random(1).randbytes(11 << 20)
        await ops.write("b", large, chunk=5 << 20)
        assert await ops.read("b") == large
