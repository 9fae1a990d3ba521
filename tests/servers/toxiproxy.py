"""Latency, resets and bandwidth on any TCP connection: toxiproxy, which is told over HTTP."""

import contextlib
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .process import Address, free_port, serving
from .programs import find


@dataclass(frozen=True)
class ToxiproxyServer(Address):
    """A running server; this is where it is told what to do."""

    @contextlib.contextmanager
    def before(self, upstream: Address) -> Iterator[Address]:
        """A new port that leads to `upstream` as long as the block lasts."""
        name = f"{upstream.port}"
        wanted = {"name": name, "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{upstream.port}"}
        made = self.ask("POST", "/proxies", wanted)
        try:
            yield Address("127.0.0.1", int(made["listen"].rpartition(":")[2]))
        finally:
            self.ask("DELETE", f"/proxies/{name}")

    @contextlib.contextmanager
    def toxic(
        self, upstream: Address, kind: str, stream: str = "downstream", **attributes: int
    ) -> Iterator[None]:
        """Spoil what comes back from `upstream`, or goes there, as long as the block lasts."""
        toxics = f"/proxies/{upstream.port}/toxics"
        made = {"name": kind, "type": kind, "stream": stream, "attributes": attributes}
        self.ask("POST", toxics, made)
        try:
            yield
        finally:
            self.ask("DELETE", f"{toxics}/{kind}")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the server itself; an error unless the answer is a success."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, json.dumps(body) if body else None)
            response = connection.getresponse()
            answer = response.read()
        if not 200 <= response.status < 300:
            raise RuntimeError(f"toxiproxy answered {method} {path}: {response.status} {answer!r}")
        return json.loads(answer) if answer else None


@contextlib.contextmanager
def toxiproxy_server() -> Iterator[ToxiproxyServer]:
    """Start toxiproxy on a free loopback port with no proxy in it."""
    server = ToxiproxyServer("127.0.0.1", free_port())
    command = [find("toxiproxy-server"), "-host", server.host, "-port", str(server.port)]
    with serving(command, "(?i)starting.*server"):
        server.wait()
        yield server
