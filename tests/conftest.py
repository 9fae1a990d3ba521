"""Fixtures: a proxy before a server; others are in `server_fixtures` and `service_fixtures`."""

import os
import signal
import socket
import warnings
from collections.abc import Iterator

import pytest
from servers import FaultProxy, RcloneServer

with warnings.catch_warnings():
    # A development build says so when it is first imported: right, but here no error.
    warnings.simplefilter("ignore", RuntimeWarning)
    import opendal  # noqa: F401

pytest_plugins = [
    "failed_at_first",
    "known_faults",
    "server_fixtures",
    "service_network",
    "service_fixtures",
    "service_report",
]


def pytest_configure(config: pytest.Config) -> None:
    """Keep what is set outside out of the tests, but for their own settings."""
    del config
    # Shells start what runs in the background with Ctrl-C ignored, and so would all children be.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    clouds = ("AWS_", "AZURE_", "GOOGLE_", "STORAGE_EMULATOR_")
    for name in list(os.environ):
        if name.startswith("OPENDAL_TEST_"):
            continue
        if name.startswith((*clouds, "OPENDAL_", "SSL_CERT_")) or name.lower().endswith("_proxy"):
            del os.environ[name]
    # Nor is whoever runs the tests a customer of Amazon's.
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


@pytest.fixture(scope="session")
def _proxy(rclone: RcloneServer) -> Iterator[FaultProxy]:
    with FaultProxy(rclone.host, rclone.port) as proxy:
        yield proxy


@pytest.fixture
def proxy(_proxy: FaultProxy) -> Iterator[FaultProxy]:
    """The proxy before rclone, with nothing counted and nothing armed."""
    _proxy.reset()
    yield _proxy
    _proxy.reset()


@pytest.fixture
def refused_port() -> Iterator[int]:
    """A port of this machine that refuses connections: taken, but nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
