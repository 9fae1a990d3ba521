"""The servers start, stop and say so."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from servers import MotoServer, RcloneServer, moto_server, rclone_server
from servers.process import find_program, serving

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


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 20)
