"""Open objects: files of bytes and of text, synchronous and asynchronous."""

from __future__ import annotations

import io

from opendal._core.file import AsyncFile, _Handle
from opendal._text import AsyncTextFile

__all__ = ["AsyncFile", "AsyncTextFile", "BinaryFile", "File", "RawFile", "TextFile"]

# Type checkers take this name for true; importing `typing` for it would cost most of our import.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import BinaryIO, NoReturn

    from opendal.types import ReadableBuffer

    # Functions that want files are annotated with `IO[bytes]`, which is no class at run time.
    class _RawBytes(io.RawIOBase, BinaryIO):  # type: ignore[misc]
        pass

    class _BufferedBytes(io.BufferedIOBase, BinaryIO):  # type: ignore[misc]
        pass

else:
    _RawBytes, _BufferedBytes = io.RawIOBase, io.BufferedIOBase


class BinaryFile(io.IOBase):
    """What `File` and `RawFile` have in common: an object as a file of bytes, read or written.

    Going through it gives lines. Leaving a `with` block by an exception gives up what was
    written; leaving it well publishes it. A file that is collected unclosed is given up too, with
    a ResourceWarning. One call runs at a time, others wait for it.
    """

    def __init__(self, handle: _Handle) -> None:
        if not isinstance(handle, _Handle):
            raise TypeError(f"a {type(self).__name__} is made by Operator.open")
        self._handle = handle

    @property
    def name(self) -> str:
        """The path of the object."""
        return self._handle.name

    @property
    def mode(self) -> str:
        """How it was opened: `"rb"`, `"wb"`, `"xb"` or `"ab"`."""
        return self._handle.mode

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
        return self._handle.closed

    def readable(self) -> bool:
        """Return True if the file was opened to read."""
        self._check_open()
        return not self._handle.writes

    def writable(self) -> bool:
        """Return True if the file was opened to write."""
        self._check_open()
        return self._handle.writes

    def seekable(self) -> bool:
        """Return True if `seek` works, which is when the file was opened to read."""
        self._check_open()
        return not self._handle.writes

    def readline(self, size: int | None = -1) -> bytes:
        """Read up to and including the next newline; b"" is the end.

        Args:
            size: most bytes to read, even if the line is longer; None or -1 is no limit.
        """
        return self._handle.readline(size)

    def seek(self, pos: int, whence: int = 0) -> int:
        """Move to another place; only in a file that was opened to read.

        A place within what was read ahead costs nothing, and no place costs a request.

        Args:
            pos: how many bytes from there.
            whence: 0 counts from the start, 1 from the present place, 2 from the end.

        Returns:
            The new place, counted from the start.
        """
        return self._handle.seek(pos, whence)

    def tell(self) -> int:
        """Return where the file stands, in bytes from the start; also while it is written."""
        return self._handle.tell()

    def flush(self) -> None:
        """Do nothing: what was written is published when the file is closed, as a whole."""
        self._handle.flush()

    def close(self) -> None:
        """Close the file and publish what was written; a second time does nothing."""
        self._handle.close()

    def abort(self) -> None:
        """Close the file and give up what was written, as an exception in `with` does."""
        self._handle.abort()

    def _check_open(self) -> None:
        if self._handle.closed:
            self._handle.flush()  # raises the error for a closed file

    def _dealloc_warn(self, source: object) -> None:
        """Give up: Python's own wrappers call it before they close while they are collected."""
        del source
        if self._handle.writes:
            self._handle.abandon()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_type is None:
            self.close()
        else:
            self.abort()

    def __next__(self) -> bytes:
        line = self._handle.readline()
        if not line:
            raise StopIteration
        return line

    def __del__(self) -> None:
        """Do not close, as Python's files do: that would publish. The handle gives up instead."""

    def __repr__(self) -> str:
        return self._handle.describe(type(self).__name__)

    def __reduce_ex__(self, protocol: object, /) -> NoReturn:
        raise TypeError(f"cannot pickle or copy {type(self).__name__!r}: open the path again")


class File(BinaryFile, _BufferedBytes):
    """What `Operator.open` returns for `"rb"` and its like: a buffered file of bytes.

    Who reads on and on gets larger pieces each time, who jumps gets about what was asked for.

    Example:
        with op.open("notes.bin", "wb") as file:
            file.write(b"hello")
    """

    def __init__(self, handle: _Handle) -> None:
        super().__init__(handle)
        if type(self) is File:
            # What is called most goes there at once: half of a short read is the way to it.
            for name in ("read", "read1", "readinto", "readline", "seek", "tell", "write"):
                setattr(self, name, getattr(handle, name))

    def read(self, size: int | None = -1) -> bytes:
        """Read at most so many bytes from where the file stands; b"" is the end.

        Args:
            size: most bytes to read; None or a negative number is all that is left.

        Raises:
            Unsupported: the file was opened to write.
            ValueError: the file is closed.
        """
        return self._handle.read(size)

    def read1(self, size: int = -1) -> bytes:
        """Read what is held already, or what one request brings; b"" is the end.

        Args:
            size: most bytes to read; a negative number is whatever comes.
        """
        return self._handle.read1(size)

    def readinto(self, buffer: ReadableBuffer) -> int:
        """Read into a writable buffer.

        Args:
            buffer: where the bytes go, such as a bytearray; its length is the most that is read.

        Returns:
            How many bytes were read; 0 is the end.
        """
        return self._handle.readinto(buffer)

    def readinto1(self, buffer: ReadableBuffer) -> int:
        """Read into a writable buffer what is held already, or what one request brings.

        Args:
            buffer: where the bytes go; its length is the most that is read.

        Returns:
            How many bytes were read; 0 is the end.
        """
        return self._handle.readinto1(buffer)

    def peek(self, size: int = 0) -> bytes:
        """Return bytes that come next without going on; at least one, unless this is the end.

        Args:
            size: most bytes to return; 0 is 8192.
        """
        return self._handle.peek(size if size > 0 else io.DEFAULT_BUFFER_SIZE)

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
        return self._handle.write(bs)


class RawFile(BinaryFile, _RawBytes):
    """What `Operator.open` returns for `buffering=0`: each read and each write is one of its own.

    Example:
        with op.open("notes.bin", "rb", buffering=0) as file:
            head = file.read(100)
    """

    def read(self, size: int | None = -1) -> bytes:
        """Read at most so many bytes from where the file stands; b"" is the end.

        Args:
            size: most bytes to read; None or a negative number is all that is left.
        """
        return self._handle.read(size)

    def readall(self) -> bytes:
        """Read all that is left."""
        return self._handle.read()

    def readinto(self, buffer: ReadableBuffer) -> int:
        """Read into a writable buffer; say how many bytes were read, where 0 is the end.

        Args:
            buffer: where the bytes go; its length is the most that is read.
        """
        return self._handle.readinto(buffer)

    def write(self, bs: ReadableBuffer) -> int:
        """Write bytes at the end of what was written so far; say how many: all of them.

        Args:
            bs: the data: bytes, or any other contiguous buffer; never a str.
        """
        return self._handle.write(bs)


class TextFile(io.TextIOWrapper):
    """What `Operator.open` returns for text: a `File` with an encoding, as Python's own.

    As with a `File`, an exception in `with` and being collected unclosed give up what was written.
    The encoding is UTF-8 unless another is named: objects travel between machines, so what they
    hold does not depend on how one of them is set.

    Example:
        with op.open("notes.txt", "w") as file:
            print("hello", file=file)
    """

    buffer: File
    mode: str

    def __init__(  # noqa: PLR0917 as the class that it extends
        self,
        buffer: File,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        line_buffering: bool = False,
        mode: str | None = None,
    ) -> None:
        # Only of what it can seek in does Python ask whether the text begins here, where some
        # encodings have a mark, or goes on.
        buffer.seekable = lambda: True  # type: ignore[method-assign]
        try:
            super().__init__(buffer, encoding or "utf-8", errors, newline, line_buffering)
        finally:
            del buffer.seekable
        self.mode = buffer.mode.replace("b", "") if mode is None else mode

    def tell(self) -> int:
        """Return where the file stands: while it is read a number for `seek`, else in bytes."""
        if self.buffer.seekable():
            return super().tell()
        self.flush()
        return self.buffer.tell()

    def abort(self) -> None:
        """Close the file and give up what was written, as an exception in `with` does."""
        self.buffer.abort()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_type is None:
            self.close()
        else:
            self.abort()

    def __del__(self) -> None:
        """Do not close, as Python's files do: that would publish. The handle gives up instead."""

    def __repr__(self) -> str:
        shown = self.buffer._handle.describe(type(self).__name__, self.mode)
        return f"{shown[:-1]} encoding={self.encoding!r}>"

    def __reduce_ex__(self, protocol: object, /) -> NoReturn:
        raise TypeError(f"cannot pickle or copy {type(self).__name__!r}: open the path again")
