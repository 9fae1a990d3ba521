"""An interpreter that ends in mid-flight, from any thread: no abort, no hang, no last words."""

import os
import random
import subprocess
import sys
from pathlib import Path

import opendal
import pytest
from calls import Service
from campaign import TIMES
from servers import FaultProxy

HANG = 60
EXITS = 4 * TIMES

START = """
import asyncio, atexit, os, signal, sys, threading, time, warnings
warnings.simplefilter("ignore")
import opendal
from opendal.layers import *
root, wait, *config = sys.argv[1:]
wait = float(wait)
op = opendal.Operator("s3", **dict(each.split("=", 1) for each in config))
op = op.layer(RetryLayer()).layer(TimeoutLayer()).layer(ConcurrentLimitLayer(64))
fs = opendal.Operator("fs", root=root)
twin, fs_twin = op.to_async_operator(), fs.to_async_operator()
large = bytes(3 << 20)

def forever(*works):
    def run(work):
        while True:
            work()
    for work in works:
        threading.Thread(target=run, args=[work], daemon=True).start()
"""

ENDS = {
    "the loop ends before its calls": """
async def main():
    calls = [asyncio.ensure_future(twin.read("a")) for _ in range(32)]
    await asyncio.sleep(0)
asyncio.run(main())
""",
    "sys.exit in the middle": """
async def main():
    calls = [twin.read("a") for _ in range(32)]
    tasks = [asyncio.ensure_future(twin.read("a")) for _ in range(32)]
    await asyncio.sleep(wait)
    sys.exit(0)
asyncio.run(main())
""",
    "a loop that is never closed": """
async def follow():
    file = await twin.open("a")
    await file.read(10)
    async for piece in twin.read_stream("a"):
        await asyncio.sleep(0)
async def main():
    globals()["calls"] = [each.read("a") for each in (twin, fs_twin) for _ in range(16)]
    globals()["writes"] = [twin.write("w", large) for _ in range(2)]
    globals()["tasks"] = [asyncio.ensure_future(follow()) for _ in range(8)]
    async for entry in twin.list(""):
        break
    await asyncio.sleep(wait)
asyncio.new_event_loop().run_until_complete(main())
""",
    "threads in every sync call": """
def stream():
    for piece in op.read_stream("a"):
        pass
def read():
    with op.open("a") as file:
        file.read(100)
        file.seek(50_000)
        file.read()
def write():
    with op.open("f", "wb") as file:
        file.writelines([large, large])
forever(
    stream, read, write, lambda: op.read("a"), lambda: op.write("w", large), lambda: op.stat("a"),
    lambda: op.list("").collect(), lambda: op.copy("a", "c"), lambda: fs.read("a"),
    lambda: fs.write("w", large), lambda: fs.list("").collect(),
)
time.sleep(0.05 + wait)
""",
    "other threads in Python code below ours": """
class Name:
    def __fspath__(self):
        return "".join(["a"])
class Mine(opendal.Operator):
    def __init__(self, number):
        super().__init__("memory")
        self.number = number
def fail():
    try:
        fs.stat("nothing")
    except FileNotFoundError:
        pass
def lines():
    with fs.open("f", "wb") as file:
        file.writelines(b"line" for _ in range(20))
sys.setswitchinterval(1e-6)
forever(
    fail, fail, lines, lambda: fs.read(Name()), lambda: Mine(1).to_async_operator(),
    lambda: opendal.Operator.from_uri("memory://"),
)
time.sleep(0.05 + wait)
""",
    "loops in other threads": """
async def main():
    while True:
        await asyncio.gather(*(each.read("a") for each in (twin, fs_twin) for _ in range(8)))
forever(*[lambda: asyncio.run(main())] * 4)
time.sleep(0.05 + wait)
""",
    "other threads that exit": """
def exits():
    fs.read("a")
    op.read("a")
    sys.exit(3)
for _ in range(4):
    threading.Thread(target=exits).start()
""",
    "calls of its last hours": """
class Last:
    def __del__(self):
        fs.read("a")
        op.stat("a")
async def main():
    await twin.read("a")
    await fs_twin.read("a")
last = Last()
atexit.register(op.read, "a")
atexit.register(lambda: asyncio.run(main()))
read, written = op.open("a"), op.open("w", "wb")
read.read(10)
written.write(large)
listing, stream = op.list(""), op.read_stream("a", chunk=1000)
next(listing), next(stream)
""",
    "a signal": """
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
forever(*[lambda: [op.read("a"), fs.read("a")]] * 4)
threading.Timer(wait, os.kill, [os.getpid(), signal.SIGTERM]).start()
while True:
    op.read("a")
""",
    "answers on their way": """
async def main():
    globals()["calls"] = calls = [twin.exists("a") for _ in range(32)]
    await calls[0]
asyncio.run(main())
""",
}


@pytest.mark.parametrize("end", ENDS)
def test_the_interpreter_ends_in_mid_flight(
    s3_proxied: Service, proxy: FaultProxy, tmp_path: Path, end: str
) -> None:
    for op in (s3_proxied.make(opendal.Operator), opendal.Operator("fs", root=tmp_path)):
        op.write("a", bytes(300_000))
    proxy.delay(0.01, times=None, every=2)
    config = s3_proxied.arguments()
    for _ in range(EXITS):
        wait = str(random.uniform(0, 0.05))
        child = subprocess.run(
            [sys.executable, "-c", START + ENDS[end], str(tmp_path), wait, *config],
            capture_output=True,
            text=True,
            timeout=HANG,
            check=False,
            env={**os.environ, "PYTHONFAULTHANDLER": "1"},
        )
        assert (child.returncode, child.stdout, child.stderr) == (0, "", "")
