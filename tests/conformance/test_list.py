"""Listings are complete, in pages, and say what each entry is."""

import pickle
import threading

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import ConfigInvalid
from opendal.types import Entry, EntryMode
from servers import FaultProxy

TREE = ["dir/a", "dir/b", "dir/sub/c", "dir/sub/deep/d", "dirt", "e"]


@pytest.fixture
async def tree(ops: Calls) -> Calls:
    for number, path in enumerate(TREE):
        await ops.write(path, b"x" * number)
    return ops


async def test_a_directory_lists_what_is_in_it(tree: Calls) -> None:
    assert await tree.paths("dir/") == ["dir/a", "dir/b", "dir/sub/"]


@pytest.mark.parametrize("root", ["", "/"])
async def test_the_root_lists_everything(tree: Calls, root: str) -> None:
    assert await tree.paths(root) == ["dir/", "dirt", "e"]


async def test_recursive_goes_into_directories(tree: Calls) -> None:
    files = [path for path in await tree.paths("", recursive=True) if not path.endswith("/")]
    assert files == TREE


async def test_scan_is_the_recursive_listing(tree: Calls) -> None:
    assert await tree.entries("dir/", call="scan") == await tree.entries("dir/", recursive=True)


async def test_a_name_without_slash_is_a_prefix(tree: Calls) -> None:
    assert await tree.paths("dir") == ["dir/", "dirt"]
    files = [path for path in await tree.paths("dir/s", recursive=True) if path[-1] != "/"]
    assert files == ["dir/sub/c", "dir/sub/deep/d"]


async def test_entries_say_what_they_are(tree: Calls) -> None:
    entries = {entry.path: entry for entry in await tree.entries("dir/")}
    file, directory = entries["dir/b"], entries["dir/sub/"]
    assert (file.name, directory.name) == ("b", "sub/")
    assert (file.metadata.is_file, directory.metadata.is_dir) == (True, True)
    assert (file.metadata.mode, directory.metadata.mode) == (EntryMode.File, EntryMode.Dir)
    assert file.metadata.content_length == 1


async def test_nothing_is_listed_where_nothing_is(ops: Calls) -> None:
    assert await ops.entries("nowhere/") == []


async def test_start_after_leaves_out_what_comes_before(tree: Calls) -> None:
    tree.needs("list_with_start_after")
    assert await tree.paths("dir/", start_after="dir/a", recursive=True) == TREE[1:4]


async def test_start_after_is_a_path(tree: Calls) -> None:
    tree.needs("list_with_start_after")
    everything = await tree.paths("", recursive=True)
    assert await tree.paths("", recursive=True, start_after="/") == everything
    after = f"/.//{everything[0]}"
    assert await tree.paths("", recursive=True, start_after=after) == everything[1:]
    with pytest.raises(ConfigInvalid, match="start_after"):
        await tree.entries("", start_after="../a")


async def test_limit_is_the_size_of_a_page(proxied: Calls, proxy: FaultProxy) -> None:
    for name in "abcde":
        await proxied.write(name, b"")
    proxy.reset()
    assert await proxied.paths("", limit=2) == list("abcde")
    assert proxy.count("GET") == 3
    assert "max-keys=2" in proxy.requests[0].query


async def test_a_long_listing_is_complete(ops: Calls) -> None:
    if ops.op.scheme == "s3":
        pytest.skip("pages are tested with a limit, without a thousand writes")
    names = [f"{number:04}" for number in range(500)]
    for name in names:
        await ops.write(f"many/{name}", b"")
    assert [path.removeprefix("many/") for path in await ops.paths("many/")] == names


def test_a_lister_is_an_iterator(s3_rclone: Service) -> None:
    op = s3_rclone.make(opendal.Operator)
    op.write("a", b"1")
    lister = op.list("")
    assert iter(lister) is lister
    assert "a" in [entry.path for entry in lister]
    assert list(lister) == []


async def test_an_async_lister_may_be_awaited(s3_rclone: Service) -> None:
    op = s3_rclone.make(opendal.AsyncOperator)
    await op.write("a", b"1")
    lister = op.list("")
    assert await lister is lister
    assert "a" in [entry.path async for entry in lister]
    with pytest.raises(StopAsyncIteration):
        await anext(lister)


def test_a_lister_works_in_another_thread(s3_rclone: Service) -> None:
    op = s3_rclone.make(opendal.Operator)
    for name in "abc":
        op.write(name, b"")
    lister = op.list("", limit=1)
    found = [next(lister).path]
    thread = threading.Thread(target=lambda: found.extend(entry.path for entry in lister))
    thread.start()
    thread.join()
    assert sorted(path for path in found if path != "/") == ["a", "b", "c"]


async def test_entries_compare_and_travel(tree: Calls) -> None:
    first = {entry.path: entry for entry in await tree.entries("dir/")}
    again = {entry.path: entry for entry in await tree.entries("dir/")}
    assert first == again
    assert {hash(entry) for entry in first.values()} == {hash(entry) for entry in again.values()}
    assert first["dir/a"] != first["dir/b"]
    entry: Entry = first["dir/b"]
    assert pickle.loads(pickle.dumps(entry)) == entry
    assert pickle.loads(pickle.dumps(entry.metadata)) == entry.metadata
    assert "dir/b" in repr(entry)
    assert "\n" not in repr(entry) + repr(entry.metadata)
