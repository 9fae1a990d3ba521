"""The limits of a process: how many connections, how many threads."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import opendal
import pytest
from calls import Service
from opendal.exceptions import ConfigInvalid, InvalidArgument, InvalidState
from servers import FaultProxy


@pytest.fixture(autouse=True)
def _usual() -> Iterator[None]:
    yield
    opendal.configure(connections=128)


def test_schemes_are_those_that_work() -> None:
    assert opendal.schemes() == sorted(opendal.schemes())
    assert {"fs", "memory", "s3"} <= set(opendal.schemes())


async def test_connections_are_limited_at_any_time(s3_proxied: Service, proxy: FaultProxy) -> None:
    op = s3_proxied.make(opendal.AsyncOperator)
    await op.write("a", b"1")
    for limit in (3, 7):
        opendal.configure(connections=limit)
        proxy.reset()
        proxy.delay(0.05, times=None)
        assert await asyncio.gather(*(op.read("a") for _ in range(30))) == [b"1"] * 30
        assert 1 < proxy.peak <= limit


async def test_a_body_that_was_given_up_makes_room(s3_proxied: Service) -> None:
    op = s3_proxied.make(opendal.AsyncOperator)
    await op.write("a", bytes(5 << 20))
    opendal.configure(connections=1)
    for _ in range(3):
        stream = op.read_stream("a", chunk=100)
        await anext(stream)
        await stream.aclose()
    async with op.read_stream("a", chunk=1 << 20) as stream:
        assert sum([len(piece) async for piece in stream]) == 5 << 20
        # The end makes room as well, though the stream is still there.
        assert await op.exists("a")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"connections": 0}, ConfigInvalid),
        ({"connections": -1}, ConfigInvalid),
        ({"connections": 10**9}, ConfigInvalid),
        ({"connections": "5"}, InvalidArgument),
        ({"connections": True}, InvalidArgument),
        ({"threads": 0}, ConfigInvalid),
        ({"threads": 2.0}, InvalidArgument),
    ],
    ids=repr,
)
def test_a_senseless_limit_is_refused(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=rf"configure: {next(iter(options))} must"):
        opendal.configure(**options)


def test_threads_are_set_before_the_first_operation() -> None:
    assert run("opendal.configure(threads=3)") == 3
    assert run("pass", OPENDAL_THREADS="1") == 1
    opendal.Operator("fs", root="/").exists("a")
    with pytest.raises(InvalidState, match="before the first operation"):
        opendal.configure(threads=2)


@pytest.mark.parametrize("name", ["OPENDAL_THREADS", "OPENDAL_CONNECTIONS"])
def test_a_senseless_variable_is_told_of(name: str, s3_rclone: Service) -> None:
    code = f"""
import opendal
op = opendal.Operator("s3", **{s3_rclone.config!r})
try:
    op.exists("a")
except opendal.exceptions.ConfigInvalid as error:
    print(error)
"""
    assert f"{name} must be a number from 1 to" in child(code, **{name: "many"})


def run(setup: str, **variables: str) -> int:
    """How many threads a new process has for opendal."""
    code = f"""
import opendal, pathlib, time
{setup}
opendal.Operator("fs", root="/").exists("a")
# A thread has its name only once it runs.
time.sleep(0.3)
names = [each.read_text() for each in pathlib.Path("/proc/self/task").glob("*/comm")]
print(names.count("opendal\\n"))
"""
    return int(child(code, **variables))


def child(code: str, **variables: str) -> str:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
