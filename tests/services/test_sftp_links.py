"""Symbolic links on a server of SFTP: to directories, to files and to nowhere."""

from pathlib import Path

import opendal
import pytest
from calls import Calls, Service


@pytest.fixture
async def ops(sftp: Service, kind: type[opendal.Operator]) -> Calls:
    """A tree with links in it, and what they lead to beside it."""
    root = Path(sftp.config["root"])
    ops = Calls(kind("sftp", **sftp.config))
    for name in ("tree/d/x", "tree/linkx", "beside/x"):
        await ops.write(name, b"1")
    tree = root / "tree"
    (tree / "link").symlink_to(root / "beside")
    (tree / "file").symlink_to(root / "beside" / "x")
    (tree / "loop").symlink_to(".")
    (tree / "nowhere").symlink_to("none")
    return ops


async def _names(ops: Calls, path: str, *, recursive: bool = False) -> list[str]:
    entries = await ops.entries(path, recursive=recursive)
    for entry in entries:
        assert entry.is_dir == entry.path.endswith("/")
    return sorted(entry.path for entry in entries)


async def test_a_link_is_what_it_leads_to(ops: Calls) -> None:
    names = ["tree/", "tree/d/", "tree/file", "tree/link/", "tree/linkx", "tree/loop/"]
    assert await _names(ops, "tree/") == names
    assert await _names(ops, "tree/link/") == ["tree/link/", "tree/link/x"]
    assert bytes(await ops.read("tree/link/x")) == b"1"


async def test_a_whole_tree_is_without_what_links_lead_to(ops: Calls) -> None:
    names = ["tree/", "tree/d/", "tree/d/x", "tree/file", "tree/linkx"]
    assert await _names(ops, "tree/", recursive=True) == names


@pytest.mark.parametrize("path", ["tree", "tree/"])
async def test_removing_a_tree_takes_links_and_leaves_what_they_lead_to(
    ops: Calls, path: str
) -> None:
    await ops.remove_all(path)
    assert not await ops.exists("tree/")
    assert await ops.exists("beside/x")


@pytest.mark.parametrize("path", ["tree/link", "tree/link/"])
async def test_removing_a_link_leaves_what_it_leads_to(ops: Calls, path: str) -> None:
    await ops.remove_all(path)
    assert not await ops.exists("tree/link/")
    assert await ops.exists("beside/x")
    assert await ops.exists("tree/d/x")
