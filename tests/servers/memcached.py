"""Memcached, as the system's package has it."""

import contextlib
import getpass
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .process import Address, free_port, scratch, serving
from .programs import find, find_library

USER = "memcached-user"
PASSWORD = "memcached-password-that-must-not-show"


@dataclass(frozen=True)
class MemcachedServer(Address):
    """A running server; it asks for no credentials unless it was started so."""

    user: str = USER
    password: str = PASSWORD


@contextlib.contextmanager
def memcached_server(*options: str, program: tuple[str, ...] = ()) -> Iterator[MemcachedServer]:
    """Start memcached on a free loopback port with nothing in it, `program` before its name."""
    server = MemcachedServer("127.0.0.1", free_port())
    command = [
        *(*program, find("memcached")),
        *("-l", server.host, "-p", str(server.port), "-u", getpass.getuser()),
        # Values of up to 32 MiB; it says only when asked to that it listens.
        *("-m", "256", "-I", "32m", "-vv", *options),
    ]
    with serving(command, "server listening"):
        yield server


@contextlib.contextmanager
def memcached_with_login() -> Iterator[MemcachedServer]:
    """Start memcached so that it asks for a user and a password."""
    plugins = find_library("sasl2/libplain.so")
    with scratch("memcached") as directory:
        path = str(directory / "mux")
        settings = f"mech_list: plain\npwcheck_method: saslauthd\nsaslauthd_path: {path}\n"
        (directory / "memcached.conf").write_text(settings)
        with _who_knows_the_password(path):
            program = (
                *("/usr/bin/env", f"SASL_CONF_PATH={directory}"),
                f"SASL_PATH={plugins.parent}",
            )
            with memcached_server("-S", program=program) as server:
                yield server


@contextlib.contextmanager
def _who_knows_the_password(path: str) -> Iterator[None]:
    """What SASL asks whether a password is right, as saslauthd does it."""

    class Asked(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            # The user, the password, the service and the realm, each after its length.
            said = [self.rfile.read(int.from_bytes(self.rfile.read(2), "big")) for _ in range(4)]
            right = said[:2] == [USER.encode(), PASSWORD.encode()]
            self.wfile.write(b"\0\2OK" if right else b"\0\2NO")

    with socketserver.ThreadingUnixStreamServer(path, Asked) as server:
        Path(path).chmod(0o700)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield
        server.shutdown()
        thread.join()
