"""Open objects: files of bytes, synchronous and asynchronous."""

from collections.abc import Awaitable, Generator
from types import TracebackType
from typing import Any, Self, final

from opendal.types import ReadableBuffer

__all__ = ["AsyncFile", "File"]

@final
class File:
    """What `Operator.open` returns: an object as a file of bytes, to read or to write.

    Going through it gives lines. Leaving a `with` block by an exception gives up what was
    written; leaving it well publishes it. A file that is collected unclosed is given up too, with
    a ResourceWarning. One call runs at a time, others wait for it.

    Example:
        with op.open("notes.txt", "wb") as file:
            file.write(b"hello")
    """

    def read(self, size: int | None = None) -> bytes:
        """Read at most so many bytes from where the file stands; b"" is the end.

        Args:
            size: most bytes to read; None or a negative number is all that is left.

        Raises:
            Unsupported: the file was opened to write.
            ValueError: the file is closed.
        """
    def readline(self, size: int | None = None) -> bytes:
        """Read up to and including the next newline; b"" is the end.

        Args:
            size: most bytes to read, even if the line is longer; None is no limit.
        """
    def readinto(self, buffer: ReadableBuffer) -> int:
        """Read into a writable buffer.

        Args:
            buffer: where the bytes go, such as a bytearray; its length is the most that is read.

        Returns:
            How many bytes were read; 0 is the end.
        """
    def write(self, bs: ReadableBuffer) -> int:
        """Write bytes at the end of what was written so far.

        Args:
            bs: the data: bytes, or any other contiguous buffer; never a str.

        Returns:
            How many bytes were written: all of them.

        Raises:
            Unsupported: the file was opened to read.
            ValueError: the file is closed.
        """
    def seek(self, pos: int, whence: int = 0) -> int:
        """Move to another place; only in a file that was opened to read.

        Args:
            pos: how many bytes from there.
            whence: 0 counts from the start, 1 from the present place, 2 from the end.

        Returns:
            The new place, counted from the start.
        """
    def tell(self) -> int:
        """Return where the file stands, in bytes from the start."""
    def flush(self) -> None:
        """Do nothing: what was written is published when the file is closed, as a whole."""
    def close(self) -> None:
        """Close the file and publish what was written; a second time does nothing."""
    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
    def readable(self) -> bool:
        """Return True if the file was opened to read."""
    def writable(self) -> bool:
        """Return True if the file was opened to write."""
    def seekable(self) -> bool:
        """Return True if `seek` works, which is when the file was opened to read."""
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> bytes: ...

@final
class AsyncFile:
    """What `AsyncOperator.open` returns: an object as a file of bytes, to read or to write.

    Awaiting it opens the file and gives the file itself; `async with` does so by itself. Every
    method is awaited, and so is `closed`. Leaving the block by an exception gives up what was
    written; leaving it well publishes it. A file that is collected unclosed is given up too, with
    a ResourceWarning. One call runs at a time, others wait for it.

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
    @property
    def closed(self) -> Awaitable[bool]:
        """Whether the file is closed, to be awaited."""
    async def readable(self) -> bool:
        """Return True if the file was opened to read."""
    async def writable(self) -> bool:
        """Return True if the file was opened to write."""
    async def seekable(self) -> bool:
        """Return True if `seek` works, which is when the file was opened to read."""
    def __await__(self) -> Generator[Any, Any, AsyncFile]: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
