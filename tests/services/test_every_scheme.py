"""Every service that is compiled in can be made by its name, from options alone."""

import socket
import threading
from typing import Any

import opendal
import pytest
from opendal.exceptions import ConfigInvalid, Error

ACCOUNT = {"account_name": "me", "account_key": "aHVzaA=="}
KEYS = {"access_key_id": "id", "secret_access_key": "hush"}
TOKEN = {"access_token": "hush"}

# What a service cannot do without. Making an operator asks no server.
LEAST: dict[str, dict[str, Any]] = {
    "aliyun-drive": TOKEN,
    "alluxio": {"endpoint": "http://127.0.0.1:1"},
    "azblob": {"container": "c", "endpoint": "http://127.0.0.1:1", **ACCOUNT},
    "azdls": {"filesystem": "f", "endpoint": "http://127.0.0.1:1", **ACCOUNT},
    "azfile": {"share_name": "s", "endpoint": "http://127.0.0.1:1", **ACCOUNT},
    "b2": {"bucket": "b", "bucket_id": "1", "application_key_id": "id", "application_key": "hush"},
    "cloudflare-kv": {"api_token": "hush", "account_id": "a", "namespace_id": "n"},
    "cos": {"bucket": "b", "endpoint": "http://127.0.0.1:1"},
    "d1": {"token": "hush", "account_id": "a", "database_id": "d", "table": "t"},
    "dbfs": {"endpoint": "http://127.0.0.1:1", "token": "hush"},
    "dropbox": TOKEN,
    "etcd": {},
    "fs": {"root": "."},
    "ftp": {"endpoint": "ftp://127.0.0.1:1"},
    "gcs": {"bucket": "b"},
    "gdrive": TOKEN,
    "ghac": {"endpoint": "http://127.0.0.1:1", "runtime_token": "hush"},
    "github": {"owner": "o", "repo": "r"},
    "http": {"endpoint": "http://127.0.0.1:1"},
    "ipfs": {"endpoint": "http://127.0.0.1:1", "root": "/ipfs/Qm"},
    "ipmfs": {},
    "koofr": {"endpoint": "http://127.0.0.1:1", "email": "a@b", "password": "hush"},
    "lakefs": {
        "endpoint": "http://127.0.0.1:1",
        "repository": "r",
        "username": "u",
        "password": "hush",
    },
    "memcached": {"endpoint": "tcp://127.0.0.1:1"},
    "memory": {},
    "mysql": {"connection_string": "mysql://127.0.0.1:1/d", "table": "t"},
    "obs": {"bucket": "b", "endpoint": "http://127.0.0.1:1"},
    "onedrive": TOKEN,
    "oss": {"bucket": "b", "endpoint": "http://127.0.0.1:1"},
    "pcloud": {"endpoint": "http://127.0.0.1:1", "username": "u", "password": "hush"},
    "postgresql": {"connection_string": "postgresql://127.0.0.1:1/d", "table": "t"},
    "redis": {"endpoint": "redis://127.0.0.1:1"},
    "s3": {"bucket": "b", "region": "r"},
    "seafile": {
        "endpoint": "http://127.0.0.1:1",
        "repo_name": "r",
        "username": "u",
        "password": "hush",
    },
    "sftp": {"endpoint": "ssh://127.0.0.1:1"},
    "sqlite": {"connection_string": "sqlite::memory:", "table": "t"},
    "swift": {"endpoint": "http://127.0.0.1:1", "container": "c", "token": "hush"},
    "tos": {"bucket": "b", "region": "r", **KEYS},
    "upyun": {"bucket": "b", "operator": "o", "password": "hush"},
    "vercel-artifacts": TOKEN,
    "vercel-blob": {"token": "hush"},
    "webdav": {"endpoint": "http://127.0.0.1:1"},
    "webhdfs": {},
    "yandex-disk": TOKEN,
}


def test_every_scheme_is_here() -> None:
    assert sorted(LEAST) == opendal.schemes()
    assert len(LEAST) >= 40


@pytest.mark.parametrize("scheme", LEAST)
def test_a_service_is_made_from_its_options(scheme: str) -> None:
    op = opendal.Operator(scheme, **LEAST[scheme])
    assert op.scheme == scheme
    shown = repr(op) + str(op)
    assert "hush" not in shown


@pytest.mark.parametrize("scheme", LEAST)
def test_without_options_it_is_made_or_says_what_is_missing(scheme: str) -> None:
    found: opendal.Operator | ConfigInvalid
    try:
        found = opendal.Operator(scheme)
    except ConfigInvalid as error:
        found = error
    text = str(found)
    assert scheme in text
    assert "\n" not in text
    assert isinstance(found, (opendal.Operator, ValueError))


@pytest.mark.parametrize("scheme", ["rediss", "ftps"])
def test_a_service_other_than_http_speaks_tls(scheme: str) -> None:
    """Two cryptographic providers in one module would make the first handshake panic."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(20)
                if scheme == "ftps":
                    connection.sendall(b"220 ready\r\n")
                    connection.recv(100)
                    connection.sendall(b"234 go ahead\r\n")
                heard.append(connection.recv(1))

        thread = threading.Thread(target=answer)
        thread.start()
        endpoint = f"{scheme}://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(Error):
            opendal.Operator(scheme, endpoint=endpoint).read("a")
        thread.join(30)
    assert heard == [b"\x16"], "no handshake was begun"
