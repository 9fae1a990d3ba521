"""What is long is fetched by several requests at a time, into one place, and of one object."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import Conflict, Error
from servers import FaultProxy, MotoServer

LARGE = os.urandom(1 << 20) * 40 + os.urandom(12_345)


async def test_several_requests_fetch_one_object(proxied: Calls, proxy: FaultProxy) -> None:
    await proxied.write("a", LARGE)
    for call in (
        lambda: proxied.read("a"),
        lambda: proxied.read_buffer("a"),
    ):
        proxy.reset()
        assert await call() == LARGE
        assert 1 < proxy.count("GET") < 8
        assert all(request.header("if-match") for request in proxy.requests[1:])
    assert await proxied.read("a", offset=1_000_000, size=30 << 20) == LARGE[1_000_000:][: 30 << 20]
    target = bytearray(len(LARGE))
    assert await proxied.read_into("a", target) == len(LARGE)
    assert target == LARGE


def test_an_object_that_is_replaced_meanwhile_is_not_mixed(
    s3_moto: Service, moto: MotoServer
) -> None:
    direct = s3_moto.make(opendal.Operator)
    direct.write("a", LARGE)
    with FaultProxy(moto.host, moto.port) as proxy, ThreadPoolExecutor(1) as thread:
        config = {**s3_moto.config, "endpoint": proxy.url}
        held = proxy.hold(method="GET")
        read = thread.submit(opendal.Operator("s3", **config).read, "a")
        proxy.wait_for(lambda: proxy.count("GET") == 1)
        time.sleep(0.5)  # until the server has answered
        direct.write("a", bytes(len(LARGE)))
        held.release()
        with pytest.raises(Conflict, match="replaced while it was read"):
            read.result()


async def test_one_connection_is_enough(proxied: Calls) -> None:
    await proxied.write("a", LARGE)
    opendal.configure(connections=1)
    try:
        assert await proxied.read("a") == LARGE
    finally:
        opendal.configure(connections=128)
    assert await proxied.layer(opendal.layers.ConcurrentLimitLayer(1)).read("a") == LARGE


@pytest.mark.parametrize("every", [1, 2, 4])
async def test_a_part_that_fails_fails_the_read(
    proxied: Calls, proxy: FaultProxy, every: int
) -> None:
    await proxied.write("a", LARGE)
    proxy.reset()
    proxy.truncate(1_000_000, every=every, method="GET")
    with pytest.raises(Error):
        await proxied.read("a")
    proxy.reset()
    retrying = proxied.layer(opendal.layers.RetryLayer(min_delay=0.01))
    proxy.truncate(1_000_000, every=every, method="GET")
    assert await retrying.read("a") == LARGE


def test_a_file_that_shrinks_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(LARGE)
    op = opendal.Operator("fs", root=tmp_path)
    stream = op.read_stream("a", chunk=1 << 20)
    first = next(stream)
    os.truncate(tmp_path / "a", 5 << 20)
    assert bytes(first) + b"".join(stream) == LARGE[: 5 << 20]


@pytest.mark.parametrize("call", ["read", "read_buffer"])
def test_what_is_read_is_in_memory_once(tmp_path: Path, call: str) -> None:
    (tmp_path / "a").write_bytes(LARGE)
    op = opendal.Operator("fs", root=tmp_path)
    before = _resident_peak()
    data: Any = getattr(op, call)("a")
    # The peak of the process, which the kernel counts; some pieces are on their way as well.
    assert _resident_peak() - before < len(LARGE) * 1.5
    assert data == LARGE


def _resident_peak() -> int:
    Path("/proc/self/clear_refs").write_text("5")
    [line] = [
        line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line
    ]
    return int(line.split()[1]) * 1024
