"""The three libraries, each behind the same few calls.

The calls are as thin as can be: what is probed is the library. What one of them has not raises
`Missing`.
"""

import importlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from .registry import Missing

Settings = dict[str, str]
# Bytes of a piece of a stream.
PIECE = 64 << 10


class Client:
    """A store of a library. `store` is its own object; the calls are named as ours are, the async
    ones with an `a` before, and `open_read` and `open_write` open files.
    """

    store: Any

    def __getattr__(self, name: str) -> Any:
        """What was not set, the library has not."""
        raise Missing(name)


class Library:
    """How a library is set up. `NotFound` is what it raises where there is nothing."""

    NotFound: type[Exception]

    def s3(
        self,
        settings: Mapping[str, Any],
        *,
        retries: int | None = 0,
        timeout: float | None = None,
        all_layers: bool = False,
        **more: Any,
    ) -> Client:
        """A client of S3; `retries=None` leaves everything as the library has it."""
        raise NotImplementedError

    def memory(self) -> Client:
        raise NotImplementedError

    def directory(self, root: Path) -> Client:
        raise NotImplementedError


# What ours and Apache's call the same, and some that one of them lacks. The async calls start when
# they are made, so no coroutine is put around them.
SYNC = ("read", "write", "stat", "copy", "delete", "remove_all", "upload", "download")
ASYNC = ("read", "write", "stat")


class OpendalClient(Client):
    """Ours and Apache's have the same names."""

    def __init__(self, operator: Any) -> None:
        self.store = operator
        self.asynchronous = operator.to_async_operator()
        for name in SYNC:
            if hasattr(operator, name):
                setattr(self, name, getattr(operator, name))
        for name in ASYNC:
            setattr(self, f"a{name}", getattr(self.asynchronous, name))
        self.open_read = lambda path: operator.open(path, "rb")
        self.open_write = lambda path: operator.open(path, "wb")
        if hasattr(operator, "delete_many"):
            self.delete_many = lambda *paths: operator.delete_many(paths)
            self.presign = lambda path: operator.presign_read(path, 60)
            self.stream = lambda path: operator.read_stream(path, chunk=PIECE)
            self.astream = lambda path: self.asynchronous.read_stream(path, chunk=PIECE)

    def list(self, path: str) -> Iterator[str]:
        return (entry.path for entry in self.store.list(path))

    async def alist(self, path: str) -> AsyncIterator[str]:
        async for entry in await self.asynchronous.list(path):
            yield entry.path


class Opendal(Library):
    def __init__(self) -> None:
        self.module: Any = importlib.import_module("opendal")
        self.NotFound = self.module.exceptions.NotFound

    def s3(
        self,
        settings: Mapping[str, Any],
        *,
        retries: int | None = 0,
        timeout: float | None = None,
        all_layers: bool = False,
        **more: Any,
    ) -> Client:
        layers = self.module.layers
        operator = self.module.Operator("s3", **{**settings, **more})
        if timeout is not None:
            operator = operator.layer(layers.TimeoutLayer(timeout=timeout, io_timeout=timeout))
        if retries:
            operator = operator.layer(
                layers.RetryLayer(max_times=retries, min_delay=0.01, max_delay=0.1)
            )
        if all_layers:
            for layer in (
                layers.TimeoutLayer(),
                layers.ConcurrentLimitLayer(64),
                layers.MimeGuessLayer(),
                layers.CapabilityOverrideLayer("write_with_if_match=false"),
                layers.RetryLayer(),
            ):
                operator = operator.layer(layer)
        return OpendalClient(operator)

    def memory(self) -> Client:
        return OpendalClient(self.module.Operator("memory"))

    def directory(self, root: Path) -> Client:
        return OpendalClient(self.module.Operator("fs", root=str(root)))


class ObstoreClient(Client):
    def __init__(self, store: Any, api: Any) -> None:
        self.store = store
        self.api = api
        self.write = store.put
        self.stat = store.head
        self.copy = store.copy
        self.delete = store.delete
        self.delete_many = lambda *paths: store.delete([*paths])
        self.upload = lambda source, path: store.put(path, source)
        self.presign = lambda path: api.sign(store, "GET", path, timedelta(seconds=60))
        self.open_read = lambda path: api.open_reader(store, path)
        self.open_write = lambda path: api.open_writer(store, path)
        self.awrite = store.put_async
        self.astat = store.head_async

    def read(self, path: str) -> bytes:
        return cast(bytes, self.store.get(path).bytes().to_bytes())

    def list(self, path: str) -> Iterator[str]:
        return (entry["path"] for page in self.store.list(path) for entry in page)

    def stream(self, path: str) -> Iterator[Any]:
        return iter(self.store.get(path).stream(min_chunk_size=PIECE))

    async def aread(self, path: str) -> bytes:
        answer = await self.store.get_async(path)
        return cast(bytes, (await answer.bytes_async()).to_bytes())

    async def alist(self, path: str) -> AsyncIterator[str]:
        async for page in self.store.list(path):
            for entry in page:
                yield entry["path"]

    async def astream(self, path: str) -> AsyncIterator[Any]:
        answer = await self.store.get_async(path)
        async for piece in answer.stream(min_chunk_size=PIECE):
            yield piece


class Obstore(Library):
    def __init__(self) -> None:
        self.api: Any = importlib.import_module("obstore")
        self.stores: Any = importlib.import_module("obstore.store")
        # It is a builtin there.
        self.NotFound = FileNotFoundError

    def s3(
        self,
        settings: Mapping[str, Any],
        *,
        retries: int | None = 0,
        timeout: float | None = None,
        all_layers: bool = False,
        **more: Any,
    ) -> Client:
        del all_layers  # It has no layers: what they do is always there.
        names = ("bucket", "endpoint", "region", "access_key_id", "secret_access_key")
        given = {**{name: settings[name] for name in names if name in settings}, **more}
        if retries is not None:
            given["retry_config"] = {
                "max_retries": retries,
                "backoff": {
                    "init_backoff": timedelta(milliseconds=10),
                    "max_backoff": timedelta(milliseconds=100),
                },
            }
        client: dict[str, Any] = {"allow_http": True}
        if timeout is not None:
            # What it calls timeout is of the whole body.
            client["read_timeout"] = timedelta(seconds=timeout)
        return ObstoreClient(self.stores.S3Store(client_options=client, **given), self.api)

    def memory(self) -> Client:
        return ObstoreClient(self.stores.MemoryStore(), self.api)

    def directory(self, root: Path) -> Client:
        root.mkdir(parents=True, exist_ok=True)
        return ObstoreClient(self.stores.LocalStore(root), self.api)


LIBRARIES: dict[str, Callable[[], Library]] = {
    "ours": Opendal,
    "apache": Opendal,
    "obstore": Obstore,
}
