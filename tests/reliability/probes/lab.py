"""What a probe is given: its library, a bucket behind the fault proxy, and the desk.

The desk is in the process that started this one: there are the servers, and there a signal comes
from that must arrive however busy this process is.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from multiprocessing import connection
from pathlib import Path
from typing import Any

from servers.proxy import FaultProxy

from .libraries import LIBRARIES, Client, Library, Settings
from .registry import Failed

# What is in the bucket of every probe.
SMALL = b"small" * 200
LARGE_BYTES = 8 << 20
LARGE = bytes(range(256)) * (LARGE_BYTES // 256)
# The smallest part of an upload that S3 takes.
PART = 5 << 20
BELOW = [f"d/{number}" for number in range(5)]


class Desk:
    """Calls of the other process. Each has a connection of its own, so threads may share it."""

    def __init__(self, address: str) -> None:
        self._address = address

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: object, **options: object) -> Any:
            with connection.Client(self._address, "AF_UNIX") as link:
                link.send((name, arguments, options))
                well, answer = link.recv()
            if not well:
                raise Failed(answer)
            return answer

        return call


class Lab:
    def __init__(self, library: str, address: str) -> None:
        self.name = library
        self.desk = Desk(address)
        given = self.desk.settings()
        self.settings: Settings = given["settings"]
        self.server: tuple[str, int] = given["server"]
        # As it is called at the desk: an endpoint whose buckets are faults.
        self.odd: str = given["odd"]

    @cached_property
    def library(self) -> Library:
        """Imported when it is first needed."""
        return LIBRARIES[self.name]()

    def s3(self, **options: Any) -> Client:
        """A client of the bucket behind the proxy."""
        return self.library.s3(self.settings, **options)

    def odd_s3(self, fault: str, **options: Any) -> Client:
        """A client of a server that has this fault."""
        return self.library.s3({**self.settings, "endpoint": self.odd, "bucket": fault}, **options)

    @contextmanager
    def served_from_here(self) -> Iterator[Client]:
        """A client whose server is a thread of this process."""
        with FaultProxy(*self.server) as proxy:
            yield self.library.s3({**self.settings, "endpoint": proxy.url})

    @cached_property
    def directory(self) -> Path:
        """An empty one; the desk removes it."""
        return Path(tempfile.mkdtemp(dir=self.desk.directory()))


def in_parts(lab: Lab) -> dict[str, Any]:
    """The keywords that make a write an upload in parts."""
    if lab.name == "obstore":
        return {"chunk_size": PART, "use_multipart": True}
    return {"chunk": PART}


def open_in_parts(client: Client, lab: Lab, path: str) -> Any:
    """A file whose parts are sent while it is written."""
    if lab.name == "obstore":
        return client.api.open_writer(client.store, path, buffer_size=PART)
    return client.store.open(path, "wb", chunk=PART)


def operate(client: Client, what: str, lab: Lab) -> object:
    """One of the operations that all probes go through."""
    return OPERATIONS[what](client, lab)


def _read_file(client: Client, _: Lab) -> object:
    file = client.open_read("large")
    try:
        return file.read(1000)
    finally:
        file.close()


def _write_file(client: Client, _: Lab) -> object:
    with client.open_write("new") as file:
        return file.write(b"1")


def _upload(client: Client, lab: Lab) -> object:
    source = lab.directory / "source"
    source.write_bytes(SMALL)
    return client.upload(source, "uploaded")


OPERATIONS: dict[str, Callable[[Client, Lab], object]] = {
    "read": lambda client, _: client.read("a"),
    "write": lambda client, _: client.write("new", b"1"),
    "stat": lambda client, _: client.stat("a"),
    "listing": lambda client, _: list(client.list("d/")),
    "file read": _read_file,
    "file write": _write_file,
    "stream": lambda client, _: list(client.stream("a")),
    "copy": lambda client, _: client.copy("a", "copied"),
    "delete": lambda client, _: client.delete("d/0"),
    "delete of many": lambda client, _: client.delete_many(*BELOW),
    "recursive removal": lambda client, _: client.remove_all("d/"),
    "upload": _upload,
    "download": lambda client, lab: client.download("a", lab.directory / "target"),
}
