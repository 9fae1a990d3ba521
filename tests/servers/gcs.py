"""Google Cloud Storage: fake-gcs-server. It asks for no credentials."""

import contextlib
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass

from .process import Address, free_port, serving
from .programs import find


@dataclass(frozen=True)
class GcsServer(Address):
    """A running server; everything it stores is in its memory."""

    def create_bucket(self, name: str) -> None:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        with contextlib.closing(connection):
            body = json.dumps({"name": name})
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/storage/v1/b?project=test", body, headers)
            response = connection.getresponse()
            answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"fake-gcs-server answered: {response.status} {answer!r}")


@contextlib.contextmanager
def gcs_server() -> Iterator[GcsServer]:
    """Start fake-gcs-server on a free loopback port with nothing in it."""
    server = GcsServer("127.0.0.1", free_port())
    command = [
        *(find("fake-gcs-server"), "-backend", "memory", "-scheme", "http"),
        *("-host", server.host, "-port", str(server.port)),
        *("-public-host", f"{server.host}:{server.port}", "-external-url", server.url),
    ]
    with serving(command, "server started"):
        server.wait()
        yield server
