"""Signed requests work for anybody who has them, and for nothing else."""

import http.client
import urllib.parse
from datetime import timedelta

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import ConfigInvalid, InvalidArgument, Unsupported
from opendal.types import PresignedRequest


def send(request: PresignedRequest, body: bytes = b"") -> tuple[int, bytes]:
    """What a client without credentials gets."""
    url = urllib.parse.urlsplit(request.url)
    connection = http.client.HTTPConnection(url.netloc, timeout=20)
    headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
    connection.request(request.method, f"{url.path}?{url.query}", body or None, headers)
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    return response.status, answer


@pytest.fixture
def signed(s3_rclone: Service, kind: type[opendal.Operator]) -> Calls:
    """On rclone, which verifies what it is sent."""
    return Calls(s3_rclone.make(kind), s3_rclone)


async def test_read(signed: Calls) -> None:
    await signed.write("dir/a b", b"content")
    request = await signed.presign_read("dir/a b", 60)
    assert request.method == "GET"
    assert send(request) == (200, b"content")


async def test_stat(signed: Calls) -> None:
    await signed.write("a", b"content")
    request = await signed.presign_stat("a", timedelta(minutes=1))
    assert request.method == "HEAD"
    assert send(request) == (200, b"")


async def test_write(signed: Calls) -> None:
    request = await signed.presign_write("a", 60.0, content_type="text/x-odd")
    assert request.method == "PUT"
    assert send(request, b"from outside")[0] == 200
    assert await signed.read("a") == b"from outside"
    assert (await signed.stat("a")).content_type == "text/x-odd"


async def test_delete(signed: Calls) -> None:
    await signed.write("a", b"1")
    request = await signed.presign_delete("a", 60)
    assert request.method == "DELETE"
    assert send(request)[0] in {200, 204}
    assert not await signed.exists("a")


async def test_a_changed_request_is_worthless(signed: Calls) -> None:
    await signed.write("a", b"1")
    await signed.write("b", b"2")
    request = await signed.presign_read("a", 60)
    other = request.url.replace("/top/a?", "/top/b?")
    assert other != request.url
    url = urllib.parse.urlsplit(other)
    connection = http.client.HTTPConnection(url.netloc, timeout=20)
    connection.request("GET", f"{url.path}?{url.query}")
    assert connection.getresponse().status == 403
    connection.close()


async def test_options_are_part_of_the_request(signed: Calls) -> None:
    await signed.write("a", b"content")
    request = await signed.presign_read("a", 60, content_type="text/x-odd")
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(request.url).query)
    assert query["response-content-type"] == ["text/x-odd"]


@pytest.mark.parametrize("expire", [-1, float("nan"), float("inf"), timedelta(seconds=-1)])
async def test_senseless_times_are_refused(signed: Calls, expire: float) -> None:
    with pytest.raises(ConfigInvalid):
        await signed.presign_read("a", expire)


async def test_a_time_is_a_number(signed: Calls) -> None:
    with pytest.raises(InvalidArgument):
        await signed.presign_read("a", "60")


async def test_a_request_does_not_show_its_signature(signed: Calls, s3_rclone: Service) -> None:
    request = await signed.presign_read("a", 60)
    signature = urllib.parse.parse_qs(urllib.parse.urlsplit(request.url).query)["X-Amz-Signature"]
    assert signature[0] not in repr(request) + str(request)
    assert s3_rclone.config["secret_access_key"] not in request.url


@pytest.mark.parametrize(
    "call", ["presign_read", "presign_stat", "presign_write", "presign_delete"]
)
async def test_what_a_service_lacks_is_refused(ops: Calls, call: str) -> None:
    if ops.can(call):
        pytest.skip(f"{ops.op.scheme} can {call}")
    with pytest.raises(Unsupported):
        await getattr(ops, call)("a", 60)
