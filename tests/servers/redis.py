"""Redis, as the system's package has it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from .process import Address, free_port, scratch, serving
from .programs import find

PASSWORD = "redis-password-that-must-not-show"


@dataclass(frozen=True)
class RedisServer(Address):
    """A running server."""

    password: str = PASSWORD


@contextlib.contextmanager
def redis_server() -> Iterator[RedisServer]:
    """Start Redis on a free loopback port with nothing in it; it writes nothing to the disk."""
    server = RedisServer("127.0.0.1", free_port())
    with scratch("redis") as directory:
        command = [
            *(find("redis-server"), "--bind", server.host, "--port", str(server.port)),
            *("--dir", str(directory), "--save", "", "--requirepass", PASSWORD),
        ]
        with serving(command, "Ready to accept connections"):
            yield server
