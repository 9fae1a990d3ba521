"""Faults that a reading of the whole found, each mended."""

import asyncio
import os
import socket
import stat
import sys
import threading
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import (
    ConditionNotMatch,
    ConfigInvalid,
    Conflict,
    Error,
    InvalidArgument,
    Unsupported,
)
from opendal.layers import ConcurrentLimitLayer, RetryLayer, TimeoutLayer
from servers import FaultProxy, MotoServer

LARGE = os.urandom(1 << 20) * 20


async def test_a_forgotten_await_is_no_data(tmp_path: Path) -> None:
    for config in ({"scheme": "memory"}, {"scheme": "fs", "root": tmp_path}):
        op = opendal.AsyncOperator.from_config(config)
        await op.write("target", b"old")
        await op.write("source", b"new")
        future = asyncio.get_running_loop().create_future()
        future.set_result(b"1")
        for call in (op.read("source"), future):
            with pytest.raises(InvalidArgument, match="did you forget await"):
                await op.write("target", call)
            with pytest.raises(InvalidArgument, match="did you forget await"):
                await op.delete_many(call)
            with pytest.raises(InvalidArgument, match="did you forget await"):
                op.to_operator().write("target", call)
            if call is not future:
                assert await call == b"new"
        assert await op.read("target") == b"old"


async def test_a_forgotten_await_is_neither_true_nor_iterable() -> None:
    op = opendal.AsyncOperator("memory")
    call = op.exists("a")
    with pytest.raises(InvalidArgument, match="did you forget await"):
        bool(call)
    with pytest.raises(TypeError):
        iter(call)
    assert not await call


async def test_a_last_objection_keeps_anything_from_being_published(
    memory_ops: Calls, tmp_path: Path
) -> None:
    await memory_ops.write("kept", b"old")
    (tmp_path / "short").write_bytes(b"new")
    (tmp_path / "kept").write_bytes(b"old")

    def object_(done: int, total: int | None) -> None:
        raise KeyError(done, total)

    with pytest.raises(KeyError):
        await memory_ops.upload(tmp_path / "short", "kept", progress=object_)
    assert await memory_ops.read("kept") == b"old"
    with pytest.raises(KeyError):
        await memory_ops.download("kept", tmp_path / "kept", progress=object_)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["kept", "short"]


async def test_progress_may_be_asynchronous_where_the_transfer_is(tmp_path: Path) -> None:
    told = []

    async def tell(done: int, total: int | None) -> None:
        await asyncio.sleep(0)
        told.append((done, total))

    op = opendal.AsyncOperator("memory")
    (tmp_path / "a").write_bytes(b"123")
    await op.upload(tmp_path / "a", "a", progress=tell)
    assert told == [(3, 3)]
    with pytest.raises(InvalidArgument, match="progress"):
        op.to_operator().upload(tmp_path / "a", "b", progress=lambda *_: _Never())
    assert not await op.exists("b")


class _Never:
    """An awaitable that nobody awaits, without a warning about it."""

    def __await__(self) -> Any:
        raise AssertionError


async def test_what_cannot_be_a_path_is_one_failure_of_many(memory_ops: Calls) -> None:
    for name in ("a", "b"):
        await memory_ops.write(name, b"1")
    with pytest.raises(ConfigInvalid, match=r"1 of 3 objects .*'\.\.'") as caught:
        await memory_ops.delete_many(["a", "../x", "b"])
    assert [error.path for error in caught.value.failed] == ["../x"]
    assert await memory_ops.paths("") == []


async def test_a_stream_is_closed_though_a_piece_was_not_awaited() -> None:
    op = opendal.AsyncOperator("memory")
    await op.write("a", bytes(100))
    stream = op.read_stream("a", chunk=10)
    piece = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    await asyncio.wait_for(stream.aclose(), 5)
    await piece
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(stream), 5)


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_nothing_but_a_file_or_a_link_is_replaced(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if kind == "pipe":
        os.mkfifo("odd")
    else:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind("odd")
    op = opendal.Operator("fs", root=tmp_path)
    op.write("a", b"1")
    with pytest.raises(Unsupported, match="neither a file nor a directory"):
        op.write("odd", b"1")
    with pytest.raises(Unsupported, match="neither a file nor a directory"):
        op.copy("a", "odd")
    with pytest.raises(Unsupported, match="neither a file nor a directory"):
        op.download("a", "odd")
    assert not stat.S_ISREG(Path("odd").stat().st_mode)
    assert sorted(os.listdir()) == ["a", "odd"]  # noqa: PTH208


async def test_an_attempt_that_was_given_up_writes_nowhere(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(LARGE)
    op = opendal.AsyncOperator("fs", root=tmp_path)
    target = bytearray(len(LARGE))
    for _ in range(20):
        task = asyncio.ensure_future(op.read_into("a", target))
        await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        target[:] = bytes(len(target))
        await asyncio.sleep(0.01)
        assert not any(target[:: 1 << 16])
    layered = op.layer(TimeoutLayer(timeout=5, io_timeout=5)).layer(RetryLayer(min_delay=0.01))
    assert await layered.read("a") == LARGE


@pytest.mark.parametrize("if_match", [None, "*"])
def test_a_broken_answer_is_not_continued_by_another_object(
    s3_moto: Service, moto: MotoServer, if_match: str | None
) -> None:
    direct = s3_moto.make(opendal.Operator)
    direct.write("a", LARGE)
    with FaultProxy(moto.host, moto.port) as proxy:
        config = {**s3_moto.config, "endpoint": proxy.url}
        op = opendal.Operator("s3", **config).layer(RetryLayer(min_delay=0.2))
        proxy.truncate(100_000, method="GET")
        swap = threading.Thread(target=_swap, args=(proxy, direct))
        swap.start()
        with pytest.raises(Error) as caught:
            op.read("a", if_match=if_match) if if_match else op.read("a", size=10 << 20)
        swap.join()
        assert isinstance(caught.value, Conflict | ConditionNotMatch)


def _swap(proxy: FaultProxy, direct: opendal.Operator) -> None:
    proxy.wait_for(lambda: proxy.count("GET") == 1)
    direct.write("a", bytes(len(LARGE)))


async def test_parts_of_memory_are_of_one_object() -> None:
    op = opendal.Operator("memory")
    op.write("a", b"1" * 10_000)
    over = threading.Event()

    def rewrite() -> None:
        while not over.is_set():
            op.write("a", b"2" * 10_000)
            op.write("a", b"1" * 10_000)

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(300):
            try:
                found = op.read_ranges("a", [(0, 5), (5_000, 5)], gap=0)
            except Conflict:
                continue
            assert found in ([b"1" * 5] * 2, [b"2" * 5] * 2)
    finally:
        over.set()
        writer.join()


def test_a_slice_of_entries_may_have_any_step() -> None:
    op = opendal.Operator("memory")
    for name in "abc":
        op.write(name, b"")
    entries = op.list("").collect()
    assert [entry.path for entry in entries[1 :: sys.maxsize]] == ["b"]
    assert [entry.path for entry in entries[:: -sys.maxsize]] == ["c"]


async def test_an_unawaited_read_does_not_keep_others_waiting(s3_rclone: Service) -> None:
    op = s3_rclone.make(opendal.AsyncOperator).layer(ConcurrentLimitLayer(1))
    await op.write("a", LARGE)
    await op.write("b", b"1")
    first = op.read("a")
    assert await asyncio.wait_for(op.read("b"), 30) == b"1"
    assert await first == LARGE


def test_a_lifetime_below_a_second_is_none(s3_rclone: Service) -> None:
    op = s3_rclone.make(opendal.Operator)
    with pytest.raises(ConfigInvalid, match="at least 1 second"):
        op.presign_read("a", 0.5)


def test_an_error_always_says_something(s3_rclone: Service, tmp_path: Path) -> None:
    op = s3_rclone.make(opendal.Operator)
    with pytest.raises(Error, match='stat "a" on s3: there is nothing of that name'):
        op.stat("a")
    with pytest.raises(Error) as caught:
        op.upload(tmp_path / "none" / "a", "a")
    assert str(caught.value).endswith("there is no such directory")
