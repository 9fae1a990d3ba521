"""What the fault proxy promises, against a tiny server."""

import contextlib
import http.client
import http.server
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from servers import FaultProxy

BODY = bytes(range(256)) * 4096  # 1 MiB: more than any buffer on the way holds


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers with BODY (in chunks under /chunked), and with what it was sent to a PUT."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.connections += 1

    def do_GET(self) -> None:
        self.server.heads.append(dict(self.headers))
        self.send_response(200)
        if self.path.startswith("/chunked"):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for start in range(0, len(BODY), 100_000):
                part = BODY[start : start + 100_000]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.send_header("Content-Length", str(len(BODY)))
            if self.path == "/once":
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(BODY)
        if self.path == "/silently-once":
            self.close_connection = True

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()

    def do_PUT(self) -> None:
        length = int(self.headers["Content-Length"])
        content = self.rfile.read(length)
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Silence."""


class _Server(http.server.ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.connections = 0
        self.heads: list[dict[str, str]] = []
        self.ended = threading.Event()

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        super().shutdown_request(request)
        self.ended.set()

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that the proxy cuts is no event here."""


@dataclass
class Client:
    """A keep-alive connection to the proxy."""

    proxy: FaultProxy
    link: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.link = http.client.HTTPConnection(self.proxy.host, self.proxy.port, timeout=20)

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        try:
            self.link.request(method, path, body)
            response = self.link.getresponse()
            return response.status, response.read()
        except OSError:
            # It closes itself when an answer breaks off, but not when a request does.
            self.link.close()
            raise


@pytest.fixture
def upstream() -> Iterator[_Server]:
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(upstream: _Server) -> Iterator[FaultProxy]:
    with FaultProxy("127.0.0.1", upstream.server_port) as running:
        yield running


@pytest.fixture
def client(proxy: FaultProxy) -> Iterator[Client]:
    client = Client(proxy)
    with contextlib.closing(client.link):
        yield client


@pytest.mark.parametrize("path", ["/plain", "/chunked", "/once"])
def test_passes_bodies_unchanged(client: Client, path: str) -> None:
    assert client.ask("GET", path) == (200, BODY)
    assert client.ask("GET", path) == (200, BODY)


def test_passes_what_is_uploaded(client: Client) -> None:
    assert client.ask("PUT", "/x", BODY) == (200, BODY)
    assert client.ask("PUT", "/x", b"") == (200, b"")


def test_answers_head_without_a_body(client: Client) -> None:
    assert client.ask("HEAD", "/x") == (200, b"")
    assert client.ask("GET", "/x") == (200, BODY)


def test_keeps_the_headers_as_they_were_sent(client: Client, upstream: _Server) -> None:
    client.link.request("GET", "/", headers={"Host": "bucket.example", "X-Odd": "a  b"})
    client.link.getresponse().read()
    assert upstream.heads[-1]["Host"] == "bucket.example"
    assert upstream.heads[-1]["X-Odd"] == "a  b"


def test_keeps_one_server_connection_per_client_connection(
    client: Client, upstream: _Server
) -> None:
    for _ in range(5):
        client.ask("GET", "/")
    assert upstream.connections == 1


def test_notices_that_the_server_gave_up_a_connection(client: Client, upstream: _Server) -> None:
    assert client.ask("GET", "/silently-once") == (200, BODY)
    assert upstream.ended.wait(20)
    assert client.ask("GET", "/") == (200, BODY)
    assert upstream.connections == 2


def test_continues_an_upload_that_asks_first(proxy: FaultProxy) -> None:
    with socket.create_connection((proxy.host, proxy.port), 20) as connection:
        connection.sendall(
            b"PUT /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        )
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        received = b""
        while not received.endswith(b"\r\n\r\nabc"):
            received += connection.recv(1000)


def test_counts_by_method_and_path(proxy: FaultProxy, client: Client) -> None:
    client.ask("GET", "/a%20b?x=1")
    client.ask("GET", "/a%20b")
    client.ask("PUT", "/c", b"1")
    assert proxy.counts == {("GET", "/a b"): 2, ("PUT", "/c"): 1}
    assert proxy.count() == 3
    assert proxy.count("GET") == 2
    assert proxy.count(path="/a*") == 2
    assert [request.query for request in proxy.requests] == ["x=1", "", ""]
    assert proxy.requests[0].header("host") == f"127.0.0.1:{proxy.port}"


def test_counts_exactly_under_load(proxy: FaultProxy) -> None:
    def load() -> None:
        client = Client(proxy)
        with contextlib.closing(client.link):
            for _ in range(25):
                client.ask("HEAD", "/x")

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert proxy.counts == {("HEAD", "/x"): 200}


def test_fails_the_next_requests_and_no_more(proxy: FaultProxy, client: Client) -> None:
    proxy.fail(times=2)
    answers = [client.ask("PUT", "/x", b"body") for _ in range(3)]
    assert [status for status, _ in answers] == [503, 503, 200]
    assert b"<Code>SlowDown</Code>" in answers[0][1]
    assert [(each.kind, each.method, each.path) for each in proxy.faults] == [
        ("fail", "PUT", "/x")
    ] * 2


def test_fails_each_third_request(proxy: FaultProxy, client: Client) -> None:
    proxy.fail(500, times=None, every=3)
    assert [client.ask("GET", "/")[0] for _ in range(7)] == [200, 200, 500, 200, 200, 500, 200]


def test_fails_only_what_matches(proxy: FaultProxy, client: Client) -> None:
    fault = proxy.fail(method="GET", path="/bucket/*", times=None)
    assert client.ask("GET", "/other")[0] == 200
    assert client.ask("PUT", "/bucket/x", b"")[0] == 200
    assert client.ask("GET", "/bucket/x")[0] == 503
    assert client.ask("HEAD", "/bucket/x") == (200, b"")
    assert fault.hits == 1


def test_failing_head_has_no_body(proxy: FaultProxy, client: Client) -> None:
    proxy.fail()
    assert client.ask("HEAD", "/") == (503, b"")
    assert client.ask("GET", "/") == (200, BODY)


def test_delays_the_first_byte(proxy: FaultProxy, client: Client) -> None:
    proxy.delay(30)
    client.link.timeout = 0.1
    with pytest.raises(TimeoutError):
        client.ask("GET", "/")
    client.link.close()
    client.link.timeout = 20
    proxy.reset()
    proxy.delay(0.01)
    assert client.ask("GET", "/") == (200, BODY)
    assert [each.kind for each in proxy.faults] == ["delay"]


def test_holds_answers_until_released(proxy: FaultProxy) -> None:
    fault = proxy.hold(times=None)
    answers: list[tuple[int, bytes]] = []
    clients = [Client(proxy) for _ in range(3)]
    threads = [
        threading.Thread(target=lambda each=each: answers.append(each.ask("GET", "/")))
        for each in clients
    ]
    for thread in threads:
        thread.start()
    proxy.wait_for(lambda: proxy.in_flight == 3)
    assert answers == []
    fault.release()
    for thread in threads:
        thread.join()
    for each in clients:
        each.link.close()
    assert answers == [(200, BODY)] * 3
    assert proxy.peak == 3


def test_a_client_that_asks_again_is_not_two_at_once(proxy: FaultProxy) -> None:
    def load() -> None:
        client = Client(proxy)
        with contextlib.closing(client.link):
            for path in ["/", "/chunked", "/once"] * 10:
                client.ask("GET", path)
                client.ask("HEAD", path)

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert proxy.in_flight == 0
    assert proxy.peak <= 3


def test_notices_that_a_client_gives_up(proxy: FaultProxy, client: Client) -> None:
    proxy.hold()
    client.link.request("GET", "/")
    proxy.wait_for(lambda: proxy.in_flight == 1)
    client.link.close()
    proxy.wait_for(lambda: proxy.abandoned == 1)
    proxy.wait_for(lambda: proxy.in_flight == 0)


@pytest.mark.parametrize("after", [0, 1, len(BODY) - 1])
def test_truncates_the_body(proxy: FaultProxy, client: Client, after: int) -> None:
    proxy.truncate(after)
    with pytest.raises(http.client.IncompleteRead) as caught:
        client.ask("GET", "/")
    assert caught.value.partial == BODY[:after]
    client.link.close()
    assert client.ask("GET", "/") == (200, BODY)


def test_resets_the_connection(proxy: FaultProxy, client: Client) -> None:
    proxy.disconnect()
    # RST, and not the RemoteDisconnected of an orderly end.
    with pytest.raises(ConnectionResetError) as caught:
        client.ask("GET", "/")
    assert caught.type is ConnectionResetError
    assert client.ask("GET", "/") == (200, BODY)


def test_refuses_and_takes_connections_again(proxy: FaultProxy, client: Client) -> None:
    assert client.ask("GET", "/")[0] == 200
    proxy.refuse()
    with pytest.raises(http.client.RemoteDisconnected):
        client.ask("GET", "/")
    with pytest.raises(ConnectionRefusedError):
        client.ask("GET", "/")
    client.link.close()
    proxy.accept()
    assert client.ask("GET", "/") == (200, BODY)


def test_reset_forgets_everything(proxy: FaultProxy, client: Client) -> None:
    proxy.fail(times=None)
    client.ask("GET", "/")
    proxy.refuse()
    proxy.reset()
    client.link.close()
    assert (proxy.counts, proxy.faults, proxy.peak, proxy.abandoned) == ({}, [], 0, 0)
    assert client.ask("GET", "/") == (200, BODY)


def test_waiting_in_vain_is_an_error(proxy: FaultProxy) -> None:
    with pytest.raises(TimeoutError):
        proxy.wait_for(lambda: False, 0.01)


def test_leaves_no_thread_and_no_listener(upstream: _Server) -> None:
    before = set(threading.enumerate())
    with FaultProxy("127.0.0.1", upstream.server_port) as proxy:
        fault = proxy.hold()
        client = Client(proxy)
        client.link.request("GET", "/")
        proxy.wait_for(lambda: proxy.in_flight == 1)
    client.link.close()
    assert not fault.released
    started = set(threading.enumerate()) - before
    assert not [thread for thread in started if thread.name.startswith("proxy ")]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((proxy.host, proxy.port), 5)


def test_an_answer_can_be_made_up(client: Client) -> None:
    client.proxy.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", path="/a")
    assert client.ask("GET", "/a") == (200, b"no")
    client.link.close()
    assert client.ask("GET", "/a") == (200, BODY)


@pytest.mark.parametrize("status", [503, None])
def test_what_the_server_did_can_be_kept_from_the_client(
    client: Client, upstream: _Server, status: int | None
) -> None:
    client.proxy.lose_answer(status)
    if status is None:
        with pytest.raises(ConnectionResetError):
            client.ask("GET", "/a")
    else:
        assert client.ask("GET", "/a")[0] == status
    assert len(upstream.heads) == 1


def test_the_head_of_an_answer_can_be_changed(client: Client) -> None:
    client.proxy.rewrite(lambda head: head.replace(b"200 OK", b"206 Partial Content"))
    assert client.ask("GET", "/a") == (206, BODY)


def test_a_request_can_be_interrupted(client: Client, upstream: _Server) -> None:
    client.proxy.interrupt(1000)
    with pytest.raises(OSError, match=r"reset|pipe"):
        client.ask("PUT", "/a", BODY)
    assert upstream.ended.wait(20)
    assert client.ask("PUT", "/a", b"1") == (200, b"1")


def test_an_answer_can_be_reset_in_the_middle(client: Client) -> None:
    client.proxy.reset_after(1000)
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        client.ask("GET", "/a")


def test_a_body_can_come_slowly(client: Client) -> None:
    dripping = client.proxy.drip(0.001)
    assert client.ask("GET", "/a") == (200, BODY)
    assert dripping.hits == 1
