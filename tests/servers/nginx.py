"""Plain HTTP, for reading only: nginx, as the system's package has it."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .process import Address, free_port, scratch, serving
from .programs import find

USER = "http-user"
PASSWORD = "http-password-that-must-not-show"
# Everything it writes goes beneath its own directory; {user} matters to root alone.
SETTINGS = """
daemon off;
master_process off;
{user}
pid pid;
error_log stderr notice;
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port};
        root files;
        auth_basic files;
        auth_basic_user_file users;
    }}
}}
"""


@dataclass(frozen=True)
class NginxServer(Address):
    """A running server of a directory."""

    directory: Path
    user: str = USER
    password: str = PASSWORD


@contextlib.contextmanager
def nginx_server() -> Iterator[NginxServer]:
    """Start nginx on a free loopback port with an empty directory."""
    program, port = find("nginx"), free_port()
    with scratch("nginx") as directory:
        files, settings = directory / "files", directory / "settings"
        files.mkdir()
        (directory / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        user = "user root;" if os.getuid() == 0 else ""
        settings.write_text(SETTINGS.format(port=port, user=user))
        with serving([program, "-p", f"{directory}/", "-c", str(settings)], "start worker|epoll"):
            server = NginxServer("127.0.0.1", port, files)
            server.wait()
            yield server
