"""Objects are copied and moved, and what cannot be is refused in the same words everywhere."""

import opendal
import pytest
from calls import Calls
from opendal.exceptions import (
    ConditionalCreateFailed,
    IsADirectory,
    IsSameFile,
    NotFound,
    Unsupported,
)


@pytest.fixture(params=["copy", "rename"])
def call(request: pytest.FixtureRequest, ops: Calls) -> str:
    """Copy and rename in turn, where the service has them."""
    name: str = request.param
    ops.needs(name)
    return name


async def test_a_copy_has_the_same_content(ops: Calls) -> None:
    ops.needs("copy")
    await ops.write("a", b"1")
    told = await ops.copy("a", "dir/b")
    assert isinstance(told, opendal.types.Metadata)
    assert await ops.read("a") == b"1"
    assert await ops.read("dir/b") == b"1"


async def test_a_moved_object_is_gone(ops: Calls) -> None:
    ops.needs("rename")
    await ops.write("a", b"1")
    assert await ops.rename("a", "dir/b") is None
    assert not await ops.exists("a")
    assert await ops.read("dir/b") == b"1"


async def test_the_target_is_replaced(ops: Calls, call: str) -> None:
    await ops.write("a", b"new")
    await ops.write("b", b"something longer")
    await getattr(ops, call)("a", "b")
    assert await ops.read("b") == b"new"


async def test_odd_names_survive(ops: Calls, call: str) -> None:
    await ops.write("a b/ü+%", b"1")
    await getattr(ops, call)("a b/ü+%", "c d/ñ&?")
    assert await ops.read("c d/ñ&?") == b"1"


async def test_an_absent_source_is_not_found(ops: Calls, call: str) -> None:
    with pytest.raises(NotFound):
        await getattr(ops, call)("absent", "b")
    assert not await ops.exists("b")


async def test_onto_itself_is_refused(ops: Calls, call: str) -> None:
    await ops.write("a", b"1")
    with pytest.raises(IsSameFile):
        await getattr(ops, call)("a", "a")
    with pytest.raises(IsSameFile):
        await getattr(ops, call)("a", "/./a")
    assert await ops.read("a") == b"1"


@pytest.mark.parametrize(("source", "target"), [("dir/", "b/"), ("dir/", "b"), ("dir/a", "b/")])
async def test_directories_are_refused(ops: Calls, call: str, source: str, target: str) -> None:
    await ops.write("dir/a", b"1")
    with pytest.raises(IsADirectory):
        await getattr(ops, call)(source, target)
    assert await ops.read("dir/a") == b"1"


async def test_creating_only(ops: Calls, call: str) -> None:
    ops.needs(f"{call}_with_if_not_exists")
    await ops.write("a", b"1")
    await getattr(ops, call)("a", "b", if_not_exists=True)
    await ops.write("a", b"2")
    with pytest.raises(FileExistsError) as caught:
        await getattr(ops, call)("a", "b", if_not_exists=True)
    assert isinstance(caught.value, ConditionalCreateFailed)
    assert await ops.read("b") == b"1"


@pytest.mark.parametrize(
    ("name", "ability"),
    [
        ("copy", "copy"),
        ("rename", "rename"),
    ],
)
async def test_what_a_service_lacks_is_refused(ops: Calls, name: str, ability: str) -> None:
    if getattr(ops.capability(), ability):
        pytest.skip(f"{ops.op.scheme} can {ability}")
    await ops.write("a", b"1")
    with pytest.raises(Unsupported) as caught:
        await getattr(ops, name)("a", "b")
    assert isinstance(caught.value, NotImplementedError)
    assert await ops.paths("") == ["a"]
