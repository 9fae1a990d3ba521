"""Redis: its keys as everybody has them, listings of them, slow answers, and clusters."""

import threading
import time
from asyncio import StreamReader, StreamWriter
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import ConfigInvalid, ConnectionFailed, Error, NotFound, Unexpected
from servers import Address, Listener, RedisServer

Kind = type[opendal.Operator]
Cluster = tuple[RedisServer, RedisServer]


def on(server: Address, **options: Any) -> opendal.Operator:
    endpoint = f"redis://{server.host}:{server.port}"
    password = RedisServer.password
    return opendal.Operator("redis", **{"endpoint": endpoint, "password": password, **options})


def test_a_key_is_the_root_and_the_path(redis_server: RedisServer) -> None:
    op = on(redis_server, root="/keys/top/", db=3, default_ttl=1000)
    op.write("dir/a", b"12345")
    redis_server.say("SELECT", 3)
    other = on(redis_server, db=3)
    assert other.read("keys/top/dir/a") == b"12345"
    plain = on(redis_server, root="/keys/")
    plain.write("ours", b"1")
    assert redis_server.say("GET", "keys/ours") == "1"
    redis_server.say("SET", "keys/theirs", "23")
    assert plain.read("theirs") == b"23"
    assert plain.read("theirs", suffix=1) == b"3"
    with pytest.raises(NotFound):
        op.read("theirs")


def test_a_listing_has_what_is_below_and_nothing_else(redis_server: RedisServer) -> None:
    op = on(redis_server, root="/listed/*[a]?/")
    beside = on(redis_server, root="/listed/")
    names = [f"dir/{number}" for number in range(2500)]
    for name in names:
        op.write(name, b"123")
    op.write("dir/sub/a", b"1")
    beside.write("xa/dir/a", b"1")
    redis_server.say("RPUSH", "listed/*[a]?/dir/no-object", "1")
    redis_server.say("SET", "listed/*[a]?/dir//nowhere", "1")
    found = op.list("dir/").collect()
    assert sorted(entry.path for entry in found) == sorted([*names, "dir/sub/"])
    assert all(entry.metadata.content_length == 3 for entry in found if entry.is_file)
    assert [entry.path for entry in op.list("/")] == ["dir/"]
    assert len(op.scan("/").collect()) >= 2501
    with pytest.raises(Unexpected, match="WRONGTYPE"):
        op.read("dir/no-object")
    op.remove_all("dir/")
    assert redis_server.say("EXISTS", "listed/xa/dir/a") == ":1"


async def test_an_answer_may_take_longer_than_a_moment(redis: Service, kind: Kind) -> None:
    ops = Calls(redis.make(kind), redis)
    await ops.write("a", b"1")
    server = RedisServer("127.0.0.1", int(redis.config["endpoint"].rpartition(":")[2]))
    server.say("CLIENT", "PAUSE", 1200, "ALL")
    assert await ops.read("a") == b"1"


def test_connections_are_no_more_than_may_be_and_outlive_the_server_s(redis: Service) -> None:
    op = opendal.Operator("redis", **redis.config, connection_pool_max_size=2)
    server = RedisServer("127.0.0.1", int(redis.config["endpoint"].rpartition(":")[2]))
    threads = [threading.Thread(target=op.write, args=("a", b"1")) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert op.read("a") == b"1"
    server.say("CLIENT", "KILL", "TYPE", "normal")
    # What waited for a moment only is not looked at before it is used.
    time.sleep(1.1)
    assert op.read("a") == b"1"


def test_a_cluster_is_one_store(redis_cluster: Cluster) -> None:
    first, second = redis_cluster
    # The second is found by what the first says.
    op = opendal.Operator(
        "redis",
        cluster_endpoints=f"redis://{first.host}:{first.port}",
        password=first.password,
        root="/many/",
    )
    for number in range(100):
        op.write(f"{number}", b"%d" % number)
    assert all(op.read(f"{number}", offset=0, size=9) == b"%d" % number for number in range(100))
    assert sorted(int(entry.path) for entry in op.list("/")) == list(range(100))
    for node in redis_cluster:
        assert 20 < int(node.say("DBSIZE")[1:]) < 80
    with pytest.raises(ConfigInvalid, match="cluster_endpoints"):
        [on(first, root="/many/").read(f"{number}") for number in range(100)]
    op.remove_all("/")
    assert {node.say("DBSIZE") for node in (first, second)} == {":0"}


def test_keys_of_a_cluster_that_move(redis_cluster: Cluster) -> None:
    endpoints = ",".join(f"redis://{node.host}:{node.port}" for node in redis_cluster)
    op = opendal.Operator(
        "redis", cluster_endpoints=endpoints, password=RedisServer.password, root="/{tag}/"
    )
    slot = int(redis_cluster[0].say("CLUSTER", "KEYSLOT", "tag")[1:])
    there, to = redis_cluster if slot < 8192 else redis_cluster[::-1]
    assert not op.exists("a")
    to.say("CLUSTER", "SETSLOT", slot, "IMPORTING", there.say("CLUSTER", "MYID"))
    there.say("CLUSTER", "SETSLOT", slot, "MIGRATING", to.say("CLUSTER", "MYID"))
    op.write("a", b"12345")
    assert there.say("DBSIZE") == ":0"
    assert op.read("a") == b"12345"
    assert op.read("a", offset=1, size=2) == b"23"
    assert op.stat("a").content_length == 5
    for node in (to, there):
        node.say("CLUSTER", "SETSLOT", slot, "NODE", to.say("CLUSTER", "MYID"))
    assert op.read("a") == b"12345"
    op.delete("a")
    assert to.say("DBSIZE") == ":0"


def test_what_is_no_redis_is_an_error() -> None:
    async def web(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    with Listener(web) as server, pytest.raises(Unexpected, match="does not speak"):
        on(Address(server.host, server.port), password=None).read("a")


@pytest.mark.parametrize("said", [b"", b"$5", b"$5\r\n123", b"$5\r\n12345", b"$5\r\n12345\r"])
def test_half_an_answer_is_not_taken_for_all_of_it(said: bytes) -> None:
    async def half(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read(100)
        writer.write(said)
        await writer.drain()

    with Listener(half) as server, pytest.raises(ConnectionFailed) as told:
        on(Address(server.host, server.port), password=None).read("a")
    assert told.value.temporary
    assert isinstance(told.value, Error)
