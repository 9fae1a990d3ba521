"""Open objects: files of bytes and of text, synchronous and asynchronous."""

from collections.abc import Awaitable, Generator, Iterable
from types import TracebackType
from typing import Any, Self, final

from opendal.types import ReadableBuffer

__all__ = ["AsyncFile", "_Handle"]

@final
class _Handle:
    """An open object, as `File`, `RawFile` and `TextFile` share it; use those.

    Python's own file classes cannot be extended natively, so they are thin and this does the work.
    """

    def read(self, size: int | None = None) -> bytes:
        """Read at most so many bytes, or all that is left.

        Args:
            size: most bytes to read; None or a negative number is all.
        """
    def read1(self, size: int | None = None) -> bytes:
        """Read what is held, or what one request brings.

        Args:
            size: most bytes to read; None or a negative number is whatever comes.
        """
    def readline(self, size: int | None = None) -> bytes:
        """Read up to and including the next newline.

        Args:
            size: most bytes to read, even if the line is longer.
        """
    def readinto(self, buffer: ReadableBuffer) -> int:
        """Read into a writable buffer until it is full or the file ends.

        Args:
            buffer: where the bytes go.
        """
    def readinto1(self, buffer: ReadableBuffer) -> int:
        """Read into a writable buffer what is held, or what one request brings.

        Args:
            buffer: where the bytes go.
        """
    def peek(self, size: int) -> bytes:
        """Return bytes that come next without going on; at least one, unless this is the end.

        Args:
            size: most bytes to return.
        """
    def write(self, bs: ReadableBuffer) -> int:
        """Write bytes at the end of what was written so far.

        Args:
            bs: the data.
        """
    def seek(self, pos: int, whence: int = 0) -> int:
        """Move to another place in a file that is read.

        Args:
            pos: how many bytes from there.
            whence: 0 counts from the start, 1 from the present place, 2 from the end.
        """
    def tell(self) -> int:
        """Return where the file stands, in bytes from the start."""
    def flush(self) -> None:
        """Do nothing, unless the file is closed: then this is an error."""
    def close(self) -> None:
        """Close the file and publish what was written."""
    def abort(self) -> None:
        """Close the file and give up what was written."""
    def abandon(self) -> None:
        """Give up what was written and what is still to come, with a ResourceWarning."""
    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
    @property
    def writes(self) -> bool:
        """Whether the file was opened to write."""
    @property
    def name(self) -> str:
        """The path of the object."""
    @property
    def mode(self) -> str:
        """How it was opened: `"rb"`, `"wb"`, `"xb"` or `"ab"`."""
    def describe(self, class_name: str, mode: str | None = None) -> str:
        """Return what a file shows as its `repr`.

        Args:
            class_name: what the file calls itself.
            mode: its mode, if it is another one than this has.
        """

@final
class AsyncFile:
    """What `AsyncOperator.open` returns: an object as a file of bytes, to read or to write.

    Awaiting it opens the file and gives the file itself; `async with` does so by itself. Every
    method is awaited, and so is `closed`; `async for` goes through the lines. Leaving the block by
    an exception, a cancellation among them, gives up what was written; leaving it well publishes
    it. A file that is collected unclosed is given up too, with a ResourceWarning. One call runs at
    a time, others wait for it.

    Example:
        async with op.open("notes.txt", "wb") as file:
            await file.write(b"hello")
    """

    async def read(self, size: int | None = None) -> bytes:
        """Read at most so many bytes from where the file stands; b"" is the end.

        Args:
            size: most bytes to read; None or a negative number is all that is left.

        Raises:
            Unsupported: the file was opened to write.
            ValueError: the file is closed.
        """
    async def readline(self, size: int | None = None) -> bytes:
        """Read up to and including the next newline; b"" is the end.

        Args:
            size: most bytes to read, even if the line is longer; None is no limit.
        """
    async def read1(self, size: int | None = None) -> bytes:
        """Read what is held already, or what one request brings; b"" is the end.

        Args:
            size: most bytes to read; None or a negative number is whatever comes.
        """
    async def readlines(self, hint: int | None = None) -> list[bytes]:
        """Read lines to the end, or until they are longer than that together.

        Args:
            hint: no further line is read once there are more bytes; None or 0 is no limit.
        """
    async def peek(self, size: int | None = None) -> bytes:
        """Return bytes that come next without going on; at least one, unless this is the end.

        Args:
            size: most bytes to return; None is 8192.
        """
    async def readinto(self, buffer: ReadableBuffer) -> int:
        """Read into a writable buffer.

        Args:
            buffer: where the bytes go, such as a bytearray; its length is the most that is read.

        Returns:
            How many bytes were read; 0 is the end.
        """
    async def write(self, bs: ReadableBuffer) -> int:
        """Write bytes at the end of what was written so far.

        Args:
            bs: the data: bytes, or any other contiguous buffer; never a str.

        Returns:
            How many bytes were written: all of them.

        Raises:
            Unsupported: the file was opened to read.
            ValueError: the file is closed.
        """
    async def writelines(self, lines: Iterable[ReadableBuffer]) -> None:
        """Write several pieces of data, one after the other.

        Args:
            lines: the data; nothing is put between or behind them.
        """
    async def seek(self, pos: int, whence: int = 0) -> int:
        """Move to another place; only in a file that was opened to read.

        Args:
            pos: how many bytes from there.
            whence: 0 counts from the start, 1 from the present place, 2 from the end.

        Returns:
            The new place, counted from the start.
        """
    async def tell(self) -> int:
        """Return where the file stands, in bytes from the start."""
    async def flush(self) -> None:
        """Do nothing: what was written is published when the file is closed, as a whole."""
    async def close(self) -> None:
        """Close the file and publish what was written; a second time does nothing."""
    async def abort(self) -> None:
        """Close the file and give up what was written."""
    @property
    def name(self) -> str:
        """The path of the object."""
    @property
    def mode(self) -> str:
        """How it was opened: `"rb"`, `"wb"`, `"xb"` or `"ab"`."""
    @property
    def closed(self) -> Awaitable[bool]:
        """Whether the file is closed, to be awaited."""
    async def readable(self) -> bool:
        """Return True if the file was opened to read."""
    async def writable(self) -> bool:
        """Return True if the file was opened to write."""
    async def seekable(self) -> bool:
        """Return True if `seek` works, which is when the file was opened to read."""
    def __aiter__(self) -> Self: ...
    async def __anext__(self) -> bytes: ...
    def __await__(self) -> Generator[Any, Any, AsyncFile]: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
