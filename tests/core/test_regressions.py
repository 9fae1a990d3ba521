"""What was found wrong in a review, each fault once: it must not come back."""

import asyncio
import copy
import dataclasses
import errno
import gc
import os
import pickle
import signal
import socket
import threading
import warnings
import weakref
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import (
    ConditionNotMatch,
    ConfigInvalid,
    Error,
    InvalidArgument,
    NotFound,
    Unsupported,
)
from opendal.layers import ConcurrentLimitLayer, RetryLayer
from opendal_s3_service import S3Operator
from servers import FaultProxy

SECRET = "s3cr3t-that-must-not-show"
MiB = 1024 * 1024


# Files


async def test_a_file_of_a_version_is_that_version(
    s3_versions: Service, kind: type[opendal.Operator]
) -> None:
    ops = Calls(s3_versions.make(kind))
    first = await ops.write("k", b"a long first version")
    await ops.write("k", b"short")
    async with await ops.open("k", "rb", version=first.version) as file:
        assert await file.read() == b"a long first version"
    await ops.delete("k")
    async with await ops.open("k", "rb", version=first.version) as file:
        assert await file.read() == b"a long first version"


async def test_a_failed_condition_shows_at_open(
    s3_moto: Service, kind: type[opendal.Operator]
) -> None:
    ops = Calls(s3_moto.make(kind))
    await ops.write("k", b"1")
    with pytest.raises(ConditionNotMatch):
        await ops.open("k", "rb", if_match='"another"')


async def test_a_file_never_mixes_two_objects(
    s3_moto: Service, kind: type[opendal.Operator]
) -> None:
    ops = Calls(s3_moto.make(kind))
    await ops.write("k", b"A" * (2 * MiB))
    async with await ops.open("k", "rb", chunk=256 * 1024) as file:
        assert set(await file.read(MiB)) == set(b"A")
        await ops.write("k", b"B" * (2 * MiB))
        await file.seek(MiB + 512 * 1024)
        with pytest.raises(ConditionNotMatch):
            await file.read()


async def test_response_headers_of_a_file_are_refused(
    s3_moto: Service, kind: type[opendal.Operator]
) -> None:
    ops = Calls(s3_moto.make(kind))
    await ops.write("k", b"1")
    with pytest.raises(Unsupported, match="headers"):
        await ops.open("k", "rb", content_type="text/plain")


async def test_a_cancelled_read_loses_no_bytes(tmp_path: Path) -> None:
    op = opendal.AsyncOperator("fs", root=tmp_path)
    await op.write("k", bytes(range(100)))
    async with op.open("k", "rb") as file:
        assert await file.read(10) == bytes(range(10))
        unread = file.read(10)
        # It has run to its end, but nobody has taken what it read.
        while "done" not in repr(unread):
            await asyncio.sleep(0.001)
        unread.close()
        assert await file.read(10) == bytes(range(10, 20))


@pytest.mark.parametrize(
    "wrong", [{"pos": 2**70}, {"pos": 0, "whence": 300}, {"pos": 0, "whence": -1}]
)
def test_a_wrong_seek_is_an_error_of_ours(wrong: dict[str, int]) -> None:
    op = opendal.Operator("memory")
    op.write("a", b"1")
    with op.open("a", "rb") as file, pytest.raises(ConfigInvalid):
        file.seek(**wrong)


def test_a_fraction_is_no_size() -> None:
    op = opendal.Operator("memory")
    op.write("a", b"1")
    with op.open("a", "rb") as file, pytest.raises(InvalidArgument):
        file.read(-1.5)  # type: ignore[arg-type]


def test_a_signal_handler_cannot_wait_for_what_it_interrupts(
    s3_proxied: Service, proxy: FaultProxy
) -> None:
    op = s3_proxied.make(opendal.Operator)
    data = b"1" * MiB  # longer than what comes with the answer to opening it
    op.write("a", data)
    file = op.open("a", "rb")
    seen: list[BaseException] = []

    def handler(number: int, frame: object) -> None:
        del number, frame
        try:
            file.tell()
        except RuntimeError as error:
            seen.append(error)

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        proxy.delay(0.5)
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        assert file.read() == data
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert "reentrant" in str(seen[0])


async def test_a_pipe_is_no_empty_file(tmp_path: Path, kind: type[opendal.Operator]) -> None:
    os.mkfifo(tmp_path / "pipe")
    ops = Calls(kind("fs", root=tmp_path))
    with pytest.raises(Unsupported, match="neither"):
        await ops.read("pipe")
    with pytest.raises(Unsupported, match="neither"):
        await ops.open("pipe", "rb")


async def test_a_file_that_could_not_be_opened_is_not_called_unclosed() -> None:
    file = opendal.AsyncOperator("memory").open("dir/", "wb")
    with pytest.raises(IsADirectoryError):
        await file
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del file
        gc.collect()


# Fork


def in_child(work: Any) -> int:
    """Run it in a forked child; give the child's exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(20)
            code = 0 if work() else 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_leaves_alone_what_its_parent_writes(tmp_path: Path) -> None:
    op = opendal.Operator("fs", root=tmp_path)
    file = op.open("a", "wb")
    file.write(b"of the parent")

    def child() -> bool:
        nonlocal file
        with pytest.raises(Unsupported, match="fork"):
            file.write(b"of the child")
        del file
        gc.collect()
        op.write("b", b"1")
        return op.read("b") == b"1"

    assert in_child(child) == 0
    file.close()
    assert op.read("a") == b"of the parent"


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_limit_does_not_count_what_runs_in_the_parent(
    s3_proxied: Service, proxy: FaultProxy
) -> None:
    op = s3_proxied.make(opendal.Operator).layer(ConcurrentLimitLayer(1))
    op.write("a", b"1")
    proxy.delay(3)
    reader = threading.Thread(target=op.read, args=("a",))
    reader.start()
    proxy.wait_for(lambda: proxy.in_flight == 1)
    assert in_child(lambda: op.exists("a")) == 0
    reader.join()


# The local file system


def test_a_copy_onto_a_link_to_its_source_keeps_the_data(tmp_path: Path) -> None:
    op = opendal.Operator("fs", root=tmp_path)
    op.write("a", b"data")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "hard").hardlink_to(tmp_path / "a")
    for target in ("link", "hard"):
        op.copy("a", target)
        assert (op.read("a"), op.read(target)) == (b"data", b"data")


def test_a_conditional_write_is_whole_too(tmp_path: Path) -> None:
    op = opendal.Operator("fs", root=tmp_path)
    file = op.open("a", "wb", if_not_exists=True)
    file.write(b"half")
    file.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert not op.exists("a")
    op.write("a", b"whole", if_not_exists=True)


def test_a_replaced_file_keeps_its_mode(tmp_path: Path) -> None:
    op = opendal.Operator("fs", root=tmp_path)
    op.write("a", b"1")
    (tmp_path / "a").chmod(0o600)
    op.write("a", b"2")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


def test_no_listing_shows_what_is_half_written(tmp_path: Path) -> None:
    op = opendal.Operator("fs", root=tmp_path)
    with op.open("a", "wb") as file:
        file.write(bytes(3 * MiB))
        assert [entry.path for entry in op.list("/", recursive=True)] == ["/"]
    assert op.exists("a")


@pytest.mark.parametrize("path", ["dir/", "x" * 300], ids=["not empty", "too long"])
def test_what_will_not_pass_is_not_tried_again(tmp_path: Path, path: str) -> None:
    retry = RetryLayer(min_delay=0.01)
    op = opendal.Operator("fs", root=tmp_path).layer(retry)
    op.write("dir/a", b"1")
    with pytest.raises(Error) as caught:
        op.delete(path)
    assert not caught.value.temporary
    assert retry.retries == 0


# Cancelling


async def test_a_cancelled_write_leaves_nothing(tmp_path: Path) -> None:
    op = opendal.AsyncOperator("fs", root=tmp_path)
    task = asyncio.create_task(op.write("big", bytes(200 * MiB)))
    while not list(tmp_path.iterdir()):
        await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.wait([task])
    for _ in range(500):
        if task.cancelled() and not list(tmp_path.iterdir()):
            break
        await asyncio.sleep(0.01)
    assert task.cancelled()
    assert list(tmp_path.iterdir()) == []


async def test_a_cancelled_step_loses_no_entry(tmp_path: Path) -> None:
    op = opendal.AsyncOperator("fs", root=tmp_path)
    for name in "abcdef":
        await op.write(name, b"")
    lister = op.list("/")
    first = lister.__anext__()
    while "done" not in repr(first):
        await asyncio.sleep(0.001)
    first.close()
    rest = [entry.path async for entry in lister]
    assert sorted(rest) == ["/", *"abcdef"]


async def test_the_warning_says_what_became_of_the_call(tmp_path: Path) -> None:
    op = opendal.AsyncOperator("fs", root=tmp_path)
    call = op.write("a", b"1")
    while "done" not in repr(call):
        await asyncio.sleep(0.001)
    assert (tmp_path / "a").exists()
    with pytest.warns(RuntimeWarning, match="never awaited, though it has run"):
        del call


def test_a_closed_loop_is_freed(tmp_path: Path) -> None:
    async def begin() -> tuple[weakref.ref[Any], Any]:
        call = opendal.AsyncOperator("fs", root=tmp_path).write("a", b"1")
        task = asyncio.ensure_future(call)
        await asyncio.sleep(0)
        return weakref.ref(asyncio.get_running_loop()), task

    loops = []
    for _ in range(3):
        loop = asyncio.new_event_loop()
        made, task = loop.run_until_complete(begin())
        loops.append(made)
        task.cancel()
        loop.run_until_complete(asyncio.wait([task]))
        loop.close()
        del loop, task
    gc.collect()
    # The last one may be remembered by this thread, weakly.
    assert [made() for made in loops] == [None] * 3


# Layers


def test_a_limit_of_one_lets_a_write_through(tmp_path: Path) -> None:
    op = opendal.Operator("fs", root=tmp_path).layer(ConcurrentLimitLayer(1))
    op.write("a", b"1")
    with op.open("b", "wb") as file:
        file.write(b"2")
    assert (op.read("a"), op.read("b")) == (b"1", b"2")


# Errors


async def test_an_async_call_raises_when_it_is_awaited() -> None:
    op = opendal.AsyncOperator("memory")
    calls = [op.read("a/../b"), op.read("a", offset=-1), op.copy("a", ".."), op.read("absent")]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(answer, Error) for answer in answers] == [True] * 4


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("read", lambda ops: ops.read("a/../b")),
        ("stat", lambda ops: ops.stat("a/../b", version=3)),
        ("open", lambda ops: ops.open("a/../b", "rb")),
        ("list", lambda ops: ops.entries("a/../b")),
        ("read", lambda ops: ops.read("a/b", ofset=3)),
        ("write", lambda ops: ops.write("a/b", b"", chunk=0)),
        ("presign_read", lambda ops: ops.presign_read("a/b", -1)),
    ],
)
async def test_what_is_refused_before_a_call_names_the_call(
    s3_rclone: Service, kind: type[opendal.Operator], operation: str, call: Any
) -> None:
    ops = Calls(s3_rclone.make(kind))
    with pytest.raises((ConfigInvalid, InvalidArgument)) as caught:
        await call(ops)
    error = caught.value
    assert (error.operation, error.scheme) == (operation, "s3")
    assert error.path in {"a/../b", "a/b"}


async def test_making_the_root_does_no_harm(ops: Calls) -> None:
    ops.needs("create_dir")
    await ops.write("a", b"1")
    for root in ("/", "", "."):
        await ops.create_dir(root)
    assert await ops.paths("", recursive=True) == ["a"]


async def test_a_copy_names_both_ends(memory_ops: Calls, tmp_path: Path) -> None:
    ops = memory_ops.over(type(memory_ops.op)("fs", root=tmp_path))
    with pytest.raises(FileNotFoundError, match='copy "here" to "there"'):
        await ops.copy("here", "there")


# Trees


@pytest.mark.parametrize("scheme", ["memory", "fs"])
async def test_below_a_file_there_is_nothing(
    kind: type[opendal.Operator], scheme: str, tmp_path: Path
) -> None:
    ops = Calls(kind(scheme, root=tmp_path))
    await ops.write("a", b"1")
    for path in ("a/x", "a/x/y"):
        assert await ops.exists(path) is False
        await ops.delete(path)
        await ops.delete(path, recursive=True)
        await ops.remove_all(path)
    assert await ops.read("a") == b"1"


async def test_removing_a_name_leaves_names_that_begin_like_it(ops: Calls) -> None:
    for path in ("p/x", "p/y/z", "px", "pz/y"):
        await ops.write(path, b"1")
    await ops.remove_all("p")
    assert [path for path in await ops.paths("", recursive=True) if path[-1] != "/"] == [
        "px",
        "pz/y",
    ]
    await ops.delete("px", recursive=True)
    await ops.delete("absent", recursive=True)
    assert [path for path in await ops.paths("", recursive=True) if path[-1] != "/"] == ["pz/y"]


# Reads in parts


@pytest.mark.parametrize("chunk", [1, 2, 7, 100])
async def test_ranges_in_parts_are_slices_too(ops: Calls, chunk: int) -> None:
    await ops.write("a", b"0123456789")
    assert await ops.read("a", offset=5, size=100, chunk=chunk) == b"56789"
    assert await ops.read("a", offset=2, size=3, chunk=chunk) == b"234"
    assert await ops.read("a", offset=10, size=3, chunk=chunk) == b""


async def test_a_condition_counts_for_an_empty_range(
    s3_moto: Service, kind: type[opendal.Operator]
) -> None:
    ops = Calls(s3_moto.make(kind))
    await ops.write("k", b"1")
    with pytest.raises(ConditionNotMatch):
        await ops.read("k", size=0, if_match='"another"')


# Secrets


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: S3Operator({"bucket": "b", "secret_access_key": SECRET}),
        lambda: opendal.Operator(f"s3://b?region=x&secret_access_key={SECRET}"),
        lambda: opendal.Operator.from_uri(f"s3://b?endpoint=http://user:{SECRET}@h&regoin=x"),
    ],
)
def test_a_mistake_shows_no_secret(mistake: Any) -> None:
    with pytest.raises(Error) as caught:
        mistake()
    assert SECRET not in str(caught.value) + repr(caught.value)


# Configuration


@pytest.mark.parametrize(
    "uri",
    [
        "fs://tmp/x",
        "s3://b1?bucket=b2&region=r",
        "s3://user:word@bucket?region=r",
        "s3://b1:99/x?region=r",
        "s3://b?region=r&region=q",
        "s3://b?region=r&aws_region=q",
        "fs:///a#b",
        "memory://host/",
    ],
)
def test_nothing_in_a_uri_goes_unheard(uri: str) -> None:
    with pytest.raises(ConfigInvalid):
        opendal.Operator.from_uri(uri)


def test_keywords_win_by_any_name() -> None:
    op = opendal.Operator.from_uri("s3://b1?aws_region=r", region="z")
    assert op.name == "b1"
    with pytest.raises(ConfigInvalid, match="bucket"):
        opendal.Operator("s3", bucket="a", aws_bucket="b", region="r")


@pytest.mark.parametrize("root", [3, True, ["/tmp/q", "b"], 1.5])
def test_a_root_is_a_path(root: Any) -> None:
    with pytest.raises(InvalidArgument, match="root"):
        opendal.Operator("fs", root=root)


async def test_metadata_names_are_header_names(ops: Calls) -> None:
    ops.needs("write_with_user_metadata")
    for names in ({"": "x"}, {"a b": "x"}, {"ü": "x"}, {"a": "x" * 100_000}):
        with pytest.raises(ConfigInvalid, match="user_metadata"):
            await ops.write("a", b"1", user_metadata=names)


# Subclasses


class Disk(opendal.Operator):
    def __init__(self, *, root: Path) -> None:
        super().__init__("fs", root=root)


@dataclasses.dataclass(frozen=True)
class Frozen(opendal.Operator):
    label: str

    def __init__(self, *, root: Path) -> None:
        opendal.Operator.__init__(self, "fs", root=root)
        object.__setattr__(self, "label", "kept")


class Guarded(Disk):
    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)


class Odd(Disk):
    def __getstate__(self) -> Any:
        return ["only its own __setstate__ knows"]

    def __setstate__(self, state: Any) -> None:
        self.restored = state


def test_attributes_may_lead_back_to_their_operator(tmp_path: Path) -> None:
    op: Any = Disk(root=tmp_path)
    op.me, op.number = op, 1
    for made in (pickle.loads(pickle.dumps(op)), copy.deepcopy(op)):
        assert made.me is made
        assert made.number == 1
        assert made is not op


@pytest.mark.parametrize("of", [Frozen, Guarded, Odd])
def test_classes_that_guard_their_attributes_survive(tmp_path: Path, of: Any) -> None:
    op = of(root=tmp_path)
    for made in (op.layer(RetryLayer()), copy.copy(op), pickle.loads(pickle.dumps(op))):
        assert type(made) is of
        made.write("a", b"1")
    assert type(op.to_async_operator()) is opendal.AsyncOperator


def test_a_twin_that_is_no_class_is_named(tmp_path: Path) -> None:
    class Lonely(Disk):
        twin = None  # type: ignore[assignment]

    with pytest.raises(InvalidArgument, match=r"Lonely\.twin"):
        Lonely(root=tmp_path).to_async_operator()


def test_nothing_is_at_a_name_that_is_too_long(tmp_path: Path) -> None:
    op = opendal.Operator("fs", root=tmp_path)
    assert not op.exists("n" * 300)
    with pytest.raises(NotFound) as caught:
        op.stat("n" * 300)
    assert caught.value.errno == errno.ENAMETOOLONG
    with pytest.raises(ConfigInvalid, match="too long"):
        op.write("n" * 300, b"1")


def test_a_pipe_and_a_socket_are_neither_read_nor_appended_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    op = opendal.Operator("fs", root=tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        monkeypatch.chdir(tmp_path)
        bound.bind("socket")
        for call in (
            lambda: op.write("pipe", b"x", append=True),
            lambda: op.read("socket"),
            lambda: op.copy("socket", "copy"),
        ):
            with pytest.raises(Unsupported, match="neither a file nor a directory"):
                call()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["pipe", "socket"]
