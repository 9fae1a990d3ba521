"""How HTTP is spoken: time limits, certificates, proxies and redirects.

The environment is read once for all requests, so what depends on it runs in a process of its own.
"""

import asyncio
import json
import os
import ssl
import subprocess
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import opendal
import pytest
import trustme
from calls import Service
from cryptography.hazmat.primitives import serialization
from opendal.exceptions import ConfigInvalid, InvalidArgument
from servers import ForwardProxy, FtpServer, Listener, RcloneServer, RedisServer, tls_front
from servers.ftp import FtpFront, passing

# Far longer than anything here takes: it only tells a hang.
HANG = 120
PASSWORD = "pr0xy-passw0rd-that-must-not-show"

CHILD = """
import json, sys, traceback
import opendal
config = json.loads(sys.argv[1])
said = None
try:
    {code}
except opendal.exceptions.Error as error:
    said = {{
        "kinds": [each.__name__ for each in type(error).__mro__],
        "temporary": error.temporary,
        "message": str(error),
    }}
    print(traceback.format_exc(), repr(error), file=sys.stderr)
print(json.dumps(said))
"""
USE = """
    op = opendal.Operator("s3", **config)
    op.write("a", b"moved")
    said = op.read("a").decode()
"""


@dataclass(frozen=True)
class Told:
    """An error of a child, and all that it wrote about it."""

    kinds: list[str]
    temporary: bool
    message: str
    everything: str


def child(
    config: dict[str, Any], code: str = USE, before: tuple[str, ...] = (), **environment: str
) -> Any:
    """What a program says in a new process: a value, or `Told` of an error."""
    program = CHILD.format(code=code.strip())
    ran = subprocess.run(
        [*before, sys.executable, "-W", "ignore", "-c", program, json.dumps(config)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    if isinstance(said, dict):
        return Told(**said, everything=ran.stdout + ran.stderr)
    return said


def failed(told: object, kind: str, message: str, *, temporary: bool) -> Told:
    assert isinstance(told, Told), told
    assert kind in told.kinds
    assert message in told.message
    assert "\n" not in told.message
    assert told.temporary is temporary
    return told


# Certificates


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


def context_for(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture
def secure_by(rclone: RcloneServer, authority: trustme.CA) -> Callable[..., Listener]:
    """TLS before rclone, by a certificate that is issued with these arguments."""

    def make(*names: str, **options: datetime) -> Listener:
        context = context_for(authority.issue_cert(*names, **options))
        return tls_front(context, rclone.host, rclone.port)

    return make


@pytest.fixture
def secure(secure_by: Callable[..., Listener]) -> Iterator[Listener]:
    """TLS before rclone, with a certificate for localhost."""
    with secure_by("localhost") as front:
        yield front


def reached_by(service: Service, front: Listener) -> dict[str, Any]:
    return {**service.config, "endpoint": front.url}


def test_a_bundle_of_the_environment_is_trusted(
    s3_rclone: Service, secure: Listener, bundle: Path
) -> None:
    config = reached_by(s3_rclone, secure)
    assert child(config, SSL_CERT_FILE=str(bundle)) == "moved"
    assert child(config, SSL_CERT_DIR=f"{bundle.parent}") == "moved"


def test_a_bundle_is_trusted_over_ftp_too(
    pyftpdlib: FtpServer, authority: trustme.CA, bundle: Path
) -> None:
    context = context_for(authority.issue_cert("localhost"))
    code = """
    op = opendal.Operator("ftp", **config)
    # What is written is there before TLS ends, however long it is.
    for length in (1, 100_000, 3_000_000):
        op.write("secure/b", bytes(length))
        assert op.read("secure/b") == bytes(length)
    op.write("secure/a", b"moved")
    said = op.read("secure/a").decode()
"""
    with FtpFront(pyftpdlib, passing, context=context) as front:
        endpoint = f"ftps://localhost:{front.port}"
        config = {"endpoint": endpoint, "user": pyftpdlib.user, "password": pyftpdlib.password}
        assert child(config, code, SSL_CERT_FILE=str(bundle)) == "moved"
        configured = f"""
    opendal.configure(ca_bundle={str(bundle)!r})
    {code}"""
        assert child(config, configured) == "moved"
        failed(child(config, code), "OSError", "certificate", temporary=False)


def test_a_bundle_is_trusted_over_redis_too(
    redis: Service, redis_server: RedisServer, authority: trustme.CA, bundle: Path
) -> None:
    context = context_for(authority.issue_cert("localhost"))
    code = """
    op = opendal.Operator("redis", **config)
    op.write("long", bytes(3_000_000))
    assert op.read("long") == bytes(3_000_000)
    op.write("a", b"moved")
    said = op.read("a").decode()
"""
    with tls_front(context, redis_server.host, redis_server.port) as front:
        config = {**redis.config, "endpoint": f"rediss://localhost:{front.port}"}
        assert child(config, code, SSL_CERT_FILE=str(bundle)) == "moved"
        told = child(config, code)
        failed(told, "ConnectionFailed", "from no authority that is trusted here", temporary=False)


def test_a_bundle_is_trusted_from_when_it_is_configured(
    s3_rclone: Service, secure: Listener, bundle: Path
) -> None:
    code = f"""
    op = opendal.Operator("s3", **config)
    try:
        op.read("a")
    except ConnectionError:
        opendal.configure(ca_bundle={str(bundle)!r})
        op.write("a", b"moved")
        said = op.read("a").decode()
"""
    assert child(reached_by(s3_rclone, secure), code) == "moved"


def test_a_configured_bundle_is_all_that_is_trusted(
    s3_rclone: Service, secure: Listener, bundle: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    code = f"opendal.configure(ca_bundle={str(other)!r}){USE}"
    told = child(
        reached_by(s3_rclone, secure),
        code,
        SSL_CERT_FILE=str(bundle),
        SSL_CERT_DIR=str(bundle.parent),
    )
    failed(told, "ConnectionFailed", "from no authority that is trusted here", temporary=False)


def test_a_stranger_is_not_asked_twice(s3_rclone: Service, secure: Listener) -> None:
    code = """
    retry = opendal.layers.RetryLayer(max_times=5, min_delay=0.01)
    op = opendal.Operator("s3", **config).layer(retry)
    op.read("a")
"""
    told = child(reached_by(s3_rclone, secure), code)
    told = failed(told, "ConnectionFailed", "certificate of localhost", temporary=False)
    assert "SSL_CERT_FILE" in told.message
    assert secure.connections <= 1


@pytest.mark.parametrize(
    ("issued", "message"),
    [
        ("long ago", "the certificate of localhost has expired"),
        ("for later", "the certificate of localhost is not valid yet"),
        ("elsewhere", "the certificate that localhost shows is for another name"),
    ],
)
def test_a_wrong_certificate(
    secure_by: Callable[..., Listener], s3_rclone: Service, bundle: Path, issued: str, message: str
) -> None:
    now, day = datetime.now(UTC), timedelta(days=1)
    match issued:
        case "long ago":
            front = secure_by("localhost", not_before=now - 9 * day, not_after=now - day)
        case "for later":
            front = secure_by("localhost", not_before=now + day)
        case _:
            front = secure_by("elsewhere.example")
    with front:
        told = child(reached_by(s3_rclone, front), SSL_CERT_FILE=str(bundle))
    failed(told, "ConnectionFailed", message, temporary=False)


def test_a_server_without_tls(s3_rclone: Service, rclone: RcloneServer) -> None:
    config = {**s3_rclone.config, "endpoint": f"https://{rclone.host}:{rclone.port}"}
    told = child(config)
    failed(told, "ConnectionFailed", f"{rclone.host} does not speak TLS", temporary=False)


# The client's own certificate


@pytest.fixture
def guarded(rclone: RcloneServer, authority: trustme.CA) -> Iterator[Listener]:
    """TLS before rclone, for those alone who show a certificate of the authority."""
    context = context_for(authority.issue_cert("localhost"))
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    with tls_front(context, rclone.host, rclone.port) as front:
        yield front


@pytest.fixture
def identity(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "client.pem"
    authority.issue_cert("client@example").private_key_and_cert_chain_pem.write_to_path(path)
    return path


def test_a_client_certificate(
    s3_rclone: Service, guarded: Listener, bundle: Path, identity: Path
) -> None:
    config, trust = reached_by(s3_rclone, guarded), {"SSL_CERT_FILE": str(bundle)}
    told = child(config, **trust)
    assert isinstance(told, Told)
    assert "ConnectionError" in told.kinds
    assert child(config, **trust, OPENDAL_CLIENT_CERTIFICATE=str(identity)) == "moved"
    code = f"""
    from pathlib import Path
    opendal.configure(client_certificate=Path({str(identity)!r})){USE}"""
    assert child(config, code, **trust) == "moved"


# Files that cannot be used


def bad_files(authority: trustme.CA) -> dict[str, tuple[bytes | None, str]]:
    """What a file holds, and what is wrong with it as a client's certificate."""
    one, other = (authority.issue_cert(f"{name}@example") for name in ("one", "other"))
    certificate = one.cert_chain_pems[0].bytes()
    key = serialization.load_pem_private_key(one.private_key_pem.bytes(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"hush"),
    )
    return {
        "missing": (None, "no such file or directory"),
        "text": (b"hello", "it has no certificate in PEM"),
        "broken": (b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", "it is not PEM"),
        "key alone": (one.private_key_pem.bytes(), "it has no certificate in PEM"),
        "no key": (certificate, "it has no private key in PEM"),
        "wrong key": (certificate + other.private_key_pem.bytes(), "is not the one of its"),
        "encrypted key": (certificate + encrypted, "its private key is encrypted"),
    }


def test_a_bad_client_certificate_is_refused(
    authority: trustme.CA, tmp_path: Path, s3_rclone: Service
) -> None:
    for name, (content, why) in bad_files(authority).items():
        file = tmp_path / f"{name}.pem"
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(ConfigInvalid) as caught:
            opendal.configure(client_certificate=file)
        assert str(caught.value).startswith(f'client_certificate names "{file}", which cannot')
        assert why in str(caught.value)
        told = child(s3_rclone.config, OPENDAL_CLIENT_CERTIFICATE=str(file))
        failed(told, "ConfigInvalid", f'OPENDAL_CLIENT_CERTIFICATE names "{file}"', temporary=False)
    # What was refused has changed nothing.
    assert not s3_rclone.make(opendal.Operator).exists("a")


@pytest.mark.parametrize("name", ["ca_bundle", "SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_a_bad_bundle_is_refused(tmp_path: Path, s3_rclone: Service, name: str) -> None:
    empty = tmp_path / "empty"
    if name == "SSL_CERT_DIR":
        empty.mkdir()
    else:
        empty.write_bytes(b"")
    for file in (tmp_path / "missing", empty):
        if name.isupper():
            told = child(s3_rclone.config, **{name: str(file)})
        else:
            told = child(s3_rclone.config, f"opendal.configure({name}={str(file)!r})")
        failed(told, "ConfigInvalid", f'{name} names "{file}", which cannot', temporary=False)


def test_plain_http_needs_no_authorities(s3_rclone: Service) -> None:
    """As in a small container: what is not needed is not missed."""
    empty = "mount -t tmpfs none /etc/ssl"
    alone = ("unshare", "--map-root-user", "--mount", "sh", "-c")
    if subprocess.run([*alone, empty], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody hide its certificates")
    assert child(s3_rclone.config, before=(*alone, f'{empty} && exec "$@"', "sh")) == "moved"


# Time limits


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"connect_timeout": 0}, ConfigInvalid),
        ({"connect_timeout": timedelta(days=2)}, ConfigInvalid),
        ({"read_timeout": -1}, ConfigInvalid),
        ({"read_timeout": float("nan")}, ConfigInvalid),
        ({"read_timeout": "5"}, InvalidArgument),
        ({"ca_bundle": b"ca.pem"}, InvalidArgument),
        ({"client_certificate": 1}, InvalidArgument),
    ],
    ids=repr,
)
def test_a_senseless_setting_is_refused(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=rf"^configure: {next(iter(options))} must"):
        opendal.configure(**options)


@pytest.mark.parametrize("name", ["OPENDAL_CONNECT_TIMEOUT", "OPENDAL_READ_TIMEOUT"])
@pytest.mark.parametrize("value", ["soon", "0", "-1", "inf", "nan", "1e9"])
def test_a_senseless_variable_is_told_of(s3_rclone: Service, name: str, value: str) -> None:
    told = child(s3_rclone.config, **{name: value})
    failed(told, "ConfigInvalid", f"{name} must be a number of seconds", temporary=False)


async def silent(reader: StreamReader, _: StreamWriter) -> None:
    """Listens, and never says anything."""
    while await reader.read(65536):
        pass


def test_a_server_that_never_answers(s3_rclone: Service) -> None:
    with Listener(silent) as server:
        config = {**s3_rclone.config, "endpoint": server.url}
        told = child(config, OPENDAL_READ_TIMEOUT="0.5")
        failed(told, "TimeoutError", "no byte moved for 0.5 seconds", temporary=True)
        code = """
    from datetime import timedelta
    op = opendal.Operator("s3", **config)
    opendal.configure(read_timeout=timedelta(milliseconds=300))
    op.read("a")
"""
        told = child(config, code, OPENDAL_READ_TIMEOUT="3000")
        failed(told, "TimeoutError", "no byte moved for 0.3 seconds", temporary=True)


def test_a_handshake_that_never_ends(s3_rclone: Service) -> None:
    with Listener(silent) as server:
        config = {**s3_rclone.config, "endpoint": server.url.replace("http", "https")}
        told = child(config, OPENDAL_CONNECT_TIMEOUT="0.5", OPENDAL_READ_TIMEOUT="3000")
        failed(told, "TimeoutError", "", temporary=True)


def answering(length: int, pieces: list[bytes | float]) -> Listener:
    """A server that answers each GET with these pieces, and pauses of so many seconds."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\nETag: 1\r\nContent-Length: {length}\r\n\r\n".encode())
        for piece in pieces:
            if isinstance(piece, bytes):
                writer.write(piece)
                await writer.drain()
            else:
                await asyncio.sleep(piece)

    return Listener(serve)


READ = 'said = opendal.Operator("s3", **config).read("a").decode()'


def test_a_slow_answer_is_waited_for(s3_rclone: Service) -> None:
    pieces: list[bytes | float] = [b"1", 0.4] * 6
    with answering(6, pieces) as server:
        config = {**s3_rclone.config, "endpoint": server.url}
        assert child(config, READ, OPENDAL_READ_TIMEOUT="1.2") == "111111"


def test_an_answer_that_stops_is_not(s3_rclone: Service) -> None:
    with answering(6, [b"1", float(HANG)]) as server:
        config = {**s3_rclone.config, "endpoint": server.url}
        told = child(config, READ, OPENDAL_READ_TIMEOUT="0.5")
        failed(told, "TimeoutError", "no byte moved for 0.5 seconds", temporary=True)


def taking(pause: float, least: int) -> Listener:
    """A server that takes an upload slowly, and answers once it has `least` bytes."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        taken = 0
        while taken < least and (block := await reader.read(256 * 1024)):
            taken += len(block)
            await asyncio.sleep(pause)
        writer.write(b"HTTP/1.1 200 OK\r\nETag: 1\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await reader.read()

    return Listener(serve)


WRITE = 'said = str(opendal.Operator("s3", **config).write("a", bytes(60 << 20)).content_length)'


def test_a_slow_upload_is_waited_for(s3_rclone: Service) -> None:
    with taking(0.02, 60 << 20) as server:
        config = {**s3_rclone.config, "endpoint": server.url}
        assert child(config, WRITE, OPENDAL_READ_TIMEOUT="2") == str(60 << 20)


def test_an_upload_that_nobody_takes_is_not(s3_rclone: Service) -> None:
    with taking(float(HANG), 60 << 20) as server:
        config = {**s3_rclone.config, "endpoint": server.url}
        told = child(config, WRITE, OPENDAL_READ_TIMEOUT="0.5")
        failed(told, "TimeoutError", "no byte moved for 0.5 seconds", temporary=True)


# Proxies


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_for_plain_http(s3_rclone: Service, variable: str) -> None:
    with ForwardProxy() as proxy:
        assert child(s3_rclone.config, **{variable: proxy.url}) == "moved"
    assert [method for method, _ in proxy.asked] == ["PUT", "GET"]
    assert all(target.startswith(s3_rclone.config["endpoint"]) for _, target in proxy.asked)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_for_tls(s3_rclone: Service, secure: Listener, bundle: Path, variable: str) -> None:
    config = reached_by(s3_rclone, secure)
    with ForwardProxy() as proxy:
        # Without a scheme, as curl takes it.
        place = {variable: f"{proxy.host}:{proxy.port}"}
        assert child(config, **place, SSL_CERT_FILE=str(bundle)) == "moved"
    assert set(proxy.asked) == {("CONNECT", f"localhost:{secure.port}")}


def test_the_proxy_of_the_other_protocol_is_left_alone(s3_rclone: Service) -> None:
    with ForwardProxy() as proxy:
        assert child(s3_rclone.config, HTTPS_PROXY=proxy.url) == "moved"
        # Empty says that there is none, small letters say more than capitals.
        assert child(s3_rclone.config, ALL_PROXY=proxy.url, HTTP_PROXY="") == "moved"
        assert child(s3_rclone.config, HTTP_PROXY=proxy.url, http_proxy="") == "moved"
        # A CGI program finds the header of a stranger there.
        assert child(s3_rclone.config, HTTP_PROXY=proxy.url, REQUEST_METHOD="GET") == "moved"
    assert proxy.asked == []


@pytest.mark.parametrize("exempt", ["*", "127.0.0.1", "example.org, 127.0.0.0/8"])
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_who_is_exempt_is_asked_directly(s3_rclone: Service, variable: str, exempt: str) -> None:
    with ForwardProxy() as proxy:
        assert child(s3_rclone.config, HTTP_PROXY=proxy.url, **{variable: exempt}) == "moved"
    assert proxy.asked == []


def test_a_name_may_be_exempt(s3_rclone: Service, secure: Listener, bundle: Path) -> None:
    config, trust = reached_by(s3_rclone, secure), {"SSL_CERT_FILE": str(bundle)}
    with ForwardProxy() as proxy:
        assert child(config, HTTPS_PROXY=proxy.url, NO_PROXY=".localhost", **trust) == "moved"
        assert proxy.asked == []
        assert child(config, HTTPS_PROXY=proxy.url, NO_PROXY="calhost", **trust) == "moved"
        assert proxy.asked


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_proxy_with_a_password(
    s3_rclone: Service, secure: Listener, bundle: Path, tls: bool
) -> None:
    config = reached_by(s3_rclone, secure) if tls else s3_rclone.config
    with ForwardProxy(f"me:{PASSWORD}@/") as proxy:
        place = f"{proxy.host}:{proxy.port}"
        right = f"http://me:{PASSWORD}%40%2F@{place}"
        assert child(config, ALL_PROXY=right, SSL_CERT_FILE=str(bundle)) == "moved"
        wrong = f"http://me:{PASSWORD}@{place}"
        told = child(config, ALL_PROXY=wrong, SSL_CERT_FILE=str(bundle))
    told = failed(told, "ConnectionFailed", "the proxy wants another name", temporary=False)
    assert PASSWORD not in told.everything


def test_a_proxy_that_is_not_there(s3_rclone: Service, refused_port: int) -> None:
    proxy = f"http://me:{PASSWORD}@127.0.0.1:{refused_port}"
    told = child(s3_rclone.config, HTTP_PROXY=proxy)
    told = failed(told, "ConnectionRefusedError", "refused", temporary=True)
    assert PASSWORD not in told.everything


@pytest.mark.parametrize(
    "value",
    [
        "http://me:{}@[",
        "ftp://me:{}@127.0.0.1:1",
        "me:{}@127.0.0.1:many",
        "socks5://me:{}@127.0.0.1:1",
    ],
)
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_senseless_proxy_is_told_of(s3_rclone: Service, variable: str, value: str) -> None:
    told = child(s3_rclone.config, **{variable: value.format(PASSWORD)})
    told = failed(told, "ConfigInvalid", variable, temporary=False)
    assert PASSWORD not in told.everything


# Redirects


def redirecting(status: int, location: str) -> Listener:
    """A server that sends every request on, but for those to `/here`."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if b"content-length" in head.lower():
                await reader.readexactly(3)
            if b" /here " in head:
                writer.write(b"HTTP/1.1 200 OK\r\nETag: 1\r\nContent-Length: 4\r\n\r\nhere")
                continue
            writer.write(
                f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\n"
                "Content-Length: 0\r\n\r\n".encode()
            )

    return Listener(serve)


@pytest.fixture
def confidential(s3_rclone: Service) -> dict[str, Any]:
    return {**s3_rclone.config, "session_token": PASSWORD, "default_acl": "private"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_request_goes_to_another_server(confidential: dict[str, Any], status: int) -> None:
    reached: list[bytes] = []

    async def elsewhere(reader: StreamReader, _: StreamWriter) -> None:
        reached.append(await reader.read(65536))

    with (
        Listener(elsewhere) as other,
        redirecting(status, f"{other.url}/here?hush={PASSWORD}") as server,
    ):
        op = opendal.Operator("s3", **{**confidential, "endpoint": server.url})
        for call in (
            lambda: op.read("a"),
            lambda: op.stat("a"),
            lambda: op.write("a", b"123"),
            lambda: op.delete("a"),
        ):
            with pytest.raises(opendal.exceptions.Unexpected) as caught:
                call()
            assert f"sends the request on to {other.url}, which" in str(caught.value)
            assert PASSWORD not in str(caught.value)
            assert not caught.value.temporary
    assert reached == []


@pytest.mark.parametrize("location", ["https://{}", "http://user@localhost:{}", "ftp://{}", "//["])
def test_another_scheme_or_name_is_another_server(
    confidential: dict[str, Any], location: str
) -> None:
    with redirecting(307, "") as server:
        pass
    place = location.format(f"127.0.0.1:{server.port}" if "@" not in location else server.port)
    with redirecting(307, place) as server:
        op = opendal.Operator("s3", **{**confidential, "endpoint": server.url})
        with pytest.raises(opendal.exceptions.Unexpected, match="sends the request on to"):
            op.read("a")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_read_follows_within_its_server(confidential: dict[str, Any], status: int) -> None:
    with redirecting(status, "/here") as server:
        op = opendal.Operator("s3", **{**confidential, "endpoint": server.url})
        assert op.read("a") == b"here"


def test_a_write_follows_where_it_stays_a_write(confidential: dict[str, Any]) -> None:
    with redirecting(307, "/here") as server:
        op = opendal.Operator("s3", **{**confidential, "endpoint": server.url})
        op.write("a", b"123")
    with redirecting(302, "/here") as server:
        op = opendal.Operator("s3", **{**confidential, "endpoint": server.url})
        with pytest.raises(opendal.exceptions.Unexpected):
            op.write("a", b"123")


def test_a_circle_is_left(confidential: dict[str, Any]) -> None:
    with redirecting(302, "/again") as server:
        op = opendal.Operator("s3", **{**confidential, "endpoint": server.url})
        with pytest.raises(opendal.exceptions.Unexpected, match="without end"):
            op.read("a")
