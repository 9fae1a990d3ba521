"""Memory, descriptors and threads of a process that works on and on."""

import subprocess
import sys
from pathlib import Path

import pytest
from calls import Service
from campaign import TIMES

# With `just campaign`, far more than 100,000 calls.
ROUNDS = {"memory": 150 * TIMES, "fs": 150 * TIMES, "s3": 40 * TIMES}

PROGRAM = """
import asyncio, gc, os, sys, warnings
warnings.simplefilter("ignore")
import opendal
from opendal.layers import *
rounds, scheme, *config = sys.argv[1:]
op = opendal.Operator(scheme, **dict(each.split("=", 1) for each in config))
op = op.layer(RetryLayer(min_delay=0)).layer(TimeoutLayer()).layer(ConcurrentLimitLayer(64))
twin = op.to_async_operator()
data = bytes(20_000)

def sync():
    op.write("a", data)
    op.read("a"); op.read("a", offset=5, size=5); op.read_buffer("a"); op.stat("a"); op.exists("b")
    op.read_into("a", bytearray(100)); op.read_ranges("a", [(0, 1), (5, 1)])
    try:
        op.read("absent")
    except FileNotFoundError:
        pass
    with op.open("a") as file:
        file.read(10); file.seek(0)
    file = op.open("b", "wb"); file.write(data); file.abort()
    # Turned away from in the middle.
    next(iter(op.read_stream("a", chunk=100))); next(iter(op.list("")))
    op.list("").collect(); op.delete("b")

async def asynchronous():
    await asyncio.gather(twin.write("a", data), twin.stat("a"), twin.exists("b"))
    await twin.read("a"); await twin.read_buffer("a")
    try:
        await twin.read("absent")
    except FileNotFoundError:
        pass
    for _ in range(3):
        task = asyncio.ensure_future(twin.read("a"))
        await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
    async for _ in twin.list(""):
        break
    async for _ in twin.read_stream("a", chunk=100):
        break
    async with await twin.open("a") as file:
        await file.read(5)
    twin.read("a")  # never awaited

def seen():
    gc.collect()
    resident = int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resident, len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))

async def main():
    for _ in range(int(rounds)):
        sync()
        await asynchronous()

for _ in range(3):
    # A new loop each time.
    asyncio.run(main())
    print(*seen(), flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
@pytest.mark.parametrize("scheme", ROUNDS)
def test_nothing_grows(scheme: str, tmp_path: Path, s3_rclone: Service) -> None:
    config = {"memory": {}, "fs": {"root": tmp_path}, "s3": s3_rclone.config}[scheme]
    arguments = [str(ROUNDS[scheme]), scheme, *(f"{key}={value}" for key, value in config.items())]
    child = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False
    )
    assert child.returncode == 0, child.stderr
    _, second, third = ([int(n) for n in line.split()] for line in child.stdout.splitlines())
    # A tenth of a byte for each byte that was moved would be far more.
    assert third[0] - second[0] < 2 << 20
    # Connections and threads are let go of when they have been idle; one that is lost in each turn
    # would be more.
    assert third[1] - second[1] < 20
    assert third[2] - second[2] < 20
