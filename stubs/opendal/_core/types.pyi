"""The values that operators give: data, entries, metadata, listings and signed requests."""

from collections.abc import Generator, Iterator
from datetime import datetime
from types import TracebackType
from typing import Any, ClassVar, Self, SupportsIndex, final, overload

from opendal.options import ReadableBuffer

__all__ = [
    "AsyncLister",
    "AsyncReadStream",
    "Buffer",
    "Entries",
    "Entry",
    "EntryMode",
    "Lister",
    "Metadata",
    "PresignedRequest",
    "ReadStream",
]

@final
class EntryMode:
    """Whether something is a file or a directory: `EntryMode.File`, `.Dir` or `.Unknown`.

    Modes can be compared, hashed, copied and pickled, and `int(mode)` is a number of each.
    """

    File: ClassVar[EntryMode]
    Dir: ClassVar[EntryMode]
    Unknown: ClassVar[EntryMode]

    def is_file(self) -> bool:
        """Return True for `EntryMode.File`."""
    def is_dir(self) -> bool:
        """Return True for `EntryMode.Dir`."""
    def __int__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Buffer:
    """Bytes that were read, where they are: read-only, and shared instead of copied.

    Takes part wherever a buffer does (memoryview, hashlib, struct, sockets, NumPy), compares and
    hashes as `bytes` does, and is cut without a copy. `bytes(buffer)` makes a copy.

    Args:
        data: bytes, or another contiguous buffer, which is copied unless it is `bytes`.

    Example:
        buffer = op.read_buffer("photo.raw")
        header = buffer[:16]
    """

    def __new__(cls, data: ReadableBuffer | None = None, /) -> Self: ...
    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return the text that the bytes stand for.

        Args:
            encoding: the name of the encoding.
            errors: what to do with bytes that it has no text for, as `bytes.decode` takes it.

        Raises:
            UnicodeDecodeError: the bytes are no text of that encoding.
        """
    def hex(self) -> str:
        """Return two hexadecimal digits for each byte."""
    def tobytes(self) -> bytes:
        """Return a copy as `bytes`."""
    def __len__(self) -> int: ...
    def __bytes__(self) -> bytes: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
    @overload
    def __getitem__(self, key: SupportsIndex, /) -> int: ...
    @overload
    def __getitem__(self, key: slice, /) -> Buffer: ...
    def __contains__(self, item: ReadableBuffer | SupportsIndex, /) -> bool: ...
    def __iter__(self) -> Iterator[int]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __lt__(self, other: ReadableBuffer, /) -> bool: ...
    def __le__(self, other: ReadableBuffer, /) -> bool: ...
    def __gt__(self, other: ReadableBuffer, /) -> bool: ...
    def __ge__(self, other: ReadableBuffer, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Metadata:
    """What a service knows of an object or directory; None is for what it does not tell.

    Metadata with the same values is equal, can be a key of a dict, copied and pickled.
    """

    @property
    def mode(self) -> EntryMode:
        """Whether it is a file or a directory."""
    @property
    def is_file(self) -> bool:
        """True if it is a file."""
    @property
    def is_dir(self) -> bool:
        """True if it is a directory."""
    @property
    def content_length(self) -> int:
        """The size in bytes; 0 for a directory."""
    @property
    def content_type(self) -> str | None:
        """The media type, such as `text/plain`."""
    @property
    def content_encoding(self) -> str | None:
        """How the content is encoded, such as `gzip`."""
    @property
    def content_disposition(self) -> str | None:
        """How a browser should present it, and under which name."""
    @property
    def content_md5(self) -> str | None:
        """The MD5 digest of the content, in base64."""
    @property
    def cache_control(self) -> str | None:
        """How long and by whom it may be cached."""
    @property
    def etag(self) -> str | None:
        """A mark of this very content, with its quotes; conditions compare it."""
    @property
    def version(self) -> str | None:
        """The version, where the service keeps versions."""
    @property
    def last_modified(self) -> datetime | None:
        """When it was last changed, in UTC with time zone."""
    @property
    def user_metadata(self) -> dict[str, str] | None:
        """The names and values that were given when it was written."""
    @property
    def is_current(self) -> bool | None:
        """Whether this is the current version."""
    @property
    def is_deleted(self) -> bool:
        """True if this version is deleted; only listings with `deleted` or `versions` have such."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Entry:
    """One line of a listing.

    Entries with the same path and metadata are equal; they can be hashed, copied and pickled.
    """

    @property
    def path(self) -> str:
        """The path below the root of the operator; that of a directory ends in `/`."""
    @property
    def name(self) -> str:
        """The last part of the path; that of a directory ends in `/`, the root is `/`."""
    @property
    def mode(self) -> EntryMode:
        """Whether it is a file or a directory."""
    @property
    def is_file(self) -> bool:
        """True if it is a file."""
    @property
    def is_dir(self) -> bool:
        """True if it is a directory."""
    @property
    def metadata(self) -> Metadata:
        """What the listing tells of it.

        Raises:
            Unsupported: the listing was made with `stat=False`, so it has names and modes only.
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class PresignedRequest:
    """An HTTP request that carries its own permission; send it with any client.

    Treat the request as a secret while it is valid, and its pickle too, which holds all of it.
    Its repr leaves out the signature. Requests can be compared, hashed and copied.
    """

    @property
    def url(self) -> str:
        """The URL, with the signature."""
    @property
    def method(self) -> str:
        """The HTTP method, such as `GET`."""
    @property
    def headers(self) -> dict[str, str]:
        """The headers that must be sent with it."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Lister:
    """An iterator of `Entry` that fetches its pages while it is gone through.

    Threads may share one: each entry is given once. It is an Arrow stream too, for
    `pyarrow.table(lister)`, `polars.DataFrame(lister)` and others, which makes no object per entry.
    The columns are named as the attributes of `Entry` and `Metadata`; null is for what is not
    known, and with `stat=False` there are only the first two:

    - `path`: string
    - `mode`: string, `file`, `dir` or `unknown`
    - `content_length`: int64, null but for files
    - `last_modified`: timestamp in microseconds, UTC
    - `etag`, `version`, `content_type`: string
    - `is_current`, `is_deleted`: bool
    """

    def __iter__(self) -> Self: ...
    def __next__(self) -> Entry: ...
    def collect(self) -> Entries:
        """Fetch all entries that are left.

        Returns:
            The entries; in memory they take less room than a list of them.

        Raises:
            Error: the listing failed; the class says why.

        Example:
            entries = op.list("logs/").collect()
            print(len(entries), entries[0].path)
        """
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Give the rest of the listing as an Arrow stream, a batch a page, fetched as it is read.

        An error while it is read becomes one of whoever reads it, with the same message. So does
        Ctrl-C; KeyboardInterrupt is raised right after it.

        Args:
            requested_schema: not heeded; whoever reads the stream may cast it.

        Returns:
            A capsule of the Arrow PyCapsule interface, named `arrow_array_stream`.

        Example:
            table = pyarrow.table(op.list("logs/", recursive=True))
        """

@final
class AsyncLister:
    """What `AsyncOperator.list` returns: an asynchronous iterator of `Entry`.

    Awaiting it gives the iterator itself; nothing is fetched before the first entry is asked for.
    For Arrow, collect it: reading a stream would block the event loop.
    """

    def __await__(self) -> Generator[Any, Any, AsyncLister]: ...
    def __aiter__(self) -> Self: ...
    async def __anext__(self) -> Entry: ...
    async def collect(self) -> Entries:
        """Fetch all entries that are left, in one call.

        Returns:
            The entries; in memory they take less room than a list of them.

        Raises:
            Error: the listing failed; the class says why.

        Example:
            table = pyarrow.table(await op.list("logs/").collect())
        """

@final
class Entries:
    """All entries of a listing, as `collect` gives them: a sequence, and an Arrow stream.

    An `Entry` is made when it is asked for. The columns of the stream are those of `Lister`.
    """

    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, index: SupportsIndex, /) -> Entry: ...
    @overload
    def __getitem__(self, index: slice, /) -> Entries: ...
    def __iter__(self) -> Iterator[Entry]: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Give the entries as an Arrow stream, as often as it is asked for.

        Args:
            requested_schema: not heeded; whoever reads the stream may cast it.

        Returns:
            A capsule of the Arrow PyCapsule interface, named `arrow_array_stream`.
        """

@final
class ReadStream:
    """The pieces of an object, as they come; an iterator that may be closed early.

    Leaving a `with` block closes it. It may be shared by threads; each piece goes to one of them.
    """

    def __iter__(self) -> Self: ...
    def __next__(self) -> Buffer: ...
    def close(self) -> None:
        """End the transfer. What was not read yet is given up; closing twice is allowed."""
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

@final
class AsyncReadStream:
    """The pieces of an object, as they come; an asynchronous iterator that may be closed early.

    Leaving an `async with` block closes it. Pieces keep their order: one is fetched when that
    before it was awaited, and one whose await was cancelled comes again.
    """

    def __await__(self) -> Generator[Any, Any, Self]: ...
    def __aiter__(self) -> Self: ...
    async def __anext__(self) -> Buffer: ...
    async def aclose(self) -> None:
        """End the transfer. What was not read yet is given up; closing twice is allowed."""
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
