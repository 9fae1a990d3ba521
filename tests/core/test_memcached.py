"""memcached: its keys as everybody has them, and connections that break, end or are given up."""

import asyncio
import contextlib
import struct
import time
from asyncio import StreamReader, StreamWriter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import (
    ConnectionRefused,
    Error,
    NotFound,
    PermissionDenied,
    Unexpected,
    Unsupported,
)
from servers import Address, Listener, MemcachedServer, ToxiproxyServer
from servers import memcached_server as server_of
from servers.process import scratch

Kind = type[opendal.Operator]

GET, SET = 0, 1


def on(server: Address, **options: Any) -> opendal.Operator:
    endpoint = f"tcp://{server.host}:{server.port}"
    return opendal.Operator("memcached", **{"endpoint": endpoint, **options})


def ask(
    server: Address, command: int, key: bytes, extras: bytes = b"", value: bytes = b""
) -> bytes:
    """What the server answers by its own protocol, without its flags."""
    head = (0x80, command, len(key), len(extras), 0, 0, len(extras + key + value), 0, 0)
    with server.connect() as connection, connection.makefile("rb") as answer:
        connection.sendall(struct.pack(">BBHBBHIIQ", *head) + extras + key + value)
        _, _, _, extra, _, status, length, _, _ = struct.unpack(">BBHBBHIIQ", answer.read(24))
        assert status == 0
        return answer.read(length)[extra:]


def counted(server: Address, name: str) -> int:
    """One of the numbers that the server counts."""
    with server.connect() as connection, connection.makefile("rb") as answer:
        connection.sendall(b"stats\r\n")
        lines = iter(answer.readline, b"END\r\n")
        return next(int(line.split()[2]) for line in lines if line.split()[1] == name.encode())


def test_a_key_is_the_root_and_the_path(memcached_server: MemcachedServer) -> None:
    op = on(memcached_server, root="/some root/")
    op.write("dir/a b", b"12345")
    assert ask(memcached_server, GET, b"some%20root/dir/a%20b") == b"12345"
    ask(memcached_server, SET, b"some%20root/other", bytes(8), b"67")
    assert op.read("other") == b"67"
    assert op.stat("other").content_length == 2


def test_what_lives_for_a_time_only(memcached_server: MemcachedServer) -> None:
    op = on(memcached_server, root="/short/", default_ttl=1)
    op.write("a", b"1")
    deadline = time.monotonic() + 20
    while op.exists("a"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


async def test_an_answer_that_nobody_waited_for_is_no_other_call_s(
    memcached_server: MemcachedServer, toxiproxy: ToxiproxyServer
) -> None:
    direct = on(memcached_server, root="/given-up/")
    direct.write("a", b"the first")
    direct.write("b", b"the second")
    with toxiproxy.before(memcached_server) as proxy:
        op = on(proxy, root="/given-up/", connection_pool_max_size=1).to_async_operator()
        await op.stat("a")
        with toxiproxy.toxic(memcached_server, "latency", latency=300):
            # Some of them are given up when the answer is all that is to come.
            for patience in (0.1, 0.2, 0.35, 0.45, 0.55):
                with contextlib.suppress(TimeoutError):
                    assert await asyncio.wait_for(op.read("a"), patience) == b"the first"
                assert await op.read("b") == b"the second"


def test_connections_are_used_again_and_are_no_more_than_may_be(
    memcached_server: MemcachedServer,
) -> None:
    op = on(memcached_server, root="/many/", connection_pool_max_size=2)
    before = counted(memcached_server, "total_connections")

    def use(number: int) -> bool:
        op.write(f"{number}", b"%d" % number)
        return op.read(f"{number}") == b"%d" % number

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(100)))
    # One of them asks for this number.
    assert counted(memcached_server, "total_connections") - before <= 3


def test_a_connection_that_the_server_closed_is_replaced() -> None:
    with server_of("-o", "idle_timeout=1") as server:
        op = on(server)
        for number in range(2):
            op.write("a", b"%d" % number)
            deadline = time.monotonic() + 30
            while counted(server, "idle_kicks") <= number:
                assert time.monotonic() < deadline
                time.sleep(0.2)
            assert op.read("a") == b"%d" % number


async def test_what_is_too_long_is_refused_with_the_limit(kind: Kind) -> None:
    with server_of("-I", "1m") as server:
        ops = Calls(kind("memcached", endpoint=f"tcp://{server.host}:{server.port}"))
        with pytest.raises(Unsupported, match="at most 1048576 bytes") as told:
            await ops.write("a", bytes(1 << 20))
        assert not told.value.temporary
        assert not await ops.exists("a")
        await ops.write("a", bytes(1_000_000))
        assert await ops.read("a") == bytes(1_000_000)


async def test_a_key_that_is_too_long_is_refused(
    memcached_server: MemcachedServer, kind: Kind
) -> None:
    ops = Calls(
        kind("memcached", endpoint=f"tcp://{memcached_server.host}:{memcached_server.port}")
    )
    await ops.write("k" * 250, b"1")
    assert await ops.read("k" * 250) == b"1"
    for key in ("k" * 251, "ä" * 42):
        with pytest.raises(Unsupported, match="at most 250 bytes, and this one has 25"):
            await ops.write(key, b"1")
        with pytest.raises(Unsupported, match="at most 250 bytes"):
            await ops.stat(key)


def test_over_a_socket_of_the_system() -> None:
    with scratch("memcached") as directory:
        path = f"{directory}/a b"
        with server_of("-s", path):
            op = opendal.Operator("memcached", endpoint=f"unix://{path}")
            op.write("a", bytes(2_000_000))
            assert op.read("a", suffix=1_000_000) == bytes(1_000_000)


def test_a_login(memcached_login: Service) -> None:
    op = memcached_login.make(opendal.Operator)
    op.write("a", b"1")
    assert op.read("a") == b"1"
    without = opendal.Operator("memcached", endpoint=memcached_login.config["endpoint"])
    with pytest.raises(PermissionDenied):
        without.read("a")


def test_a_login_that_the_server_does_not_know(memcached_server: MemcachedServer) -> None:
    op = on(memcached_server, username="a", password="b")
    with pytest.raises(Unsupported, match="Unknown command"):
        op.read("a")


def test_what_is_no_memcached_is_an_error(refused_port: int) -> None:
    async def web(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    with Listener(web) as server, pytest.raises(Unexpected, match="is no memcached"):
        on(Address(server.host, server.port)).read("a")
    with pytest.raises(ConnectionRefused):
        on(Address("127.0.0.1", refused_port)).read("a")


@pytest.mark.parametrize("length", [0, 10, 24, 30])
def test_half_an_answer_is_not_taken_for_all_of_it(length: int) -> None:
    head = struct.pack(">BBHBBHIIQ", 0x81, GET, 0, 4, 0, 0, 4 + 10, 0, 0)

    async def half(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read(100)
        writer.write((head + bytes(14))[:length])
        await writer.drain()

    with Listener(half) as server, pytest.raises(Error) as told:
        on(Address(server.host, server.port)).read("a")
    assert isinstance(told.value, ConnectionError)
    assert told.value.temporary


def test_what_is_not_there(memcached_server: MemcachedServer) -> None:
    op = on(memcached_server, root="/absent/")
    for call in (op.read, op.stat):
        with pytest.raises(NotFound):
            call("a")
    op.delete("a")
