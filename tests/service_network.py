"""Fixtures: each kind of service on a server of its own kind, with nothing in it."""

import itertools
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from calls import Service
from servers import (
    AzuriteServer,
    EtcdServer,
    FtpServer,
    GcsServer,
    HdfsServer,
    MariadbServer,
    MemcachedServer,
    NginxServer,
    PostgresServer,
    RcloneWebdav,
    RedisServer,
    SftpServer,
    WsgidavServer,
)
from suite import ignored_by

_numbers = itertools.count()


def _root() -> str:
    """A root that nobody else uses."""
    return f"/root-{next(_numbers)}/top/"


@pytest.fixture
def azblob(azurite: AzuriteServer) -> Service:
    """A new container on azurite."""
    container = f"container-{next(_numbers)}"
    azurite.create_container(container)
    return Service(
        "azblob",
        {
            "container": container,
            "root": "/top/",
            "endpoint": azurite.endpoint,
            "account_name": azurite.account,
            "account_key": azurite.key,
        },
    )


@pytest.fixture
def gcs(fake_gcs: GcsServer) -> Service:
    """A new bucket on fake-gcs-server."""
    bucket = f"bucket-{next(_numbers)}"
    fake_gcs.create_bucket(bucket)
    return Service(
        "gcs",
        {
            "bucket": bucket,
            "root": "/top/",
            "endpoint": fake_gcs.url,
            "skip_signature": True,
            "disable_config_load": True,
            "disable_vm_metadata": True,
        },
        ignored_by("gcs"),
        largest=5 << 20,
    )


@pytest.fixture
def webdav_wsgidav(wsgidav: WsgidavServer) -> Service:
    """A new directory on wsgidav."""
    return _webdav(wsgidav, "webdav-wsgidav")


@pytest.fixture
def webdav_rclone(rclone_webdav: RcloneWebdav) -> Service:
    """A new directory on rclone."""
    return _webdav(rclone_webdav, "webdav-rclone")


def _webdav(server: WsgidavServer | RcloneWebdav, name: str) -> Service:
    login = {"username": server.user, "password": server.password}
    return Service("webdav", {"endpoint": server.url, "root": _root(), **login}, ignored_by(name))


@pytest.fixture
def http(nginx: NginxServer) -> Service:
    """A new directory on nginx, which gives files over HTTP and takes none."""
    root = _root()
    directory = nginx.directory / root.strip("/")
    directory.mkdir(parents=True)
    login = {"username": nginx.user, "password": nginx.password}
    config = {"endpoint": nginx.url, "root": root, **login}
    return Service("http", config, ignored_by("http"), behind=directory)


@pytest.fixture
def ftp(pyftpdlib: FtpServer) -> Service:
    """A new directory on pyftpdlib."""
    endpoint = f"ftp://{pyftpdlib.host}:{pyftpdlib.port}"
    login = {"user": pyftpdlib.user, "password": pyftpdlib.password}
    root = _root()
    # The service makes directories, but not its root.
    (pyftpdlib.directory / root.strip("/")).mkdir(parents=True)
    return Service("ftp", {"endpoint": endpoint, "root": root, **login})


@pytest.fixture
def sftp(sshd: SftpServer, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A new directory on OpenSSH's server."""
    monkeypatch.setenv("PATH", f"{sshd.programs}:{os.environ['PATH']}")
    # The service leaves a directory there for each connection, and never takes it away.
    monkeypatch.setenv("XDG_STATE_HOME", str(sshd.programs.parent))
    return Service(
        "sftp",
        {
            "endpoint": f"ssh://{sshd.host}:{sshd.port}",
            "root": f"{sshd.directory}{_root()}",
            "user": sshd.user,
            "key": str(sshd.key),
            "known_hosts_strategy": "accept",
        },
    )


@pytest.fixture
def webhdfs(hdfs: HdfsServer) -> Service:
    """A new directory on Hadoop."""
    return Service("webhdfs", {"endpoint": hdfs.url, "root": _root(), "user_name": hdfs.user})


@pytest.fixture
def redis(redis_server: RedisServer) -> Service:
    """New names on Redis."""
    endpoint = f"redis://{redis_server.host}:{redis_server.port}"
    password = redis_server.password
    return Service("redis", {"endpoint": endpoint, "password": password, "root": _root()})


@pytest.fixture
def memcached(memcached_server: MemcachedServer) -> Service:
    """New names on memcached."""
    endpoint = f"tcp://{memcached_server.host}:{memcached_server.port}"
    return Service("memcached", {"endpoint": endpoint, "root": _root()})


@pytest.fixture
def memcached_login(memcached_with_login: MemcachedServer) -> Service:
    """New names on a memcached that asks who it is."""
    server = memcached_with_login
    login = {"username": server.user, "password": server.password}
    endpoint = f"tcp://{server.host}:{server.port}"
    return Service("memcached", {"endpoint": endpoint, "root": _root(), **login})


@pytest.fixture
def etcd(etcd_server: EtcdServer) -> Service:
    """New names on etcd."""
    # The client, not the server, reads no message of more than 4 MiB.
    return Service("etcd", {"endpoints": etcd_server.url, "root": _root()}, largest=4_000_000)


@pytest.fixture
def postgresql(postgres: PostgresServer) -> Service:
    """New names in a table of PostgreSQL."""
    return _table("postgresql", postgres)


@pytest.fixture
def mysql(mariadb: MariadbServer) -> Service:
    """New names in a table of MariaDB."""
    return _table("mysql", mariadb)


def _table(scheme: str, server: PostgresServer | MariadbServer) -> Service:
    config: dict[str, Any] = {"connection_string": server.connection, "table": server.table}
    return Service(scheme, {**config, "root": _root()})


@pytest.fixture
def sqlite(tmp_path: Path) -> Service:
    """A new table in a new file."""
    path = tmp_path / "sqlite.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE objects (key TEXT PRIMARY KEY, value BLOB NOT NULL)")
    connection.close()
    config = {"connection_string": f"sqlite://{path}", "table": "objects", "root": _root()}
    return Service("sqlite", config)
