"""Many objects are deleted at once, several make one, and what is gone comes back."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Calls
from opendal.exceptions import (
    ConditionalCreateFailed,
    ConfigInvalid,
    Conflict,
    Error,
    InvalidArgument,
    IsADirectory,
    IsSameFile,
    NotFound,
    Unsupported,
)
from servers import FaultProxy


async def test_many_are_deleted(ops: Calls) -> None:
    names = [f"d/{number}" for number in range(20)] + [" odd ", "ü"]
    for name in [*names, "kept"]:
        await ops.write(name, b"1")
    await ops.delete_many([*names, "absent", Path("d") / "5"])
    assert await ops.paths("", recursive=True) == ["kept"] or await ops.paths("d/") == []
    assert await ops.exists("kept")
    await ops.delete_many([])


async def test_a_listing_is_deleted_as_it_comes(ops: Calls) -> None:
    ops.needs("list")
    for name in ("d/a", "d/b", "kept"):
        await ops.write(name, b"1")
    await ops.delete_many(ops.op.list("d/", recursive=True))
    assert await ops.exists("kept")
    assert not await ops.exists("d/a")


async def test_an_entry_of_a_version_is_that_version(ops: Calls) -> None:
    ops.needs("list_with_versions", "delete_with_version")
    for data in (b"1", b"2", b"3"):
        await ops.write("a", data)
    old = [
        entry for entry in await ops.entries("a", versions=True) if not entry.metadata.is_current
    ]
    await ops.delete_many(old)
    assert len(await ops.entries("a", versions=True)) == 1
    assert await ops.read("a") == b"3"


async def test_what_can_be_deleted_is_and_the_rest_is_told(
    tmp_path: Path, kind: type[opendal.Operator]
) -> None:
    ops = Calls(kind("fs", root=tmp_path))
    for name in ("a", "full/x", "b", "alsofull/x"):
        await ops.write(name, b"1")
    with pytest.raises(Conflict) as caught:
        await ops.delete_many(["a", "full/", "absent", "alsofull/", "b"])
    error = caught.value
    assert "2 of 5 objects could not be deleted" in str(error)
    assert [(each.path, type(each)) for each in error.failed] == [
        ("full/", Conflict),
        ("alsofull/", Conflict),
    ]
    assert (error.operation, error.scheme) == ("delete_many", "fs")
    assert await ops.paths("", recursive=True) == ["alsofull/", "alsofull/x", "full/", "full/x"]


@pytest.mark.parametrize("wrong", ["text", 5, None, [5], [None], ["a", b"b"]], ids=repr)
async def test_only_paths_and_entries_are_deleted(memory_ops: Calls, wrong: Any) -> None:
    with pytest.raises(InvalidArgument):
        await memory_ops.delete_many(wrong)


async def test_a_large_tree_is_deleted_as_it_is_listed(
    tmp_path: Path, kind: type[opendal.Operator]
) -> None:
    ops = Calls(kind("fs", root=tmp_path))
    (tmp_path / "logs" / "sub").mkdir(parents=True)
    for number in range(1500):
        (tmp_path / "logs" / "sub" / f"{number}").touch()
    # The directories come before what is in them.
    await ops.delete_many(ops.op.list("logs/", recursive=True))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_what_ends_it_tells_what_had_failed(
    tmp_path: Path, kind: type[opendal.Operator], asynchronous: bool
) -> None:
    ops = Calls(kind("fs", root=tmp_path))
    if asynchronous and not ops.asynchronous:
        pytest.skip("an asynchronous iterable is none")
    paths = ["../out", *(f"{number}" for number in range(2500)), 5]

    async def one_by_one() -> AsyncIterator[Any]:
        for path in paths:
            yield path

    with pytest.raises(InvalidArgument) as caught:
        await ops.delete_many(one_by_one() if asynchronous else paths)
    (note,) = caught.value.__notes__
    assert "before, 1 of " in note
    assert "../out" in note


async def test_many_are_deleted_by_few_requests(proxied: Calls, proxy: FaultProxy) -> None:
    proxy.reset()
    await proxied.delete_many(f"absent/{number}" for number in range(1500))
    assert proxy.counts == {("POST", proxy.requests[0].path): 2}


async def test_an_asynchronous_iterable_is_deleted() -> None:
    op = opendal.AsyncOperator("memory")
    for number in range(1500):
        await op.write(f"{number}", b"")

    async def names() -> AsyncIterator[str]:
        for number in range(1499):
            yield f"{number}"

    await op.delete_many(names())
    assert [entry.path async for entry in op.list("")] == ["1499"]


async def test_one_object_is_made_of_several(ops: Calls) -> None:
    ops.needs("compose")
    # S3 takes no short parts but the last one.
    first = os.urandom(ops.capability().copy_multi_min_size or 1000)
    await ops.write("first", first)
    await ops.write(" last ", b"last")
    made = await ops.compose(["first", " last "], "whole", content_type="text/x-odd")
    assert await ops.read("whole") == first + b"last"
    assert made.content_length == len(first) + 4
    assert (await ops.stat("whole")).content_type == "text/x-odd"


async def test_what_cannot_be_composed_is_refused(memory_ops: Calls) -> None:
    await memory_ops.write("a", b"1")
    with pytest.raises(NotFound):
        await memory_ops.compose(["a", "absent"], "b")
    assert not await memory_ops.exists("b")
    with pytest.raises(ConfigInvalid, match="at least one"):
        await memory_ops.compose([], "b")
    with pytest.raises(IsADirectory):
        await memory_ops.compose(["a"], "b/")
    with pytest.raises(InvalidArgument):
        await memory_ops.compose("a", "b")
    with pytest.raises(IsSameFile):
        await memory_ops.compose(["a"], "a")
    await memory_ops.write("b", b"2")
    with pytest.raises(ConditionalCreateFailed):
        await memory_ops.compose(["a"], "b", if_not_exists=True)
    fs = opendal.Operator("fs", root="/")
    with pytest.raises(Unsupported):
        fs.compose(["a"], "b")


async def test_what_was_deleted_comes_back(ops: Calls) -> None:
    ops.needs("restore")
    first = await ops.write("a", b"1")
    await ops.write("a", b"2")
    await ops.delete("a")
    await ops.restore("a")
    assert await ops.read("a") == b"2"
    await ops.restore("a", version=first.version)
    assert await ops.read("a") == b"1"
    with pytest.raises(Error):
        await ops.restore("never")


async def test_without_versions_nothing_comes_back(memory_ops: Calls) -> None:
    await memory_ops.write("a", b"1")
    with pytest.raises(Unsupported, match="restore"):
        await memory_ops.restore("a")
