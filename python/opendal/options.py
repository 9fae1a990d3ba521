"""The keywords of the operations, each group written once, and two types for annotations.

A group annotates the keywords of a function that passes them on:

    def load(op: Operator, path: str, **options: Unpack[ReadKwargs]) -> bytes:
        return op.read(path, **options)

What no service could take is refused: a path or `start_after` of more than 32,768 bytes; an etag, a
version or the value of a header of more than 4,096; `user_metadata` of more than 32 KiB together.
"""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from os import PathLike
from typing import Protocol, TypeAlias, TypedDict

__all__ = [
    "AsyncWriteSource",
    "ComposeKwargs",
    "ConfigValue",
    "CopyKwargs",
    "CredentialProvider",
    "DeleteKwargs",
    "DownloadKwargs",
    "ListKwargs",
    "OpenKwargs",
    "PresignDeleteKwargs",
    "PresignReadKwargs",
    "PresignWriteKwargs",
    "ReadIntoKwargs",
    "ReadKwargs",
    "ReadRangesKwargs",
    "ReadStreamKwargs",
    "ReadableBuffer",
    "RenameKwargs",
    "RestoreKwargs",
    "ScanKwargs",
    "StatKwargs",
    "WritableBuffer",
    "WriteKwargs",
    "WriteSource",
]

# Whatever is called for credentials: a mapping of a service's options, and when they expire. Its
# values are `object` so that it may be a TypedDict.
CredentialProvider: TypeAlias = Callable[[], Mapping[str, object] | Awaitable[Mapping[str, object]]]

# What a setting of a service may be. Bytes are none: they would be a sequence of int.
ConfigValue: TypeAlias = (
    str
    | bool
    | int
    | float
    | PathLike[str]
    | timedelta
    | Sequence[str]
    | Mapping[str, str]
    | CredentialProvider
    | None
)


class _Buffer(Protocol):
    """The same as `collections.abc.Buffer`, which Python has from 3.12 on."""

    def __buffer__(self, flags: int, /) -> memoryview: ...


class _Array(Protocol):
    """An array of NumPy, whose stubs hide the method above from checkers for Python 3.11."""

    @property
    def data(self) -> memoryview: ...
    @property
    def itemsize(self) -> int: ...


# Whatever gives its bytes as a buffer: bytes, bytearray, memoryview, array, mmap, NumPy's arrays.
ReadableBuffer: TypeAlias = _Buffer | _Array

# The same, for what can be written to: no checker tells the two apart.
WritableBuffer: TypeAlias = _Buffer | _Array


class _Readable(Protocol):
    """A binary file that is open to read."""

    def read(self, size: int, /) -> bytes: ...


# What `write` takes as data, and what it takes on the asynchronous operator.
WriteSource: TypeAlias = ReadableBuffer | _Readable | Iterable[ReadableBuffer]
AsyncWriteSource: TypeAlias = WriteSource | AsyncIterable[ReadableBuffer]


# Merged TypedDicts must not share a key, hence these small ones without a common key.
class _Etag(TypedDict, total=False):
    if_match: str | None
    if_none_match: str | None


class _Times(TypedDict, total=False):
    if_modified_since: datetime | None
    if_unmodified_since: datetime | None


class _Version(TypedDict, total=False):
    version: str | None


class _Headers(TypedDict, total=False):
    content_type: str | None
    cache_control: str | None
    content_disposition: str | None


class _Chunk(TypedDict, total=False):
    chunk: int | None


class _Concurrent(TypedDict, total=False):
    concurrent: int | None


class _Parts(_Chunk, _Concurrent, total=False): ...


class _Offset(TypedDict, total=False):
    offset: int | None


class _Gap(TypedDict, total=False):
    gap: int | None


class _Part(_Offset, total=False):
    size: int | None
    suffix: int | None


class _Place(_Part, total=False):
    prefetch: int | None


class _Range(_Place, _Gap, total=False): ...


class _Stored(TypedDict, total=False):
    if_not_exists: bool | None
    content_encoding: str | None
    user_metadata: Mapping[str, str] | None


class _Append(TypedDict, total=False):
    append: bool | None


class StatKwargs(_Version, _Etag, _Times, _Headers, total=False):
    """The keywords of `stat` and `presign_stat`."""


class ReadKwargs(_Range, _Parts, _Version, _Etag, _Times, _Headers, total=False):
    """The keywords of `read` and `read_buffer`."""


class ReadIntoKwargs(_Offset, _Version, _Etag, _Times, _Headers, total=False):
    """The keywords of `read_into`."""


class ReadRangesKwargs(_Gap, _Concurrent, _Version, _Etag, _Times, _Headers, total=False):
    """The keywords of `read_ranges`."""


class ReadStreamKwargs(_Place, _Parts, _Version, _Etag, _Times, _Headers, total=False):
    """The keywords of `read_stream`."""


class DownloadKwargs(_Parts, _Version, _Etag, _Times, _Headers, total=False):
    """The keywords of `download`, besides `progress`."""


class PresignReadKwargs(_Part, _Version, _Etag, _Times, _Headers, total=False):
    """The keywords of `presign_read`: those of `read` that one request can carry."""


class PresignWriteKwargs(_Stored, _Etag, _Headers, total=False):
    """The keywords of `presign_write`: those of `write` that one request can carry."""


class WriteKwargs(_Append, _Parts, _Stored, _Etag, _Headers, total=False):
    """The keywords of `write`, and of `upload` besides `progress`."""


class OpenKwargs(_Range, _Append, _Parts, _Version, _Stored, _Etag, _Times, _Headers, total=False):
    """The keywords of `open`: those of `read` and those of `write`."""


class ScanKwargs(TypedDict, total=False):
    """The keywords of `scan`."""

    limit: int | None
    page_size: int | None
    max_items: int | None
    stat: bool | None
    start_after: str | None
    versions: bool | None
    deleted: bool | None


class ListKwargs(ScanKwargs, total=False):
    """The keywords of `list`."""

    recursive: bool | None


class PresignDeleteKwargs(TypedDict, total=False):
    """The keywords of `presign_delete`."""

    version: str | None


class DeleteKwargs(PresignDeleteKwargs, total=False):
    """The keywords of `delete`."""

    recursive: bool | None
    if_match: str | None


class RenameKwargs(TypedDict, total=False):
    """The keywords of `rename`."""

    if_not_exists: bool | None


class CopyKwargs(RenameKwargs, _Parts, total=False):
    """The keywords of `copy`."""

    if_match: str | None
    source_version: str | None


class RestoreKwargs(PresignDeleteKwargs, RenameKwargs, total=False):
    """The keywords of `restore`."""


class ComposeKwargs(_Stored, _Concurrent, _Etag, _Headers, total=False):
    """The keywords of `compose`."""
