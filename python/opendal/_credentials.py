"""Asks credential providers, away from the threads that wait for them."""

import asyncio
import concurrent.futures
import errno
import inspect
import select
import socket
import threading
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

# Whose provider a task is asked for, by a number.
asked: ContextVar[int] = ContextVar("opendal_asked", default=0)

# Nobody was reached, or nobody waited for the end.
_PASSING = (
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    asyncio.CancelledError,
    concurrent.futures.CancelledError,
)
_UNREACHED = {errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH}


def listen(descriptor: int, fetch: Callable[[], list[Any]]) -> None:
    """Begin the thread that waits for requests."""
    arguments = (descriptor, fetch)
    threading.Thread(target=_listen, args=arguments, name="opendal-asks", daemon=True).start()


def _listen(descriptor: int, fetch: Callable[[], list[Any]]) -> None:
    # Unlike `select`, it takes descriptors of any number.
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while True:
        poll.poll()
        for ask in fetch():
            thread = threading.Thread(target=_ask, args=(ask,), name="opendal-asked", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                # The interpreter is ending, and begins no more threads.
                _ask(ask)
            # Until the next one comes this frame must not keep what the provider holds.
            del ask, thread


def _ask(ask: Any) -> None:
    try:
        # Not in a variable: the traceback of a refusal would show it.
        ask.answer(_returned(ask))
    except BaseException as error:
        ask.fail(error, _may_pass(error))


def _returned(ask: Any) -> Any:
    returned = ask.call()
    return _await(returned, ask) if inspect.isawaitable(returned) else returned


def _await(awaitable: Awaitable[Any], ask: Any) -> Any:
    async def finish() -> Any:
        asked.set(ask.mark())
        return await awaitable

    loop = ask.caller()
    if loop is None or not loop.is_running():
        return asyncio.run(finish())
    future = asyncio.run_coroutine_threadsafe(finish(), loop)
    try:
        return future.result(ask.limit())
    finally:
        future.cancel()


def _may_pass(error: BaseException) -> bool:
    """Whether the provider could not reach what it asks, or was cut short."""
    if isinstance(error, _PASSING):
        return True
    if not isinstance(error, OSError):
        return False
    if error.errno is not None:
        return error.errno in _UNREACHED
    # Clients of the clouds have errors of their own for it; one with an answer was reached.
    answered = any(getattr(error, name, None) for name in ("response", "code", "status"))
    return type(error).__module__ != "builtins" and not answered
