"""The side of the tests: the servers, and what a probe in another process asks of them."""

import contextlib
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

from odd_server import Asked, OddServer
from probes.lab import BELOW, LARGE, SMALL
from servers import FaultProxy, MotoServer, RcloneServer, moto_server, rclone_server

# How long something that must happen may take.
WAIT_SECONDS = 8.0
# How long a call may go on after Ctrl-C before the server lets it go.
INTERRUPT_SECONDS = 3.0
# rclone answers ranges with 200 instead of 206, which obstore refuses.
Server = RcloneServer | MotoServer
SERVERS: dict[str, Callable[[], contextlib.AbstractContextManager[Server]]] = {
    "ours": rclone_server,
    "apache": rclone_server,
    "obstore": moto_server,
}
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Desk:
    """What a probe may ask for: each public method, by its name."""

    def __init__(self, server: Server, proxy: FaultProxy, odd: OddServer) -> None:
        self._server = server
        self._proxy = proxy
        self._odd = odd
        self._numbers = iter(range(1_000_000))
        self._bucket = ""
        self._directory: Path | None = None
        self._interrupted = 0.0
        self._busy: list[threading.Thread] = []
        self.reported: tuple[str, str] | None = None

    def prepare(self) -> None:
        """A new bucket with the same objects for each probe."""
        self._bucket = f"probe-{next(self._numbers)}"
        self._server.create_bucket(self._bucket)
        for path, data in {"a": SMALL, "large": LARGE, **dict.fromkeys(BELOW, b"1")}.items():
            self._put(path, data)
        self._directory = Path(tempfile.mkdtemp(prefix="probe-", dir=IN_MEMORY))
        self.reset()

    def _put(self, path: str, data: bytes) -> None:
        if isinstance(self._server, MotoServer):
            self._server.request("PUT", f"/{self._bucket}/{path}", body=data)
            return
        file = self._server.directory / self._bucket / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data)

    def tidy(self) -> None:
        self.reset()
        for thread in self._busy:
            thread.join(WAIT_SECONDS)
        self._busy.clear()
        if isinstance(self._server, RcloneServer):
            shutil.rmtree(self._server.directory / self._bucket)
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)

    def begin(self) -> None:
        """What comes from now on is of a new process."""
        self.reported = None
        self.reset()

    # What a probe asks for

    def settings(self) -> dict[str, Any]:
        s3 = {
            "bucket": self._bucket,
            "endpoint": self._proxy.url,
            "region": self._server.region,
            "access_key_id": self._server.access_key,
            "secret_access_key": self._server.secret_key,
            "disable_config_load": "true",
            "disable_ec2_metadata": "true",
        }
        return {
            "settings": s3,
            "server": (self._server.host, self._server.port),
            "odd": self._odd.url,
        }

    def directory(self) -> str:
        return str(self._directory)

    def report(self, kind: str, said: str) -> None:
        self.reported = kind, said

    def reset(self) -> None:
        self._proxy.reset()
        self._odd.reset()

    def hold(self, method: str | None = None) -> None:
        self._proxy.hold(times=None, method=method)

    def delay(self, seconds: float) -> None:
        self._proxy.delay(seconds, times=None)

    def fail(self, status: int, *, times: int | None, every: int = 1) -> None:
        self._proxy.fail(status, times=times, every=every)

    def truncate(self, after: int, *, times: int | None = None) -> None:
        self._proxy.truncate(after, times=times, method="GET", path="*/large")

    def disconnect(self, *, times: int | None) -> None:
        self._proxy.disconnect(times=times)

    def refuse(self) -> None:
        self._proxy.refuse()

    def count(self, method: str, path: str) -> int:
        return self._proxy.count(method, path)

    def count_query(self, part: str, method: str) -> int:
        requests = [request for request in self._proxy.requests if request.method == method]
        return sum(part in request.query for request in requests)

    def seen(self, method: str, part: str) -> bool:
        """Whether such a request comes."""
        with contextlib.suppress(TimeoutError):
            self._proxy.wait_for(lambda: self.count_query(part, method) > 0, WAIT_SECONDS)
        return self.count_query(part, method) > 0

    def in_flight(self, number: int) -> None:
        """Wait until so many requests are there."""
        self._proxy.wait_for(lambda: self._proxy.in_flight >= number, WAIT_SECONDS)

    def abandoned(self, number: int) -> bool:
        """Whether so many clients leave before they have their answer."""
        with contextlib.suppress(TimeoutError):
            self._proxy.wait_for(lambda: self._proxy.abandoned >= number, WAIT_SECONDS)
        return self._proxy.abandoned >= number

    def none_in_flight(self) -> bool:
        """Whether every request ends, one way or another."""
        with contextlib.suppress(TimeoutError):
            self._proxy.wait_for(lambda: not self._proxy.in_flight, WAIT_SECONDS)
        return not self._proxy.in_flight

    def odd_asked(self, prefix: str) -> list[Asked]:
        return [asked for asked in self._odd.asked if asked.path.startswith(prefix)]

    def odd_left(self) -> bool:
        """Whether nobody waits for the odd server any more."""
        end = time.monotonic() + WAIT_SECONDS
        while self._odd.waiting and time.monotonic() < end:
            time.sleep(0.02)
        return not self._odd.waiting

    def interrupt_soon(self, process: int, seconds: float = 0.2) -> None:
        """Send Ctrl-C once a request is there and the caller has settled to wait for it."""
        thread = threading.Thread(target=self._interrupt, args=[process, seconds], daemon=True)
        self._busy.append(thread)
        thread.start()

    def interrupted_at(self) -> float:
        return self._interrupted

    def _interrupt(self, process: int, seconds: float) -> None:
        end = time.monotonic() + WAIT_SECONDS
        while not (self._proxy.in_flight or self._odd.asked) and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(seconds)
        self._interrupted = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGINT)
        # Later than this it counts as unanswered, and the call is let go.
        end = self._interrupted + INTERRUPT_SECONDS
        while self.reported is None and time.monotonic() < end:
            time.sleep(0.02)
        if self.reported is None:
            self.reset()


@contextlib.contextmanager
def opened(library: str) -> Iterator[tuple[Desk, str]]:
    """The servers for a library, the desk and its address."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(SERVERS[library]())
        proxy = stack.enter_context(FaultProxy(server.host, server.port))
        odd = stack.enter_context(contextlib.closing(OddServer()))
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="desk-"))
        address = str(Path(directory, "socket"))
        desk = Desk(server, proxy, odd)
        listener = stack.enter_context(Listener(address, "AF_UNIX", backlog=64))
        threading.Thread(target=_listen, args=[listener, desk], daemon=True).start()
        yield desk, address


def _listen(listener: Listener, desk: Desk) -> None:
    while True:
        try:
            connection = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=[connection, desk], daemon=True).start()


def _serve(connection: "Connection[Any, Any]", desk: Desk) -> None:
    with connection, contextlib.suppress(OSError, EOFError):
        name, arguments, options = connection.recv()
        if name.startswith("_"):
            raise ValueError(name)
        try:
            answer = True, getattr(desk, name)(*arguments, **options)
        except Exception as error:
            answer = False, f"{name}: {error}"
        connection.send(answer)
