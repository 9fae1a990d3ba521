"""Text over an asynchronous file of bytes, which Python has no class for."""

from __future__ import annotations

import codecs
import io
import os

from opendal._core.file import AsyncFile

# Type checkers take this name for true; importing `typing` for it would cost most of our import.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Generator, Iterable
    from types import TracebackType
    from typing import Any, Self

_ENDS = ("\r\n", "\n", "\r")
# What is there already is decoded and handed out without waiting. After so many bytes, and after so
# many lines, the loop gets its turn: each takes it a few milliseconds at most.
_PIECE = 1 << 20
_LINES = 1000


async def _turn() -> None:
    from asyncio import sleep  # noqa: PLC0415 as below

    await sleep(0)


class AsyncTextFile:
    """What `AsyncOperator.open` returns for text: an `AsyncFile` with an encoding.

    Awaiting it opens the file and gives the file itself; `async with` does so by itself.
    `async for` goes through the lines. What was written is given up and published as with an
    `AsyncFile`. The encoding is UTF-8 unless another is named, and `newline` means what it does to
    Python's own `open`. Text has no places to count, so `seek` goes to the start only.

    Example:
        async with op.open("notes.txt", "w") as file:
            await file.write("hello")
    """

    __module__ = "opendal.file"

    def __init__(
        self,
        buffer: AsyncFile,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        mode: str | None = None,
    ) -> None:
        from asyncio import Lock  # noqa: PLC0415 who awaits has it already

        if not isinstance(buffer, AsyncFile):
            raise TypeError("an AsyncTextFile is made by AsyncOperator.open")
        if newline not in (None, "", *_ENDS):
            raise ValueError(f"illegal newline value: {newline!r}")
        self._buffer = buffer
        self._encoding = encoding or "utf-8"
        self._errors = errors or "strict"
        self._newline = newline
        self._mode = buffer.mode.replace("b", "") if mode is None else mode
        codecs.lookup_error(self._errors)
        self._encoder = codecs.getincrementalencoder(self._encoding)(self._errors)
        self._begun = False
        self._lines = 0
        self._lock = Lock()
        self._rewind()

    def _rewind(self) -> None:
        decoder = codecs.getincrementaldecoder(self._encoding)(self._errors)
        self._decoder: codecs.IncrementalDecoder | io.IncrementalNewlineDecoder = decoder
        if not self._newline:
            # It also keeps "\r\n" together where one piece ends between the two.
            self._decoder = io.IncrementalNewlineDecoder(decoder, self._newline is None)
        self._text = ""
        self._at = 0
        # What was read and is not decoded yet, since the call that was to do so was cancelled.
        self._raw = b""
        self._raw_at = 0
        self._ended = False

    @property
    def buffer(self) -> AsyncFile:
        """The file of bytes below."""
        return self._buffer

    @property
    def name(self) -> str:
        """The path of the object."""
        return self._buffer.name

    @property
    def mode(self) -> str:
        """How it was opened."""
        return self._mode

    @property
    def encoding(self) -> str:
        """How characters are bytes."""
        return self._encoding

    @property
    def errors(self) -> str:
        """What is done about bytes that are not of the encoding."""
        return self._errors

    async def read(self, size: int | None = None) -> str:
        """Read at most so many characters; "" is the end.

        Args:
            size: most characters to read; None or a negative number is all that is left.
        """
        async with self._lock:
            if size is None or size < 0:
                data = await self._buffer.read()
                self._raw, self._raw_at = self._raw[self._raw_at :] + data, 0
                await self._decode_rest()
                return self._give(len(self._text))
            while len(self._text) - self._at < size and await self._more():
                pass
            return self._give(self._at + size)

    async def readline(self, size: int | None = None) -> str:
        """Read up to and including the next end of a line; "" is the end.

        Args:
            size: most characters to read, even if the line is longer; None is no limit.
        """
        limit = None if size is None or size < 0 else size
        self._lines += 1
        if self._lines % _LINES == 0:
            await _turn()
        async with self._lock:
            return await self._line(limit)

    async def readlines(self, hint: int | None = None) -> list[str]:
        """Read lines to the end, or until they are longer than that together.

        Args:
            hint: no further line is read once there are more characters; None or 0 is no limit.
        """
        lines: list[str] = []
        total = 0
        async with self._lock:
            try:
                while line := await self._line(None):
                    lines.append(line)
                    total += len(line)
                    if hint is not None and 0 < hint < total:
                        break
                    if len(lines) % _LINES == 0:
                        await _turn()
            except BaseException:
                # Nobody gets them now: the next read does.
                self._text = "".join([*lines, self._text[self._at :]])
                self._at = 0
                raise
        return lines

    async def write(self, text: str) -> int:
        """Write text at the end of what was written so far.

        Args:
            text: what to write.

        Returns:
            How many characters were written: all of them.
        """
        if not isinstance(text, str):
            given = type(text).__name__
            raise TypeError(f"write: text must be str, not {given}; bytes are for mode 'wb'")
        async with self._lock:
            if not self._begun and await self._buffer.tell() > 0:
                self._encoder.setstate(0)  # the mark that some encodings begin with is there
            self._begun = True
            ends = os.linesep if self._newline is None else self._newline
            changed = text.replace("\n", ends) if ends not in ("", "\n") else text
            await self._buffer.write(self._encoder.encode(changed))
        return len(text)

    async def writelines(self, lines: Iterable[str]) -> None:
        """Write several pieces of text, one after the other.

        Args:
            lines: the text; nothing is put between or behind them.
        """
        for line in lines:
            await self.write(line)

    async def seek(self, pos: int, whence: int = 0) -> int:
        """Go back to the start.

        Args:
            pos: 0; other places of a text have no number.
            whence: 0.

        Raises:
            io.UnsupportedOperation: another place, or the file was opened to write.
        """
        if pos != 0 or whence != 0:
            raise io.UnsupportedOperation("text can only be sought to its start: seek(0)")
        async with self._lock:
            await self._buffer.seek(0)
            self._rewind()
        return 0

    async def flush(self) -> None:
        """Do nothing: what was written is published when the file is closed, as a whole."""
        await self._buffer.flush()

    async def close(self) -> None:
        """Close the file and publish what was written; a second time does nothing."""
        async with self._lock:
            if self._begun and not await self._buffer.closed:
                rest = self._encoder.encode("", final=True)
                if rest:
                    await self._buffer.write(rest)
            await self._buffer.close()

    async def abort(self) -> None:
        """Close the file and give up what was written, as an exception in the block does."""
        await self._buffer.abort()

    @property
    def closed(self) -> Awaitable[bool]:
        """Whether the file is closed, to be awaited."""
        return self._buffer.closed

    async def readable(self) -> bool:
        """Return True if the file was opened to read."""
        return await self._buffer.readable()

    async def writable(self) -> bool:
        """Return True if the file was opened to write."""
        return await self._buffer.writable()

    async def seekable(self) -> bool:
        """Return True if `seek` works, which is when the file was opened to read."""
        return await self._buffer.seekable()

    def _take(self, data: bytes, final: bool) -> None:
        self._text = self._text[self._at :] + self._decoder.decode(data, final)
        self._at = 0
        self._ended = final

    async def _decode_rest(self) -> None:
        """Decode all that is left of the file."""
        texts = [self._text[self._at :]]
        try:
            while len(self._raw) - self._raw_at > _PIECE:
                texts.append(self._decode(self._raw_at + _PIECE))
                await _turn()
            texts.append(self._decode(len(self._raw), final=True))
            self._ended = True
        finally:
            self._text, self._at = "".join(texts), 0

    def _decode(self, end: int, final: bool = False) -> str:
        """Decode what was read up to there."""
        piece = self._raw[self._raw_at : end]
        try:
            text = self._decoder.decode(piece, final)
        except UnicodeDecodeError as error:
            # It tells of places in the piece, and in what the decoder had from before.
            before = self._raw_at + len(piece) - len(error.object)
            if before > 0:
                error.object = self._raw
                error.start, error.end = error.start + before, error.end + before
            raise
        self._raw_at = end
        if end == len(self._raw):
            self._raw, self._raw_at = b"", 0
        return text

    async def _more(self) -> bool:
        """Decode what comes next; False at the end."""
        if self._ended:
            return False
        left = len(self._raw) - self._raw_at
        if left > 0:
            text = self._decode(self._raw_at + min(left, _PIECE))
            self._text, self._at = self._text[self._at :] + text, 0
            return True
        data = await self._buffer.read1()
        self._take(data, final=not data)
        return True

    def _give(self, end: int) -> str:
        given = self._text[self._at : end]
        self._at += len(given)
        return given

    async def _line(self, limit: int | None) -> str:
        looked = 0
        while True:
            end = self._end_of_line(self._at + looked)
            there = len(self._text) - self._at
            if limit is not None and limit <= (there if end is None else end - self._at):
                return self._give(self._at + limit)
            if end is not None:
                return self._give(end)
            # What may be the first half of an end is looked at once more.
            looked = max(0, there - 1)
            if not await self._more():
                return self._give(len(self._text))

    def _end_of_line(self, start: int) -> int | None:
        """Where the line ends, its end included."""
        ends = _ENDS if self._newline == "" else (self._newline or "\n",)
        found = [(at, -len(end)) for end in ends if (at := self._text.find(end, start)) >= 0]
        if not found:
            return None
        at, length = min(found)
        return at - length

    def __await__(self) -> Generator[Any, Any, Self]:
        yield from self._buffer.__await__()
        return self

    async def __aenter__(self) -> Self:
        return await self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_type is None:
            await self.close()
        else:
            await self._buffer.__aexit__(exc_type, exc_value, traceback)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        line = await self.readline()
        if not line:
            raise StopAsyncIteration
        return line

    def __repr__(self) -> str:
        shown = repr(self._buffer).replace(self._buffer.mode, self._mode)
        shown = shown.replace("AsyncFile", type(self).__name__, 1)
        return f"{shown[:-1]} encoding={self._encoding!r}>"
