"""An S3 server that knows conditions and versions: ``moto_server`` from moto[server].

It checks no signature, so signing is tested on the other S3 servers.
"""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from .process import serving
from .s3 import S3Server


@dataclass(frozen=True)
class MotoServer(S3Server):
    """A running server; everything it stores is in its memory."""


@contextlib.contextmanager
def moto_server() -> Iterator[MotoServer]:
    """Start moto on a free loopback port with nothing in it."""
    command = [sys.executable, "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with serving(command, r"Running on http://([\d.]+):(\d+)") as match:
        server = MotoServer(
            match[1], int(match[2]), "moto-access-key", "moto-secret-key-that-must-not-show"
        )
        server.request("GET", "/")
        yield server
