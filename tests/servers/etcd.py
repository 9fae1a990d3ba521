"""etcd, as the system's package has it: a cluster of one."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from .process import Address, free_port, scratch, serving
from .programs import find


@dataclass(frozen=True)
class EtcdServer(Address):
    """A running server; it asks for no credentials."""


@contextlib.contextmanager
def etcd_server() -> Iterator[EtcdServer]:
    """Start etcd on free loopback ports with nothing in it."""
    server, peer = EtcdServer("127.0.0.1", free_port()), f"http://127.0.0.1:{free_port()}"
    with scratch("etcd") as directory:
        command = [
            *(find("etcd"), "--name", "one", "--data-dir", str(directory)),
            *("--listen-client-urls", server.url, "--advertise-client-urls", server.url),
            *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer),
            *("--initial-cluster", f"one={peer}"),
            # Values of up to 32 MiB; else it takes less than 2.
            *("--max-request-bytes", str(32 << 20)),
            # Nothing here has to outlive the machine, and the tests write often.
            "--unsafe-no-fsync",
        ]
        with serving(command, "ready to serve client requests|serving insecure client requests"):
            yield server
