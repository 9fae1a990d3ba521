"""How calls run: on the caller's thread, without the GIL, and stoppable at any time."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Service
from opendal.exceptions import NotFound
from servers import FaultProxy

TESTS = Path(__file__).parent.parent
# Far longer than anything here takes: it only tells a hang.
HANG = 60


def run(program: str, *arguments: str, timeout: float = HANG) -> str:
    """What a program prints in an interpreter of its own; it must end well."""
    child = subprocess.run(
        # A development build says so when it is imported; that is not what is tested here.
        [sys.executable, "-W", "ignore::RuntimeWarning:opendal", "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        cwd=TESTS,
        env={**os.environ, "PYTHONFAULTHANDLER": "1", "RUST_BACKTRACE": "0"},
    )
    assert child.returncode == 0, child.stdout + child.stderr
    assert "Fatal" not in child.stderr, child.stderr
    assert "panicked" not in child.stderr, child.stderr
    return child.stdout.strip()


S3 = """
import sys, opendal
config = dict(argument.split("=", 1) for argument in sys.argv[1:])
"""


# Sync


def test_a_read_from_memory_makes_no_context_switch() -> None:
    program = """
import opendal, resource
op = opendal.Operator("memory")
op.write("a", bytes(1024))
def switches():
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
rounds = []
for _ in range(5):
    before = switches()
    for _ in range(1000):
        op.read("a")
    rounds.append(switches() - before)
print(min(rounds))
"""
    assert run(program) == "0"


@pytest.mark.parametrize(
    "what",
    [
        "import opendal",
        "import opendal, opendal.layers, opendal.services, opendal.exceptions, opendal.config",
        "import opendal; opendal.Operator('s3', bucket='b', region='x')",
        "import opendal; op = opendal.Operator('memory'); op.write('a', b'1'); op.read('a')",
    ],
)
def test_importing_starts_no_thread(what: str) -> None:
    assert run(f"{what}; import os; print(len(os.listdir('/proc/self/task')))") == "1"


def test_the_gil_is_released_while_a_call_waits(s3_proxied: Service, proxy: FaultProxy) -> None:
    # The proxy runs in this process: if a call kept the GIL, it could never be answered.
    op = s3_proxied.make(opendal.Operator)
    op.write("a", b"1")
    fault = proxy.hold()
    answers: list[bytes] = []
    thread = threading.Thread(target=lambda: answers.append(op.read("a")))
    thread.start()
    proxy.wait_for(lambda: proxy.in_flight == 1)
    assert answers == []
    fault.release()
    thread.join(HANG)
    assert answers == [b"1"]


def test_the_gil_is_released_by_files_and_listings(s3_proxied: Service) -> None:
    op = s3_proxied.make(opendal.Operator)
    with op.open("a", "wb") as file:
        file.write(b"1")
    with op.open("a", "rb") as file:
        assert file.read() == b"1"
    assert "a" in [entry.path for entry in op.list("")]


def test_threads_wait_side_by_side(s3_proxied: Service, proxy: FaultProxy) -> None:
    op = s3_proxied.make(opendal.Operator)
    op.write("a", b"1")
    fault = proxy.hold(times=None)
    answers: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: answers.append(op.read("a")), daemon=True) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    proxy.wait_for(lambda: proxy.in_flight == 8)
    fault.release()
    for thread in threads:
        thread.join(HANG)
    assert answers == [b"1"] * 8


@pytest.mark.parametrize(
    "call",
    [
        "fs.read('a', chunk=100, concurrent=HUGE)",
        "fs.read('a', chunk=100, prefetch=HUGE)",
        "fs.read('a', chunk=HUGE, gap=HUGE)",
        "fs.write('a', bytes(1000), chunk=100, concurrent=HUGE)",
        "fs.open('a', 'rb', chunk=100, concurrent=HUGE).read()",
        "fs.open('a', 'wb', chunk=100, concurrent=HUGE).write(bytes(1000))",
        "fs.open('a', 'rb').read(HUGE)",
        "fs.open('a', 'rb').seek(HUGE)",
        "fs.copy('a', 'b', chunk=100, concurrent=HUGE)",
        "list(fs.list('', limit=HUGE))",
        "s3.presign_read('a', HUGE)",
        "s3.presign_read('a', float(HUGE) * 100)",
        "fs.layer(ConcurrentLimitLayer(HUGE)).read('a')",
        "fs.layer(TimeoutLayer(timeout=HUGE, io_timeout=HUGE)).read('a')",
        "fs.layer(RetryLayer(max_times=HUGE, max_delay=HUGE, min_delay=HUGE)).read('a')",
    ],
)
def test_no_number_takes_the_interpreter_down(tmp_path: Path, call: str) -> None:
    # Refused or obeyed, but no abort for want of memory and no panic: `run` would see either.
    program = f"""
import opendal
from opendal.layers import *
fs = opendal.Operator("fs", root={str(tmp_path)!r})
fs.write("a", bytes(1000))
s3 = opendal.Operator("s3", bucket="b", region="x", access_key_id="k", secret_access_key="s")
for HUGE in (2**40, 2**62):
    try:
        {call}
    except opendal.exceptions.ConfigInvalid:
        pass
print("alive")
"""
    assert run(program) == "alive"


INTERRUPTED = (
    S3
    + """
import os, signal, threading, time
op = opendal.Operator("s3", **config)
call = {call}
sys.stdin.readline  # the parent tells by a line that the request has arrived
sent = []
def interrupt():
    sys.stdin.readline()
    sent.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt, daemon=True).start()
try:
    call()
    print("finished")
except KeyboardInterrupt:
    print(time.monotonic() - sent[0])
"""
)


@pytest.mark.parametrize(
    "call",
    [
        "lambda: op.read('a')",
        "lambda: op.write('b', b'1')",
        "lambda: list(op.list(''))",
        "lambda: op.open('a', 'rb').read()",
    ],
)
def test_ctrl_c_ends_a_call_that_waits(s3_proxied: Service, proxy: FaultProxy, call: str) -> None:
    s3_proxied.make(opendal.Operator).write("a", b"1")
    proxy.reset()
    proxy.hold(times=None)
    program = INTERRUPTED.replace("{call}", call)
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", program, *s3_proxied.arguments()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        proxy.wait_for(lambda: proxy.in_flight == 1)
        answer, _ = child.communicate("\n", timeout=HANG)
    # The promise is 0.1 s; the rest is for a machine that is busy.
    assert float(answer) < 2
    proxy.wait_for(lambda: proxy.abandoned == 1)


# Async

# Memory answers at once, S3 through the proxy only later: both ways through the engine.


@pytest.fixture(params=["memory", "s3"])
async def op(request: pytest.FixtureRequest) -> opendal.AsyncOperator:
    """An async operator with an object `a`."""
    if request.param == "memory":
        made = opendal.AsyncOperator("memory")
    else:
        made = request.getfixturevalue("s3_proxied").make(opendal.AsyncOperator)
    await made.write("a", b"1")
    return made


async def test_gather(op: opendal.AsyncOperator) -> None:
    assert await asyncio.gather(*(op.read("a") for _ in range(50))) == [b"1"] * 50


async def test_gather_with_errors(op: opendal.AsyncOperator) -> None:
    answers = await asyncio.gather(op.read("a"), op.read("absent"), return_exceptions=True)
    assert answers[0] == b"1"
    assert isinstance(answers[1], NotFound)


async def test_create_task(op: opendal.AsyncOperator) -> None:
    task = asyncio.create_task(op.read("a"))
    assert await task == b"1"


async def test_ensure_future(op: opendal.AsyncOperator) -> None:
    assert await asyncio.ensure_future(op.read("a")) == b"1"


async def test_wait_for(op: opendal.AsyncOperator) -> None:
    assert await asyncio.wait_for(op.read("a"), HANG) == b"1"


async def test_task_group(op: opendal.AsyncOperator) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(op.read("a")) for _ in range(3)]
    assert [task.result() for task in tasks] == [b"1"] * 3
    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.TaskGroup() as group:
            group.create_task(op.read("absent"))
    assert isinstance(caught.value.exceptions[0], NotFound)


async def test_timeout(op: opendal.AsyncOperator) -> None:
    async with asyncio.timeout(HANG):
        assert await op.read("a") == b"1"


async def test_shield(op: opendal.AsyncOperator) -> None:
    assert await asyncio.shield(op.read("a")) == b"1"


async def test_as_completed(op: opendal.AsyncOperator) -> None:
    answers = [await each for each in asyncio.as_completed([op.read("a") for _ in range(3)])]
    assert answers == [b"1"] * 3


async def test_a_call_is_a_coroutine_by_its_shape(op: opendal.AsyncOperator) -> None:
    call = op.read("a")
    assert isinstance(call, Coroutine)
    assert isinstance(call, Awaitable)
    assert asyncio.iscoroutine(call)
    assert await call == b"1"


async def test_a_call_is_awaited_once(op: opendal.AsyncOperator) -> None:
    call = op.read("a")
    assert await call == b"1"
    with pytest.raises(RuntimeError, match="await"):
        await call


async def test_errors_come_at_the_await(op: opendal.AsyncOperator) -> None:
    call = op.read("absent")
    with pytest.raises(NotFound):
        await call


async def test_wrong_arguments_are_a_type_error(op: opendal.AsyncOperator) -> None:
    with pytest.raises(TypeError):
        await op.read("a", ofset=1)  # type: ignore[call-arg]


def test_asyncio_run_takes_a_call(service: Service) -> None:
    sync = service.make(opendal.Operator)
    sync.write("a", b"1")
    op = sync.to_async_operator()
    assert asyncio.run(op.read("a")) == b"1"
    assert asyncio.run(op.read("a")) == b"1"  # another loop, the same operator


def test_one_operator_serves_many_loops(service: Service) -> None:
    sync = service.make(opendal.Operator)
    sync.write("a", b"1")
    op = sync.to_async_operator()
    answers: list[bytes] = []

    async def main() -> None:
        answers.extend(await asyncio.gather(*(op.read("a") for _ in range(10))))

    threads = [threading.Thread(target=lambda: asyncio.run(main())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG)
    assert answers == [b"1"] * 60


def test_uvloop(service: Service) -> None:
    uvloop = pytest.importorskip("uvloop")
    sync = service.make(opendal.Operator)
    sync.write("a", b"1")
    op = sync.to_async_operator()

    async def main() -> list[bytes]:
        return await asyncio.gather(*(op.read("a") for _ in range(20)))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(main()) == [b"1"] * 20


async def test_calls_start_when_they_are_made(s3_proxied: Service, proxy: FaultProxy) -> None:
    op = s3_proxied.make(opendal.AsyncOperator)
    await op.write("a", b"1")
    proxy.reset()
    fault = proxy.hold(times=None)
    first, second = op.read("a"), op.read("a")
    # Both are under way before either is awaited.
    await asyncio.to_thread(proxy.wait_for, lambda: proxy.in_flight == 2)
    fault.release()
    assert [await first, await second] == [b"1", b"1"]


async def test_the_loop_runs_on_while_a_call_waits(s3_proxied: Service, proxy: FaultProxy) -> None:
    op = s3_proxied.make(opendal.AsyncOperator)
    await op.write("a", b"1")
    fault = proxy.hold()
    call = asyncio.create_task(op.read("a"))
    for _ in range(100):
        await asyncio.sleep(0)
    assert not call.done()
    fault.release()
    assert await call == b"1"


STOPS: dict[str, Callable[[opendal.AsyncOperator, FaultProxy], Coroutine[Any, Any, None]]] = {}


def stop(
    way: Callable[[opendal.AsyncOperator, FaultProxy], Coroutine[Any, Any, None]],
) -> Callable[[opendal.AsyncOperator, FaultProxy], Coroutine[Any, Any, None]]:
    STOPS[way.__name__] = way
    return way


def arrived(proxy: FaultProxy) -> Awaitable[None]:
    return asyncio.to_thread(proxy.wait_for, lambda: proxy.in_flight == 1)


@stop
async def by_cancelling_the_task(op: opendal.AsyncOperator, proxy: FaultProxy) -> None:
    task = asyncio.create_task(op.read("a"))
    await arrived(proxy)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@stop
async def by_wait_for(op: opendal.AsyncOperator, proxy: FaultProxy) -> None:
    call = op.read("a")
    await arrived(proxy)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(call, 0.01)


@stop
async def by_timeout(op: opendal.AsyncOperator, proxy: FaultProxy) -> None:
    call = op.read("a")
    await arrived(proxy)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await call


@stop
async def by_a_task_group(op: opendal.AsyncOperator, proxy: FaultProxy) -> None:
    async def fail_beside_it() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(op.read("a"))
            await arrived(proxy)
            raise ZeroDivisionError

    with pytest.raises(ExceptionGroup):
        await fail_beside_it()


@stop
async def by_closing_the_call(op: opendal.AsyncOperator, proxy: FaultProxy) -> None:
    call = op.read("a")
    await arrived(proxy)
    call.close()  # type: ignore[attr-defined]


@stop
async def by_dropping_the_call(op: opendal.AsyncOperator, proxy: FaultProxy) -> None:
    calls = [op.read("a")]
    await arrived(proxy)
    with pytest.warns(RuntimeWarning, match="never awaited"):
        calls.clear()


@stop
async def by_cancelling_an_async_for(op: opendal.AsyncOperator, proxy: FaultProxy) -> None:
    async def main() -> None:
        async for _ in op.list(""):
            pass

    task = asyncio.create_task(main())
    await arrived(proxy)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("way", list(STOPS))
async def test_stopping_stops(s3_proxied: Service, proxy: FaultProxy, way: str) -> None:
    op = s3_proxied.make(opendal.AsyncOperator)
    await op.write("a", b"1")
    proxy.reset()
    proxy.hold(times=None)
    await STOPS[way](op, proxy)
    # The request is not left to run: its connection is gone.
    await asyncio.to_thread(proxy.wait_for, lambda: proxy.abandoned == 1)
    proxy.reset()
    assert await op.read("a") == b"1"


async def test_cancelling_many(s3_proxied: Service, proxy: FaultProxy) -> None:
    op = s3_proxied.make(opendal.AsyncOperator)
    await op.write("a", b"1")
    proxy.reset()
    proxy.hold(times=None)
    tasks = [asyncio.create_task(op.read("a")) for _ in range(40)]
    await asyncio.to_thread(proxy.wait_for, lambda: proxy.in_flight == 40)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.to_thread(proxy.wait_for, lambda: proxy.abandoned == 20)
    proxy.reset()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [asyncio.CancelledError, bytes] * 20


@pytest.mark.parametrize("scheme", ["memory", "s3"])
async def test_a_call_that_is_never_awaited_warns(scheme: str, s3_proxied: Service) -> None:
    service = s3_proxied if scheme == "s3" else Service("memory", {})
    op = service.make(opendal.AsyncOperator)
    with pytest.warns(RuntimeWarning, match='read "a" was never awaited'):
        op.read("a")


def test_a_call_outside_of_a_loop_starts_later(service: Service) -> None:
    sync = service.make(opendal.Operator)
    sync.write("a", b"1")
    call = sync.to_async_operator().read("a")

    async def main() -> bytes:
        return await call

    assert asyncio.run(main()) == b"1"


def test_nothing_hangs_when_a_server_never_answers(s3_proxied: Service, proxy: FaultProxy) -> None:
    s3_proxied.make(opendal.Operator).write("a", b"1")
    proxy.hold(times=None)
    program = f"""{S3}
import asyncio
async def main():
    op = opendal.AsyncOperator("s3", **config)
    try:
        await asyncio.wait_for(op.read("a"), 0.05)
    except TimeoutError:
        print("gave up")
asyncio.run(main())
"""
    started = time.monotonic()
    assert run(program, *s3_proxied.arguments()) == "gave up"
    assert time.monotonic() - started < HANG / 2
