"""Listings are complete, in pages, and say what each entry is."""

import asyncio
import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import ConfigInvalid, InvalidArgument, PermissionDenied, Unsupported
from opendal.types import AsyncLister, Entries, Entry, EntryMode
from servers import FaultProxy

TREE = ["dir/a", "dir/b", "dir/sub/c", "dir/sub/deep/d", "dirt", "e"]


@pytest.fixture
async def tree(ops: Calls) -> Calls:
    ops.needs("list")
    for number, path in enumerate(TREE):
        await ops.write(path, b"x" * number)
    return ops


async def _collected(ops: Calls, path: str, **options: Any) -> Entries:
    collected = ops.op.list(path, **options).collect()
    return collected if isinstance(collected, Entries) else await collected


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


@pytest.mark.parametrize("stat", [True, False])
async def test_entries_say_what_they_are_without_metadata(tree: Calls, stat: bool) -> None:
    entries = {entry.path: entry for entry in await tree.entries("dir/", stat=stat)}
    file, directory = entries["dir/b"], entries["dir/sub/"]
    assert (file.mode, file.is_file, file.is_dir) == (EntryMode.File, True, False)
    assert (directory.mode, directory.is_file, directory.is_dir) == (EntryMode.Dir, False, True)


@pytest.mark.parametrize("stat", [True, False])
async def test_recursive_entries_are_right_for_directories(tree: Calls, stat: bool) -> None:
    if tree.can("create_dir"):
        await tree.create_dir("empty/in/")
    for path in ("", "dir/", "dir/sub"):
        for entry in await tree.entries(path, recursive=True, stat=stat):
            last = entry.path.removesuffix("/").rpartition("/")[2]
            assert entry.name == last + "/" * entry.is_dir
            assert entry.path.endswith("/") == entry.name.endswith("/") == entry.is_dir
            assert not entry.path.startswith("/") or (entry.path, entry.name) == ("/", "/")
            assert entry.path == "/" or entry.path.startswith(path)
    if tree.can("create_dir"):
        assert "empty/in/" in await tree.paths("empty/", recursive=True)


async def test_a_listing_without_stat_has_names_and_modes_only(tree: Calls) -> None:
    full = await tree.entries("", recursive=True)
    names = await tree.entries("", recursive=True, stat=False)
    assert [(each.path, each.mode) for each in names] == [(each.path, each.mode) for each in full]
    entry = names[-1]
    with pytest.raises(Unsupported, match=r"stat=False.*call stat\(") as caught:
        _ = entry.metadata
    assert entry.path in str(caught.value)
    assert "content_length" not in repr(entry)
    assert entry != full[-1]
    for twin in (pickle.loads(pickle.dumps(entry)), copy.copy(entry), copy.deepcopy(entry)):
        assert (twin, hash(twin), repr(twin)) == (entry, hash(entry), repr(entry))
        with pytest.raises(Unsupported):
            _ = twin.metadata


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


async def test_page_size_is_another_name_of_limit(proxied: Calls, proxy: FaultProxy) -> None:
    for name in "abc":
        await proxied.write(name, b"")
    proxy.reset()
    assert await proxied.paths("", page_size=2) == list("abc")
    assert proxy.count("GET") == 2
    with pytest.raises(InvalidArgument, match="limit and page_size"):
        await proxied.entries("", limit=2, page_size=2)


@pytest.mark.parametrize("most", [1, 3, 6, 100])
async def test_max_items_ends_the_listing(tree: Calls, most: int) -> None:
    everything = await tree.entries("", recursive=True)
    assert await tree.entries("", recursive=True, max_items=most) == everything[:most]
    assert await tree.entries("", call="scan", max_items=most) == everything[:most]


async def test_no_items_are_no_request(proxied: Calls, proxy: FaultProxy) -> None:
    await proxied.write("a", b"")
    proxy.reset()
    assert await proxied.entries("", max_items=0) == []
    assert len(await _collected(proxied, "", max_items=0)) == 0
    assert proxy.count() == 0


async def test_a_listing_with_enough_items_asks_for_no_more(
    proxied: Calls, proxy: FaultProxy
) -> None:
    for name in "abcdef":
        await proxied.write(name, b"")
    proxy.reset()
    assert len(await proxied.entries("", page_size=2, max_items=4)) == 4
    assert proxy.count("GET") == 2
    proxy.reset()
    assert len(await proxied.entries("", max_items=3)) == 3
    # Not a page of a thousand.
    assert ["max-keys=16" in request.query for request in proxy.requests] == [True]


@pytest.mark.parametrize(
    ("keyword", "wrong"), [("max_items", -1), ("max_items", True), ("page_size", 0), ("stat", 1)]
)
async def test_keywords_that_make_no_sense_are_refused(
    memory_ops: Calls, keyword: str, wrong: object
) -> None:
    with pytest.raises((ConfigInvalid, InvalidArgument), match=f"list: {keyword} must"):
        await memory_ops.entries("", **{keyword: wrong})


async def test_a_collected_listing_is_a_sequence(tree: Calls) -> None:
    listed = await tree.entries("", recursive=True)
    entries = await _collected(tree, "", recursive=True)
    assert list(entries) == listed
    assert len(entries) == len(listed)
    assert (entries[0], entries[-1]) == (listed[0], listed[-1])
    assert list(entries[1:4]) == listed[1:4]
    assert list(entries[::-2]) == listed[::-2]
    assert listed[2] in entries
    for index in (len(listed), -len(listed) - 1):
        with pytest.raises(IndexError):
            _ = entries[index]
    with pytest.raises(TypeError):
        _ = entries["a"]  # type: ignore[call-overload]


async def test_what_is_collected_is_what_was_left(tree: Calls) -> None:
    lister = tree.op.list("", recursive=True)
    first = await anext(lister) if isinstance(lister, AsyncLister) else next(lister)
    rest = await lister.collect() if isinstance(lister, AsyncLister) else lister.collect()
    assert [first, *rest] == await tree.entries("", recursive=True)
    again = await lister.collect() if isinstance(lister, AsyncLister) else lister.collect()
    assert len(again) == 0


async def test_collecting_raises_what_listing_raises(proxied: Calls, proxy: FaultProxy) -> None:
    for name in "abc":
        await proxied.write(name, b"")
    proxy.fail(403, method="GET")
    with pytest.raises(PermissionDenied, match='list "/" on s3'):
        await _collected(proxied, "", page_size=1)


async def test_a_long_listing_is_complete(ops: Calls, service: Service) -> None:
    if not service.quick:
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


@pytest.mark.parametrize("stat", [True, False])
def test_threads_share_a_lister(service: Service, stat: bool) -> None:
    op = service.make(opendal.Operator)
    Calls(op, service).needs("list", "write")
    names = [f"{number:03}" for number in range(3000 if service.quick else 40)]
    for name in names:
        op.write(f"d/{name}", b"")
    lister = op.list("d/", page_size=7, stat=stat)
    with ThreadPoolExecutor(8) as pool:
        drained = pool.map(lambda _: [entry.name for entry in lister], range(8))
        found = [name for part in drained for name in part if name != "d/"]
    assert sorted(found) == sorted(names)


async def test_calls_share_an_async_lister(service: Service) -> None:
    op = service.make(opendal.AsyncOperator)
    Calls(op, service).needs("list", "write")
    names = [f"{number:03}" for number in range(3000 if service.quick else 40)]
    for name in names:
        await op.write(f"d/{name}", b"")
    lister = op.list("d/", page_size=7)

    async def drain() -> list[str]:
        return [entry.name async for entry in lister]

    parts = await asyncio.gather(*(drain() for _ in range(8)))
    assert sorted(name for part in parts for name in part if name != "d/") == sorted(names)


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
