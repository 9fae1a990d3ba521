"""FTP, where the core takes a connection that breaks for the end of a file."""

from concurrent.futures import ThreadPoolExecutor

import opendal
import pytest
from opendal.exceptions import Error
from servers import FtpServer
from servers.ftp import ftp_server

# More than what is under way between a server and its client.
DATA = bytes(range(256)) * 4 * 20_000


def on(server: FtpServer) -> opendal.Operator:
    endpoint = f"ftp://{server.host}:{server.port}"
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
