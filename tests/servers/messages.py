"""HTTP as the fault proxy sees it: heads byte for byte, bodies handed on as they come."""

import select
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

BLOCK = 256 * 1024


@dataclass(frozen=True)
class Request:
    """What a client asked for; the path is decoded, the query is as it was sent."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str | None:
        """The first header of that name in any case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class GoneError(Exception):
    """One of the two sides left in the middle of a message."""


def nothing(*_: object) -> None:
    """For who has nothing to do."""


@dataclass(frozen=True)
class Head:
    """The head of a request or of an answer, exactly as it came."""

    raw: bytes

    @property
    def first_line(self) -> str:
        return self.raw.partition(b"\r\n")[0].decode("latin-1")

    def headers(self) -> Iterator[tuple[str, str]]:
        for line in self.raw.decode("latin-1").split("\r\n")[1:]:
            name, colon, value = line.partition(":")
            if colon:
                yield name, value.strip()

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers() if key.lower() == name), None)

    def without(self, name: str) -> "Head":
        lines = self.raw.split(b"\r\n")
        prefix = name.encode() + b":"
        return Head(b"\r\n".join(line for line in lines if not line.lower().startswith(prefix)))

    def request(self) -> Request:
        method, target, _ = self.first_line.split(" ", 2)
        path, _, query = target.partition("?")
        return Request(method, unquote(path), query, tuple(self.headers()))

    @property
    def status(self) -> int:
        return int(self.first_line.split(" ", 2)[1])

    def body_of_request(self) -> int | None:
        """The length of the body, None if it comes in chunks."""
        return self._length(0)

    def body_of_answer(self, method: str) -> int | None:
        """The same for an answer, -1 if the body lasts until the connection ends."""
        if method == "HEAD" or self.status in {204, 304}:
            return 0
        return self._length(-1)

    def _length(self, otherwise: int) -> int | None:
        if "chunked" in (self.header("transfer-encoding") or "").lower():
            return None
        return int(self.header("content-length") or otherwise)


class Stream:
    """One side of a connection, with what was received from it and not used yet."""

    def __init__(self, connected: socket.socket) -> None:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = connected
        self._rest = b""

    def head(self) -> Head | None:
        """The next head, None if the other side is done."""
        while (end := self._rest.find(b"\r\n\r\n")) < 0:
            received = self.socket.recv(BLOCK)
            if not received:
                if self._rest:
                    raise GoneError
                return None
            self._rest += received
        raw, self._rest = self._rest[: end + 4], self._rest[end + 4 :]
        return Head(raw)

    def pass_body(
        self,
        length: int | None,
        write: Callable[[bytes], object],
        last: Callable[[], object] = nothing,
    ) -> None:
        """Hand a body on as it arrives, and call `last` before the end of it."""
        if length is None:
            self._pass_chunks(write, last)
        elif length < 0:
            while block := self._some(BLOCK):
                write(block)
            last()
        else:
            self._pass(length, write, last)

    def _pass(
        self, length: int, write: Callable[[bytes], object], last: Callable[[], object] = nothing
    ) -> None:
        while length > 0:
            block = self._some(length)
            if not block:
                raise GoneError
            length -= len(block)
            if not length:
                last()
            write(block)

    def _pass_chunks(self, write: Callable[[bytes], object], last: Callable[[], object]) -> None:
        size = -1
        while size != 0:
            line = self._line()
            write(line)
            size = int(line.partition(b";")[0], 16)
            if size:
                self._pass(size + 2, write)
        while line != b"\r\n":
            line = self._line()
            if line == b"\r\n":
                last()
            write(line)

    def _line(self) -> bytes:
        while (end := self._rest.find(b"\r\n")) < 0:
            received = self.socket.recv(BLOCK)
            if not received:
                raise GoneError
            self._rest += received
        line, self._rest = self._rest[: end + 2], self._rest[end + 2 :]
        return line

    def _some(self, most: int) -> bytes:
        """At least one byte unless the other side is done, never more than asked for."""
        if self._rest:
            block, self._rest = self._rest[:most], self._rest[most:]
            return block
        return self.socket.recv(min(most, BLOCK))

    def readable(self, seconds: float) -> bool:
        """Whether something has come, be it the end."""
        if self._rest:
            return True
        waiting = select.poll()
        waiting.register(self.socket, select.POLLIN)
        return bool(waiting.poll(seconds * 1000))
