"""Any calls in any order give what Python's own files give."""

import asyncio
import io
import itertools
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from hypothesis import HealthCheck, assume, given, settings, strategies

TEXT = "first\nsecond line\r\n\nä€😀\rlast without end"
KiB = 1024
# Longer than what comes along when a file is opened, and than the next pieces.
LONG = bytes(range(256)) * (4 * KiB)


@pytest.fixture
def op(service: Service) -> opendal.Operator:
    return service.make(opendal.Operator)


CALLS = strategies.one_of(
    strategies.tuples(strategies.just("read"), strategies.none() | strategies.integers(-1, 90_000)),
    strategies.tuples(strategies.just("readline"), strategies.integers(-1, 500)),
    strategies.tuples(strategies.just("readinto"), strategies.integers(0, 300)),
    strategies.tuples(strategies.just("readlines"), strategies.integers(1, 500)),
    strategies.tuples(strategies.just("seek"), strategies.integers(0, 310_000), strategies.just(0)),
    strategies.tuples(strategies.just("seek"), strategies.integers(0, 70_000), strategies.just(1)),
    strategies.tuples(strategies.just("seek"), strategies.integers(-90, 90), strategies.just(2)),
    strategies.tuples(strategies.just("tell")),
)
OBJECTS = {
    "empty": b"",
    "short": b"first\nsecond line\n\nlast without end",
    "lines": b"".join(b"%d\n" % number for number in range(50_000)),
    "one line": b"x" * 300_000,
}
_names = itertools.count()
SLOW = settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def step(file: Any, asynchronous: bool, name: str, arguments: tuple[Any, ...]) -> Any:
    """One call, and what it gave; an error as its kind."""
    target = None
    if name == "readinto":
        target = bytearray(arguments[0])
        arguments = (target,)
    try:
        answer = getattr(file, name)(*arguments)
        answer = await answer if asynchronous else answer
    except ValueError:
        return ValueError
    return answer, target


@pytest.mark.parametrize("name", list(OBJECTS))
@SLOW
@given(
    steps=strategies.lists(CALLS, max_size=15),
    buffering=strategies.sampled_from([-1, 0, 1000]),
)
def test_any_steps_give_what_bytesio_gives(
    ops: Calls, name: str, steps: list[tuple[Any, ...]], buffering: int
) -> None:
    data = OBJECTS[name]

    async def compare() -> None:
        if not await ops.exists(name):
            await ops.write(name, data)
        like = io.BufferedReader(io.BytesIO(data))  # type: ignore[arg-type]
        async with await ops.open(name, "rb", buffering=buffering) as file:
            for call, *arguments in steps:
                if call == "seek" and arguments[1] == 2 and len(data) + arguments[0] < 0:
                    # Only BytesIO takes it for the start; files on a disk refuse it too.
                    with pytest.raises(ValueError, match="before the start"):
                        await file.seek(*arguments)
                    continue
                expected = await step(like, False, call, tuple(arguments))
                given = await step(file.file, ops.asynchronous, call, tuple(arguments))
                assert given == expected, (call, arguments)
                assert await file.tell() == like.tell()

    if not data:
        ops.needs("write_can_empty")
    asyncio.run(compare())


TEXTS = strategies.text(alphabet="a\n\rä€😀", max_size=200) | strategies.sampled_from(
    ["x" * 20_000 + "\r\n" + "ä" * 20_000, "line\r\n" * 20_000]
)
TEXT_CALLS = strategies.one_of(
    strategies.tuples(strategies.just("read"), strategies.none() | strategies.integers(0, 20_000)),
    strategies.tuples(strategies.just("readline"), strategies.integers(-1, 30)),
    strategies.tuples(strategies.just("readlines"), strategies.integers(1, 100)),
    strategies.tuples(strategies.just("seek"), strategies.just(0)),
)


@SLOW
@given(
    text=TEXTS,
    newline=strategies.sampled_from([None, "", "\n", "\r", "\r\n"]),
    encoding=strategies.sampled_from(["utf-8", "utf-16"]),
    steps=strategies.lists(TEXT_CALLS, max_size=10),
)
def test_any_steps_of_text_give_what_python_gives(
    ops: Calls, text: str, newline: str | None, encoding: str, steps: list[tuple[Any, ...]]
) -> None:
    data = text.encode(encoding)
    path = f"text-{next(_names)}"

    async def compare() -> None:
        if not data:
            return
        await ops.write(path, data)
        like = io.TextIOWrapper(io.BytesIO(data), encoding, newline=newline)
        async with await ops.open(path, "r", encoding=encoding, newline=newline) as file:
            for call, *arguments in steps:
                expected = await step(like, False, call, tuple(arguments))
                given = await step(file.file, ops.asynchronous, call, tuple(arguments))
                assert given == expected, (call, arguments)

    asyncio.run(compare())


@SLOW
@given(
    pieces=strategies.lists(strategies.integers(0, 200_000), max_size=12),
    buffering=strategies.sampled_from([-1, 0, 1000, 1 << 20]),
)
def test_any_writes_give_what_bytesio_gives(ops: Calls, pieces: list[int], buffering: int) -> None:
    async def compare() -> None:
        like = io.BytesIO()
        async with await ops.open("written", "wb", buffering=buffering) as file:
            for at, size in enumerate(pieces):
                data = bytes([at]) * size
                assert await file.write(data) == like.write(data)
                assert await file.tell() == like.tell()
        assert await ops.read("written") == like.getvalue()

    assume(sum(pieces) or ops.can("write_can_empty"))
    asyncio.run(compare())
