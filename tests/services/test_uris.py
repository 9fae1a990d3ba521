"""The URIs that people type: what each makes, and files that are opened by one."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import opendal
import pytest
from opendal.exceptions import ConfigInvalid, Error, InvalidArgument, NotFound, Unsupported
from opendal_s3_service import S3Operator
from servers import NginxServer
from servers.rclone import RcloneServer

KEY = {"account_name": "me", "account_key": "aHVzaA=="}
BLOB = "https://me.blob.core.windows.net"
DFS = "https://me.dfs.core.windows.net"

# A URI and keywords, and the scheme and the options that they mean.
URIS: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("s3a://b/a/b", {"region": "r"}, "s3", {"bucket": "b", "root": "/a/b", "region": "r"}),
    ("s3n://b?region=r", {}, "s3", {"bucket": "b", "region": "r"}),
    ("S3://b", {"region": "r"}, "s3", {"bucket": "b", "region": "r"}),
    ("gs://b/a%20b/", {}, "gcs", {"bucket": "b", "root": "/a b"}),
    ("az://c/a", KEY, "azblob", {"container": "c", "root": "/a", **KEY}),
    ("azure://c", KEY, "azblob", {"container": "c", **KEY}),
    (
        "wasbs://c@me.blob.core.windows.net/a",
        {},
        "azblob",
        {"container": "c", "root": "/a", "account_name": "me", "endpoint": BLOB},
    ),
    (
        "abfss://f@me.dfs.core.windows.net/a/b",
        {},
        "azdls",
        {"filesystem": "f", "root": "/a/b", "account_name": "me", "endpoint": DFS},
    ),
    ("abfs://f/a", KEY, "azdls", {"filesystem": "f", "root": "/a", **KEY}),
    ("https://h:8443/a", {}, "http", {"endpoint": "https://h:8443", "root": "/a"}),
    (
        "http://u:p%40w@h/",
        {},
        "http",
        {"endpoint": "http://h", "username": "u", "password": "p@w"},
    ),
    ("ftps://u@h/a", {}, "ftp", {"endpoint": "ftps://h", "user": "u", "root": "/a"}),
    ("sftp://u@h:22/srv", {}, "sftp", {"endpoint": "ssh://h:22", "user": "u", "root": "/srv"}),
    ("webdav://h/dav", {}, "webdav", {"endpoint": "https://h", "root": "/dav"}),
    ("webhdfs://h:9870/a", {}, "webhdfs", {"endpoint": "http://h:9870", "root": "/a"}),
    ("rediss://h/2/a", {}, "redis", {"endpoint": "rediss://h", "db": 2, "root": "/a"}),
    ("etcd://h:2379", {}, "etcd", {"endpoints": "http://h:2379"}),
    ("memcached://h:11211", {}, "memcached", {"endpoint": "tcp://h:11211"}),
    (
        "postgres://u:p@h/d?sslmode=require&table=t",
        {},
        "postgresql",
        {"connection_string": "postgresql://u:p@h/d?sslmode=require", "table": "t"},
    ),
    (
        "sqlite:///srv/a.db",
        {"table": "t"},
        "sqlite",
        {"connection_string": "sqlite:///srv/a.db", "table": "t"},
    ),
    ("cosn://b", {"endpoint": "h"}, "cos", {"bucket": "b", "endpoint": "h"}),
    ("github://o/r/a", {}, "github", {"owner": "o", "repo": "r", "root": "/a"}),
    # Keywords win over the URI.
    (
        "s3://b/a?region=r",
        {"root": "c", "region": "q"},
        "s3",
        {"bucket": "b", "root": "c", "region": "q"},
    ),
]


@pytest.mark.parametrize("kind", [opendal.Operator, opendal.AsyncOperator])
@pytest.mark.parametrize(("uri", "keywords", "scheme", "options"), URIS, ids=lambda x: str(x)[:30])
def test_a_uri_is_another_way_to_write_options(
    kind: type[opendal.Operator],
    uri: str,
    keywords: dict[str, Any],
    scheme: str,
    options: dict[str, Any],
) -> None:
    made = kind.from_uri(uri, **keywords)
    assert made.scheme == scheme
    assert made == kind.from_config({"scheme": scheme, **options})
    other = {**options, "root": "/elsewhere"}
    assert made != kind.from_config({"scheme": scheme, **other})


@pytest.mark.parametrize(
    ("uri", "near"),
    [
        ("s33://b", "did you mean 's3'"),
        ("dropboks:///a", "did you mean 'dropbox'"),
        ("abfsss://c", "did you mean 'abfss'"),
        ("htttps://h", "did you mean 'https'"),
        ("s3://b?regoin=r", "did you mean 'region'"),
        ("fs://srv/data", "did you mean fs:///...?"),
        ("dropbox://folder/a", "did you mean dropbox:///...?"),
        ("gs://user:word@b", "the bucket alone"),
        ("sftp://u:word@h/", "has no password"),
        ("webdav://h/a?rot=b", "did you mean 'root'"),
    ],
)
def test_a_wrong_uri_names_the_right_thing(uri: str, near: str) -> None:
    with pytest.raises((Unsupported, ConfigInvalid)) as caught:
        opendal.Operator.from_uri(uri)
    assert isinstance(caught.value, ValueError)
    assert near in str(caught.value)
    assert "word" not in str(caught.value).removesuffix("has no password")


def test_a_path_is_a_directory_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a b%20?#").write_bytes(b"1")
    monkeypatch.chdir(tmp_path / "d")
    for path in (str(tmp_path / "d"), ".", "./", "../d"):
        op = opendal.Operator.from_uri(path)
        assert op.scheme == "fs"
        assert op.read("a b%20?#") == b"1"
    with pytest.raises(ConfigInvalid):
        S3Operator.from_uri(str(tmp_path))


def test_a_token_may_be_the_query_of_an_address() -> None:
    token = "sv=2022-11-02&sp=r&sig=a%2Bb%3D"
    config = {"scheme": "azblob", "container": "c", "root": "/a", "endpoint": BLOB}
    op = opendal.Operator.from_uri(f"az://c/a?{token}&endpoint={BLOB}")
    assert op == opendal.Operator.from_config({**config, "sas_token": token})
    with pytest.raises(ConfigInvalid, match="no option 'sv'"):
        opendal.Operator.from_uri("az://c/a?sv=1", endpoint=BLOB)


# Files


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_path_is_opened_as_python_does(here: Path) -> None:
    for name in ["a.txt", "d/e/b.txt", "with space and %20.txt", " c "]:
        with opendal.open(name, "w") as file:
            file.write(name)
        assert (here / name).read_text() == name
        assert opendal.open(name).read() == name.encode()
        assert opendal.open(here / name, "r", encoding="ascii").read() == name
    with opendal.open("a.txt", "ab") as file:
        file.write(b"!")
    assert opendal.open(here / "d" / ".." / "a.txt").read() == b"a.txt!"
    assert opendal.open("a.txt", offset=2, size=3).read() == b"txt"


def test_a_link_leads_where_the_machine_says(here: Path) -> None:
    (here / "far" / "away").mkdir(parents=True)
    (here / "far" / "a").write_text("far")
    (here / "a").write_text("near")
    (here / "link").symlink_to(here / "far" / "away")
    assert opendal.open("link/../a", "r").read() == Path("link/../a").read_text() == "far"


def test_a_file_uri_is_a_path_with_escapes(here: Path) -> None:
    with opendal.open(f"file://{here}/a%20b%23", "wb") as file:
        file.write(b"1")
    assert (here / "a b#").read_bytes() == b"1"
    assert opendal.open(f"fs://localhost{here}/a%20b%23").read() == b"1"


def test_reading_makes_nothing(here: Path) -> None:
    for place in ["no/such/a", f"file://{here}/no/such/a", "no/../a"]:
        with pytest.raises(NotFound) as caught:
            opendal.open(place)
        assert isinstance(caught.value, FileNotFoundError)
    assert list(here.iterdir()) == []


def test_options_of_the_service_are_keywords_too(here: Path) -> None:
    with opendal.open("a.txt", "wb", root=here / "sub", durable=True) as file:
        file.write(b"1")
    assert (here / "sub" / "a.txt").read_bytes() == b"1"


@pytest.mark.parametrize(
    ("uri", "keywords", "kind", "near"),
    [
        ("a", {"encodng": "utf-8"}, InvalidArgument, "did you mean 'encoding'"),
        ("a", {"durabel": True}, InvalidArgument, "did you mean 'durable'"),
        ("s3://b/k", {"regoin": "r"}, InvalidArgument, "did you mean 'region'"),
        ("s3://b/k?regoin=r", {}, ConfigInvalid, "did you mean 'region'"),
        ("s3://b", {"region": "r"}, ConfigInvalid, "no object"),
        ("s33://b/k", {}, Unsupported, "did you mean 's3'"),
        ("sqlite:///a.db?table=t", {}, ConfigInvalid, "no object"),
        ("", {}, ConfigInvalid, "open"),
        (b"a", {}, InvalidArgument, "not bytes"),
        ("a", {"mode": "rw"}, Unsupported, "modes are"),
        ("a\0b", {}, ConfigInvalid, "NUL"),
        ("s3:/b/k", {}, ConfigInvalid, "did you mean s3://"),
        ("file:/a", {}, ConfigInvalid, "did you mean file:///"),
        ("s3://b/a?b", {}, ConfigInvalid, "write '[?]' as '%3F'"),
        ("s3://b/a?b=c", {}, ConfigInvalid, "in a name write '%3F'"),
        ("https://h/a?b=c", {}, ConfigInvalid, "query of the server's own"),
        ("https://h/a", {"mode": "w"}, Unsupported, "cannot write"),
        # As other packages call them.
        ("s3://b/k", {"anon": True}, InvalidArgument, "did you mean 'skip_signature'"),
        ("s3://b/k", {"key": "a"}, InvalidArgument, "did you mean 'access_key_id'"),
        ("s3://b/k", {"storage_options": {}}, InvalidArgument, "each of its entries"),
        ("az://c/k", {"connection_string": ""}, InvalidArgument, "AZURE_STORAGE_CONNECTION_STRING"),
        ("sftp://h/a", {"username": "me"}, InvalidArgument, "did you mean 'user'"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    here: Path, uri: Any, keywords: dict[str, Any], kind: type[Error], near: str
) -> None:
    (here / "a").write_bytes(b"1")
    with pytest.raises(kind, match=near) as caught:
        opendal.open(uri, **keywords)
    assert "\n" not in str(caught.value)


def test_an_object_in_a_bucket(rclone: RcloneServer) -> None:
    rclone.create_bucket("by-uri")
    options: dict[str, Any] = {
        "endpoint": rclone.url,
        "region": "eu-west-1",
        "access_key_id": rclone.access_key,
        "secret_access_key": rclone.secret_key,
    }
    with opendal.open("s3a://by-uri/2024/a%20b.txt", "w", **options) as file:
        print("hello", file=file)
    assert opendal.open("s3://by-uri/2024/a b.txt", **options).read() == b"hello\n"
    op = opendal.Operator("s3", bucket="by-uri", **options)
    assert op.read("2024/a b.txt") == b"hello\n"


@pytest.fixture
def web(here: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(here))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_page_of_a_server(here: Path, web: str) -> None:
    (here / "d").mkdir()
    (here / "d" / "a b.csv").write_text("1,2\n3,4\n")
    with opendal.open(f"{web}/d/a%20b.csv", "r") as file:
        assert file.readlines() == ["1,2\n", "3,4\n"]
    with pytest.raises(NotFound):
        opendal.open(f"{web}/d/none.csv")


def test_a_page_that_is_not_there_is_not_blamed_on_a_proxy(nginx: NginxServer) -> None:
    with pytest.raises(NotFound) as caught:
        opendal.open(f"{nginx.url}/none", username=nginx.user, password=nginx.password)
    assert "proxy" not in str(caught.value)
