"""An S3 server that knows conditions and versions: ``moto_server`` from moto[server].

It checks no signature, so signing is tested on rclone and the rest of S3 here.
"""

import contextlib
import http.client
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from .process import serving

_VERSIONING = (
    '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "<Status>Enabled</Status></VersioningConfiguration>"
)


@dataclass(frozen=True)
class MotoServer:
    """A running server; everything it stores is in its memory."""

    host: str
    port: int
    access_key: str = "moto-access-key"
    secret_key: str = "moto-secret-key-that-must-not-show"
    region: str = "us-east-1"

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def create_bucket(self, name: str, *, versioning: bool = False) -> None:
        """Make a bucket, which keeps every version of its objects if asked to."""
        self.request("PUT", f"/{name}")
        if versioning:
            self.request("PUT", f"/{name}?versioning", _VERSIONING)

    def request(self, method: str, target: str, body: bytes | str = b"") -> bytes:
        """One plain request; an error unless the answer is a success."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, target, body.encode() if isinstance(body, str) else body)
            response = connection.getresponse()
            answer = response.read()
        if not 200 <= response.status < 300:
            raise RuntimeError(f"moto answered {method} {target}: {response.status} {answer!r}")
        return answer


@contextlib.contextmanager
def moto_server() -> Iterator[MotoServer]:
    """Start moto on a free loopback port with nothing in it."""
    command = [sys.executable, "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with serving(command, r"Running on http://([\d.]+):(\d+)") as match:
        server = MotoServer(match[1], int(match[2]))
        server.request("GET", "/")
        yield server
