"""An S3 server that is never right: the bucket that is asked for names what is wrong with it."""

import http.server
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

BODY = bytes(range(256)) * (32 << 10)
XML = '<?xml version="1.0" encoding="UTF-8"?>'
ERROR = f"{XML}<Error><Code>InternalError</Code><Message>No.</Message></Error>".encode()
UPLOAD = (
    f"{XML}<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
)


@dataclass(frozen=True)
class Asked:
    """What came in, here or at the place that a redirect names."""

    method: str
    host: str
    path: str
    headers: dict[str, str]


class OddServer(http.server.ThreadingHTTPServer):
    """Serves until it is closed; `asked` has every request since the last `reset`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[Asked] = []
        # How many answers are held.
        self.waiting = 0
        self.released = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=[0.05], daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def reset(self) -> None:
        """Let go of every answer that is held; wait anew from now on."""
        self.released.set()
        self.released = threading.Event()
        self.asked.clear()

    def hold(self, more: int) -> None:
        with self._lock:
            self.waiting += more

    def close(self) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves is no event here."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: OddServer

    def _serve(self) -> None:
        if "100-continue" in self.headers.get("Expect", ""):
            self.send_response_only(100)
            self.end_headers()
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        host = self.headers.get("Host", "")
        asked = Asked(self.command, host, self.path, dict(self.headers.items()))
        self.server.asked.append(asked)
        fault = self.path.split("/")[1].partition("?")[0].replace("-", "_")
        serve: Callable[[], None] = getattr(self, f"_serve_{fault}", self._serve_nothing)
        serve()

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _answer(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _begin_body(self) -> bytes:
        """Send the head of a right answer, with the range that is asked for; gives its body."""
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if self.command != "GET" or asked is None:
            self._answer(200, b"" if self.command == "GET" else BODY, len(BODY), ETag='"1"')
            return BODY
        first, last = int(asked[1]), min(int(asked[2] or len(BODY)), len(BODY) - 1)
        part = BODY[first : last + 1]
        given = f"bytes {first}-{last}/{len(BODY)}"
        self._answer(206, b"", len(part), Content_Range=given, ETag='"1"')
        return part

    def _wait(self) -> None:
        released = self.server.released
        self.server.hold(1)
        # A client that has left is not waited for: nobody would notice it.
        for _ in range(20_000):
            if released.wait(0.05) or self._left():
                break
        self.server.hold(-1)
        self.close_connection = True

    def _left(self) -> bool:
        self.connection.setblocking(False)
        try:
            return not self.connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            self.connection.setblocking(True)

    def _serve_nothing(self) -> None:
        self._answer(404, b"")

    def _serve_never_answers(self) -> None:
        self._wait()

    def _serve_stalls(self) -> None:
        """Half of the body, and then nothing more."""
        body = self._begin_body()
        if self.command == "GET":
            self.wfile.write(body[: len(body) // 2])
            self._wait()

    def _serve_trickles(self, seconds: float = 0.3) -> None:
        """A piece now and then: slow, but alive."""
        body = self._begin_body()
        if self.command == "GET":
            piece = len(body) // 8 + 1
            for start in range(0, len(body), piece):
                time.sleep(seconds)
                self.wfile.write(body[start : start + piece])

    def _serve_trickles_long(self) -> None:
        self._serve_trickles(5)

    def _serve_refuses(self) -> None:
        """As a wrong signature is answered."""
        code = "SignatureDoesNotMatch"
        self._answer(403, f"{XML}<Error><Code>{code}</Code></Error>".encode())

    def _serve_resets(self) -> None:
        """Half of the body, and then an RST."""
        body = self._begin_body()
        if self.command == "GET":
            self.wfile.write(body[: len(body) // 2])
            # What is on its way when the RST comes is lost, and that would be another fault.
            time.sleep(0.1)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True

    def _serve_promises_more(self) -> None:
        """An orderly end before all that the head promises has come."""
        self._answer(200, BODY, len(BODY) + 1000)
        self.close_connection = True

    def _serve_sends_more(self) -> None:
        """More than the head promises."""
        self._answer(200, BODY, len(BODY) // 2)
        self.close_connection = True

    def _serve_ignores_ranges(self) -> None:
        """All of it, whatever part is asked for."""
        self._answer(200, BODY)

    def _serve_shifts_ranges(self) -> None:
        """Another part than the one that is asked for, and says so."""
        part, total = BODY[100:200], len(BODY)
        self._answer(206, part, Content_Range=f"bytes 100-199/{total}")

    def _serve_html(self) -> None:
        """What a login page of a proxy looks like."""
        self._answer(200, b"<html><body>Please log in.</body>", Content_Type="text/html")

    def _serve_garbage(self) -> None:
        self._answer(200, f"{XML}<ListBucketResult><Contents><Key>a".encode())

    def _serve_empty(self) -> None:
        self._answer(200, b"")

    def _serve_loops(self) -> None:
        """A listing whose next page is always this one."""
        page = (
            f"{XML}<ListBucketResult><IsTruncated>true</IsTruncated>"
            "<NextContinuationToken>again</NextContinuationToken></ListBucketResult>"
        )
        self._answer(200, page.encode())

    def _serve_fails_late(self) -> None:
        """200, and the body says that it failed: S3 does so for what takes long."""
        if self.path.endswith("?uploads") or self.path.endswith("?uploads="):
            return self._answer(200, UPLOAD.encode())
        if "partNumber" in self.path:
            return self._answer(200, b"", ETag='"1"')
        return self._answer(200, ERROR if self.command in {"PUT", "POST"} else BODY)

    def _serve_redirects(self) -> None:
        """To another host: the same server by another name."""
        place = f"http://localhost:{self.server.server_port}/elsewhere{self.path}"
        self._answer(307, b"", Location=place)

    def _serve_elsewhere(self) -> None:
        self._answer(200, BODY)

    def _serve_redirects_for_ever(self) -> None:
        self._answer(307, b"", Location=f"{self.server.url}{self.path}")

    def _serve_huge_head(self) -> None:
        self._answer(200, BODY, X_Long="x" * (4 << 20))

    def log_message(self, *args: object) -> None:
        """Silence."""
