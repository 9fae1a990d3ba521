"""What stands between a client and a server: TLS, a forward proxy, or a server of a few lines.

Each listens on a free loopback port, in an event loop and a thread of its own, while its ``with``
block runs.
"""

import asyncio
import base64
import contextlib
import ssl
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_BLOCK = 64 * 1024
_WAIT_SECONDS = 20.0


class Listener:
    """Serves every connection by `serve`, which gets its two ends."""

    host = "127.0.0.1"
    port = 0

    def __init__(
        self,
        serve: Callable[[StreamReader, StreamWriter], Awaitable[None]],
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._serve = serve
        self._context = context
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self.connections = 0

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(_WAIT_SECONDS):
            raise TimeoutError("the listener did not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_WAIT_SECONDS)

    @property
    def url(self) -> str:
        """Where it is; by name where it speaks TLS, as certificates are for names."""
        if self._context is None:
            return f"http://{self.host}:{self.port}"
        return f"https://localhost:{self.port}"

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._take, self.host, 0, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _take(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.connections += 1
        try:
            with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            writer.close()


def tls_front(context: ssl.SSLContext, host: str, port: int) -> Listener:
    """Speaks TLS before a server that does not."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        await _join(reader, writer, *await asyncio.open_connection(host, port))

    return Listener(serve, context)


class ForwardProxy(Listener):
    """A proxy as `HTTP_PROXY` and `HTTPS_PROXY` name it; wants `credentials` if it has some."""

    def __init__(self, credentials: str | None = None) -> None:
        super().__init__(self._forward)
        self._credentials = credentials
        # What it was asked for: the method and the target of each request.
        self.asked: list[tuple[str, str]] = []

    async def _forward(self, reader: StreamReader, writer: StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *fields = head.removesuffix("\r\n\r\n").split("\r\n")
        method, target, version = first.split(" ")
        self.asked.append((method, target))
        if self._credentials is not None:
            proof = base64.b64encode(self._credentials.encode()).decode()
            if f"proxy-authorization: basic {proof}".lower() not in map(str.lower, fields):
                writer.write(b"HTTP/1.1 407 Unauthorized\r\nContent-Length: 0\r\n\r\n")
                return
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            other = await asyncio.open_connection(host, int(port))
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            url = urlsplit(target)
            other = await asyncio.open_connection(url.hostname, url.port)
            # One request a connection, so that each comes by here.
            kept = [
                each for each in fields if not each.lower().startswith(("proxy-", "connection"))
            ]
            path = target.removeprefix(f"{url.scheme}://{url.netloc}")
            lines = [f"{method} {path} {version}", *kept, "Connection: close", "", ""]
            other[1].write("\r\n".join(lines).encode("latin-1"))
        await _join(reader, writer, *other)


async def _join(
    reader: StreamReader, writer: StreamWriter, other_reader: StreamReader, other: StreamWriter
) -> None:
    """Pass on what either side says until one of them ends."""
    pumps = [
        asyncio.create_task(_pump(reader, other)),
        asyncio.create_task(_pump(other_reader, writer)),
    ]
    try:
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for pump in pumps:
            pump.cancel()
        other.close()


async def _pump(reader: StreamReader, writer: StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while block := await reader.read(_BLOCK):
            writer.write(block)
            await writer.drain()
