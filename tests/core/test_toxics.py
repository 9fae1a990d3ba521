"""Slow, cut and silent connections before S3, WebDAV, SFTP and PostgreSQL.

Every call ends in the right answer or in a typed error, and no object is torn.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import Error
from opendal.layers import RetryLayer, TimeoutLayer
from servers import Address, ToxiproxyServer

# Each service and the server that the proxy stands before.
SERVICES = {
    # versitygw publishes what it has of a request that is cut.
    "s3_rclone": "rclone",
    "webdav_rclone": "rclone_webdav",
    "sftp": "sshd",
    "postgresql": "postgres",
}

OLD = os.urandom(300_000)
NEW = os.urandom(310_000)

# Toxics, what they are told, and on which way they lie.
SLOW: dict[str, tuple[str, str, dict[str, int]]] = {
    "latency": ("latency", "downstream", {"latency": 30, "jitter": 20}),
    "slow body": ("bandwidth", "downstream", {"rate": 5000}),
    "slow upload": ("bandwidth", "upstream", {"rate": 5000}),
    "small pieces": ("slicer", "downstream", {"average_size": 2000, "delay": 100}),
}
BROKEN: dict[str, tuple[str, str, dict[str, int]]] = {
    "cut answers": ("limit_data", "downstream", {"bytes": 50_000}),
    "cut requests": ("limit_data", "upstream", {"bytes": 50_000}),
    "resets": ("reset_peer", "downstream", {"timeout": 20}),
    "silence": ("timeout", "downstream", {"timeout": 0}),
    "silence, then an end": ("timeout", "downstream", {"timeout": 200}),
}

# Servers of WebDAV publish what they have of a request that is cut.
TEARS = {("webdav", "cut requests")}

CALLS: dict[str, Callable[[Calls], Awaitable[Any]]] = {
    "read": lambda ops: ops.read("a"),
    "a part": lambda ops: ops.read("a", offset=1000, size=200_000),
    "stat": lambda ops: ops.stat("a"),
    "exists": lambda ops: ops.exists("a"),
    "write": lambda ops: ops.write("b", NEW),
    "delete": lambda ops: ops.delete("c"),
}


@pytest.fixture(params=SERVICES)
def server(request: pytest.FixtureRequest) -> Address:
    address: Address = request.getfixturevalue(SERVICES[request.param])
    return address


@pytest.fixture
def direct(server: Address, request: pytest.FixtureRequest) -> Service:
    """The service without the proxy, which has an object of each kind."""
    name = next(name for name, of in SERVICES.items() if request.getfixturevalue(of) is server)
    service: Service = request.getfixturevalue(name)
    op = service.make(opendal.Operator)
    for path in ("a", "b", "c"):
        op.write(path, OLD)
    return service


def through(service: Service, server: Address, proxy: Address) -> Service:
    """The same service, reached by the proxy."""
    here, there = f"{server.host}:{server.port}", f"{proxy.host}:{proxy.port}"
    config = {
        key: value.replace(here, there) if isinstance(value, str) else value
        for key, value in service.config.items()
    }
    assert config != service.config
    return replace(service, config=config)


def right(name: str, answer: Any) -> bool:
    match name:
        case "read":
            return bool(answer == OLD)
        case "a part":
            return bool(answer == OLD[1000:201_000])
        case "stat":
            return bool(answer.content_length == len(OLD))
        case "exists":
            return bool(answer)
    return True


def is_whole(service: Service) -> bool:
    """Whether what was written is as it was or as it should be."""
    op = service.make(opendal.Operator).layer(RetryLayer(min_delay=0.1))
    return op.read("b") in {OLD, NEW}


@pytest.mark.parametrize("toxic", SLOW)
async def test_what_is_slow_is_right(
    toxiproxy: ToxiproxyServer,
    server: Address,
    direct: Service,
    kind: type[opendal.Operator],
    toxic: str,
) -> None:
    name, stream, attributes = SLOW[toxic]
    with (
        toxiproxy.before(server) as proxy,
        toxiproxy.toxic(server, name, stream, **attributes),
    ):
        ops = Calls(through(direct, server, proxy).make(kind), direct)
        for call, calls in CALLS.items():
            assert right(call, await calls(ops)), call
    assert direct.make(opendal.Operator).read("b") == NEW
    assert not direct.make(opendal.Operator).exists("c")


@pytest.mark.parametrize("toxic", BROKEN)
async def test_what_breaks_is_right_or_a_typed_error(
    toxiproxy: ToxiproxyServer,
    server: Address,
    direct: Service,
    kind: type[opendal.Operator],
    toxic: str,
) -> None:
    name, stream, attributes = BROKEN[toxic]
    with (
        toxiproxy.before(server) as proxy,
        toxiproxy.toxic(server, name, stream, **attributes),
    ):
        op = through(direct, server, proxy).make(kind)
        ops = Calls(op.layer(TimeoutLayer(timeout=1, io_timeout=1)), direct)
        for call, calls in CALLS.items():
            with contextlib.suppress(Error):
                assert right(call, await calls(ops)), call
    # A server may still be at work for who is gone.
    await asyncio.sleep(0.1)
    assert (direct.scheme, toxic) in TEARS or await asyncio.to_thread(is_whole, direct)
