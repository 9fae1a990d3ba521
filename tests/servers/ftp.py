"""FTP: pyftpdlib."""

import asyncio
import contextlib
import re
import ssl
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from .process import Address, scratch, serving
from .programs import find_module
from .relay import Listener

USER = "ftp-user"
PASSWORD = "ftp-password-that-must-not-show"


@dataclass(frozen=True)
class FtpServer(Address):
    """A running server of a directory."""

    directory: Path
    user: str = USER
    password: str = PASSWORD


@contextlib.contextmanager
def ftp_server(*options: str, host: str = "127.0.0.1") -> Iterator[FtpServer]:
    """Start pyftpdlib on a free loopback port with an empty directory."""
    find_module("pyftpdlib")
    with scratch("ftp") as directory:
        command = [
            *(sys.executable, "-u", "-m", "pyftpdlib", "-i", host, "-p", "0"),
            *("-w", "-u", USER, "-P", PASSWORD, "-d", str(directory), *options),
        ]
        with serving(command, r"starting FTP server on .*:(\d+)\b") as match:
            yield FtpServer(host, int(match[1]), directory)


Pump = Callable[[StreamReader, StreamWriter], Coroutine[Any, Any, None]]


async def passing(reader: StreamReader, writer: StreamWriter) -> None:
    """Pass on all that comes."""
    while block := await reader.read(64 * 1024):
        writer.write(block)
        await writer.drain()


# What is said in place of a line that answers a command; nothing ends the connection.
Alter = Callable[[str, bytes], bytes | None]


class FtpFront(Listener):
    """Stands before an FTP server; `carry` moves what goes over each connection of data.

    It does not know the commands that it `lacks`, and answers others itself if `refuse` gives an
    answer. With a `context` it turns to TLS when asked to.
    What the server answers may be said otherwise by `alter`, and each listing begins with `lists`.
    """

    def __init__(
        self,
        server: FtpServer,
        carry: Pump,
        *,
        lacks: tuple[str, ...] = (),
        context: ssl.SSLContext | None = None,
        refuse: Callable[[str], bytes] = lambda _: b"",
        alter: Alter = lambda _, line: line,
        lists: bytes = b"",
    ) -> None:
        super().__init__(self._control)
        # All that it was asked for.
        self.commands: list[str] = []
        self._refuse = refuse
        self._alter = alter
        self._lists = lists
        self._tls = context
        self._server = server
        self._carry = carry
        self._lacks = lacks

    async def _control(self, reader: StreamReader, writer: StreamWriter) -> None:
        answers, other = await asyncio.open_connection(self._server.host, self._server.port)
        fronts: list[asyncio.Server] = []
        command = ""

        async def answer() -> None:
            while line := await answers.readline():
                # The server says where it waits for data: an address and a port as six numbers.
                where = re.match(rb"227 .*,(\d+),(\d+)\)", line)
                if where is not None:
                    to = int(where[1]) * 256 + int(where[2])
                    data = partial(self._data, to, lambda: command)
                    fronts.append(await asyncio.start_server(data, self.host, 0, ssl=self._tls))
                    port = fronts[-1].sockets[0].getsockname()[1]
                    address = f"127,0,0,1,{port // 256},{port % 256}"
                    line = f"227 Entering passive mode ({address}).\r\n".encode()
                said = self._alter(command, line)
                if said is None:
                    writer.close()
                    break
                writer.write(said)

        answering = asyncio.create_task(answer())
        try:
            while line := await reader.readline():
                command = line.decode().strip().partition(" ")[0]
                self.commands.append(line.decode().rstrip("\r\n"))
                if command in self._lacks:
                    writer.write(b"500 What?\r\n")
                elif refusal := self._refuse(command):
                    writer.write(refusal)
                elif command == "AUTH" and self._tls is not None:
                    writer.write(b"234 Go on.\r\n")
                    await writer.start_tls(self._tls)
                elif command in {"PBSZ", "PROT"}:
                    writer.write(b"200 It is so.\r\n")
                else:
                    other.write(line)
        finally:
            answering.cancel()
            other.close()
            for front in fronts:
                front.close()

    async def _data(
        self, port: int, command: Callable[[], str], reader: StreamReader, writer: StreamWriter
    ) -> None:
        from_server, to_server = await asyncio.open_connection(self._server.host, port)
        if self._lists:
            first = await from_server.read(1)
            if command() in {"LIST", "MLSD"}:
                writer.write(self._lists)
            writer.write(first)
        ways = ((reader, to_server), (from_server, writer))
        carriers = [asyncio.create_task(self._carry(*way)) for way in ways]
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait(carriers, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for carrier in carriers:
                carrier.cancel()
            writer.close()
            to_server.close()
