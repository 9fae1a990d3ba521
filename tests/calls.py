"""What the suite runs over: a service as a test is given it, and calls of either kind."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

import opendal
import pytest

Kind = opendal.Operator | opendal.AsyncOperator
ASYNC_FILES = (opendal.file.AsyncFile, opendal.file.AsyncTextFile)
T = TypeVar("T", opendal.Operator, opendal.AsyncOperator)


@dataclass(frozen=True)
class Service:
    """One service, empty and ready."""

    scheme: str
    config: dict[str, Any]
    # Abilities that the service has by its protocol and that this server of it ignores.
    ignores: frozenset[str] = field(default=frozenset())
    # What the fixture is asked for by.
    name: str = ""

    def make(self, kind: type[T]) -> T:
        """An operator of that class; on memory each has a store of its own."""
        return kind(self.scheme, **self.config)


class Calls:
    """An operator of either kind, called in one way: what may wait is always awaited.

    The sync operator's answer is handed on as it is; the async operator's is awaited.
    """

    def __init__(self, op: Kind, ignores: frozenset[str] = frozenset()) -> None:
        self.op = op
        self.asynchronous = isinstance(op, opendal.AsyncOperator)
        self._ignores = ignores

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        return _awaited(getattr(self.op, name), self.asynchronous)

    def over(self, op: Kind) -> Self:
        """The same for another operator on the same service."""
        return type(self)(op, self._ignores)

    def layer(self, layer: opendal.layers.Layer) -> Self:
        return self.over(self.op.layer(layer))

    def capability(self) -> opendal.capability.Capability:
        return self.op.capability()

    def can(self, ability: str) -> bool:
        """Whether the service says that it can, and its server does."""
        return ability not in self._ignores and bool(getattr(self.op.capability(), ability))

    def needs(self, *abilities: str) -> None:
        """Skip the test unless the service has all of these."""
        for ability in abilities:
            if not self.can(ability):
                pytest.skip(f"{self.op.scheme} cannot {ability}")

    async def entries(
        self, path: str, *, call: str = "list", **options: Any
    ) -> list[opendal.types.Entry]:
        """The whole listing, by `list` or by `scan`."""
        lister = getattr(self.op, call)(path, **options)
        return [entry async for entry in lister] if self.asynchronous else list(lister)

    async def paths(self, path: str, **options: Any) -> list[str]:
        """The paths of a listing, in order, without the directory that is listed."""
        found = [entry.path for entry in await self.entries(path, **options)]
        return sorted(each for each in found if each not in {path, "/"})

    async def open(self, path: str, mode: str = "rb", **options: Any) -> "OpenFile":
        """An open file; close it, or use it in ``async with``."""
        if isinstance(self.op, opendal.AsyncOperator):
            return OpenFile(await self.op.open(path, mode, **options))
        return OpenFile(self.op.open(path, mode, **options))


class OpenFile:
    """A file of either kind, called in one way."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.asynchronous = isinstance(file, ASYNC_FILES)

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        return _awaited(getattr(self.file, name), self.asynchronous)

    async def closed(self) -> bool:
        closed: bool = await self.file.closed if self.asynchronous else self.file.closed
        return closed

    async def __aenter__(self) -> Self:
        if self.asynchronous:
            assert await self.file.__aenter__() is self.file
        else:
            assert self.file.__enter__() is self.file
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.asynchronous:
            await self.file.__aexit__(kind, error, traceback)
        else:
            self.file.__exit__(kind, error, traceback)


def _awaited(method: Callable[..., Any], asynchronous: bool) -> Callable[..., Awaitable[Any]]:
    async def call(*args: Any, **options: Any) -> Any:
        answer = method(*args, **options)
        return await answer if asynchronous else answer

    return call
