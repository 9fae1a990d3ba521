"""Each call that can wait, stopped where it waits: by a cancel, and by Ctrl-C."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Service
from opendal.layers import ConcurrentLimitLayer, RetryLayer, TimeoutLayer
from servers import FaultProxy

HANG = 60
LARGE = bytes(20 << 20)

# Each begins with its arguments ready, and its only wait is for the server.
Wait = Callable[[opendal.AsyncOperator, Path], Awaitable[Any]]


async def next_entry(op: opendal.AsyncOperator, _: Path) -> None:
    await anext(aiter(op.list("")))


async def all_entries(op: opendal.AsyncOperator, _: Path) -> None:
    await op.list("").collect()


async def next_piece(op: opendal.AsyncOperator, _: Path) -> None:
    async with op.read_stream("a") as stream:
        await anext(stream)


async def written_pieces(op: opendal.AsyncOperator, _: Path) -> None:
    async def pieces() -> Any:
        yield b"1"
        yield b"2"

    await op.write("b", pieces())


CALLS: dict[str, Wait] = {
    "read": lambda op, _: op.read("a"),
    "read in parts": lambda op, _: op.read("a", chunk=1 << 20, concurrent=4),
    "read_buffer": lambda op, _: op.read_buffer("a"),
    "read_into": lambda op, _: op.read_into("a", bytearray(100)),
    "read_ranges": lambda op, _: op.read_ranges("a", [(0, 1), (100_000, 1)]),
    "download": lambda op, path: op.download("a", path / "download"),
    "write": lambda op, _: op.write("b", b"1"),
    "write in parts": lambda op, _: op.write("b", LARGE, chunk=5 << 20, concurrent=2),
    "write pieces": written_pieces,
    "upload": lambda op, path: op.upload(path / "large", "b"),
    "stat": lambda op, _: op.stat("a"),
    "exists": lambda op, _: op.exists("a"),
    "delete": lambda op, _: op.delete("b"),
    "delete_many": lambda op, _: op.delete_many(["b", "c"]),
    "remove_all": lambda op, _: op.remove_all("d/"),
    "copy": lambda op, _: op.copy("a", "b"),
    "create_dir": lambda op, _: op.create_dir("d/"),
    "check": lambda op, _: op.check(),
    "a listing": next_entry,
    "a whole listing": all_entries,
    "a stream": next_piece,
    "open": lambda op, _: op.open("a"),
}


async def waits(proxy: FaultProxy) -> None:
    await asyncio.to_thread(proxy.wait_for, lambda: proxy.in_flight > 0)


@pytest.fixture
async def held(s3_proxied: Service, proxy: FaultProxy, tmp_path: Path) -> opendal.AsyncOperator:
    """S3 that does not answer, below layers of every kind."""
    (tmp_path / "large").write_bytes(LARGE)
    op = s3_proxied.make(opendal.AsyncOperator)
    await op.write("a", bytes(200_000))
    proxy.reset()
    proxy.hold(times=None)
    # With one place each, what is not given back is missed at once.
    return op.layer(RetryLayer()).layer(TimeoutLayer()).layer(ConcurrentLimitLayer(4))


@pytest.mark.parametrize("name", CALLS)
async def test_a_cancel_stops_a_call_and_frees_what_it_held(
    held: opendal.AsyncOperator, proxy: FaultProxy, tmp_path: Path, name: str
) -> None:
    for _ in range(5):
        proxy.reset()
        proxy.hold(times=None)
        task = asyncio.ensure_future(CALLS[name](held, tmp_path))
        await waits(proxy)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # The server sees that nobody waits any more.
        await asyncio.to_thread(proxy.wait_for, lambda: proxy.in_flight == 0)
    proxy.reset()
    await asyncio.wait_for(CALLS[name](held, tmp_path), HANG)
    if name != "download":
        assert not (tmp_path / "download").exists()


async def test_a_cancelled_write_publishes_nothing(
    held: opendal.AsyncOperator, proxy: FaultProxy, tmp_path: Path
) -> None:
    for name in ("write in parts", "upload"):
        task = asyncio.ensure_future(CALLS[name](held, tmp_path))
        await waits(proxy)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        proxy.reset()
        assert not await held.exists("b")
        proxy.hold(times=None)


# File by file

STEPS: dict[str, tuple[str, Callable[[opendal.file.AsyncFile], Awaitable[Any]]]] = {
    "read": ("rb", lambda file: file.read()),
    "read a little": ("rb", lambda file: file.read(10)),
    "readline": ("rb", lambda file: file.readline()),
    "readinto": ("rb", lambda file: file.readinto(bytearray(50))),
    "write": ("wb", lambda file: file.writelines([LARGE, LARGE])),
    "close": ("wb", lambda file: file.close()),
}


@pytest.mark.parametrize("name", STEPS)
async def test_a_cancel_stops_a_step_of_a_file(
    s3_proxied: Service, proxy: FaultProxy, name: str
) -> None:
    op = s3_proxied.make(opendal.AsyncOperator)
    await op.write("a", LARGE)
    mode, step = STEPS[name]
    file: Any = await op.open("a" if mode == "rb" else "b", mode)
    if mode == "rb":
        await file.seek(10 << 20)
    elif name == "close":
        await file.write(b"1")
    proxy.reset()
    proxy.hold(times=None)
    task = asyncio.ensure_future(step(file))
    await waits(proxy)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(proxy.wait_for, lambda: proxy.in_flight == 0)
    proxy.reset()
    if mode == "rb":
        # What the cancelled step would have taken is still to be read.
        assert await file.tell() == 10 << 20
        assert len(await file.read()) == 10 << 20
        await file.close()
    else:
        await file.abort()
        # A server that had everything may have published it, but no part of it.
        assert not await op.exists("b") or (name == "close" and await op.read("b") == b"1")


# Ctrl-C

SYNC = {
    **{
        name: f"op.{call}"
        for name, call in {
            "read": "read('a')",
            "read in parts": "read('a', chunk=1 << 20, concurrent=4)",
            "read_buffer": "read_buffer('a')",
            "read_into": "read_into('a', bytearray(100))",
            "read_ranges": "read_ranges('a', [(0, 1), (100_000, 1)])",
            "download": "download('a', path + '/download')",
            "write": "write('b', b'1')",
            "write in parts": "write('b', bytes(20 << 20), chunk=5 << 20)",
            "write pieces": "write('b', iter([b'1', b'2']))",
            "upload": "upload(path + '/large', 'b')",
            "stat": "stat('a')",
            "exists": "exists('a')",
            "delete": "delete('b')",
            "delete_many": "delete_many(['b', 'c'])",
            "remove_all": "remove_all('d/')",
            "copy": "copy('a', 'b')",
            "create_dir": "create_dir('d/')",
            "check": "check()",
            "open": "open('a')",
        }.items()
    },
    "a listing": "next(iter(op.list('')))",
    "a whole listing": "op.list('').collect()",
    "an Arrow listing": "table(op.list(''))",
    "a stream": "next(iter(op.read_stream('a')))",
    "closing a file": "[file := op.open('b', 'wb'), file.write(b'1'), file.close()]",
    "writing a file": "op.open('b', 'wb').writelines([bytes(20 << 20)] * 2)",
    "an async call": "asyncio.run(wait(op.to_async_operator()))",
}

INTERRUPTED = """
import asyncio, sys, warnings
warnings.simplefilter("ignore")
import opendal
path, *config = sys.argv[1:]
op = opendal.Operator("s3", **dict(each.split("=", 1) for each in config))
async def wait(op):
    await op.read("a")
def table(listing):
    import pyarrow
    try:
        return pyarrow.table(listing)
    except OSError:
        # All that can go through Arrow's C++; what Python raises follows with the next step.
        while True:
            pass
try:
    CALL
except KeyboardInterrupt:
    print("interrupted")
# Leaving takes no longer than the call did.
"""


@pytest.mark.parametrize("name", SYNC)
def test_ctrl_c_ends_a_call(
    s3_proxied: Service, proxy: FaultProxy, tmp_path: Path, name: str
) -> None:
    (tmp_path / "large").write_bytes(LARGE)
    s3_proxied.make(opendal.Operator).write("a", bytes(200_000))
    proxy.reset()
    proxy.hold(times=None)
    program = INTERRUPTED.replace("CALL", SYNC[name])
    config = s3_proxied.arguments()
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path), *config],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        proxy.wait_for(lambda: proxy.in_flight > 0)
        child.send_signal(signal.SIGINT)
        output, errors = child.communicate(timeout=HANG)
    assert output == "interrupted\n", errors
    assert (child.returncode, errors) == (0, "")
    proxy.wait_for(lambda: proxy.in_flight == 0)
    assert not (tmp_path / "download").exists()


def test_ctrl_c_ends_a_wait_of_a_retry(s3_proxied: Service, proxy: FaultProxy) -> None:
    proxy.fail(503, times=None)
    program = INTERRUPTED.replace(
        "CALL", "op.layer(opendal.layers.RetryLayer(min_delay=300, max_delay=300)).read('a')"
    )
    config = s3_proxied.arguments()
    with subprocess.Popen(
        [sys.executable, "-c", program, "", *config], stdout=subprocess.PIPE, text=True
    ) as child:
        proxy.wait_for(lambda: proxy.count() > 0 and proxy.in_flight == 0)
        child.send_signal(signal.SIGINT)
        output, _ = child.communicate(timeout=HANG)
    assert (child.returncode, output) == (0, "interrupted\n")
