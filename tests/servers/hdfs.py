"""HDFS over HTTP (WebHDFS): Hadoop's own small cluster, of one name node and one data node."""

import contextlib
import getpass
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .process import Address, scratch, serving
from .programs import find, find_directory


@dataclass(frozen=True)
class HdfsServer(Address):
    """A running cluster; this is its name node, and it believes whoever names a user."""

    user: str


@contextlib.contextmanager
def hdfs_server() -> Iterator[HdfsServer]:
    """Start the cluster on free loopback ports with nothing in it."""
    libraries = find_directory("maven", "lib")
    with scratch("hdfs") as directory:
        command = [
            *(find("java"), "--add-opens", "java.base/java.lang=ALL-UNNAMED"),
            *("-cp", f"{libraries}/*", str(Path(__file__).with_name("MiniHdfs.java"))),
            str(directory),
        ]
        with serving(command, r"WebHDFS on port (\d+)") as match:
            yield HdfsServer("127.0.0.1", int(match[1]), getpass.getuser())
