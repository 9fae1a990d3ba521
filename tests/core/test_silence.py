"""What does not speak HTTP: a server that falls silent is given up, a slow one is not."""

import asyncio
import os
import subprocess
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import Timeout
from opendal.layers import RetryLayer
from servers import Address, FtpServer, Listener, ToxiproxyServer
from servers.ftp import FtpFront, Pump

Kind = type[opendal.Operator]

# For servers that say nothing at all, however slow the machine is.
LIMIT = 0.1
# For what is to succeed under a limit.
PATIENT = 0.4
# More than the system takes of a write before anybody reads it.
LONG = bytes(range(256)) * 4 * 30_000
SHORT = LONG[: 1 << 20]

# How each service is pointed at a server; `ssh` is a program, which the fixture finds.
ENDPOINTS = {
    "etcd": {"endpoints": "http://{}"},
    "ftp": {"endpoint": "ftp://{}", "user": "a", "password": "b"},
    "memcached": {"endpoint": "tcp://{}"},
    "mysql": {"connection_string": "mysql://a:b@{}/c", "table": "d"},
    "postgresql": {"connection_string": "postgresql://a:b@{}/c", "table": "d"},
    "redis": {"endpoint": "redis://{}"},
    "sftp": {"endpoint": "ssh://{}"},
}

CALLS: dict[str, Callable[[Calls], Awaitable[Any]]] = {
    "stat": lambda ops: ops.stat("a"),
    "read": lambda ops: ops.read("a"),
    "a part": lambda ops: ops.read("a", offset=1, size=2),
    "write": lambda ops: ops.write("a", b"1"),
    "delete": lambda ops: ops.delete("a"),
    "create_dir": lambda ops: ops.create_dir("a/"),
    "list": lambda ops: ops.paths("a/"),
    "open": lambda ops: ops.open("a"),
}
# What every service can.
FEW = ("stat", "read", "write", "delete")


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    opendal.configure(read_timeout=LIMIT)
    yield
    opendal.configure(read_timeout=60)


async def silent(reader: StreamReader, _: StreamWriter) -> None:
    """Listens, and never says anything."""
    while await reader.read(65536):
        pass


def timeout_of(caught: pytest.ExceptionInfo[Timeout]) -> Timeout:
    """The error, which is whole."""
    error = caught.value
    assert isinstance(error, TimeoutError)
    assert error.temporary
    assert "\n" not in str(error)
    return error


@pytest.mark.parametrize("scheme", ENDPOINTS)
async def test_a_server_that_never_answers_is_given_up(
    request: pytest.FixtureRequest, scheme: str, kind: Kind
) -> None:
    base = request.getfixturevalue("sftp").config if scheme == "sftp" else {}
    with Listener(silent) as server:
        place = f"{server.host}:{server.port}"
        config = {key: value.format(place) for key, value in ENDPOINTS[scheme].items()}
        ops = Calls(kind(scheme, **{**base, **config}))
        for name in CALLS if scheme == "ftp" else FEW:
            with pytest.raises(Timeout, match=f"no byte moved for {LIMIT}.* seconds") as caught:
                await CALLS[name](ops)
            assert timeout_of(caught).scheme == scheme, name


def test_the_limit_comes_from_the_environment_too() -> None:
    code = """
import opendal, sys
try:
    opendal.Operator("redis", endpoint=sys.argv[1]).read("a")
except opendal.exceptions.Error as error:
    print(type(error).__name__, error)
"""

    def child(limit: str) -> str:
        with Listener(silent) as server:
            return subprocess.run(
                [sys.executable, "-W", "ignore", "-c", code, f"redis://127.0.0.1:{server.port}"],
                env={**os.environ, "OPENDAL_READ_TIMEOUT": limit},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            ).stdout

    assert child("0.3").startswith('Timeout read "a" on redis: no byte moved for 0.3 seconds')
    assert child("soon").startswith("ConfigInvalid")


def carrying(amount: int, pause: float = 0.0) -> Pump:
    """Moves so many bytes, each quarter of a MiB after a pause, and then nothing more."""

    async def carry(reader: StreamReader, writer: StreamWriter) -> None:
        moved = 0
        while moved < amount:
            block = await reader.read(min(amount - moved, 256 * 1024))
            if not block:
                return
            moved += len(block)
            await asyncio.sleep(pause)
            writer.write(block)
            await writer.drain()
        await asyncio.sleep(3600)

    return carry


def before(server: FtpServer, front: FtpFront, kind: Kind) -> Calls:
    endpoint = f"ftp://{front.host}:{front.port}"
    return Calls(kind("ftp", endpoint=endpoint, user=server.user, password=server.password))


async def test_silence_in_the_middle_of_a_read_over_ftp(pyftpdlib: FtpServer, kind: Kind) -> None:
    (pyftpdlib.directory / "long").write_bytes(LONG)
    with FtpFront(pyftpdlib, carrying(100_000)) as front:
        ops = before(pyftpdlib, front, kind)
        with pytest.raises(Timeout, match="no byte moved") as caught:
            await ops.read("long")
        timeout_of(caught)


async def test_silence_in_the_middle_of_a_write_over_ftp(pyftpdlib: FtpServer, kind: Kind) -> None:
    opendal.configure(read_timeout=PATIENT)
    directory = pyftpdlib.directory / f"given-up-{kind.__name__}"
    with FtpFront(pyftpdlib, carrying(100_000)) as front:
        ops = before(pyftpdlib, front, kind)
        with pytest.raises(Timeout, match="no byte moved") as caught:
            await ops.write(f"{directory.name}/a", LONG)
        timeout_of(caught)
    # What was half written is gone too.
    assert list(directory.iterdir()) == []


async def test_a_retry_takes_up_what_fell_silent(pyftpdlib: FtpServer, kind: Kind) -> None:
    opendal.configure(read_timeout=PATIENT)
    (pyftpdlib.directory / "short").write_bytes(SHORT)
    ways = iter([carrying(100_000)] * 4)

    async def carry(reader: StreamReader, writer: StreamWriter) -> None:
        await next(ways, carrying(1 << 30))(reader, writer)

    with FtpFront(pyftpdlib, carry) as front:
        ops = before(pyftpdlib, front, kind).layer(RetryLayer(min_delay=0.01))
        assert await ops.read("short") == SHORT


async def test_a_slow_transfer_over_ftp_is_waited_for(pyftpdlib: FtpServer, kind: Kind) -> None:
    (pyftpdlib.directory / "short").write_bytes(SHORT)
    opendal.configure(read_timeout=PATIENT)
    with FtpFront(pyftpdlib, carrying(1 << 30, pause=PATIENT / 3)) as front:
        assert await before(pyftpdlib, front, kind).read("short") == SHORT
    # The last bytes leave the system's buffers unseen, for which there is twice the time.
    opendal.configure(read_timeout=2)
    data = LONG[: len(LONG) // 2]
    with FtpFront(pyftpdlib, carrying(1 << 30, pause=0.04)) as front:
        await before(pyftpdlib, front, kind).write("slow", data)
    assert (pyftpdlib.directory / "slow").read_bytes() == data


SERVERS = {
    "etcd": "etcd_server",
    "memcached": "memcached_server",
    "mysql": "mariadb",
    "postgresql": "postgres",
    "redis": "redis_server",
}


@pytest.mark.parametrize("service", SERVERS)
async def test_a_slow_object_that_comes_at_once_is_waited_for(
    request: pytest.FixtureRequest, toxiproxy: ToxiproxyServer, service: str, kind: Kind
) -> None:
    server: Address = request.getfixturevalue(SERVERS[service])
    direct: Service = request.getfixturevalue(service)
    opendal.configure(read_timeout=PATIENT)
    data = SHORT[:400_000]
    direct.make(opendal.Operator).write("a", data)
    here = f"{server.host}:{server.port}"
    with (
        toxiproxy.before(server) as proxy,
        toxiproxy.toxic(server, "bandwidth", rate=500),
    ):
        there = f"{proxy.host}:{proxy.port}"
        config = {
            key: value.replace(here, there) if isinstance(value, str) else value
            for key, value in direct.config.items()
        }
        assert config != direct.config
        assert await Calls(replace(direct, config=config).make(kind)).read("a") == data
