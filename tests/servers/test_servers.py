"""The servers start, stop and say so."""

import contextlib
import ftplib
import http.client
import os
import socket
import struct
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from servers import (
    Address,
    AzuriteServer,
    EtcdServer,
    FtpServer,
    GcsServer,
    HdfsServer,
    MariadbServer,
    MemcachedServer,
    MotoServer,
    NginxServer,
    NotInstalled,
    PostgresServer,
    RcloneServer,
    RcloneWebdav,
    RedisServer,
    SftpServer,
    ToxiproxyServer,
    VersityServer,
    WsgidavServer,
    moto_server,
    rclone_server,
    scratch,
)
from servers.process import find_program, serving
from servers.programs import ALL, Part, find

TESTS = Path(__file__).parent.parent


def test_a_server_that_fails_to_start_says_why() -> None:
    command = [sys.executable, "-c", "print('no such thing'); raise SystemExit(3)"]
    with pytest.raises(RuntimeError, match="no such thing"), serving(command, "ready"):
        pass


def test_a_missing_program_names_its_package() -> None:
    with pytest.raises(FileNotFoundError, match=r"pip install 'some\[package\]'"):
        find_program("no-such-program-anywhere", "some[package]")


@pytest.mark.parametrize("start", [rclone_server, moto_server])
def test_a_server_is_gone_after_an_error(
    start: Callable[[], AbstractContextManager[RcloneServer | MotoServer]],
) -> None:
    with pytest.raises(ZeroDivisionError), start() as server:
        raise ZeroDivisionError
    with pytest.raises(ConnectionRefusedError):
        _connect(server.port)


def test_a_server_dies_with_whoever_started_it() -> None:
    program = (
        "import os, signal; from servers import rclone_server\n"
        "with rclone_server() as server:\n"
        "    print(server.port, server.directory, flush=True)\n"
        "    input()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(
        command, cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        port, directory = child.stdout.readline().split()
        with _connect(int(port)) as connection:
            child.stdin.write("\n")
            child.stdin.close()
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b""
    Path(directory).rmdir()


KILLED = """
import os, pathlib, signal, sys
from servers import scratch
with scratch("killed", pathlib.Path(sys.argv[1])) as directory:
    (directory / "data").write_bytes(bytes(1000))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], env=environment, check=False)
    (left,) = tmp_path.iterdir()
    with scratch("in-use", tmp_path) as used:
        assert left.exists()
        for directory in (left, used):
            os.utime(directory, (0, 0))
        with scratch("next", tmp_path) as following:
            assert sorted(tmp_path.iterdir()) == sorted([used, following])
    assert list(tmp_path.iterdir()) == []


def test_a_missing_server_says_how_to_get_it() -> None:
    with pytest.raises(NotInstalled, match=r"no-such-server is not installed; run: \./dev servers"):
        find("no-such-server")


def test_a_part_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(directory: Path) -> None:
        (directory / "half").touch()
        raise ZeroDivisionError

    (tmp_path / "opendal-servers").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    part = Part("odd", "1", "sh", fail)
    with pytest.raises(ZeroDivisionError):
        part.install()
    assert list((tmp_path / "opendal-servers").iterdir()) == []
    whole = Part("odd", "1", "sh", lambda directory: (directory / "all").touch())
    assert whole.install() == "installed in 0 s"
    assert (whole.directory / "all").exists()
    assert part.install() == "is there"
    with pytest.raises(NotInstalled, match="no-such-tool is not on this machine"):
        Part("odd", "2", "no-such-tool", fail).install()


def _without_servers(tmp_path: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """A run of the tests of versitygw on a machine that lacks it."""
    (tmp_path / "opendal-servers").mkdir()
    outside = {name: value for name, value in os.environ.items() if name != ALL}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", __file__, "-k", "versity"],
        env={**outside, "XDG_CACHE_HOME": str(tmp_path), "PATH": "/nowhere", **settings},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )


def test_the_end_of_a_run_says_what_was_left_out(tmp_path: Path) -> None:
    done = _without_servers(tmp_path)
    assert done.returncode == 0
    end = done.stdout.partition(" servers left out ")[2].splitlines()
    assert end[1] == "versitygw is not installed; run: ./dev servers"


def test_where_each_is_needed_a_missing_one_fails(tmp_path: Path) -> None:
    done = _without_servers(tmp_path, OPENDAL_TEST_ALL_SERVERS="1")
    assert done.returncode == 1
    assert "NotInstalled: versitygw is not installed" in done.stdout


def test_versity_takes_signed_requests_only(versity: VersityServer) -> None:
    versity.create_bucket("checked", versioning=True)
    assert b"<Status>Enabled</Status>" in versity.request("GET", "/checked", "versioning=")
    assert versity.ask("GET", "/checked", sign=False)[0] == 403


def test_azurite_takes_signed_requests_only(azurite: AzuriteServer) -> None:
    azurite.create_container("checked")
    stranger = AzuriteServer(azurite.host, azurite.port, azurite.account, "bm90IHRoZSBrZXk=")
    with pytest.raises(RuntimeError, match="403"):
        stranger.create_container("other")


def test_gcs_has_the_buckets_that_were_made(fake_gcs: GcsServer) -> None:
    fake_gcs.create_bucket("checked")
    assert _status(fake_gcs, "GET", "/storage/v1/b/checked") == 200
    assert _status(fake_gcs, "GET", "/storage/v1/b/absent") == 404


@pytest.mark.parametrize("name", ["wsgidav", "rclone_webdav"])
def test_webdav_keeps_what_is_put(name: str, request: pytest.FixtureRequest) -> None:
    server: WsgidavServer | RcloneWebdav = request.getfixturevalue(name)
    assert _status(server, "PUT", "/checked", b"1") == 401
    login = _basic(server.user, server.password)
    assert _status(server, "PUT", "/checked", b"1", login) == 201
    assert _status(server, "PROPFIND", "/checked", b"", {**login, "Depth": "0"}) == 207


def test_http_gives_what_is_there(nginx: NginxServer) -> None:
    login = _basic(nginx.user, nginx.password)
    assert _status(nginx, "GET", "/checked", b"", login) == 404
    (nginx.directory / "checked").write_bytes(b"1")
    assert _status(nginx, "GET", "/checked", b"", login) == 200
    assert _status(nginx, "GET", "/checked") == 401


def test_ftp_asks_for_the_password(pyftpdlib: FtpServer) -> None:
    with ftplib.FTP() as client:
        client.connect(pyftpdlib.host, pyftpdlib.port, 20)
        with pytest.raises(ftplib.error_perm):
            client.login(pyftpdlib.user, "wrong")
        client.login(pyftpdlib.user, pyftpdlib.password)
        client.mkd("checked")
        assert "checked" in client.nlst()


def test_sftp_gives_files_and_no_shell(sshd: SftpServer) -> None:
    (sshd.directory / "checked").touch()
    options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"]
    common = ["-q", "-F", "none", "-i", str(sshd.key), *(f"-o{option}" for option in options)]
    target = f"{sshd.user}@{sshd.host}"
    listed = subprocess.run(
        ["sftp", *common, "-P", str(sshd.port), "-b", "-", target],
        input=f"ls {sshd.directory}\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "checked" in listed.stdout
    shell = subprocess.run(
        ["ssh", *common, "-p", str(sshd.port), target, "echo", "shell"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "shell" not in shell.stdout


def test_redis_asks_for_the_password(redis_server: RedisServer) -> None:
    with redis_server.connect() as connection:
        assert _say(connection, b"PING\r\n").startswith(b"-NOAUTH")
        assert _say(connection, f"AUTH {redis_server.password}\r\n".encode()) == b"+OK\r\n"
        assert _say(connection, b"PING\r\n") == b"+PONG\r\n"


def test_memcached_answers(memcached_server: MemcachedServer) -> None:
    with memcached_server.connect() as connection:
        assert _say(connection, b"version\r\n").startswith(b"VERSION ")


def test_etcd_is_well(etcd_server: EtcdServer) -> None:
    assert _status(etcd_server, "GET", "/health") == 200


def test_postgresql_asks_for_the_password(postgres: PostgresServer) -> None:
    parameters = f"user\0{postgres.user}\0database\0postgres\0\0".encode()
    with postgres.connect() as connection:
        head = struct.pack("!ii", 8 + len(parameters), 196608)
        answer = _say(connection, head + parameters)
    # An authentication request, by SASL.
    assert (answer[:1], struct.unpack("!i", answer[5:9])[0]) == (b"R", 10)


def test_mariadb_greets(mariadb: MariadbServer) -> None:
    with mariadb.connect() as connection:
        assert b"MariaDB" in connection.recv(1000)


def test_webhdfs_makes_directories(hdfs: HdfsServer) -> None:
    target = f"/webhdfs/v1/checked?op=MKDIRS&user.name={hdfs.user}"
    assert _status(hdfs, "PUT", target) == 200
    assert _status(hdfs, "GET", "/webhdfs/v1/checked?op=LISTSTATUS") == 200


def test_toxiproxy_cuts_an_answer(toxiproxy: ToxiproxyServer, redis_server: RedisServer) -> None:
    hello = f"AUTH {redis_server.password}\r\n".encode()
    with toxiproxy.before(redis_server) as before:
        with before.connect() as connection:
            assert _say(connection, hello) == b"+OK\r\n"
        with (
            toxiproxy.toxic(redis_server, "limit_data", bytes=3),
            before.connect() as connection,
        ):
            assert _say(connection, hello) == b"+OK"
            assert connection.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        before.connect()


def _say(connection: socket.socket, words: bytes) -> bytes:
    """What is answered at once to a short message."""
    connection.sendall(words)
    return connection.recv(1000)


def _basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


def _status(
    server: Address,
    method: str,
    target: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
) -> int:
    """The status of one request over HTTP."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    with contextlib.closing(connection):
        connection.request(method, target, body, headers or {})
        return connection.getresponse().status


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 20)
