"""FTP: pyftpdlib."""

import asyncio
import contextlib
import re
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
PROGRAM = str(Path(__file__).with_name("pyftpd.py"))


@dataclass(frozen=True)
class FtpServer(Address):
    """A running server of a directory."""

    directory: Path
    user: str = USER
    password: str = PASSWORD


@contextlib.contextmanager
def ftp_server() -> Iterator[FtpServer]:
    """Start pyftpdlib on a free loopback port with an empty directory."""
    find_module("pyftpdlib")
    with scratch("ftp") as directory:
        command = [
            *(sys.executable, "-u", PROGRAM, "-i", "127.0.0.1", "-p", "0"),
            *("-w", "-u", USER, "-P", PASSWORD, "-d", str(directory)),
        ]
        with serving(command, r"starting FTP server on ([\d.]+):(\d+)") as match:
            yield FtpServer(match[1], int(match[2]), directory)


Pump = Callable[[StreamReader, StreamWriter], Coroutine[Any, Any, None]]


class FtpFront(Listener):
    """Stands before an FTP server; `carry` moves what goes over each connection of data."""

    def __init__(self, server: FtpServer, carry: Pump) -> None:
        super().__init__(self._control)
        self._server = server
        self._carry = carry

    async def _control(self, reader: StreamReader, writer: StreamWriter) -> None:
        answers, other = await asyncio.open_connection(self._server.host, self._server.port)
        fronts: list[asyncio.Server] = []

        async def answer() -> None:
            while line := await answers.readline():
                # The server says where it waits for data: an address and a port as six numbers.
                where = re.match(rb"227 .*,(\d+),(\d+)\)", line)
                if where is not None:
                    to = int(where[1]) * 256 + int(where[2])
                    fronts.append(await asyncio.start_server(partial(self._data, to), self.host, 0))
                    port = fronts[-1].sockets[0].getsockname()[1]
                    address = f"127,0,0,1,{port // 256},{port % 256}"
                    line = f"227 Entering passive mode ({address}).\r\n".encode()
                writer.write(line)

        answering = asyncio.create_task(answer())
        try:
            while line := await reader.readline():
                other.write(line)
        finally:
            answering.cancel()
            other.close()
            for front in fronts:
                front.close()

    async def _data(self, port: int, reader: StreamReader, writer: StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(self._server.host, port)
        ways = ((reader, to_server), (from_server, writer))
        carriers = [asyncio.create_task(self._carry(*way)) for way in ways]
        try:
            await asyncio.wait(carriers, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for carrier in carriers:
                carrier.cancel()
            writer.close()
            to_server.close()
