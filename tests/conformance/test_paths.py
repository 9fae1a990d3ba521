"""A path means the same on every service."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from calls import Calls
from opendal.exceptions import (
    Error,
    NotFound,
)


@pytest.mark.parametrize(
    "path", ["a b", "ü/ñ", "100%", "q?x=1", "h#x", "a+b", "'\"", "日本", "a&b=c", "~", "a:b"]
)
async def test_paths_mean_what_they_say(ops: Calls, path: str) -> None:
    await ops.write(f"dir/{path}", b"1")
    assert await ops.read(f"dir/{path}") == b"1"
    listed = await ops.entries("dir/", recursive=True)
    assert f"dir/{path}" in [entry.path for entry in listed]


@pytest.mark.parametrize(
    "path", ["/dir/a", "dir//a", "./dir/./a", PurePosixPath("dir/a"), Path("dir") / "a"], ids=repr
)
async def test_one_object_has_many_spellings(ops: Calls, path: str | PurePosixPath) -> None:
    await ops.write("dir/a", b"1")
    assert await ops.read(path) == b"1"


@pytest.mark.parametrize(
    "path", [" a", "a ", " a ", "d/ a ", " d /a", "\ta\n", "\u3000a"], ids=ascii
)
async def test_white_space_is_part_of_a_path(ops: Calls, path: str) -> None:
    if ops.op.scheme == "s3" and any(map(str.isspace, path.replace(" ", ""))):
        pytest.skip("not every server of S3 takes such a key")
    await ops.write(path.strip(), b"bare")
    await ops.write(path, b"1")
    assert await ops.read(path) == b"1"
    assert await ops.read(path.strip()) == b"bare"
    assert (await ops.stat(path)).content_length == 1
    assert path in await ops.paths("", recursive=True)
    assert path in [entry.path for entry in await ops.entries(path)]
    async with await ops.open(path, "rb") as file:
        assert await file.read() == b"1"
    if ops.can("copy"):
        await ops.copy(path, f"{path}x ")
        assert await ops.read(f"{path}x ") == b"1"
    await ops.delete(path, recursive=True)
    assert not await ops.exists(path)
    assert await ops.exists(path.strip())
    with pytest.raises(NotFound) as caught:
        await ops.read(path)
    assert caught.value.path == path


async def test_a_directory_may_be_white_space(ops: Calls) -> None:
    ops.needs("create_dir")
    await ops.create_dir(" /")
    assert await ops.paths("") == [" /"]
    await ops.write(" / ", b"1")
    await ops.remove_all(" ")
    # moto lists directories as long as there are versions of what was in them.
    assert await ops.paths("", recursive=True) == []


@pytest.mark.parametrize("path", ["../a", "dir/../a", "a\0b", "ab\udcff"], ids=ascii)
async def test_some_paths_are_refused(ops: Calls, path: str) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: ops.read(path),
        lambda: ops.stat(path),
        lambda: ops.write(path, b"1"),
        lambda: ops.entries(path),
    ]
    for call in calls:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (which one follows)
            await call()
        assert isinstance(caught.value, Error)
