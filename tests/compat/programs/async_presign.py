"""Signed requests; only S3 has them."""

import asyncio
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta

import opendal
from here import CONFIG, SCHEME
from opendal.types import PresignedRequest

AFTER = datetime.now(UTC) + timedelta(days=2)
BEFORE = datetime.now(UTC) - timedelta(days=2)


def send(request: PresignedRequest, data: bytes | None = None) -> bytes:
    """What a client without credentials gets."""
    headers = {name: value for name, value in request.headers.items() if name != "host"}
    asked = urllib.request.Request(request.url, data, headers, method=request.method)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return answer.read()


def header(request: PresignedRequest, name: str) -> str | None:
    return {key.lower(): value for key, value in request.headers.items()}.get(name)


async def main() -> None:
    op = opendal.AsyncOperator(SCHEME, **CONFIG)
    capability = op.capability()
    assert capability.presign
    assert capability.presign_read
    assert capability.presign_stat
    assert capability.presign_write

    request = await op.presign_write("a", 60)
    assert isinstance(request, PresignedRequest)
    assert request.method == "PUT"
    assert isinstance(request.headers, dict)
    await asyncio.to_thread(send, request, b"content")
    assert await op.read("a") == b"content"

    request = await op.presign_read("a", expire_second=60)
    assert request.method == "GET"
    assert await asyncio.to_thread(send, request) == b"content"
    request = await op.presign_stat("a", expire_second=60)
    assert request.method == "HEAD"
    await asyncio.to_thread(send, request)

    request = await op.presign_read(
        "a", 60, content_type="text/x-odd", cache_control="no-store", content_disposition="inline"
    )
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(request.url).query)
    assert query["response-content-type"] == ["text/x-odd"]
    assert query["response-cache-control"] == ["no-store"]
    assert query["response-content-disposition"] == ["inline"]
    request = await op.presign_read("a", 60, if_match='"x"', if_unmodified_since=AFTER)
    assert header(request, "if-match") == '"x"'
    request = await op.presign_read("a", 60, if_none_match='"x"', if_modified_since=BEFORE)
    assert header(request, "if-none-match") == '"x"'
    request = await op.presign_read("a", 60, version="1")
    assert "versionId=1" in request.url

    request = await op.presign_stat("a", 60, if_match='"x"', if_unmodified_since=AFTER)
    assert header(request, "if-match") == '"x"'
    request = await op.presign_stat("a", 60, if_none_match='"x"', if_modified_since=BEFORE)
    assert header(request, "if-none-match") == '"x"'
    request = await op.presign_stat(
        "a",
        60,
        version="1",
        content_type="text/x-odd",
        cache_control="no-store",
        content_disposition="inline",
    )
    assert "versionId=1" in request.url

    request = await op.presign_write(
        "b",
        expire_second=60,
        content_type="text/x-odd",
        cache_control="no-store",
        content_disposition="inline",
        content_encoding="gzip",
        user_metadata={"owner": "me"},
    )
    assert header(request, "content-type") == "text/x-odd"
    assert header(request, "cache-control") == "no-store"
    assert header(request, "content-disposition") == "inline"
    assert header(request, "content-encoding") == "gzip"
    assert header(request, "x-amz-meta-owner") == "me"
    request = await op.presign_write("b", 60, if_not_exists=True)
    assert header(request, "if-none-match") == "*"
    request = await op.presign_write("b", 60, if_match='"x"')
    assert header(request, "if-match") == '"x"'
    if capability.write_with_if_none_match:
        request = await op.presign_write("b", 60, if_none_match="*")
        assert header(request, "if-none-match") == "*"

    request = await op.presign_delete("a", 60)
    assert request.method == "DELETE"
    await asyncio.to_thread(send, request)
    assert not await op.exists("a")
    request = await op.presign_delete("a", expire_second=60, version="1")
    assert "versionId=1" in request.url


asyncio.run(main())
