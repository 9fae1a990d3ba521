"""What servers and networks do wrong: the right answer, or a typed error, and never wrong bytes."""

import contextlib
import os
from collections.abc import Awaitable, Callable

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import Error, Unexpected
from opendal.layers import RetryLayer
from servers import FaultProxy
from servers.faults import answer, page, with_length, with_lines, without_length

BODY = os.urandom(300_000)
# Fetched and sent in parts.
LARGE = os.urandom(1 << 20) * 18

ENTRY = (
    b"<Contents><Key>top/d/a</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
    b"<ETag>1</ETag><Size>1</Size></Contents>"
)
SKEW = b"<Error><Code>RequestTimeTooSkewed</Code><Message>Your clock is off.</Message></Error>"

# What passes: tried again, every call ends as if nothing had happened.
PASSING: dict[str, Callable[[FaultProxy], object]] = {
    "a body that ends early": lambda proxy: proxy.truncate(1000),
    "a body that is reset": lambda proxy: proxy.reset_after(1000),
    "a reset connection": lambda proxy: proxy.disconnect(),
    "an interrupted request": lambda proxy: proxy.interrupt(1000),
    "a lost answer": lambda proxy: proxy.lose_answer(),
    "an error though it was done": lambda proxy: proxy.lose_answer(503),
    "two times 503": lambda proxy: proxy.fail(503, times=2),
    "429": lambda proxy: proxy.fail(429),
    "no answer": lambda proxy: proxy.answer(b""),
    "half a head": lambda proxy: proxy.answer(b"HTTP/1.1 200 OK\r\nConte"),
    "no HTTP": lambda proxy: proxy.answer(b"220 ready\r\n\r\n"),
    "a slow first byte": lambda proxy: proxy.delay(0.05),
    "a slow body": lambda proxy: proxy.drip(0.002),
    "a huge header": lambda proxy: proxy.rewrite(with_lines(b"X-Huge: " + b"a" * 2_000_000)),
    "too many headers": lambda proxy: proxy.rewrite(
        with_lines(*(b"X-%d: 1" % number for number in range(2000)))
    ),
}

# What does not: some calls are right, the others say what is wrong.
LASTING: dict[str, Callable[[FaultProxy], object]] = {
    "a length that is no number": lambda proxy: proxy.rewrite(with_length(lambda _: b"many")),
    "two lengths": lambda proxy: proxy.rewrite(with_lines(b"Content-Length: 7")),
    "a length that is too long": lambda proxy: proxy.rewrite(
        with_length(lambda n: b"%d" % (n + 9))
    ),
    "no length": lambda proxy: proxy.rewrite(without_length),
    "an empty answer": lambda proxy: proxy.answer(answer("200 OK")),
    "a page": lambda proxy: proxy.answer(page("200 OK")),
    "XML of another kind": lambda proxy: proxy.answer(answer("200 OK", b"<a><b>1</b></a>")),
    "broken XML": lambda proxy: proxy.answer(answer("200 OK", b"<ListBucketResult><<<")),
    "an odd status": lambda proxy: proxy.answer(answer("418 I'm a teapot")),
    "an odd success": lambda proxy: proxy.answer(answer("206 Partial Content", b"12345")),
    "not modified": lambda proxy: proxy.answer(answer("304 Not Modified")),
    "a page that forbids": lambda proxy: proxy.answer(page("403 Forbidden")),
    "an error that is no text": lambda proxy: proxy.answer(
        answer("403 Forbidden", b"\xff\0\n\x1b")
    ),
    "a clock that is off": lambda proxy: proxy.answer(answer("403 Forbidden", SKEW)),
    "a redirect to nowhere": lambda proxy: proxy.answer(answer("301 Moved Permanently")),
}

# What may pass, as far as a client can tell: an answer that is none, or not the service's.
UNSURE = {
    *("a length that is no number", "two lengths", "a length that is too long"),
    *("an empty answer", "a page", "XML of another kind", "broken XML", "an odd success"),
}


# What costs time only.
HARMLESS = {"a slow first byte", "a slow body", "an interrupted request"}

Check = Callable[[Calls, Calls], Awaitable[bool]]


async def read(ops: Calls, _: Calls) -> bool:
    data: bytes = await ops.read("a")
    return data == BODY


async def read_part(ops: Calls, _: Calls) -> bool:
    data: bytes = await ops.read("a", offset=1000, size=5000)
    return data == BODY[1000:6000]


async def read_large(ops: Calls, _: Calls) -> bool:
    data: bytes = await ops.read("large")
    return data == LARGE


async def read_stream(ops: Calls, _: Calls) -> bool:
    if isinstance(ops.op, opendal.AsyncOperator):
        stream = ops.op.read_stream("a", chunk=100_000)
        return b"".join([bytes(piece) async for piece in stream]) == BODY
    return b"".join(map(bytes, ops.op.read_stream("a", chunk=100_000))) == BODY


async def read_file(ops: Calls, _: Calls) -> bool:
    async with await ops.open("a") as file:
        data: bytes = await file.read(10) + await file.read()
    return data == BODY


async def stat(ops: Calls, _: Calls) -> bool:
    metadata: opendal.types.Metadata = await ops.stat("a")
    return metadata.content_length == len(BODY)


async def exists(ops: Calls, _: Calls) -> bool:
    found: bool = await ops.exists("a")
    return found


async def list_directory(ops: Calls, _: Calls) -> bool:
    return await ops.paths("d/") == ["d/1", "d/2"]


async def write(ops: Calls, direct: Calls) -> bool:
    await ops.write("new", BODY)
    data: bytes = await direct.read("new")
    return data == BODY


async def write_in_parts(ops: Calls, direct: Calls) -> bool:
    await ops.write("new", LARGE, chunk=5 << 20)
    data: bytes = await direct.read("new")
    return data == LARGE


async def copy(ops: Calls, direct: Calls) -> bool:
    await ops.copy("a", "new")
    data: bytes = await direct.read("new")
    return data == BODY


async def delete(ops: Calls, direct: Calls) -> bool:
    await ops.delete("old")
    return not await direct.exists("old")


CALLS: list[Check] = [
    *(read, read_part, read_large, read_stream, read_file, stat, exists, list_directory),
    *(write, write_in_parts, copy, delete),
]

# What a server says and a client cannot find out.
LIES = {(delete, "an odd success"), (stat, "a length that is too long")}


@pytest.fixture
async def direct(s3_rclone: Service, kind: type[opendal.Operator]) -> Calls:
    """The bucket without the proxy."""
    ops = Calls(s3_rclone.make(kind))
    for path, data in {"a": BODY, "large": LARGE, "d/1": b"1", "d/2": b"2", "old": b"old"}.items():
        await ops.write(path, data)
    return ops


@pytest.fixture
def spoilt(s3_rclone: Service, kind: type[opendal.Operator], proxy: FaultProxy) -> Calls:
    """The same bucket through the proxy."""
    return Calls(kind("s3", **{**s3_rclone.config, "endpoint": proxy.url}))


@pytest.mark.parametrize("fault", PASSING)
async def test_what_passes_is_not_seen_when_it_is_tried_again(
    spoilt: Calls, direct: Calls, proxy: FaultProxy, fault: str
) -> None:
    retrying = spoilt.layer(RetryLayer(max_times=3, min_delay=0.001))
    for call in CALLS:
        proxy.reset()
        PASSING[fault](proxy)
        assert await call(retrying, direct), call.__name__


@pytest.mark.parametrize("fault", [*PASSING, *LASTING])
async def test_a_fault_is_a_typed_error_or_does_no_harm(
    spoilt: Calls, direct: Calls, proxy: FaultProxy, fault: str
) -> None:
    for call in CALLS:
        proxy.reset()
        (PASSING | LASTING)[fault](proxy)
        with contextlib.suppress(Error):
            assert await call(spoilt, direct) or (call, fault) in LIES, call.__name__
        # What the connection was left with spoils nothing that comes after it.
        proxy.reset()
        assert await stat(spoilt, direct)


@pytest.mark.parametrize("fault", [*PASSING, *LASTING])
async def test_an_error_of_a_server_is_one_line_with_all_that_is_known(
    spoilt: Calls, direct: Calls, proxy: FaultProxy, fault: str
) -> None:
    (PASSING | LASTING)[fault](proxy)
    if fault in HARMLESS:
        assert await read(spoilt, direct)
        return
    with pytest.raises(Error) as caught:
        await read(spoilt, direct)
    error = caught.value
    assert str(error).startswith('read "a" on s3: ')
    assert str(error).isprintable()
    assert "html" not in str(error)
    assert (error.operation, error.path, error.scheme) == ("read", "a", "s3")
    assert error.temporary == (fault in PASSING or fault in UNSURE)


@pytest.mark.usefixtures("direct")
async def test_a_server_that_ignores_ranges_is_found_out(spoilt: Calls, proxy: FaultProxy) -> None:
    whole = answer("200 OK", BODY, ETag='"1"')
    proxy.answer(whole, times=None, path="*/a")
    with pytest.raises(opendal.exceptions.Unsupported, match="ignores ranges"):
        await spoilt.read("a", offset=1000, size=5000)
    # Where all there is was asked for, it is the right answer.
    assert await spoilt.read("a") == BODY
    assert await spoilt.read("a", offset=0, size=len(BODY) + 5) == BODY


@pytest.mark.parametrize("given", ["0-4999", "2000-6999", "1000-", "1000-999", "what"])
@pytest.mark.usefixtures("direct")
async def test_another_range_than_was_asked_for_is_refused(
    spoilt: Calls, proxy: FaultProxy, given: str
) -> None:
    head = {"Content_Range": f"bytes {given}/300000", "ETag": '"1"'}
    proxy.answer(answer("206 Partial Content", BODY[:5000], **head), method="GET")
    with pytest.raises(Error, match="another range"):
        await spoilt.read("a", offset=1000, size=5000)
    assert await spoilt.read("a", offset=1000, size=5000) == BODY[1000:6000]


@pytest.mark.parametrize("given", ["0--1/0", "1000-999/1000", "1000-999/0"])
@pytest.mark.usefixtures("direct")
async def test_a_range_that_ends_before_it_begins_at_the_end_has_nothing(
    spoilt: Calls, proxy: FaultProxy, given: str
) -> None:
    head = {"Content_Range": f"bytes {given}", "ETag": '"1"'}
    proxy.answer(answer("206 Partial Content", b"", **head), method="GET")
    # The object does have something there, so that is no empty answer but an error.
    with pytest.raises(opendal.exceptions.RangeNotSatisfied, match="nothing in that range"):
        await spoilt.read("a", offset=1000, size=5000)


async def test_an_error_says_what_to_do_about_a_clock_and_a_proxy(
    spoilt: Calls, proxy: FaultProxy
) -> None:
    LASTING["a clock that is off"](proxy)
    with pytest.raises(PermissionError, match="set this machine's clock"):
        await spoilt.read("a")
    proxy.reset()
    for fault in ("a page", "a page that forbids"):
        LASTING[fault](proxy)
        with pytest.raises(Error, match="is a proxy in between"):
            await spoilt.read("a")
    proxy.answer(answer("418 I'm a teapot"))
    with pytest.raises(Error, match="the server answered 418 I'm a teapot and gave no reason"):
        await spoilt.stat("a")


@pytest.mark.parametrize("call", ["list", "scan", "remove_all"])
@pytest.mark.parametrize(
    "page",
    [
        b"<NextContinuationToken>again</NextContinuationToken>",
        b"",
        b"<NextContinuationToken>again</NextContinuationToken>" + ENTRY,
        ENTRY,
    ],
    ids=["nothing", "nothing and no token", "an object", "an object and no token"],
)
async def test_a_listing_that_goes_round_in_circles_ends(
    proxied: Calls, proxy: FaultProxy, page: bytes, call: str
) -> None:
    body = b"<ListBucketResult><IsTruncated>true</IsTruncated>" + page + b"</ListBucketResult>"
    proxy.answer(answer("200 OK", body), method="GET", times=None)
    ops = proxied.layer(RetryLayer(min_delay=0.001))
    with pytest.raises(Unexpected, match="the same page"):
        await (ops.remove_all("d/") if call == "remove_all" else ops.entries("d/", call=call))
    assert proxy.count("GET") < 10


async def test_a_page_that_is_asked_for_again_is_no_circle(
    proxied: Calls, proxy: FaultProxy
) -> None:
    paths = [f"d/{number}" for number in range(5)]
    for path in paths:
        await proxied.write(path, b"")
    ops = proxied.layer(RetryLayer(max_times=20, min_delay=0.001))
    for times in range(4):
        proxy.answer(answer("200 OK", b"<ListBucketResult><<<"), method="GET", times=times)
        assert await ops.paths("d/", limit=1) == paths
