"""A proxy before a real server that counts requests and spoils some of them on demand.

It passes every head on byte for byte, so the Host header and with it the client's signature
hold. Each client connection has one thread and one upstream connection, kept as long as the
client keeps its own. A fault is armed by a method of `FaultProxy` and applies to the requests
that match it; of several that match, the one armed first wins.
"""

import contextlib
import fnmatch
import itertools
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

from .faults import with_lines
from .messages import GoneError, Head, Request, Stream, nothing

_WAIT_SECONDS = 20.0
_REASONS = {429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}
_CODES = {429: "TooManyRequests", 500: "InternalError", 503: "SlowDown"}


@dataclass(frozen=True)
class Spoilt:
    """One fault that was applied."""

    kind: str
    method: str
    path: str


class Which(TypedDict, total=False):
    """Which requests a fault is for. `times`: how often before it is spent (None: never; one unless
    said). `every`: each k-th of those that match. `path`: a pattern in the manner of a shell."""

    times: int | None
    every: int
    method: str | None
    path: str


@dataclass
class Fault:
    """A fault that is armed. `hits` counts how often it was applied."""

    kind: str
    times: int | None = 1
    every: int = 1
    method: str | None = None
    path: str = "*"
    seconds: float | None = None
    after: int = 0
    # What is sent in place of an answer; where it is empty, the connection is reset.
    raw: Callable[[Request], bytes] = lambda _: b""
    change: Callable[[bytes], bytes] = lambda head: head
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

    def fail(self, status: int = 503, **which: Unpack[Which]) -> Fault:
        """Answer with an error instead of asking the server."""
        return self._arm("fail", which, raw=lambda request: _error_answer(status, request))

    def answer(self, raw: bytes, **which: Unpack[Which]) -> Fault:
        """Answer with exactly this instead of asking the server, and end the connection."""
        return self._arm("answer", which, raw=lambda _: raw)

    def lose_answer(self, status: int | None = None, **which: Unpack[Which]) -> Fault:
        """Let the server do it, and answer with an error all the same, or with a reset."""
        if status is None:
            return self._arm("lose answer", which)
        return self._arm("lose answer", which, raw=lambda request: _error_answer(status, request))

    def rewrite(self, change: Callable[[bytes], bytes], **which: Unpack[Which]) -> Fault:
        """Change the head of the server's answer, which ends with an empty line.

        The connection ends with the answer, and the head says so.
        """
        end = with_lines(b"Connection: close")
        return self._arm("rewrite", which, change=lambda head: change(end(head)))

    def delay(self, seconds: float, **which: Unpack[Which]) -> Fault:
        """Let the first byte of the answer wait."""
        return self._arm("delay", which, seconds=seconds)

    def drip(self, seconds: float, **which: Unpack[Which]) -> Fault:
        """Wait before each block of the answer's body."""
        return self._arm("drip", which, seconds=seconds)

    def hold(self, **which: Unpack[Which]) -> Fault:
        """Keep the answer until the fault is released."""
        return self._arm("hold", which)

    def truncate(self, after: int, **which: Unpack[Which]) -> Fault:
        """End the connection after so many bytes of the body; the head promises them all."""
        return self._arm("truncate", which, after=after)

    def reset_after(self, after: int, **which: Unpack[Which]) -> Fault:
        """The same with a reset (RST, not FIN), which may overtake what was sent before."""
        return self._arm("reset after", which, after=after)

    def interrupt(self, after: int, **which: Unpack[Which]) -> Fault:
        """Reset the connection after so many bytes of the request's body."""
        return self._arm("interrupt", which, after=after)

    def disconnect(self, **which: Unpack[Which]) -> Fault:
        """Reset the connection (RST, not FIN) instead of asking the server."""
        return self._arm("disconnect", which)

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

    def _arm(self, kind: str, which: Which, **settings: Any) -> Fault:
        fault = Fault(kind, **which, **settings)
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
        except (_SpoiltError, GoneError, OSError):
            pass
        finally:
            with self._changed:
                self._connections.pop(threading.current_thread())
                self._changed.notify_all()
            connection.close()

    def _remember(self, upstream: socket.socket) -> None:
        with self._changed:
            self._connections[threading.current_thread()][1:] = [upstream]

    def _answer(self, connection: "_Connection", head: Head) -> bool:
        """Serve one request; false if the connection ends with it."""
        request = head.request()
        with self._flight(request, connection) as (fault, answered):
            if head.header("expect") is not None:
                connection.client.socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                head = head.without("expect")
            kind = "" if fault is None else fault.kind
            if fault is not None and kind in {"fail", "answer"}:
                connection.client.pass_body(head.body_of_request(), nothing)
                answered()
                connection.client.socket.sendall(fault.raw(request))
                return kind == "fail"
            if kind == "disconnect":
                connection.reset()
                raise _SpoiltError
            connection.ask(head, fault.after if fault is not None and kind == "interrupt" else None)
            if fault is not None and kind == "lose answer":
                connection.lose_answer(request.method)
                answered()
                raw = fault.raw(request)
                if not raw:
                    connection.reset()
                connection.client.socket.sendall(raw)
                return bool(raw)
            if fault is not None and kind in {"delay", "hold"}:
                connection.await_answer()
                self._pause(connection, fault)
            return connection.pass_answer(request.method, answered, fault)

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
        except (GoneError, OSError):
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
                raise GoneError


class _Connection:
    """A client and its own connection to the server."""

    def __init__(
        self,
        client: socket.socket,
        address: tuple[str, int],
        announce: Callable[[socket.socket], None],
    ) -> None:
        self.client = Stream(client)
        self._address = address
        self._announce = announce
        self._server: Stream | None = None
        self._answer: Head | None = None

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

    def ask(self, head: Head, limit: int | None = None) -> None:
        """Send a request on, over the connection that is there if it still serves.

        After `limit` bytes of its body both connections are reset.
        """
        if self._server is not None and self._server.readable(0):
            # Between two requests only the end can come: the server no longer keeps it open.
            self._server.socket.close()
            self._server = None
        if self._server is None:
            self._server = Stream(socket.create_connection(self._address, _WAIT_SECONDS))
            self._server.socket.settimeout(None)
            self._announce(self._server.socket)
        self._answer = None
        self._server.socket.sendall(head.raw)
        write: Callable[[bytes], object] = self._server.socket.sendall
        if limit is not None:
            self.reset()
            write = _cut(write, limit)
        self.client.pass_body(head.body_of_request(), write)

    def await_answer(self) -> Head:
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

    def lose_answer(self, method: str) -> None:
        """Take the answer, and keep it from the client."""
        head = self.await_answer()
        assert self._server is not None
        self._server.pass_body(head.body_of_answer(method), nothing)

    def pass_answer(self, method: str, last: Callable[[], object], fault: Fault | None) -> bool:
        """Send the answer on, spoilt as the fault says; false if the server ends.

        Calls `last` before the end of it.
        """
        head = self.await_answer()
        assert self._server is not None
        length = head.body_of_answer(method)
        if length == 0:
            last()
        write: Callable[[bytes], object] = self.client.socket.sendall
        kind = "" if fault is None else fault.kind
        if fault is not None and kind in {"truncate", "reset after"}:
            if kind == "reset after":
                self.reset()
            write = _cut(write, fault.after)
        if fault is not None and kind == "drip":
            write = _slow(write, fault.seconds or 0)
        self.client.socket.sendall(head.raw if fault is None else fault.change(head.raw))
        self._server.pass_body(length, write, last)
        ends = (head.header("connection") or "").lower() == "close"
        return not ends and length != -1 and kind != "rewrite"


def _cut(send: Callable[[bytes], object], limit: int) -> Callable[[bytes], None]:
    """A way to write that ends the connection after so many bytes."""
    left = limit

    def write(block: bytes) -> None:
        nonlocal left
        send(block[:left])
        left -= len(block)
        if left < 0:
            raise _SpoiltError

    return write


def _slow(send: Callable[[bytes], object], seconds: float) -> Callable[[bytes], None]:
    """A way to write that waits before each block."""

    def write(block: bytes) -> None:
        time.sleep(seconds)
        send(block)

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
