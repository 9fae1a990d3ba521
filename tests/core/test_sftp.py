"""SFTP: what stands in the way, and what is not there."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import (
    Conflict,
    Error,
    IsADirectory,
    NotADirectory,
    NotFound,
    PermissionDenied,
)

Kind = type[opendal.Operator]


@pytest.fixture
async def ops(sftp: Service, kind: Kind) -> Calls:
    """A tree with two files and an empty directory."""
    calls = Calls(sftp.make(kind), sftp)
    await calls.write("file", b"1")
    await calls.write("dir/a", b"2")
    await calls.create_dir("empty/")
    return calls


@pytest.fixture
def home(sftp: Service) -> Path:
    return Path(sftp.config["root"])


async def test_what_stands_in_the_way_is_named(ops: Calls) -> None:
    calls: dict[type[Error], list[Callable[[], Awaitable[Any]]]] = {
        NotADirectory: [
            lambda: ops.create_dir("file/"),
            lambda: ops.create_dir("file/b/"),
            lambda: ops.create_dir("file/b/c/"),
            lambda: ops.delete("file/"),
        ],
        IsADirectory: [lambda: ops.delete("dir"), lambda: ops.delete("empty")],
        Conflict: [lambda: ops.delete("dir/")],
    }
    for kind_of_error, each in calls.items():
        for call in each:
            with pytest.raises(kind_of_error):
                await call()
    await ops.create_dir("dir/")
    for absent in ("b", "b/", "b/c", "file/b", "file/b/"):
        await ops.delete(absent)
    await ops.delete("empty/")
    assert await ops.paths("/", recursive=True) == ["dir/", "dir/a", "file"]


async def test_a_refused_directory_is_told(ops: Calls, home: Path) -> None:
    (home / "empty/link").symlink_to("nowhere")
    for path in ("empty/link/", "empty/link/b/"):
        with pytest.raises(PermissionDenied):
            await ops.create_dir(path)


@pytest.mark.parametrize("call", ["rename", "copy"])
async def test_nothing_is_made_for_what_is_not_there(ops: Calls, home: Path, call: str) -> None:
    with pytest.raises(NotFound):
        await getattr(ops, call)("absent", "b/c/d")
    assert not (home / "b").exists()
    await getattr(ops, call)("file", "b/c/d")
    assert (home / "b/c/d").read_bytes() == b"1"


async def test_a_copy_appears_whole(ops: Calls, home: Path) -> None:
    before = (home / "dir/a").stat().st_ino
    await ops.copy("file", "dir/a")
    # Another file, which was put in the place of the one that was there.
    assert (home / "dir/a").stat().st_ino != before
    with pytest.raises(Error):
        await ops.copy("file", "dir")
    assert await ops.paths("/", recursive=True) == ["dir/", "dir/a", "empty/", "file"]
