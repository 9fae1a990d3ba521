"""Asks credential providers, away from the threads that wait for them."""

import asyncio
import inspect
import select
import threading
from collections.abc import Awaitable, Callable
from typing import Any

# What takes longer than this is not waited for, in seconds.
_LONGEST = 60


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
            asked = threading.Thread(target=_ask, args=(ask,), name="opendal-asked", daemon=True)
            try:
                asked.start()
            except RuntimeError:
                # The interpreter is ending, and begins no more threads.
                _ask(ask)
            # Until the next one comes this frame must not keep what the provider holds.
            del ask, asked


def _ask(ask: Any) -> None:
    try:
        returned = ask.call()
        if inspect.isawaitable(returned):
            returned = _await(returned, ask.caller())
        ask.answer(returned)
    except BaseException as error:
        ask.fail(error)


def _await(awaitable: Awaitable[Any], loop: asyncio.AbstractEventLoop | None) -> Any:
    async def finish() -> Any:
        return await awaitable

    if loop is None or not loop.is_running():
        return asyncio.run(finish())
    future = asyncio.run_coroutine_threadsafe(finish(), loop)
    try:
        return future.result(_LONGEST)
    finally:
        future.cancel()
