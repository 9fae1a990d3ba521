"""FTP: connections that break, end or are given up, and servers that can little."""

import time
from concurrent.futures import ThreadPoolExecutor

import opendal
import pytest
from opendal.exceptions import Error, NotFound
from servers import FtpServer
from servers.ftp import FtpFront, ftp_server, passing

# More than what is under way between a server and its client.
DATA = bytes(range(256)) * 4 * 20_000


def on(server: FtpServer, at: FtpFront | None = None) -> opendal.Operator:
    host, port = (at or server).host, (at or server).port
    endpoint = f"ftp://{host}:{port}"
    return opendal.Operator("ftp", endpoint=endpoint, user=server.user, password=server.password)


def test_half_a_file_is_not_taken_for_all_of_it() -> None:
    with ftp_server() as server:
        op = on(server)
        op.write("a", DATA)
        stream = op.read_stream("a")
        next(stream)
    with pytest.raises(Error):
        list(stream)


def test_a_read_that_is_given_up_spoils_no_other(pyftpdlib: FtpServer) -> None:
    op = on(pyftpdlib)
    op.write("dir/long", DATA)
    op.write("dir/short", b"12345")
    for _ in range(20):
        with op.read_stream("dir/long", chunk=1000) as stream:
            assert bytes(next(stream)) == DATA[:1000]
        assert op.read("dir/short", offset=1, size=2) == b"23"
        assert op.read("dir/short", offset=10) == b""
        assert op.stat("dir/long").content_length == len(DATA)
    op.remove_all("dir/")
    assert not op.exists("dir/short")


def test_many_reads_at_a_time_each_get_what_is_theirs(pyftpdlib: FtpServer) -> None:
    op = on(pyftpdlib)
    data = DATA[:2048]
    op.write("dir/short", data)

    def read(start: int) -> bool:
        parts = op.read("dir/short", offset=start, size=999, chunk=100, concurrent=8)
        return parts == data[start : start + 999]

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(read, range(40)))
    op.remove_all("dir/")


def test_a_write_that_is_given_up_leaves_nothing(pyftpdlib: FtpServer) -> None:
    op = on(pyftpdlib)
    op.write("given-up/a", b"whole")
    file = op.open("given-up/a", "wb")
    file.write(DATA)
    file.flush()
    assert len(op.list("given-up/").collect()) == 3
    file.abort()
    assert [entry.path for entry in op.list("given-up/")] == ["given-up/", "given-up/a"]
    assert op.read("given-up/a") == b"whole"


def test_a_connection_that_the_server_closed_is_replaced() -> None:
    with ftp_server("--timeout", "1") as server:
        op = on(server)
        for number in range(2):
            op.write("a", b"%d" % number)
            assert op.read("a") == b"%d" % number
            time.sleep(1.5)


def test_a_server_that_lists_for_people_only(pyftpdlib: FtpServer) -> None:
    with FtpFront(pyftpdlib, passing, lacks=("MLST", "MLSD")) as front:
        op = on(pyftpdlib, front)
        op.write("people/a b", b"12345")
        op.create_dir("people/dir/")
        assert op.stat("people/a b").content_length == 5
        assert op.stat("people/dir/").is_dir
        assert not op.exists("people/b")
        assert not op.exists("nowhere/b")
        assert not op.list("nowhere/").collect()
        found = {entry.path: entry.mode for entry in op.list("people/")}
        assert found == {
            "people/": opendal.types.EntryMode.Dir,
            "people/dir/": opendal.types.EntryMode.Dir,
            "people/a b": opendal.types.EntryMode.File,
        }


def test_what_is_refused_says_why(pyftpdlib: FtpServer) -> None:
    op = on(pyftpdlib)
    with pytest.raises(NotFound, match="550"):
        op.read("absent")
    with pytest.raises(NotFound):
        op.rename("absent", "b")
    wrong = opendal.Operator(
        "ftp", endpoint=f"ftp://{pyftpdlib.host}:{pyftpdlib.port}", user="ftp-user", password="no"
    )
    with pytest.raises(PermissionError, match="530"):
        wrong.stat("a")
