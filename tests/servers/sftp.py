"""SFTP: OpenSSH's own server, with keys made for it."""

import contextlib
import getpass
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .process import Address, as_another, free_port, run, scratch, serving
from .programs import find


@dataclass(frozen=True)
class SftpServer(Address):
    """A running server with an empty directory; it lets in the user whom it runs as."""

    user: str
    key: Path
    directory: Path
    # For PATH: an `ssh` that leaves the user's own settings and known hosts alone, and ends soon
    # after whoever called it, since sshd's death does not end the connections that are open.
    programs: Path


@contextlib.contextmanager
def sftp_server() -> Iterator[SftpServer]:
    """Start sshd on a free loopback port; nothing but files can be had from it."""
    program, keygen, client = find("sshd"), find("ssh-keygen"), find("ssh")
    port = free_port()
    with scratch("sftp") as directory:
        for name in ("host", "user"):
            command = [keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(directory / name)]
            run(command)
        files, programs = directory / "files", directory / "bin"
        files.mkdir()
        programs.mkdir()
        quiet = "-F none -o UserKnownHostsFile=/dev/null -o ControlPersist=5"
        script = f'exec {client} {quiet} "$@"'
        (programs / "ssh").write_text(f"#!/bin/sh\n{script}\n")
        (programs / "ssh").chmod(0o755)
        start = as_another(directory)
        settings = {
            "HostKey": directory / "host",
            "AuthorizedKeysFile": directory / "user.pub",
            "ListenAddress": "127.0.0.1",
            "PidFile": "none",
            # The files are in a directory that everybody may write to.
            "StrictModes": "no",
            # Without it, users with no password are held to be locked out.
            "UsePAM": "yes",
            "PasswordAuthentication": "no",
            "PermitRootLogin": "prohibit-password",
            "AllowTcpForwarding": "no",
            "ForceCommand": "internal-sftp",
            "Subsystem": "sftp internal-sftp",
        }
        options = [f"-o{name}={value}" for name, value in settings.items()]
        command = [*start, program, "-D", "-e", "-f", "/dev/null", "-p", str(port), *options]
        with serving(command, r"Server listening on 127\.0\.0\.1"):
            user = "nobody" if start else getpass.getuser()
            yield SftpServer("127.0.0.1", port, user, directory / "user", files, programs)
