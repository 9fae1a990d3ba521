"""What the suite runs over: a service as a test is given it, and calls of either kind."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import opendal
import pytest

Kind = opendal.Operator | opendal.AsyncOperator
ASYNC_FILES = (opendal.file.AsyncFile, opendal.file.AsyncTextFile)
# What a service that only reads is not asked for.
CHANGES = {"upload": "write", "delete": "delete", "delete_many": "delete"}
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
    # Whether thousands of writes take no time to speak of.
    quick: bool = False
    # How many bytes an object may have, where that is not many.
    largest: int | None = None
    # Where a service that only reads has its files, so that a test can put some there.
    behind: Path | None = None

    def arguments(self) -> list[str]:
        """The configuration for a program in another process."""
        return [f"{key}={value}" for key, value in self.config.items()]

    def make(self, kind: type[T]) -> T:
        """An operator of that class; on memory each has a store of its own."""
        return kind(self.scheme, **self.config)


class Calls:
    """An operator of either kind, called in one way: what may wait is always awaited.

    The sync operator's answer is handed on as it is; the async operator's is awaited.
    """

    def __init__(self, op: Kind, service: Service | None = None) -> None:
        self.op = op
        self.asynchronous = isinstance(op, opendal.AsyncOperator)
        self._service = service or Service(op.scheme, {})

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        if self._service.behind is not None and name in CHANGES:
            self.needs(CHANGES[name])
        return _awaited(getattr(self.op, name), self.asynchronous)

    def over(self, op: Kind) -> Self:
        """The same for another operator on the same service."""
        return type(self)(op, self._service)

    def layer(self, layer: opendal.layers.Layer) -> Self:
        return self.over(self.op.layer(layer))

    def capability(self) -> opendal.capability.Capability:
        return self.op.capability()

    def can(self, ability: str) -> bool:
        """Whether the service says that it can, and its server does."""
        return ability not in self._service.ignores and bool(getattr(self.op.capability(), ability))

    def needs(self, *abilities: str) -> None:
        """Skip the test unless the service has all of these."""
        for ability in abilities:
            if not self.can(ability):
                pytest.skip(f"{self.op.scheme} cannot {ability}")

    def holds(self, size: int) -> None:
        """Skip the test unless the server takes an object of this size."""
        largest = self._service.largest
        if largest is not None and size > largest:
            pytest.skip(f"{self.op.scheme} takes {largest} bytes at most")

    async def write(self, path: Any, data: Any, **options: Any) -> Any:
        """Write. Where the service only reads, the file is put there without it.

        The answer is then what the service says of the file.
        """
        behind = self._service.behind
        if behind is None:
            return await _awaited(self.op.write, self.asynchronous)(path, data, **options)
        odd = str(path).endswith("/") or ".." in str(path) or not str(path).isprintable()
        if options or odd or not isinstance(data, bytes):
            self.needs("write")
        target = behind / path
        target.parent.mkdir(parents=True, exist_ok=True)
        # As a whole, since somebody may be reading what was there.
        half = target.with_name(f"{target.name}.half")
        half.write_bytes(data)
        half.replace(target)
        return await self.stat(path)

    async def entries(
        self, path: str, *, call: str = "list", **options: Any
    ) -> list[opendal.types.Entry]:
        """The whole listing, by `list` or by `scan`."""
        self.needs("list")
        lister = getattr(self.op, call)(path, **options)
        return [entry async for entry in lister] if self.asynchronous else list(lister)

    async def paths(self, path: str, **options: Any) -> list[str]:
        """The paths of a listing, in order, without the directory that is listed."""
        found = [entry.path for entry in await self.entries(path, **options)]
        return sorted(each for each in found if each not in {path, "/"})

    async def open(self, path: str, mode: str = "rb", **options: Any) -> "OpenFile":
        """An open file; close it, or use it in ``async with``."""
        if self._service.behind is not None and set(mode) & set("wax+"):
            self.needs("write")
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
