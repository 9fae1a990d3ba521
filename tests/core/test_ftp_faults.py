"""FTP and SFTP: answers that are lost or say no, and servers that say what they should not."""

import asyncio
import contextlib
import re
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Calls
from opendal.exceptions import (
    Conflict,
    Error,
    IsADirectory,
    NotADirectory,
    NotFound,
    PermissionDenied,
    Timeout,
)
from opendal.layers import RetryLayer, TimeoutLayer
from servers import FtpServer, Listener, SftpServer
from servers.ftp import Alter, FtpFront, Pump, ftp_server, passing

Kind = type[opendal.Operator]

# More than the system takes of a write before anybody reads it.
LONG = bytes(range(256)) * 4 * 30_000
LIMIT = 0.5
RETRY = RetryLayer(max_times=3, min_delay=0.01)


@pytest.fixture
def home(pyftpdlib: FtpServer, request: pytest.FixtureRequest) -> Path:
    """A directory of its own on the server."""
    directory = pyftpdlib.directory / f"{re.sub('[^a-z_]+', '-', request.node.name.lower())}"
    directory.mkdir()
    return directory


@pytest.fixture(autouse=True)
def _patient_again() -> Iterator[None]:
    yield
    opendal.configure(read_timeout=60, connect_timeout=10)


def on(server: FtpServer, home: Path, kind: Kind, front: FtpFront | None = None) -> Calls:
    host, port = (front or server).host, (front or server).port
    endpoint = f"ftp://[{host}]:{port}" if ":" in host else f"ftp://{host}:{port}"
    root = f"/{home.relative_to(server.directory)}"
    account = {"user": server.user, "password": server.password}
    return Calls(kind("ftp", endpoint=endpoint, root=root, **account))


def once(command: str, start: bytes, instead: bytes | None) -> Alter:
    """Says something else, the first time that the answer to a command starts like that."""
    left = [instead]

    def alter(asked: str, line: bytes) -> bytes | None:
        return left.pop() if left and asked == command and line.startswith(start) else line

    return alter


def refusing(*commands: str) -> Callable[[str], bytes]:
    return lambda asked: b"550 No.\r\n" if asked in commands else b""


def names(home: Path) -> list[str]:
    return sorted(each.name for each in home.iterdir())


@pytest.mark.parametrize("answer", [b"451 local error\r\n", None], ids=["refused", "lost"])
@pytest.mark.parametrize("data", [b"new", b"", LONG], ids=["short", "empty", "long"])
async def test_a_write_whose_end_failed_is_not_ended_again_as_an_empty_one(
    pyftpdlib: FtpServer, home: Path, kind: Kind, answer: bytes | None, data: bytes
) -> None:
    (home / "a").write_bytes(b"whole")
    with FtpFront(pyftpdlib, passing, alter=once("STOR", b"226", answer)) as front:
        ops = on(pyftpdlib, home, kind, front).layer(RETRY)
        with pytest.raises(Error, match=r"must be written again$"):
            await ops.write("a", data)
        assert (home / "a").read_bytes() == b"whole"
        await ops.write("a", data)
    assert (home / "a").read_bytes() == data
    assert names(home) == ["a"]


async def test_an_append_whose_end_failed_is_not_made_again(
    pyftpdlib: FtpServer, home: Path, kind: Kind
) -> None:
    (home / "a").write_bytes(b"1")
    with FtpFront(pyftpdlib, passing, alter=once("APPE", b"226", b"451 error\r\n")) as front:
        ops = on(pyftpdlib, home, kind, front).layer(RETRY)
        with pytest.raises(Error, match=r"451 error.*; how much was appended is not known$"):
            await ops.write("a", b"2", append=True)
        asked = [command for command in front.commands if command.startswith("APPE")]
    assert len(asked) == 1
    assert (home / "a").read_bytes() == b"12"


async def test_an_append_is_done_though_the_connection_breaks_after_it(
    pyftpdlib: FtpServer, home: Path, kind: Kind
) -> None:
    with FtpFront(pyftpdlib, passing, alter=once("MLST", b"", None)) as front:
        ops = on(pyftpdlib, home, kind, front).layer(RETRY)
        await ops.write("a", b"1", append=True)
    assert (home / "a").read_bytes() == b"1"


async def test_a_write_that_could_not_begin_is_begun_again(
    pyftpdlib: FtpServer, home: Path, kind: Kind
) -> None:
    busy = [b"450 busy\r\n"]

    def refuse(asked: str) -> bytes:
        return busy.pop() if asked == "STOR" and busy else b""

    with FtpFront(pyftpdlib, passing, refuse=refuse) as front:
        await on(pyftpdlib, home, kind, front).layer(RETRY).write("a", b"1")
    assert (home / "a").read_bytes() == b"1"


def stalling() -> Pump:
    """Stops once in the middle, for longer than anybody waits, and then goes on."""
    left = [5 * LIMIT]

    async def carry(reader: StreamReader, writer: StreamWriter) -> None:
        moved = 0
        while block := await reader.read(64 * 1024):
            moved += len(block)
            if moved > 1_000_000 and left:
                await asyncio.sleep(left.pop())
            writer.write(block)
            await writer.drain()

    return carry


@contextlib.contextmanager
def stalling_ftp(server: FtpServer) -> Iterator[dict[str, Any]]:
    with FtpFront(server, stalling()) as front:
        endpoint = f"ftp://{front.host}:{front.port}"
        yield {"endpoint": endpoint, "user": server.user, "password": server.password}


@contextlib.contextmanager
def stalling_sftp(server: SftpServer) -> Iterator[dict[str, Any]]:
    carry = stalling()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(server.host, server.port)
        try:
            await asyncio.gather(carry(reader, to_server), passing(from_server, writer))
        finally:
            to_server.close()

    with Listener(serve) as front:
        yield {"endpoint": f"ssh://{front.host}:{front.port}"}


@pytest.mark.parametrize("scheme", ["ftp", "sftp"])
@pytest.mark.parametrize("limit", ["read_timeout", "TimeoutLayer"])
async def test_a_write_that_was_given_up_in_its_middle_is_not_sent_twice(
    request: pytest.FixtureRequest, kind: Kind, scheme: str, limit: str
) -> None:
    service = request.getfixturevalue(scheme)
    server = request.getfixturevalue({"ftp": "pyftpdlib", "sftp": "sshd"}[scheme])
    front = stalling_ftp(server) if scheme == "ftp" else stalling_sftp(server)
    with front as config:
        ops = Calls(kind(scheme, **{**service.config, **config}))
        # To connect may take its time.
        assert not await ops.exists("a")
        if limit == "read_timeout":
            opendal.configure(read_timeout=LIMIT)
        else:
            ops = ops.layer(TimeoutLayer(timeout=60, io_timeout=LIMIT))
        with pytest.raises(Timeout, match="must be written again"):
            await ops.layer(RETRY).write("a", LONG)
    opendal.configure(read_timeout=60)
    assert not service.make(opendal.Operator).exists("a")


async def test_a_delete_tells_of_what_is_still_there(
    pyftpdlib: FtpServer, home: Path, kind: Kind
) -> None:
    (home / "dir").mkdir()
    (home / "dir/a").write_bytes(b"1")
    ops = on(pyftpdlib, home, kind)
    with pytest.raises(Conflict, match="not empty"):
        await ops.delete("dir/")
    with pytest.raises(IsADirectory):
        await ops.delete("dir")
    with pytest.raises(NotADirectory):
        await ops.delete("dir/a/")
    for absent in ("b", "b/", "b/c", "dir/a/b", "/"):
        await ops.delete(absent)
    assert (home / "dir/a").read_bytes() == b"1"
    with FtpFront(pyftpdlib, passing, refuse=refusing("DELE")) as front:
        ops = on(pyftpdlib, home, kind, front)
        with pytest.raises(PermissionDenied, match="550 No"):
            await ops.delete("dir/a")


async def test_what_stands_in_the_way_is_named(
    pyftpdlib: FtpServer, home: Path, kind: Kind
) -> None:
    (home / "dir").mkdir()
    (home / "dir/a").write_bytes(b"1")
    (home / "full").mkdir()
    (home / "full/a").write_bytes(b"1")
    ops = on(pyftpdlib, home, kind)
    calls: dict[type[Error], list[Callable[[], Awaitable[Any]]]] = {
        IsADirectory: [
            lambda: ops.write("dir", b"2"),
            lambda: ops.write("dir", b"2", append=True),
            lambda: ops.read("dir"),
            lambda: ops.rename("dir/a", "full"),
        ],
        NotADirectory: [
            lambda: ops.write("dir/a/b", b"2"),
            lambda: ops.write("dir/a/b", b"2", append=True),
            lambda: ops.read("dir/a/b"),
            lambda: ops.rename("full/a", "dir/a/b"),
            lambda: ops.create_dir("dir/a/"),
            lambda: ops.create_dir("dir/a/b/"),
        ],
    }
    for kind_of_error, each in calls.items():
        for call in each:
            with pytest.raises(kind_of_error):
                await call()
    await ops.create_dir("dir/")
    with pytest.raises(NotFound):
        await ops.read("dir/b")
    assert names(home) == ["dir", "full"]
    assert (names(home / "dir"), names(home / "full")) == (["a"], ["a"])


async def test_what_is_there_and_refused_is_not_missing(
    pyftpdlib: FtpServer, home: Path, kind: Kind
) -> None:
    (home / "a").write_bytes(b"1")
    with FtpFront(pyftpdlib, passing, refuse=refusing("RETR", "STOR")) as front:
        ops = on(pyftpdlib, home, kind, front)
        with pytest.raises(PermissionDenied, match="550 No"):
            await ops.read("a")
        with pytest.raises(NotFound, match="550 No"):
            await ops.read("b")
        with pytest.raises(PermissionDenied, match="550 No"):
            await ops.write("b", b"1")


@pytest.mark.parametrize(
    ("lacks", "lists"),
    [
        ((), b"type=dir; .\r\ntype=dir; ..\r\ntype=dir; \r\n"),
        (
            ("MLST", "MLSD"),
            b"drwxr-xr-x 2 u g 4096 Jan 1 2020 .\r\ndrwxr-xr-x 2 u g 4096 Jan 1 2020 ..\r\n",
        ),
    ],
    ids=["MLSD", "LIST"],
)
async def test_a_walk_stays_in_its_directory(
    pyftpdlib: FtpServer, home: Path, kind: Kind, lacks: tuple[str, ...], lists: bytes
) -> None:
    (home / "dir/sub").mkdir(parents=True)
    for path in ("beside", "dir/a", "dir/sub/b"):
        (home / path).write_bytes(b"1")
    with FtpFront(pyftpdlib, passing, lacks=lacks, lists=lists) as front:
        ops = on(pyftpdlib, home, kind, front)
        found = await ops.paths("dir/", recursive=True)
        assert found == ["dir/a", "dir/sub/", "dir/sub/b"]
        await ops.remove_all("dir/")
    assert names(home) == ["beside"]


async def test_a_name_that_leads_elsewhere_is_refused(
    pyftpdlib: FtpServer, home: Path, kind: Kind
) -> None:
    (home / "dir").mkdir()
    (home / "evil").write_bytes(b"1")
    lists = b"type=file;size=1; ../evil\r\ntype=file; ../evil\r\n"
    with FtpFront(pyftpdlib, passing, lists=lists) as front:
        ops = on(pyftpdlib, home, kind, front)
        with pytest.raises(Error, match=r'"\.\./evil", which is no name'):
            await ops.paths("dir/")
        with pytest.raises(Error, match="which is no name"):
            await ops.remove_all("dir/")
    assert names(home) == ["dir", "evil"]


async def test_ftp_over_ipv6(kind: Kind) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    with ftp_server(host="::1") as server:
        ops = on(server, server.directory, kind)
        await ops.write("dir/a", b"12345")
        assert await ops.read("dir/a", offset=1, size=2) == b"23"
        assert await ops.paths("dir/") == ["dir/a"]


def test_idle_connections_that_are_dead_are_left_together(pyftpdlib: FtpServer, home: Path) -> None:
    (home / "a").write_bytes(LONG[:1000])
    dead = False

    def alter(asked: str, line: bytes) -> bytes:
        return b"" if dead and asked == "NOOP" else line

    with FtpFront(pyftpdlib, passing, alter=alter) as front:
        op = on(pyftpdlib, home, opendal.Operator, front).op
        assert isinstance(op, opendal.Operator)
        assert len(op.read("a", chunk=100, concurrent=8)) == 1000
        made = front.connections
        assert made > 1
        dead = True
        opendal.configure(connect_timeout=1)
        front.commands.clear()
        assert op.stat("a").content_length == 1000
        assert front.commands.count("NOOP") == 1
        assert front.connections == made + 1


async def test_a_rename_of_nothing_leaves_nothing(
    pyftpdlib: FtpServer, home: Path, kind: Kind
) -> None:
    ops = on(pyftpdlib, home, kind)
    with pytest.raises(NotFound):
        await ops.rename("absent", "new/deep/a")
    assert names(home) == []
    (home / "b").write_bytes(b"1")
    await ops.rename("b", "new/deep/a")
    assert (home / "new/deep/a").read_bytes() == b"1"


async def test_a_write_is_done_though_the_answer_to_its_rename_is_lost(
    pyftpdlib: FtpServer, home: Path, kind: Kind
) -> None:
    with FtpFront(pyftpdlib, passing, alter=once("RNTO", b"250", None)) as front:
        await on(pyftpdlib, home, kind, front).layer(RETRY).write("a", b"1")
    assert (home / "a").read_bytes() == b"1"
    assert names(home) == ["a"]


async def test_a_write_is_not_done_where_nothing_came_of_its_rename(
    pyftpdlib: FtpServer, home: Path, kind: Kind
) -> None:
    def alter(asked: str, line: bytes) -> bytes | None:
        if asked == "RNTO":
            (home / "a").unlink()
            return None
        return line

    with FtpFront(pyftpdlib, passing, alter=alter) as front:
        ops = on(pyftpdlib, home, kind, front).layer(RETRY)
        with pytest.raises(NotFound):
            await ops.write("a", b"1")


async def test_a_length_that_is_no_fact_is_asked_for(
    pyftpdlib: FtpServer, home: Path, kind: Kind
) -> None:
    (home / "a").write_bytes(b"12345")

    def alter(asked: str, line: bytes) -> bytes:
        return re.sub(rb"size=\d+;", b"", line) if asked == "MLST" else line

    with FtpFront(pyftpdlib, passing, alter=alter, lists=b"type=file; a\r\n") as front:
        ops = on(pyftpdlib, home, kind, front)
        assert (await ops.stat("a")).content_length == 5
        async with await ops.open("a") as file:
            assert await file.read() == b"12345"
        found = [entry for entry in await ops.entries("") if entry.path == "a"]
        assert {entry.metadata.content_length for entry in found} == {5}
        assert sum(command.startswith("SIZE") for command in front.commands) >= 2
