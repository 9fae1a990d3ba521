"""Fixtures: each server, started when it is first asked for and kept until the end.

Where a server is not to be had, its tests are skipped, and the end of the run says so, as
`service_report` has it; with OPENDAL_TEST_ALL_SERVERS set, as in CI, they fail instead.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
import servers
from servers import programs

S = TypeVar("S")
LEFT_OUT = pytest.StashKey[set[str]]()
EACH_IS_NEEDED = bool(os.environ.get(programs.ALL))


@dataclass
class Servers:
    """What runs, and the reasons for what does not."""

    running: contextlib.ExitStack
    left_out: set[str] = field(default_factory=set)

    def start(self, server: contextlib.AbstractContextManager[S]) -> S:
        try:
            return self.running.enter_context(server)
        except servers.NotInstalled as error:
            if EACH_IS_NEEDED:
                raise
            self.left_out.add(str(error))
            pytest.skip(str(error))


@pytest.fixture(scope="session")
def started(pytestconfig: pytest.Config) -> Iterator[Servers]:
    with contextlib.ExitStack() as running:
        yield Servers(running, pytestconfig.stash.setdefault(LEFT_OUT, set()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker process of pytest-xdist tells the one that prints."""
    if hasattr(session.config, "workeroutput"):
        left_out = session.config.stash.get(LEFT_OUT, set())
        session.config.workeroutput["left out"] = sorted(left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What a worker did without is left out of the run."""
    left_out = node.config.stash.setdefault(LEFT_OUT, set())
    left_out.update(getattr(node, "workeroutput", {}).get("left out", []))


@pytest.fixture(scope="session")
def rclone(started: Servers) -> servers.RcloneServer:
    return started.start(servers.rclone_server())


@pytest.fixture(scope="session")
def moto(started: Servers) -> servers.MotoServer:
    return started.start(servers.moto_server())


@pytest.fixture(scope="session")
def versity(started: Servers) -> servers.VersityServer:
    return started.start(servers.versity_server())


@pytest.fixture(scope="session")
def azurite(started: Servers) -> servers.AzuriteServer:
    return started.start(servers.azurite_server())


@pytest.fixture(scope="session")
def fake_gcs(started: Servers) -> servers.GcsServer:
    return started.start(servers.gcs_server())


@pytest.fixture(scope="session")
def wsgidav(started: Servers) -> servers.WsgidavServer:
    return started.start(servers.wsgidav_server())


@pytest.fixture(scope="session")
def rclone_webdav(started: Servers) -> servers.RcloneWebdav:
    return started.start(servers.rclone_webdav())


@pytest.fixture(scope="session")
def nginx(started: Servers) -> servers.NginxServer:
    return started.start(servers.nginx_server())


@pytest.fixture(scope="session")
def pyftpdlib(started: Servers) -> servers.FtpServer:
    return started.start(servers.ftp_server())


@pytest.fixture(scope="session")
def sshd(started: Servers) -> servers.SftpServer:
    return started.start(servers.sftp_server())


@pytest.fixture(scope="session")
def redis_server(started: Servers) -> servers.RedisServer:
    return started.start(servers.redis_server())


@pytest.fixture(scope="session")
def redis_cluster(started: Servers) -> tuple[servers.RedisServer, servers.RedisServer]:
    return started.start(servers.redis_cluster())


@pytest.fixture(scope="session")
def memcached_server(started: Servers) -> servers.MemcachedServer:
    return started.start(servers.memcached_server())


@pytest.fixture(scope="session")
def memcached_with_login(started: Servers) -> servers.MemcachedServer:
    return started.start(servers.memcached_with_login())


@pytest.fixture(scope="session")
def etcd_server(started: Servers) -> servers.EtcdServer:
    return started.start(servers.etcd_server())


@pytest.fixture(scope="session")
def postgres(started: Servers) -> servers.PostgresServer:
    return started.start(servers.postgres_server())


@pytest.fixture(scope="session")
def mariadb(started: Servers) -> servers.MariadbServer:
    return started.start(servers.mariadb_server())


@pytest.fixture(scope="session")
def hdfs(started: Servers) -> servers.HdfsServer:
    return started.start(servers.hdfs_server())


@pytest.fixture(scope="session")
def toxiproxy(started: Servers) -> servers.ToxiproxyServer:
    return started.start(servers.toxiproxy_server())
