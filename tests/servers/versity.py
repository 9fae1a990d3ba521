"""The S3 server that checks most: versitygw, over plain files.

Signatures, conditions, versions, metadata and multipart uploads are all held to the protocol.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from .process import free_port, scratch, serving
from .programs import find
from .s3 import S3Server

ACCESS_KEY = "versity-access-key"
SECRET_KEY = "versity-secret-key-that-must-not-show"


@dataclass(frozen=True)
class VersityServer(S3Server):
    """A running server."""


@contextlib.contextmanager
def versity_server() -> Iterator[VersityServer]:
    """Start versitygw on a free loopback port with nothing in it."""
    program, port = find("versitygw"), free_port()
    with scratch("versity") as directory:
        for name in ("objects", "versions", "sidecar"):
            (directory / name).mkdir()
        command = [
            program,
            *("--access", ACCESS_KEY, "--secret", SECRET_KEY),
            *("--port", f"127.0.0.1:{port}", "--region", "us-east-1"),
            # Beside the objects, since not every file system keeps attributes.
            *("posix", "--sidecar", str(directory / "sidecar")),
            *("--versioning-dir", str(directory / "versions")),
            str(directory / "objects"),
        ]
        with serving(command, r"http://127\.0\.0\.1:\d+"):
            server = VersityServer("127.0.0.1", port, ACCESS_KEY, SECRET_KEY)
            server.wait()
            yield server
