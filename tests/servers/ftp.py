"""FTP: pyftpdlib."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .process import Address, scratch, serving
from .programs import find_module

USER = "ftp-user"
PASSWORD = "ftp-password-that-must-not-show"
PROGRAM = str(Path(__file__).with_name("pyftpd.py"))


@dataclass(frozen=True)
class FtpServer(Address):
    """A running server of a directory."""

    directory: Path
    user: str = USER
    password: str = PASSWORD


@contextlib.contextmanager
def ftp_server() -> Iterator[FtpServer]:
    """Start pyftpdlib on a free loopback port with an empty directory."""
    find_module("pyftpdlib")
    with scratch("ftp") as directory:
        command = [
            *(sys.executable, "-u", PROGRAM, "-i", "127.0.0.1", "-p", "0"),
            *("-w", "-u", USER, "-P", PASSWORD, "-d", str(directory)),
        ]
        with serving(command, r"starting FTP server on ([\d.]+):(\d+)") as match:
            yield FtpServer(match[1], int(match[2]), directory)
