"""Every operation without options, in an asynchronous program."""

import asyncio
import pickle
from pathlib import PurePosixPath

import opendal
from here import CONFIG, SCHEME, awaited, can, here


async def main() -> None:
    op = opendal.AsyncOperator(SCHEME, **CONFIG)
    await op.check()

    await asyncio.gather(
        op.write("dir/one", b"one"),
        op.write("dir/two", bytearray(b"two")),
        op.write("dir/sub/three", memoryview(b"three")),
        op.write(PurePosixPath("dir", "empty"), b""),
    )
    assert await op.read("dir/one") == b"one"
    assert type(await op.read("dir/one")) is bytes
    assert await asyncio.gather(op.read("dir/one"), op.read("dir/two")) == [b"one", b"two"]
    assert await asyncio.wait_for(op.read("dir/empty"), 30) == b""
    assert await op.read(PurePosixPath("dir/sub/three")) == b"three"

    assert (await op.stat("dir/one")).content_length == 3
    assert await op.exists("dir/one") is True
    assert await op.exists("dir/none") is False

    entries = {entry.path: entry async for entry in await op.list("dir/")}
    assert {"dir/one", "dir/two", "dir/sub/", "dir/empty"} <= set(entries)
    assert "dir/sub/three" not in entries
    assert entries["dir/one"].name == "one"
    lister = await op.list(PurePosixPath("dir"))
    assert (await lister.__anext__()).path.startswith("dir")
    found = {entry.path async for entry in await op.scan("dir/")}
    assert {"dir/one", "dir/two", "dir/sub/three"} <= found
    assert found == {entry.path async for entry in await op.list("dir/", recursive=True)}
    assert [entry async for entry in await op.list("nowhere/")] == []

    if can(op, "create_dir"):
        await op.create_dir("made/inner/")
        assert await op.exists("made/inner/")
        again = await awaited(op.create_dir("made/inner/"))
        assert type(again).__name__ == here("answer of a call without one")
    assert await awaited(op.create_dir("no/slash")) == "NotADirectory"

    if op.capability().copy:
        copied = await op.copy("dir/one", "copied")
        assert type(copied).__name__ in {"tuple", here("what a copy returns")}
        assert await op.read("copied") == b"one"
        assert await awaited(op.copy("dir/one", "dir/one")) == "IsSameFile"
        assert await awaited(op.copy("dir/", "elsewhere/")) == "IsADirectory"
        assert await awaited(op.copy("none", "elsewhere")) == "NotFound"

    if op.capability().rename:
        await op.write("old", b"moved")
        await op.rename("old", "new")
        assert not await op.exists("old")
        assert await op.read("new") == b"moved"
        assert await awaited(op.rename("new", "new")) == "IsSameFile"

    await op.delete("dir/one")
    assert not await op.exists("dir/one")
    deleted = await op.delete("dir/one")
    assert type(deleted).__name__ == here("answer of a call without one")
    await op.remove_all("dir/")
    assert not await op.exists("dir/sub/three")

    for missing in (op.read, op.stat):
        assert await awaited(missing("none")) == "NotFound"
    assert await awaited(op.read("some/")) == "IsADirectory"
    assert await awaited(op.write("some/", b"")) == "IsADirectory"

    twin = op.to_operator()
    assert isinstance(twin, opendal.Operator)
    assert isinstance(twin.to_async_operator(), opendal.AsyncOperator)

    await op.write("kept", b"kept")
    again = pickle.loads(pickle.dumps(op))
    assert isinstance(again, opendal.AsyncOperator)
    if SCHEME != "memory":
        assert repr(again) == repr(op)
    if SCHEME == "memory":
        assert await again.exists("kept") is here("memory in a pickle")
    else:
        assert await again.read("kept") == b"kept"
    rebuild, args = op.__reduce__()
    assert callable(rebuild)
    assert args[0] == SCHEME

    # A call begins when it is made.
    future = op.write("begun", b"1")
    await asyncio.sleep(0)
    await future
    assert await op.read("begun") == b"1"


asyncio.run(main())
