"""Older versions are read, listed, copied and deleted, where a service keeps them."""

from calls import Calls


async def test_versions_are_read_and_deleted(ops: Calls) -> None:
    ops.needs("read_with_version", "stat_with_version", "delete_with_version")
    versions = [(await ops.write("a", data)).version for data in (b"1", b"2")]
    assert None not in versions
    assert await ops.read("a") == b"2"
    assert await ops.read("a", version=versions[0]) == b"1"
    assert (await ops.stat("a", version=versions[0])).version == versions[0]
    await ops.delete("a", version=versions[1])
    assert await ops.read("a") == b"1"


async def test_versions_and_deleted_objects_are_listed(ops: Calls) -> None:
    ops.needs("list_with_versions", "list_with_deleted")
    for data in (b"1", b"22"):
        await ops.write("a", data)
    await ops.write("gone", b"333")
    await ops.delete("gone")
    assert await ops.paths("") == ["a"]
    versions = [entry for entry in await ops.entries("", versions=True) if entry.path == "a"]
    assert sorted(entry.metadata.content_length for entry in versions) == [1, 2]
    current = [entry.metadata.is_current for entry in versions]
    assert sorted(map(bool, current)) == [False, True]
    deleted = {entry.path: entry.metadata for entry in await ops.entries("", deleted=True)}
    assert deleted["gone"].is_deleted
    assert not deleted["a"].is_deleted


async def test_a_version_is_copied(ops: Calls) -> None:
    ops.needs("copy", "copy_with_source_version")
    first = await ops.write("a", b"1")
    await ops.write("a", b"2")
    await ops.copy("a", "b", source_version=first.version)
    assert await ops.read("b") == b"1"
