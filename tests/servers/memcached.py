"""Memcached, as the system's package has it."""

import contextlib
import getpass
from collections.abc import Iterator
from dataclasses import dataclass

from .process import Address, free_port, serving
from .programs import find


@dataclass(frozen=True)
class MemcachedServer(Address):
    """A running server; it asks for no credentials."""


@contextlib.contextmanager
def memcached_server() -> Iterator[MemcachedServer]:
    """Start memcached on a free loopback port with nothing in it."""
    server = MemcachedServer("127.0.0.1", free_port())
    command = [
        *(find("memcached"), "-l", server.host, "-p", str(server.port), "-u", getpass.getuser()),
        # Values of up to 32 MiB; it says only when asked to that it listens.
        *("-m", "256", "-I", "32m", "-vv"),
    ]
    with serving(command, "server listening"):
        yield server
