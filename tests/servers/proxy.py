"""A proxy before a real server that counts requests and spoils some of them on demand.

It passes every head on byte for byte, so the Host header and with it the client's signature
hold. Each client connection has one thread and one upstream connection, kept as long as the
client keeps its own. A fault is armed by a method of `FaultProxy` and applies to the requests
that match it; of several that match, the one armed first wins.
"""

import contextlib
import fnmatch
import itertools
import select
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import unquote

_BLOCK = 256 * 1024
_WAIT_SECONDS = 20.0
_REASONS = {429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}
_CODES = {429: "TooManyRequests", 500: "InternalError", 503: "SlowDown"}


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


@dataclass(frozen=True)
class Spoilt:
    """One fault that was applied."""

    kind: str
    method: str
    path: str


@dataclass
class Fault:
    """A fault that is armed. `hits` counts how often it was applied."""

    kind: str
    method: str | None
    path: str
    times: int | None
    every: int
    status: int = 0
    seconds: float | None = None
    after: int = 0
    hits: int = 0
    _seen: int = 0
    _released: threading.Event = field(default_factory=threading.Event)

    def takes(self, request: Request) -> bool:
        """Whether it applies to this request; counts the request either way."""
        if self.method not in {None, request.method}:
            return False
        if not fnmatch.fnmatchcase(request.path, self.path):
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        self._seen += 1
        if self._seen % self.every:
            return False
        self.hits += 1
        return True

    def release(self) -> None:
        """Let go of every answer that is held, now and later."""
        self._released.set()

    @property
    def released(self) -> bool:
        return self._released.is_set()


@dataclass
class _Seen:
    """What happened since the last reset; requests from before it count no more."""

    requests: list[Request] = field(default_factory=list)
    spoilt: list[Spoilt] = field(default_factory=list)
    in_flight: int = 0
    peak: int = 0
    abandoned: int = 0

    def begin(self, request: Request, fault: Fault | None) -> None:
        self.requests.append(request)
        if fault is not None:
            self.spoilt.append(Spoilt(fault.kind, request.method, request.path))
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)


class _GoneError(Exception):
    """One of the two sides left in the middle of a message."""


class _SpoiltError(Exception):
    """The connection must end here because a fault says so."""


class FaultProxy:
    """Listens on a free loopback port from `with` on and passes requests to one upstream.

    Every property and method may be used from any thread.
    """

    def __init__(self, host: str, port: int) -> None:
        self._upstream = (host, port)
        # Notified after every change, so that a test can wait for one.
        self._changed = threading.Condition(threading.RLock())
        self._armed: list[Fault] = []
        self._seen = _Seen()
        self._stopping = threading.Event()
        self._connections: dict[threading.Thread, list[socket.socket]] = {}
        # Holds the port while the listener is closed, so that refusing is certain.
        self._reservation = _bound(0)
        self.host: str = "127.0.0.1"
        self.port: int = self._reservation.getsockname()[1]
        self._listener: socket.socket | None = None
        self._acceptor: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.accept()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and end every connection; may be called again."""
        self._stopping.set()
        self.refuse()
        self._reservation.close()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    # What was seen

    @property
    def requests(self) -> list[Request]:
        """Every request since the start or the last `reset`, in order."""
        with self._changed:
            return list(self._seen.requests)

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        """How often each pair of method and path was asked for."""
        with self._changed:
            return Counter((request.method, request.path) for request in self._seen.requests)

    def count(self, method: str | None = None, path: str = "*") -> int:
        """How many requests had this method and a path like this."""
        with self._changed:
            return sum(
                method in {None, request.method} and fnmatch.fnmatchcase(request.path, path)
                for request in self._seen.requests
            )

    @property
    def faults(self) -> list[Spoilt]:
        """Every fault that was applied, in order."""
        with self._changed:
            return list(self._seen.spoilt)

    @property
    def in_flight(self) -> int:
        """Requests that have come in and are not answered in full.

        One that is answered no longer counts when its client has the last byte.
        """
        with self._changed:
            return self._seen.in_flight

    @property
    def peak(self) -> int:
        """The most requests that were ever in flight together."""
        with self._changed:
            return self._seen.peak

    @property
    def abandoned(self) -> int:
        """Requests whose client left before it had its whole answer."""
        with self._changed:
            return self._seen.abandoned

    def wait_for(self, condition: Callable[[], bool], seconds: float = _WAIT_SECONDS) -> None:
        """Wait until something that this proxy sees makes `condition` true."""
        with self._changed:
            if not self._changed.wait_for(condition, seconds):
                raise TimeoutError("what the proxy was to see did not happen")

    # What is spoilt

    def fail(
        self,
        status: int = 503,
        *,
        times: int | None = 1,
        every: int = 1,
        method: str | None = None,
        path: str = "*",
    ) -> Fault:
        """Answer with an error instead of asking the server.

        `times` is how often before the fault is spent (None: never), `every` picks each k-th
        of the matching requests, `path` is a pattern in the manner of a shell.
        """
        return self._arm(Fault("fail", method, path, times, every, status=status))

    def delay(
        self,
        seconds: float,
        *,
        times: int | None = 1,
        every: int = 1,
        method: str | None = None,
        path: str = "*",
    ) -> Fault:
        """Let the first byte of the answer wait."""
        return self._arm(Fault("delay", method, path, times, every, seconds=seconds))

    def hold(
        self,
        *,
        times: int | None = 1,
        every: int = 1,
        method: str | None = None,
        path: str = "*",
    ) -> Fault:
        """Keep the answer until the fault is released."""
        return self._arm(Fault("hold", method, path, times, every))

    def truncate(
        self,
        after: int,
        *,
        times: int | None = 1,
        every: int = 1,
        method: str | None = None,
        path: str = "*",
    ) -> Fault:
        """End the connection after so many bytes of the body; the head promises them all."""
        return self._arm(Fault("truncate", method, path, times, every, after=after))

    def disconnect(
        self,
        *,
        times: int | None = 1,
        every: int = 1,
        method: str | None = None,
        path: str = "*",
    ) -> Fault:
        """Reset the connection (RST, not FIN) instead of asking the server."""
        return self._arm(Fault("disconnect", method, path, times, every))

    def refuse(self) -> None:
        """Refuse new connections and end the ones there are."""
        with self._changed:
            listener, self._listener = self._listener, None
            acceptor, self._acceptor = self._acceptor, None
        if listener is not None and acceptor is not None:
            # Closing alone would leave the other thread in its call of accept.
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join(_WAIT_SECONDS)
            listener.close()
        with self._changed:
            open_now = {thread: list(pair) for thread, pair in self._connections.items()}
        for connection in itertools.chain.from_iterable(open_now.values()):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in open_now:
            thread.join(_WAIT_SECONDS)

    def accept(self) -> None:
        """Take connections (again)."""
        with self._changed:
            if self._listener is not None or self._stopping.is_set():
                return
            self._listener = _bound(self.port)
            self._listener.listen(128)
            self._acceptor = threading.Thread(
                target=self._take, args=[self._listener], name="proxy listener", daemon=True
            )
            self._acceptor.start()

    def reset(self) -> None:
        """Disarm and release every fault, forget what was seen, take connections."""
        with self._changed:
            for fault in self._armed:
                fault.release()
            self._armed.clear()
            self._seen = _Seen()
        self.accept()

    def _arm(self, fault: Fault) -> Fault:
        with self._changed:
            self._armed.append(fault)
        return fault

    # The connections

    def _take(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(
                target=self._serve, args=[client], name="proxy connection", daemon=True
            )
            with self._changed:
                self._connections[thread] = [client]
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        connection = _Connection(client, self._upstream, self._remember)
        try:
            while (head := connection.client.head()) is not None:
                if not self._answer(connection, head):
                    break
        except (_SpoiltError, _GoneError, OSError):
            pass
        finally:
            with self._changed:
                self._connections.pop(threading.current_thread())
                self._changed.notify_all()
            connection.close()

    def _remember(self, upstream: socket.socket) -> None:
        with self._changed:
            self._connections[threading.current_thread()][1:] = [upstream]

    def _answer(self, connection: "_Connection", head: "_Head") -> bool:
        """Serve one request; false if the connection ends with it."""
        request = head.request()
        with self._flight(request, connection) as (fault, answered):
            if head.header("expect") is not None:
                connection.client.socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                head = head.without("expect")
            if fault is not None and fault.kind == "disconnect":
                connection.reset()
                raise _SpoiltError
            if fault is not None and fault.kind == "fail":
                connection.client.pass_body(head.body_of_request(), _nothing)
                answered()
                connection.client.socket.sendall(_error_answer(fault.status, request))
                return True
            connection.ask(head)
            limit = fault.after if fault is not None and fault.kind == "truncate" else None
            if fault is not None and fault.kind in {"delay", "hold"}:
                connection.await_answer()
                self._pause(connection, fault)
            return connection.pass_answer(request.method, limit, answered)

    @contextlib.contextmanager
    def _flight(
        self, request: Request, connection: "_Connection"
    ) -> Iterator[tuple[Fault | None, Callable[[], None]]]:
        """Account for a request from its head to the end of its answer.

        Yields what is to be done to it, and what to call before the last byte is sent: a client
        that has it may ask again, and that must not look like two requests at once.
        """
        with self._changed:
            seen = self._seen
            fault = next((each for each in self._armed if each.takes(request)), None)
            seen.begin(request, fault)
            self._changed.notify_all()
        answered = threading.Event()

        def end(*, abandoned: bool = False) -> None:
            with self._changed:
                if not answered.is_set():
                    answered.set()
                    seen.in_flight -= 1
                    seen.abandoned += abandoned
                    self._changed.notify_all()

        try:
            yield fault, end
        except (_GoneError, OSError):
            end(abandoned=connection.client_has_left(0))
            raise
        finally:
            end()

    def _pause(self, connection: "_Connection", fault: Fault) -> None:
        """Wait as the fault says, but no longer than the client does."""
        end = None if fault.seconds is None else time.monotonic() + fault.seconds
        while not (fault.released or self._stopping.is_set()):
            left = 0.01 if end is None else min(0.01, end - time.monotonic())
            if left <= 0:
                break
            if connection.client_has_left(left):
                raise _GoneError


def _nothing(*_: object) -> None:
    """For who has nothing to do."""


@dataclass(frozen=True)
class _Head:
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

    def without(self, name: str) -> "_Head":
        lines = self.raw.split(b"\r\n")
        prefix = name.encode() + b":"
        return _Head(b"\r\n".join(line for line in lines if not line.lower().startswith(prefix)))

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


class _Stream:
    """One side of a connection, with what was received from it and not used yet."""

    def __init__(self, connected: socket.socket) -> None:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = connected
        self._rest = b""

    def head(self) -> _Head | None:
        """The next head, None if the other side is done."""
        while (end := self._rest.find(b"\r\n\r\n")) < 0:
            received = self.socket.recv(_BLOCK)
            if not received:
                if self._rest:
                    raise _GoneError
                return None
            self._rest += received
        raw, self._rest = self._rest[: end + 4], self._rest[end + 4 :]
        return _Head(raw)

    def pass_body(
        self,
        length: int | None,
        write: Callable[[bytes], object],
        last: Callable[[], object] = _nothing,
    ) -> None:
        """Hand a body on as it arrives, and call `last` before the end of it."""
        if length is None:
            self._pass_chunks(write, last)
        elif length < 0:
            while block := self._some(_BLOCK):
                write(block)
            last()
        else:
            self._pass(length, write, last)

    def _pass(
        self, length: int, write: Callable[[bytes], object], last: Callable[[], object] = _nothing
    ) -> None:
        while length > 0:
            block = self._some(length)
            if not block:
                raise _GoneError
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
            received = self.socket.recv(_BLOCK)
            if not received:
                raise _GoneError
            self._rest += received
        line, self._rest = self._rest[: end + 2], self._rest[end + 2 :]
        return line

    def _some(self, most: int) -> bytes:
        """At least one byte unless the other side is done, never more than asked for."""
        if self._rest:
            block, self._rest = self._rest[:most], self._rest[most:]
            return block
        return self.socket.recv(min(most, _BLOCK))

    def readable(self, seconds: float) -> bool:
        """Whether something has come, be it the end."""
        if self._rest:
            return True
        waiting = select.poll()
        waiting.register(self.socket, select.POLLIN)
        return bool(waiting.poll(seconds * 1000))


class _Connection:
    """A client and its own connection to the server."""

    def __init__(
        self,
        client: socket.socket,
        address: tuple[str, int],
        announce: Callable[[socket.socket], None],
    ) -> None:
        self.client = _Stream(client)
        self._address = address
        self._announce = announce
        self._server: _Stream | None = None
        self._answer: _Head | None = None

    def close(self) -> None:
        self.client.socket.close()
        if self._server is not None:
            self._server.socket.close()

    def reset(self) -> None:
        """Make the next close send RST."""
        self.client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def client_has_left(self, seconds: float) -> bool:
        """Whether the client ends the connection within that time."""
        if not self.client.readable(seconds):
            return False
        try:
            return not self.client.socket.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def ask(self, head: _Head) -> None:
        """Send a request on, over the connection that is there if it still serves."""
        if self._server is not None and self._server.readable(0):
            # Between two requests only the end can come: the server no longer keeps it open.
            self._server.socket.close()
            self._server = None
        if self._server is None:
            self._server = _Stream(socket.create_connection(self._address, _WAIT_SECONDS))
            self._server.socket.settimeout(None)
            self._announce(self._server.socket)
        self._answer = None
        self._server.socket.sendall(head.raw)
        self.client.pass_body(head.body_of_request(), self._server.socket.sendall)

    def await_answer(self) -> _Head:
        """The head of the answer, after any interim ones, which are passed on."""
        assert self._server is not None
        while self._answer is None:
            head = self._server.head()
            if head is None:
                raise _SpoiltError
            if 100 <= head.status < 200:
                self.client.socket.sendall(head.raw)
            else:
                self._answer = head
        return self._answer

    def pass_answer(self, method: str, limit: int | None, last: Callable[[], object]) -> bool:
        """Send the answer on, at most `limit` bytes of its body; false if the server ends.

        Calls `last` before the end of it.
        """
        head = self.await_answer()
        assert self._server is not None
        length = head.body_of_answer(method)
        if length == 0:
            last()
        write = self.client.socket.sendall if limit is None else _cut(self.client.socket, limit)
        self.client.socket.sendall(head.raw)
        self._server.pass_body(length, write, last)
        ends = (head.header("connection") or "").lower() == "close"
        return not ends and length != -1


def _cut(client: socket.socket, limit: int) -> Callable[[bytes], None]:
    """A way to write that ends the connection after so many bytes."""
    left = limit

    def write(block: bytes) -> None:
        nonlocal left
        client.sendall(block[:left])
        left -= len(block)
        if left < 0:
            raise _SpoiltError

    return write


def _error_answer(status: int, request: Request) -> bytes:
    """An error as S3 words it."""
    code = _CODES.get(status, "ProxyFault")
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>Failed on demand.</Message>"
        "<RequestId>0</RequestId></Error>"
    ).encode()
    head = (
        f"HTTP/1.1 {status} {_REASONS.get(status, 'Fault')}\r\n"
        "Content-Type: application/xml\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    return head if request.method == "HEAD" else head + body


def _bound(port: int) -> socket.socket:
    """A socket on a loopback port that others here may share."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind(("127.0.0.1", port))
    return bound
