"""What asynchronous operators do in several steps, between which they ask Python for more."""

import asyncio
import copy
from collections.abc import AsyncIterable, Callable, Coroutine
from typing import Any

from opendal.exceptions import Error

# So much is read from a file at a time.
_PIECE = 1 << 20
# So many objects are deleted at a time.
_BATCH = 1000


async def delete_many(operator: Any, paths: AsyncIterable[Any]) -> None:
    """Delete what an asynchronous iterable gives, as it comes; directories at the end."""
    directories: list[Any] = []
    failed: list[Error] = []
    count = 0

    async def delete(batch: list[Any]) -> None:
        nonlocal count
        count += len(batch)
        try:
            await operator.delete_many(batch)
        except Error as error:
            if not error.failed:
                raise
            failed.extend(error.failed)

    try:
        batch: list[Any] = []
        async for item in paths:
            if _is_directory(item):
                # They may have to be empty by then.
                directories.append(item)
                continue
            batch.append(item)
            if len(batch) == _BATCH:
                await delete(batch)
                batch = []
        await delete(batch)
        await delete(directories)
    except Exception as error:
        if failed:
            told = f"before, {len(failed)} of {count} could not be deleted; the first: {failed[0]}"
            error.add_note(told)
        raise
    if failed:
        raise _of_all(failed, count)


def _is_directory(item: Any) -> bool:
    path = getattr(item, "path", item)
    if hasattr(path, "__fspath__"):
        path = path.__fspath__()
    return isinstance(path, str) and path.endswith("/")


def _of_all(failed: list[Error], count: int) -> Error:
    """The first failure, which tells of all."""
    error = copy.copy(failed[0])
    error.message = f"{len(failed)} of {count} objects could not be deleted; the first: {failed[0]}"
    error.args = (error.message,)
    if isinstance(error, OSError):
        error.strerror = error.message
    error.failed = tuple(failed)
    return error


async def write(operator: Any, path: Any, source: Any, options: dict[str, Any]) -> Any:
    """Write what a file or an iterable gives, piece by piece."""
    upload = await operator._upload(path, options)
    try:
        if hasattr(source, "__aiter__"):
            async for piece in source:
                await upload.write(piece)
        elif hasattr(source, "read"):
            # Files may wait for a disk, which must not stop the loop.
            while len(piece := await asyncio.to_thread(source.read, _PIECE)):
                await upload.write(piece)
            if isinstance(piece, str):
                # No text is data, not even an empty one.
                await upload.write(piece)
        else:
            for piece in source:
                await upload.write(piece)
        return await upload.close()
    except GeneratorExit:
        # Who is collected may not wait. What was written is given up when the upload is collected.
        raise
    except BaseException:
        await upload.abort()
        raise


async def watched(
    call: Coroutine[Any, Any, Any], counter: Any, progress: Callable[[int, int | None], Any]
) -> Any:
    """Await a transfer, and tell how far it is: ten times a second at most, and at its end."""
    task = asyncio.ensure_future(call)
    told = None
    pause = 0.002
    waited = 0.0
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=pause)
            waited += pause
            # What is short need not wait long for its end.
            pause = min(pause * 2, 0.1)
            now = counter.state
            if counter.complete:
                # The last time, before anything is published.
                await _tell(progress, now)
                counter.agree()
                break
            if waited >= 0.1 and now not in (told, (now[1], now[1])):
                told = now
                waited = 0.0
                await _tell(progress, now)
        return await task
    except GeneratorExit:
        # As above. The task may never have begun; its loop may run on.
        call.close()
        if not task.get_loop().is_closed():
            task.cancel()
        raise
    except BaseException:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


async def _tell(progress: Callable[[int, int | None], Any], state: tuple[int, int | None]) -> None:
    answer = progress(*state)
    if hasattr(answer, "__await__"):
        await answer
