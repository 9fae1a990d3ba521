"""Files move between this machine's disk and a service, whole or not at all."""

import asyncio
import itertools
import os
import time
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import (
    ConditionalCreateFailed,
    ConfigInvalid,
    Error,
    InvalidArgument,
    IsADirectory,
    NotFound,
)
from servers import FaultProxy

DATA = os.urandom(100_000)
# Longer than what goes in one part.
LONG = os.urandom(1 << 20) * 21 + b"end"


@pytest.fixture
def local(tmp_path: Path) -> Path:
    directory = tmp_path / "local"
    directory.mkdir()
    return directory


@pytest.mark.parametrize("data", [b"", DATA, LONG], ids=["empty", "short", "long"])
async def test_a_file_goes_there_and_back(ops: Calls, local: Path, data: bytes) -> None:
    ops.holds(len(data))
    (local / "source").write_bytes(data)
    sent = await ops.upload(local / "source", "dir/a")
    assert sent.content_length == len(data)
    assert await ops.read("dir/a") == data
    came = await ops.download("dir/a", str(local / "new" / "target"))
    assert came.content_length == len(data)
    assert (local / "new" / "target").read_bytes() == data
    assert os.listdir(local / "new") == ["target"]  # noqa: PTH208 (the temporary ones too)


@pytest.mark.parametrize("name", [" a ", "ü", "a:b", "-"])
async def test_local_names_are_taken_as_they_are(
    ops: Calls, local: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(local)
    Path(name).write_bytes(DATA)
    await ops.upload(name, "a")
    Path(name).write_bytes(b"old")
    await ops.download("a", name)
    assert Path(name).read_bytes() == DATA


async def test_progress_is_told(ops: Calls, local: Path) -> None:
    ops.holds(len(LONG))
    (local / "source").write_bytes(LONG)
    for call in (
        lambda tell: ops.upload(local / "source", "a", progress=tell),
        lambda tell: ops.download("a", local / "target", progress=tell),
    ):
        told: list[tuple[int, int | None]] = []
        times: list[float] = []

        def tell(
            done: int,
            total: int | None,
            told: list[tuple[int, int | None]] = told,
            times: list[float] = times,
        ) -> None:
            told.append((done, total))
            times.append(time.monotonic())

        await call(tell)
        assert told[-1] == (len(LONG), len(LONG))
        assert told == sorted(told, key=lambda each: each[0])
        # The last one comes at the end, whenever that is.
        assert all(later - sooner > 0.05 for sooner, later in itertools.pairwise(times[:-1]))


async def test_what_progress_raises_ends_the_transfer(
    s3_proxied: Service, proxy: FaultProxy, local: Path, kind: type[opendal.Operator]
) -> None:
    ops = Calls(s3_proxied.make(kind))
    (local / "source").write_bytes(LONG)
    await ops.write("a", LONG)

    def stop(done: int, total: int | None) -> None:
        raise KeyError(done, total)

    for method, call in (
        ("GET", lambda: ops.download("a", local / "target", progress=stop)),
        ("PUT", lambda: ops.upload(local / "source", "b", progress=stop)),
    ):
        proxy.reset()
        proxy.delay(1.5, times=None, method=method)
        with pytest.raises(KeyError):
            await call()
    proxy.reset()
    for _ in range(100):
        if [each.name for each in local.iterdir()] == ["source"]:
            break
        await asyncio.sleep(0.02)
    assert [each.name for each in local.iterdir()] == ["source"]
    assert not await ops.exists("b")


async def test_a_transfer_that_fails_leaves_what_was_there(
    s3_proxied: Service, proxy: FaultProxy, local: Path, kind: type[opendal.Operator]
) -> None:
    ops = Calls(s3_proxied.make(kind))
    await ops.write("a", LONG)
    (local / "target").write_bytes(b"old")
    proxy.truncate(1000, times=None, method="GET")
    with pytest.raises(Error):
        await ops.download("a", local / "target")
    proxy.reset()
    assert (local / "target").read_bytes() == b"old"
    assert [each.name for each in local.iterdir()] == ["target"]


async def test_an_object_that_changes_meanwhile_is_not_mixed(
    s3_moto: Service, local: Path, kind: type[opendal.Operator]
) -> None:
    ops = Calls(s3_moto.make(kind))
    await ops.write("a", LONG)
    other = Calls(s3_moto.make(opendal.AsyncOperator))
    told: list[int] = []

    async def replace() -> None:
        await other.write("a", bytes(len(LONG)))

    task = asyncio.create_task(replace())
    try:
        await ops.download("a", local / "target")
        told.append(1)
    except Error:
        pass
    await task
    if told:
        assert (local / "target").read_bytes() in {LONG, bytes(len(LONG))}
    else:
        assert not (local / "target").exists()


async def test_what_is_wrong_with_the_local_side_is_told(ops: Calls, local: Path) -> None:
    await ops.write("a", DATA)
    missing = local / "missing" / "source"
    for source in (missing, local / "absent"):
        with pytest.raises(NotFound, match=f"local file {source}") as caught:
            await ops.upload(source, "b")
        assert isinstance(caught.value, FileNotFoundError)
    assert not missing.parent.exists()
    assert not await ops.exists("b")
    for call, arguments in (
        (ops.upload, (local, "b")),
        (ops.upload, (f"{local}/", "b")),
        (ops.download, ("a", local)),
        (ops.download, ("a", f"{local}/")),
        (ops.upload, (local / "absent", "b/")),
        (ops.download, ("b/", local / "target")),
    ):
        with pytest.raises(IsADirectory):
            await call(*arguments)
    with pytest.raises(NotFound):
        await ops.download("absent", local / "target")
    assert list(local.iterdir()) == []


@pytest.mark.parametrize("wrong", [b"bytes", 5, None, ["a"]], ids=repr)
async def test_a_local_file_is_a_path(memory_ops: Calls, wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match="source must be str"):
        await memory_ops.upload(wrong, "a")
    with pytest.raises(InvalidArgument, match="target must be str"):
        await memory_ops.download("a", wrong)
    with pytest.raises(ConfigInvalid):
        await memory_ops.upload("a\0b", "a")


async def test_conditions_hold_for_files(ops: Calls, local: Path) -> None:
    (local / "source").write_bytes(DATA)
    with pytest.raises(InvalidArgument, match="no keyword 'offset'"):
        await ops.download("a", local / "target", offset=1)
    ops.needs("write_with_if_not_exists")
    await ops.upload(local / "source", "a", if_not_exists=True)
    with pytest.raises(ConditionalCreateFailed):
        await ops.upload(local / "source", "a", if_not_exists=True)


async def test_a_short_download_is_one_request(
    proxied: Calls, proxy: FaultProxy, local: Path
) -> None:
    await proxied.write("a", DATA)
    proxy.reset()
    await proxied.download("a", local / "target")
    await proxied.upload(local / "target", "b")
    assert [request.method for request in proxy.requests] == ["GET", "PUT"]
