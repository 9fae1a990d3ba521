"""The WebDAV server that knows properties and conditions: wsgidav, on cheroot."""

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from .process import Address, free_port, scratch, serving
from .programs import find_module

USER = "webdav-user"
PASSWORD = "webdav-password-that-must-not-show"


@dataclass(frozen=True)
class WsgidavServer(Address):
    """A running server."""

    user: str = USER
    password: str = PASSWORD


@contextlib.contextmanager
def wsgidav_server() -> Iterator[WsgidavServer]:
    """Start wsgidav on a free loopback port with an empty directory."""
    find_module("wsgidav")
    server = WsgidavServer("127.0.0.1", free_port())
    with scratch("wsgidav") as directory:
        files, settings = directory / "files", directory / "settings.json"
        files.mkdir()
        settings.write_text(
            json.dumps(
                {
                    "host": server.host,
                    "port": server.port,
                    "provider_mapping": {"/": str(files)},
                    "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
                    "http_authenticator": {"accept_digest": False, "default_to_digest": False},
                    "property_manager": True,
                    "lock_storage": True,
                }
            )
        )
        command = [sys.executable, "-u", "-m", "wsgidav.server.server_cli"]
        with serving([*command, "--config", str(settings)], "Serving on"):
            server.wait()
            yield server
