"""Redis, as the system's package has it."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

from .process import START_SECONDS, Address, free_port, scratch, serving
from .programs import find

PASSWORD = "redis-password-that-must-not-show"


@dataclass(frozen=True)
class RedisServer(Address):
    """A running server."""

    password: str = PASSWORD

    def say(self, *words: str | int) -> str:
        """The first line that the server answers to a command."""
        with self.connect() as connection, connection.makefile("rb") as answer:
            for said in (("AUTH", self.password), words):
                connection.sendall(" ".join(map(str, said)).encode() + b"\r\n")
                line = answer.readline().decode().strip()
                if line.startswith("$"):
                    line = answer.read(int(line[1:]) + 2).decode().strip()
        return line


@contextlib.contextmanager
def redis_server(*options: str) -> Iterator[RedisServer]:
    """Start Redis on a free loopback port with nothing in it; it writes nothing to the disk."""
    server = RedisServer("127.0.0.1", free_port())
    with scratch("redis") as directory:
        command = [
            *(find("redis-server"), "--bind", server.host, "--port", str(server.port)),
            *("--dir", str(directory), "--save", "", "--requirepass", PASSWORD, *options),
        ]
        with serving(command, "Ready to accept connections"):
            yield server


@contextlib.contextmanager
def redis_cluster() -> Iterator[tuple[RedisServer, RedisServer]]:
    """Start two that are a cluster; each has half of the keys."""
    with contextlib.ExitStack() as running:
        nodes, ports = [], [free_port(), free_port()]
        for port in ports:
            options = ("--cluster-enabled", "yes", "--cluster-port", str(port))
            nodes.append(running.enter_context(redis_server(*options)))
        first, second = nodes
        first.say("CLUSTER", "ADDSLOTSRANGE", 0, 8191)
        second.say("CLUSTER", "ADDSLOTSRANGE", 8192, 16383)
        first.say("CLUSTER", "MEET", second.host, second.port, ports[1])
        deadline = time.monotonic() + START_SECONDS
        while not all("cluster_state:ok" in node.say("CLUSTER", "INFO") for node in nodes):
            if time.monotonic() > deadline:
                raise TimeoutError("the cluster did not come together")
            time.sleep(0.1)
        yield first, second
