"""Operators: the synchronous one, its asynchronous twin, and what an asynchronous call returns."""

from collections.abc import AsyncIterable, Callable, Generator, Iterable, Mapping
from datetime import timedelta
from os import PathLike
from types import TracebackType
from typing import IO, Any, ClassVar, Literal, NoReturn, Self, TypeAlias, Unpack, final, overload

from opendal._core.capability import Capability
from opendal._core.file import AsyncFile
from opendal._core.layers import Layer
from opendal._core.types import (
    AsyncLister,
    AsyncReadStream,
    Buffer,
    Entry,
    Lister,
    Metadata,
    PresignedRequest,
    ReadStream,
)
from opendal.file import AsyncTextFile, File, RawFile, TextFile
from opendal.options import (
    AsyncWriteSource,
    ComposeKwargs,
    CopyKwargs,
    DeleteKwargs,
    DownloadKwargs,
    ListKwargs,
    OpenKwargs,
    PresignDeleteKwargs,
    PresignReadKwargs,
    PresignWriteKwargs,
    ReadIntoKwargs,
    ReadKwargs,
    ReadRangesKwargs,
    ReadStreamKwargs,
    RenameKwargs,
    RestoreKwargs,
    ScanKwargs,
    StatKwargs,
    WriteKwargs,
    WriteSource,
)
from opendal.services import Scheme
from opendal.types import ConfigValue, WritableBuffer

# Part of every type checker, nothing to install; `typing` has it from Python 3.15 on.
from typing_extensions import disjoint_base

__all__ = ["AsyncOperator", "Awaitable", "Operator"]

_TextMode: TypeAlias = Literal["r", "rt", "tr", "w", "wt", "tw", "x", "xt", "tx", "a", "at", "ta"]
_BinaryMode: TypeAlias = Literal["rb", "br", "wb", "bw", "xb", "bx", "ab", "ba"]

@disjoint_base
class Operator:
    """One storage service with its configuration, used synchronously.

    The scheme names the service; the keywords configure it, and which ones there are
    depends on the service. Nothing is sent before the first operation. An operator is
    immutable, cheap to copy, safe to share between threads and can be pickled (a pickle
    holds the credentials: keep it confidential). Subclasses give `scheme` and keywords to
    `super().__init__`; layers, copies and pickles keep the subclass, as does the way to the twin
    and back where both classes name each other as `twin`. No `__init__` runs then, nor in
    `from_uri` and `from_config`.

    Calls release the GIL while they wait and answer Ctrl-C. `with` is allowed and releases
    nothing.

    Args:
        scheme: name of the service in any case, such as `"s3"`, or a `Scheme`.
        **config: its settings; a bool, number, list, path or timedelta is converted.
            `credential_provider` is a function, `async def` or not, that returns credentials by
            the names of settings, with `expires_at`, an aware datetime, if they expire; it is
            asked at the first request and again before that.

    Raises:
        Unsupported: there is no such scheme (a ValueError too).
        ConfigInvalid: an unknown keyword, a missing one, or a value out of range.
        InvalidArgument: a value of the wrong type.

    Example:
        op = Operator("s3", bucket="photos", region="eu-west-1")
        data = op.read("2024/cat.jpg")
    """

    # The class that to_async_operator() gives.
    twin: ClassVar[type[AsyncOperator]]
    # The schemes that from_uri() and from_config() take; () is all of them.
    schemes: ClassVar[tuple[str, ...]]

    def __init__(self, scheme: str | Scheme, **config: ConfigValue) -> None: ...
    @classmethod
    def from_uri(cls, uri: str, **config: ConfigValue) -> Self:
        """Make an operator from a URI.

        `Operator.from_uri` gives the typed class of the service where its wheel is installed.
        On a typed class, the scheme must be one of its own.

        Args:
            uri: scheme, store and root, such as `s3://bucket/root?region=x` or `fs:///srv/data`.
                The parts and the query are options of the service, and nothing of it is ignored.
                What begins with `/`, `./` or `../` is a directory of this machine.
            **config: further settings; they win over the ones in the URI.

        Returns:
            The operator.

        Raises:
            Unsupported: there is no such scheme (a ValueError too).
            ConfigInvalid: a bad URI or setting, or a scheme that is not one of this class.

        Example:
            op = Operator.from_uri("s3://photos/2024?region=eu-west-1")
        """
    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> Self:
        """Make an operator from a mapping.

        The same as `from_uri`, but all of it is in one mapping, such as one read from a file or a
        TypedDict of `opendal.config`. Values may be what the constructor takes.

        Args:
            config: the settings, with the scheme under `"scheme"`.

        Returns:
            The operator.

        Raises:
            Unsupported: there is no scheme in it, or no such scheme (a ValueError too).
            ConfigInvalid: a bad setting, or a scheme that is not one of this class.
            InvalidArgument: a value of the wrong type.

        Example:
            op = Operator.from_config({"scheme": "fs", "root": "data"})
        """
    @property
    def scheme(self) -> str:
        """The scheme of the service, in lower case."""
    @property
    def root(self) -> str:
        """The directory that all paths are below; it begins with `/`."""
    @property
    def name(self) -> str:
        """The name that the service has for the store, such as the bucket; may be empty."""
    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, in the order in which they were applied: the last one is the outermost."""
    def read(self, path: str | PathLike[str], **options: Unpack[ReadKwargs]) -> bytes:
        """Read an object, or a range of it.

        A range that goes beyond the end is cut there. What is longer than 16 MiB is fetched by
        several requests at a time, where the service can be held to one state of the object.

        Args:
            path: where the object is, below the root of the operator.

        Keywords:
            offset: int, first byte to read; beyond the end there is nothing to read.
            size: int, most bytes to read; without it, everything up to the end.
            suffix: int, read so many bytes at the end, instead of `offset` and `size`.
            chunk: int, bytes of one request; with it, the object is read in parts.
            concurrent: int, how many parts may be under way at once, at most 1024.
            gap: int, ranges no further apart than these bytes become one request.
            prefetch: int, how many parts are fetched ahead of the reader.
            version: str, the version to read.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            The bytes that were asked for.

        Raises:
            NotFound: there is nothing at `path`.
            IsADirectory: `path` is a directory.
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            head = op.read("logs/today", offset=0, size=1024)
        """
    def read_buffer(self, path: str | PathLike[str], **options: Unpack[ReadKwargs]) -> Buffer:
        """Read as `read` does, without a copy into Python's own bytes.

        Args:
            path: where the object is, below the root of the operator.

        Keywords:
            offset: int, first byte to read; beyond the end there is nothing to read.
            size: int, most bytes to read; without it, everything up to the end.
            suffix: int, read so many bytes at the end, instead of `offset` and `size`.
            chunk: int, bytes of one request; with it, the object is read in parts.
            concurrent: int, how many parts may be under way at once, at most 1024.
            gap: int, ranges no further apart than these bytes become one request.
            prefetch: int, how many parts are fetched ahead of the reader.
            version: str, the version to read.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            What was read, as a read-only buffer: for memoryview, hashlib, sockets, files and NumPy.

        Raises:
            NotFound: there is nothing at `path`.
            IsADirectory: `path` is a directory.
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            view = memoryview(op.read_buffer("photo.raw"))
        """
    def read_into(
        self,
        path: str | PathLike[str],
        buffer: WritableBuffer,
        **options: Unpack[ReadIntoKwargs],
    ) -> int:
        """Read into memory of the caller's, as much as fits and the object has.

        Leave the buffer alone until the call is over. After an error its content is undefined.

        Args:
            path: where the object is, below the root of the operator.
            buffer: where the bytes go: a bytearray, a memoryview, an array, a map of memory.

        Keywords:
            offset: int, first byte to read; beyond the end there is nothing to read.
            version: str, the version to read.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            How many bytes were read: fewer than the buffer has room for if the object ends.

        Raises:
            NotFound: there is nothing at `path`.
            IsADirectory: `path` is a directory.
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            block = bytearray(4096)
            count = op.read_into("disk.img", block, offset=8192)
        """
    def read_ranges(
        self,
        path: str | PathLike[str],
        ranges: Iterable[tuple[int, int]],
        **options: Unpack[ReadRangesKwargs],
    ) -> list[bytes]:
        """Read many ranges of one object, with as few requests as make sense.

        Ranges may overlap and come in any order. Each is cut at the end of the object, so one
        beyond it is empty.

        Args:
            path: where the object is, below the root of the operator.
            ranges: pairs of an offset and a size in bytes.

        Keywords:
            gap: int, ranges no further apart than these bytes become one request; 1 MiB unless
                it is given.
            concurrent: int, how many requests may be under way at once, at most 1024; 8 unless
                it is given.
            version: str, the version to read.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            The bytes of each range, in the order in which they were asked for.

        Raises:
            Conflict: the object was replaced between two requests.
            NotFound: there is nothing at `path`.
            IsADirectory: `path` is a directory.
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            header, index = op.read_ranges("table.parquet", [(0, 4), (90_000, 512)])
        """
    def read_stream(
        self, path: str | PathLike[str], **options: Unpack[ReadStreamKwargs]
    ) -> ReadStream:
        """Read an object piece by piece.

        Nothing is sent before the first piece is asked for. Closing the stream, or letting go of
        it, ends the transfer.

        Args:
            path: where the object is, below the root of the operator.

        Keywords:
            chunk: int, bytes of one piece; the last one may be shorter. 1 MiB unless it is given.
            concurrent: int, how many pieces may be under way at once, at most 1024; each is then
                a request of its own.
            prefetch: int, how many pieces are fetched ahead of the reader.
            offset: int, first byte to read; beyond the end there is nothing to read.
            size: int, most bytes to read; without it, everything up to the end.
            suffix: int, read so many bytes at the end, instead of `offset` and `size`.
            version: str, the version to read.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            An iterator of the pieces, each a `Buffer`.

        Raises:
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            digest = hashlib.sha256()
            for piece in op.read_stream("film.mp4"):
                digest.update(piece)
        """
    def download(
        self,
        path: str | PathLike[str],
        target: str | PathLike[str],
        *,
        progress: Callable[[int, int | None], object] | None = None,
        **options: Unpack[DownloadKwargs],
    ) -> Metadata:
        """Fetch an object into a file on this machine's disk.

        The file appears, or replaces what was there, when all of it has arrived; directories above
        it are made. What is longer than 16 MiB is fetched by several requests at a time, where the
        service can be held to one state of the object.

        Args:
            path: where the object is, below the root of the operator.
            target: the file, as `open` takes it.
            progress: called with the bytes that came and all bytes (None if the service does not
                tell), at most ten times a second, and once when everything came, before the file
                appears. What it raises ends the transfer.

        Keywords:
            chunk: int, bytes of one request; 8 MiB unless it is given.
            concurrent: int, how many requests may be under way at once, at most 1024; 8 unless
                it is given.
            version: str, the version to read.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            What the service says of the object.

        Raises:
            NotFound: there is nothing at `path`.
            IsADirectory: `path` or `target` is a directory.
            PermissionDenied: the service or this machine forbids it.
            Conflict: the object was replaced meanwhile.
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            op.download("film.mp4", "film.mp4", progress=print)
        """
    def write(
        self, path: str | PathLike[str], bs: WriteSource, **options: Unpack[WriteKwargs]
    ) -> Metadata:
        """Write a whole object.

        The object appears when it is complete; what was there before stays until then.
        Do not change a mutable buffer from another thread meanwhile.

        Args:
            path: where the object is, below the root of the operator.
            bs: the data: bytes, or any other contiguous buffer, which must not be changed before
                the call is over; a binary file that is open to read; or an iterable of buffers.
                Never a str.

        Keywords:
            append: bool, add to the end of what is there.
            chunk: int, bytes of one part of the upload; of data that comes piece by piece, parts
                are of 8 MiB at first and grow, unless it is given.
            concurrent: int, how many parts may be under way at once, at most 1024.
            if_not_exists: bool, only if nothing is there yet.
            if_match: str, only over an object that has this etag.
            if_none_match: str, only over an object that has another etag.
            content_type: str, the media type to keep with the object.
            content_disposition: str, the content disposition to keep with it.
            content_encoding: str, the content encoding to keep with it.
            cache_control: str, the cache control to keep with it.
            user_metadata: mapping of str to str, own names and values to keep with it; 32 KiB at
                most.

        Returns:
            What the service says of the new object, such as its etag and version.

        Raises:
            ConditionalCreateFailed: something is there, and `if_not_exists` was given.
            ConditionNotMatch: a condition does not hold.
            IsADirectory: `path` ends in `/`.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            op.write("notes.txt", b"hello", content_type="text/plain")
        """
    def upload(
        self,
        source: str | PathLike[str],
        path: str | PathLike[str],
        *,
        progress: Callable[[int, int | None], object] | None = None,
        **options: Unpack[WriteKwargs],
    ) -> Metadata:
        """Send a file from this machine's disk.

        The object appears when all of it has arrived. What is longer than 16 MiB is sent in
        several parts at a time, where the service takes parts.

        Args:
            source: the file, as `open` takes it.
            path: where the object goes, below the root of the operator.
            progress: called with the bytes that were sent and all bytes, at most ten times a
                second, and once when everything was sent, before the object appears. What it raises
                ends the transfer.

        Keywords:
            append: bool, add to the end of what is there.
            chunk: int, bytes of one part; 8 MiB unless it is given, and more for long files.
            concurrent: int, how many parts may be under way at once, at most 1024; 4 unless it is
                given.
            if_not_exists: bool, only if nothing is there yet.
            if_match: str, only over an object that has this etag.
            if_none_match: str, only over an object that has another etag.
            content_type: str, the media type to keep with the object.
            content_disposition: str, the content disposition to keep with it.
            content_encoding: str, the content encoding to keep with it.
            cache_control: str, the cache control to keep with it.
            user_metadata: mapping of str to str, own names and values to keep with it.

        Returns:
            What the service says of the new object, such as its etag and version.

        Raises:
            NotFound: there is no such file.
            IsADirectory: `source` or `path` is a directory.
            Conflict: the file became shorter meanwhile.
            ConditionalCreateFailed: something is there, and `if_not_exists` was given.
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            op.upload("film.mp4", "films/1.mp4", content_type="video/mp4")
        """
    def stat(self, path: str | PathLike[str], **options: Unpack[StatKwargs]) -> Metadata:
        """Ask what is at a path.

        Args:
            path: where the object is, below the root of the operator.

        Keywords:
            version: str, the version to ask about.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            Its kind, size, times and whatever else the service knows.

        Raises:
            NotFound: there is nothing at `path`.
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            size = op.stat("notes.txt").content_length
        """
    def exists(self, path: str | PathLike[str]) -> bool:
        """Say whether something is at a path.

        Args:
            path: where the object is, below the root of the operator.

        Returns:
            True for an object or a directory. What forbids the look is raised, not False.

        Example:
            if not op.exists("notes.txt"):
                op.write("notes.txt", b"first")
        """
    def delete(self, path: str | PathLike[str], **options: Unpack[DeleteKwargs]) -> None:
        """Delete an object or an empty directory.

        Deleting what is absent succeeds.

        Args:
            path: where the object is, below the root of the operator.

        Keywords:
            version: str, the version to delete.
            recursive: bool, delete all that is below `path` too.
            if_match: str, only if the etag is this one.

        Raises:
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            op.delete("notes.txt")
        """
    def delete_many(self, paths: Iterable[str | PathLike[str] | Entry]) -> None:
        """Delete many objects, in as few requests as the service allows.

        All that can be deleted is deleted, whatever becomes of the others. An entry of a listing
        of versions stands for that version. Directories come last, and must be empty by then. What
        is no path, or the iterable raises, ends it when what came before is deleted.

        Args:
            paths: paths, or entries of a listing; they are taken as they are needed.

        Raises:
            Error: some could not be deleted; it is of the class of the first failure, and
                its `failed` has them all.
            Unsupported: the service cannot delete.
            ConfigInvalid: a path with `..` in it.
            InvalidArgument: something that is neither a path nor an entry.

        Example:
            op.delete_many(["a.txt", "b.txt"])
            op.delete_many(op.list("logs/", recursive=True))
        """
    def copy(
        self,
        source: str | PathLike[str],
        target: str | PathLike[str],
        **options: Unpack[CopyKwargs],
    ) -> Metadata:
        """Copy an object within this operator.

        The conditions look at the target.

        Args:
            source: the object to copy.
            target: where the copy goes; an object there is replaced.

        Keywords:
            if_not_exists: bool, only if nothing is at `target` yet.
            if_match: str, only over a target that has this etag.
            source_version: str, the version of the source to copy.
            chunk: int, bytes of one part, where the service copies in parts.
            concurrent: int, how many parts may be under way at once, at most 1024.

        Returns:
            What the service says of the copy.

        Raises:
            NotFound: there is nothing at `source`.
            IsADirectory: one of both is a directory.
            IsSameFile: both are the same path.
            ConditionalCreateFailed: something is at `target`, and `if_not_exists` was given.
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            op.copy("notes.txt", "backup/notes.txt")
        """
    def rename(
        self,
        source: str | PathLike[str],
        target: str | PathLike[str],
        **options: Unpack[RenameKwargs],
    ) -> None:
        """Move an object within this operator.

        Args:
            source: the object to move.
            target: where it goes; an object there is replaced.

        Keywords:
            if_not_exists: bool, only if nothing is at `target` yet.

        Raises:
            NotFound: there is nothing at `source`.
            IsADirectory: one of both is a directory.
            IsSameFile: both are the same path.
            ConditionalCreateFailed: something is at `target`, and `if_not_exists` was given.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            op.rename("notes.txt", "old/notes.txt")
        """
    def create_dir(self, path: str | PathLike[str]) -> None:
        """Make a directory, and those above it.

        A directory that is there already is no error.

        Args:
            path: the directory; it ends in `/`.

        Raises:
            NotADirectory: `path` does not end in `/`.
            Unsupported: the service has no directories.

        Example:
            op.create_dir("photos/2024/")
        """
    def restore(self, path: str | PathLike[str], **options: Unpack[RestoreKwargs]) -> None:
        """Bring back what was deleted, or an older version.

        Restoring an object that was not deleted changes nothing, unless a version is given.

        Args:
            path: where the object was, below the root of the operator.

        Keywords:
            version: str, the version that becomes the current one again.
            if_not_exists: bool, only if nothing is at `path` now; only together with `version`.

        Raises:
            NotFound: there is nothing to bring back.
            ConditionalCreateFailed: something is at `path`, and `if_not_exists` was given.
            Unsupported: the service keeps no versions, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or `if_not_exists` without `version`.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            op.delete("notes.txt")
            op.restore("notes.txt")
        """
    def compose(
        self,
        sources: Iterable[str | PathLike[str]],
        target: str | PathLike[str],
        **options: Unpack[ComposeKwargs],
    ) -> Metadata:
        """Make one object of several, which the service puts together by itself.

        The conditions look at the target.

        Args:
            sources: the objects, in the order in which their bytes follow each other.
            target: where the new object goes; an object there is replaced.

        Keywords:
            if_not_exists: bool, only if nothing is at `target` yet.
            if_match: str, only over a target that has this etag.
            if_none_match: str, only over a target that has another etag.
            concurrent: int, how many parts may be under way at once, at most 1024.
            content_type: str, the media type to keep with the object.
            content_disposition: str, the content disposition to keep with it.
            content_encoding: str, the content encoding to keep with it.
            cache_control: str, the cache control to keep with it.
            user_metadata: mapping of str to str, own names and values to keep with it.

        Returns:
            What the service says of the new object.

        Raises:
            NotFound: one of the sources is absent.
            ConditionalCreateFailed: something is at `target`, and `if_not_exists` was given.
            ConditionNotMatch: a condition does not hold.
            IsADirectory: one of the paths is a directory.
            IsSameFile: the target is one of the sources.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: no sources, a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            op.compose(["part-1", "part-2"], "whole")
        """
    def remove_all(self, path: str | PathLike[str]) -> None:
        """Delete a path and all that is below it.

        Deleting what is absent succeeds.

        Args:
            path: where the object is, below the root of the operator.

        Example:
            op.remove_all("logs/")
        """
    def check(self) -> None:
        """Find out whether the service answers.

        Raises:
            Error: it does not, or refuses the credentials; the class says which.

        Example:
            op.check()
        """
    def list(self, path: str | PathLike[str], **options: Unpack[ListKwargs]) -> Lister:
        """List what is below a directory.

        `path` is a prefix: `"d/"` lists the directory, `"d"` also `dx`. The directory itself
        is an entry, where it exists.
        Entries are fetched in pages while the listing is gone through.

        Args:
            path: the directory, with its `/`, or another prefix; `""` or `"/"` is the root.

        Keywords:
            recursive: bool, go into directories.
            max_items: int, end the listing after so many entries, and ask for no more.
            stat: bool, True without it; False for entries with name and mode only, which
                costs less on file systems.
            limit, page_size: int, entries the service gives per request; it does not end the
                listing.
            start_after: str, leave out the paths up to and including this one.
            versions: bool, give every version of each object.
            deleted: bool, give deleted objects too.

        Returns:
            An iterator of `Entry`, and an Arrow stream of them.

        Raises:
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            for entry in op.list("logs/", recursive=True):
                print(entry.path)
        """
    def scan(self, path: str | PathLike[str], **options: Unpack[ScanKwargs]) -> Lister:
        """List recursively; an older spelling of `list(path, recursive=True)`.

        Args:
            path: as in `list`.

        Keywords:
            max_items: int, end the listing after so many entries, and ask for no more.
            stat: bool, True without it; False for entries with name and mode only, which
                costs less on file systems.
            limit, page_size: int, entries the service gives per request; it does not end the
                listing.
            start_after: str, leave out the paths up to and including this one.
            versions: bool, give every version of each object.
            deleted: bool, give deleted objects too.

        Returns:
            An iterator of `Entry`, and an Arrow stream of them.

        Raises:
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            paths = [entry.path for entry in op.scan("logs/")]
        """
    @overload
    def open(
        self,
        path: str | PathLike[str],
        mode: _TextMode,
        *,
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        **options: Unpack[OpenKwargs],
    ) -> TextFile: ...
    @overload
    def open(  # type: ignore[overload-overlap]
        self,
        path: str | PathLike[str],
        mode: _BinaryMode = "rb",
        *,
        buffering: Literal[0],
        encoding: None = None,
        errors: None = None,
        newline: None = None,
        **options: Unpack[OpenKwargs],
    ) -> RawFile: ...
    @overload
    def open(
        self,
        path: str | PathLike[str],
        mode: _BinaryMode = "rb",
        *,
        buffering: int = -1,
        encoding: None = None,
        errors: None = None,
        newline: None = None,
        **options: Unpack[OpenKwargs],
    ) -> File: ...
    @overload
    def open(
        self,
        path: str | PathLike[str],
        mode: str,
        *,
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        **options: Unpack[OpenKwargs],
    ) -> IO[Any]:
        """Open an object as a file, as Python's own `open` does.

        What was written appears at the path when the file is closed. If an exception leaves the
        `with` block, nothing appears.

        Args:
            path: where the object is, below the root of the operator.
            mode: `"r"` to read, `"w"` to write anew, `"x"` to write what must not exist yet, `"a"`
                to append, where the service can. With `"b"` the file is one of bytes, else, or with
                `"t"`, one of text. `"+"` is refused.
            buffering: 0 is a `RawFile` that reads no more than it is asked for and holds nothing
                back; more than 1 is how many bytes to read ahead or hold back; -1 lets the file
                decide.
            encoding: of text; None is UTF-8, whatever the machine is set to.
            errors: what text does about bytes that are not of the encoding, as in `codecs`.
            newline: how text treats ends of lines, as in Python's own `open`.

        Keywords:
            offset, size, suffix, chunk, concurrent, gap, prefetch, version, if_match,
                if_none_match, if_modified_since, if_unmodified_since: for reading, as in `read`.
            append, chunk, concurrent, if_not_exists, if_match, if_none_match, content_type,
                content_disposition, content_encoding, cache_control, user_metadata: for writing,
                as in `write`.

        Returns:
            A `File`, for text a `TextFile`, for `buffering=0` a `RawFile`.

        Raises:
            NotFound: there is nothing at `path`.
            ConditionalCreateFailed: something is at `path`, and the mode is `"x"`. Also a
                FileExistsError; it may come when the file is opened or when it is closed.
            IsADirectory: `path` is a directory.
            ConditionNotMatch: a condition does not hold.
            Unsupported: another mode, or one or an option that the service lacks.
            ConfigInvalid: a path with `..` in it, or a value out of range, or an encoding for
                bytes.
            InvalidArgument: an unknown keyword or one of the other mode, or a value of the wrong
                type.

        Example:
            with op.open("notes.txt", "r") as file:
                for line in file:
                    print(line)
        """
    def presign_read(
        self,
        path: str | PathLike[str],
        expire_second: float | timedelta,
        **options: Unpack[PresignReadKwargs],
    ) -> PresignedRequest:
        """Sign a request with which anybody may read an object for a while.

        Args:
            path: where the object is, below the root of the operator.
            expire_second: how long the request is valid, in seconds or as a timedelta.

        Keywords:
            offset: int, first byte to read; beyond the end there is nothing to read.
            size: int, most bytes to read; without it, everything up to the end.
            suffix: int, read so many bytes at the end, instead of `offset` and `size`.
            version: str, the version to read.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            The request to send; it is as secret as the access it gives.

        Raises:
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            request = op.presign_read("notes.txt", 3600)
        """
    def presign_stat(
        self,
        path: str | PathLike[str],
        expire_second: float | timedelta,
        **options: Unpack[StatKwargs],
    ) -> PresignedRequest:
        """Sign a request with which anybody may stat an object for a while.

        Args:
            path: where the object is, below the root of the operator.
            expire_second: how long the request is valid, in seconds or as a timedelta.

        Keywords:
            version: str, the version to ask about.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            The request to send; it is as secret as the access it gives.

        Raises:
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            request = op.presign_stat("notes.txt", 3600)
        """
    def presign_write(
        self,
        path: str | PathLike[str],
        expire_second: float | timedelta,
        **options: Unpack[PresignWriteKwargs],
    ) -> PresignedRequest:
        """Sign a request with which anybody may write an object for a while.

        Args:
            path: where the object is, below the root of the operator.
            expire_second: how long the request is valid, in seconds or as a timedelta.

        Keywords:
            if_not_exists: bool, only if nothing is there yet.
            if_match: str, only over an object that has this etag.
            if_none_match: str, only over an object that has another etag.
            content_type: str, the media type to keep with the object.
            content_disposition: str, the content disposition to keep with it.
            content_encoding: str, the content encoding to keep with it.
            cache_control: str, the cache control to keep with it.
            user_metadata: mapping of str to str, own names and values to keep with it; 32 KiB at
                most.

        Returns:
            The request to send; it is as secret as the access it gives.

        Raises:
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            request = op.presign_write("notes.txt", 3600, content_type="text/plain")
            print(request.method, request.url, request.headers)
        """
    def presign_delete(
        self,
        path: str | PathLike[str],
        expire_second: float | timedelta,
        **options: Unpack[PresignDeleteKwargs],
    ) -> PresignedRequest:
        """Sign a request with which anybody may delete an object for a while.

        Args:
            path: where the object is, below the root of the operator.
            expire_second: how long the request is valid, in seconds or as a timedelta.

        Keywords:
            version: str, the version to delete.

        Returns:
            The request to send; it is as secret as the access it gives.

        Raises:
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            request = op.presign_delete("notes.txt", timedelta(minutes=5))
        """
    def capability(self) -> Capability:
        """Return what the service can do, with the layers counted in.

        Example:
            if op.capability().rename:
                op.rename("notes.txt", "old/notes.txt")
        """
    def layer(self, layer: Layer) -> Self:
        """Return a new operator with one more layer around it.

        This operator stays as it is. One layer object may serve many operators, of any service;
        they then share what it counts and limits.

        Args:
            layer: the layer to add, outside those that are there.

        Returns:
            An operator of the same class.

        Raises:
            InvalidArgument: `layer` is not a `Layer`.

        Example:
            op = op.layer(TimeoutLayer(timeout=5)).layer(RetryLayer(max_times=5))
        """
    def to_async_operator(self) -> AsyncOperator:
        """Return the asynchronous twin, with the same configuration and layers.

        Example:
            twin = op.to_async_operator()
            assert twin.layers == op.layers
        """
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: object) -> Self: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@disjoint_base
class AsyncOperator:
    """One storage service with its configuration, used with `await`.

    The scheme names the service; the keywords configure it, and which ones there are
    depends on the service. Nothing is sent before the first operation. An operator is
    immutable, cheap to copy, safe to share between threads and can be pickled (a pickle
    holds the credentials: keep it confidential). Subclasses give `scheme` and keywords to
    `super().__init__`; layers, copies and pickles keep the subclass, as does the way to the twin
    and back where both classes name each other as `twin`. No `__init__` runs then, nor in
    `from_uri` and `from_config`.

    A call starts at once in a running event loop, else when it is first awaited. One that
    is never awaited is cancelled. `async with` is allowed and releases nothing.

    Args:
        scheme: name of the service in any case, such as `"s3"`, or a `Scheme`.
        **config: its settings; a bool, number, list, path or timedelta is converted.

    Raises:
        Unsupported: there is no such scheme (a ValueError too).
        ConfigInvalid: an unknown keyword, a missing one, or a value out of range.
        InvalidArgument: a value of the wrong type.

    Example:
        op = AsyncOperator("s3", bucket="photos", region="eu-west-1")
        data = await op.read("2024/cat.jpg")
    """

    # The class that to_operator() gives.
    twin: ClassVar[type[Operator]]
    # The schemes that from_uri() and from_config() take; () is all of them.
    schemes: ClassVar[tuple[str, ...]]

    def __init__(self, scheme: str | Scheme, **config: ConfigValue) -> None: ...
    @classmethod
    def from_uri(cls, uri: str, **config: ConfigValue) -> Self:
        """Make an operator from a URI.

        `AsyncOperator.from_uri` gives the typed class of the service where its wheel is installed.
        On a typed class, the scheme must be one of its own.

        Args:
            uri: scheme, store and root, such as `s3://bucket/root?region=x` or `fs:///srv/data`.
                The parts and the query are options of the service, and nothing of it is ignored.
                What begins with `/`, `./` or `../` is a directory of this machine.
            **config: further settings; they win over the ones in the URI.

        Returns:
            The operator.

        Raises:
            Unsupported: there is no such scheme (a ValueError too).
            ConfigInvalid: a bad URI or setting, or a scheme that is not one of this class.

        Example:
            op = AsyncOperator.from_uri("s3://photos/2024?region=eu-west-1")
        """
    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> Self:
        """Make an operator from a mapping.

        The same as `from_uri`, but all of it is in one mapping, such as one read from a file or a
        TypedDict of `opendal.config`. Values may be what the constructor takes.

        Args:
            config: the settings, with the scheme under `"scheme"`.

        Returns:
            The operator.

        Raises:
            Unsupported: there is no scheme in it, or no such scheme (a ValueError too).
            ConfigInvalid: a bad setting, or a scheme that is not one of this class.
            InvalidArgument: a value of the wrong type.

        Example:
            op = AsyncOperator.from_config({"scheme": "fs", "root": "data"})
        """
    @property
    def scheme(self) -> str:
        """The scheme of the service, in lower case."""
    @property
    def root(self) -> str:
        """The directory that all paths are below; it begins with `/`."""
    @property
    def name(self) -> str:
        """The name that the service has for the store, such as the bucket; may be empty."""
    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, in the order in which they were applied: the last one is the outermost."""
    async def read(self, path: str | PathLike[str], **options: Unpack[ReadKwargs]) -> bytes:
        """Read an object, or a range of it.

        A range that goes beyond the end is cut there. What is longer than 16 MiB is fetched by
        several requests at a time, where the service can be held to one state of the object.

        Args:
            path: where the object is, below the root of the operator.

        Keywords:
            offset: int, first byte to read; beyond the end there is nothing to read.
            size: int, most bytes to read; without it, everything up to the end.
            suffix: int, read so many bytes at the end, instead of `offset` and `size`.
            chunk: int, bytes of one request; with it, the object is read in parts.
            concurrent: int, how many parts may be under way at once, at most 1024.
            gap: int, ranges no further apart than these bytes become one request.
            prefetch: int, how many parts are fetched ahead of the reader.
            version: str, the version to read.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            The bytes that were asked for.

        Raises:
            NotFound: there is nothing at `path`.
            IsADirectory: `path` is a directory.
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            head = await op.read("logs/today", offset=0, size=1024)
        """
    async def read_buffer(self, path: str | PathLike[str], **options: Unpack[ReadKwargs]) -> Buffer:
        """Read as `read` does, without a copy into Python's own bytes.

        Args:
            path: where the object is, below the root of the operator.

        Keywords:
            offset: int, first byte to read; beyond the end there is nothing to read.
            size: int, most bytes to read; without it, everything up to the end.
            suffix: int, read so many bytes at the end, instead of `offset` and `size`.
            chunk: int, bytes of one request; with it, the object is read in parts.
            concurrent: int, how many parts may be under way at once, at most 1024.
            gap: int, ranges no further apart than these bytes become one request.
            prefetch: int, how many parts are fetched ahead of the reader.
            version: str, the version to read.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            What was read, as a read-only buffer: for memoryview, hashlib, sockets, files and NumPy.

        Raises:
            NotFound: there is nothing at `path`.
            IsADirectory: `path` is a directory.
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            view = memoryview(await op.read_buffer("photo.raw"))
        """
    async def read_into(
        self,
        path: str | PathLike[str],
        buffer: WritableBuffer,
        **options: Unpack[ReadIntoKwargs],
    ) -> int:
        """Read into memory of the caller's, as much as fits and the object has.

        Leave the buffer alone until the call is over. After an error its content is undefined.

        Args:
            path: where the object is, below the root of the operator.
            buffer: where the bytes go: a bytearray, a memoryview, an array, a map of memory.

        Keywords:
            offset: int, first byte to read; beyond the end there is nothing to read.
            version: str, the version to read.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            How many bytes were read: fewer than the buffer has room for if the object ends.

        Raises:
            NotFound: there is nothing at `path`.
            IsADirectory: `path` is a directory.
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            block = bytearray(4096)
            count = await op.read_into("disk.img", block, offset=8192)
        """
    async def read_ranges(
        self,
        path: str | PathLike[str],
        ranges: Iterable[tuple[int, int]],
        **options: Unpack[ReadRangesKwargs],
    ) -> list[bytes]:
        """Read many ranges of one object, with as few requests as make sense.

        Ranges may overlap and come in any order. Each is cut at the end of the object, so one
        beyond it is empty.

        Args:
            path: where the object is, below the root of the operator.
            ranges: pairs of an offset and a size in bytes.

        Keywords:
            gap: int, ranges no further apart than these bytes become one request; 1 MiB unless
                it is given.
            concurrent: int, how many requests may be under way at once, at most 1024; 8 unless
                it is given.
            version: str, the version to read.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            The bytes of each range, in the order in which they were asked for.

        Raises:
            Conflict: the object was replaced between two requests.
            NotFound: there is nothing at `path`.
            IsADirectory: `path` is a directory.
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            header, index = await op.read_ranges("table.parquet", [(0, 4), (90_000, 512)])
        """
    def read_stream(
        self, path: str | PathLike[str], **options: Unpack[ReadStreamKwargs]
    ) -> AsyncReadStream:
        """Read an object piece by piece.

        Nothing is sent before the first piece is asked for. Closing the stream, or letting go of
        it, ends the transfer.

        Args:
            path: where the object is, below the root of the operator.

        Keywords:
            chunk: int, bytes of one piece; the last one may be shorter. 1 MiB unless it is given.
            concurrent: int, how many pieces may be under way at once, at most 1024; each is then
                a request of its own.
            prefetch: int, how many pieces are fetched ahead of the reader.
            offset: int, first byte to read; beyond the end there is nothing to read.
            size: int, most bytes to read; without it, everything up to the end.
            suffix: int, read so many bytes at the end, instead of `offset` and `size`.
            version: str, the version to read.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            An iterator of the pieces, each a `Buffer`.

        Raises:
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            digest = hashlib.sha256()
            async for piece in op.read_stream("film.mp4"):
                digest.update(piece)
        """
    async def download(
        self,
        path: str | PathLike[str],
        target: str | PathLike[str],
        *,
        progress: Callable[[int, int | None], object] | None = None,
        **options: Unpack[DownloadKwargs],
    ) -> Metadata:
        """Fetch an object into a file on this machine's disk.

        The file appears, or replaces what was there, when all of it has arrived; directories above
        it are made. What is longer than 16 MiB is fetched by several requests at a time, where the
        service can be held to one state of the object.

        Args:
            path: where the object is, below the root of the operator.
            target: the file, as `open` takes it.
            progress: called with the bytes that came and all bytes (None if the service does not
                tell), at most ten times a second, and once when everything came, before the file
                appears. What it raises ends the transfer.

        Keywords:
            chunk: int, bytes of one request; 8 MiB unless it is given.
            concurrent: int, how many requests may be under way at once, at most 1024; 8 unless
                it is given.
            version: str, the version to read.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            What the service says of the object.

        Raises:
            NotFound: there is nothing at `path`.
            IsADirectory: `path` or `target` is a directory.
            PermissionDenied: the service or this machine forbids it.
            Conflict: the object was replaced meanwhile.
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            await op.download("film.mp4", "film.mp4", progress=print)
        """
    async def write(
        self, path: str | PathLike[str], bs: AsyncWriteSource, **options: Unpack[WriteKwargs]
    ) -> Metadata:
        """Write a whole object.

        The object appears when it is complete; what was there before stays until then.
        Do not change a mutable buffer before the call was awaited.

        Args:
            path: where the object is, below the root of the operator.
            bs: the data: bytes, or any other contiguous buffer, which must not be changed before
                the call is over; a binary file that is open to read; an iterable of buffers or an
                asynchronous one. Never a str.

        Keywords:
            append: bool, add to the end of what is there.
            chunk: int, bytes of one part of the upload; of data that comes piece by piece, parts
                are of 8 MiB at first and grow, unless it is given.
            concurrent: int, how many parts may be under way at once, at most 1024.
            if_not_exists: bool, only if nothing is there yet.
            if_match: str, only over an object that has this etag.
            if_none_match: str, only over an object that has another etag.
            content_type: str, the media type to keep with the object.
            content_disposition: str, the content disposition to keep with it.
            content_encoding: str, the content encoding to keep with it.
            cache_control: str, the cache control to keep with it.
            user_metadata: mapping of str to str, own names and values to keep with it; 32 KiB at
                most.

        Returns:
            What the service says of the new object, such as its etag and version.

        Raises:
            ConditionalCreateFailed: something is there, and `if_not_exists` was given.
            ConditionNotMatch: a condition does not hold.
            IsADirectory: `path` ends in `/`.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            await op.write("notes.txt", b"hello", content_type="text/plain")
        """
    async def upload(
        self,
        source: str | PathLike[str],
        path: str | PathLike[str],
        *,
        progress: Callable[[int, int | None], object] | None = None,
        **options: Unpack[WriteKwargs],
    ) -> Metadata:
        """Send a file from this machine's disk.

        The object appears when all of it has arrived. What is longer than 16 MiB is sent in
        several parts at a time, where the service takes parts.

        Args:
            source: the file, as `open` takes it.
            path: where the object goes, below the root of the operator.
            progress: called with the bytes that were sent and all bytes, at most ten times a
                second, and once when everything was sent, before the object appears. What it raises
                ends the transfer.

        Keywords:
            append: bool, add to the end of what is there.
            chunk: int, bytes of one part; 8 MiB unless it is given, and more for long files.
            concurrent: int, how many parts may be under way at once, at most 1024; 4 unless it is
                given.
            if_not_exists: bool, only if nothing is there yet.
            if_match: str, only over an object that has this etag.
            if_none_match: str, only over an object that has another etag.
            content_type: str, the media type to keep with the object.
            content_disposition: str, the content disposition to keep with it.
            content_encoding: str, the content encoding to keep with it.
            cache_control: str, the cache control to keep with it.
            user_metadata: mapping of str to str, own names and values to keep with it.

        Returns:
            What the service says of the new object, such as its etag and version.

        Raises:
            NotFound: there is no such file.
            IsADirectory: `source` or `path` is a directory.
            Conflict: the file became shorter meanwhile.
            ConditionalCreateFailed: something is there, and `if_not_exists` was given.
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            await op.upload("film.mp4", "films/1.mp4", content_type="video/mp4")
        """
    async def stat(self, path: str | PathLike[str], **options: Unpack[StatKwargs]) -> Metadata:
        """Ask what is at a path.

        Args:
            path: where the object is, below the root of the operator.

        Keywords:
            version: str, the version to ask about.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            Its kind, size, times and whatever else the service knows.

        Raises:
            NotFound: there is nothing at `path`.
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            size = (await op.stat("notes.txt")).content_length
        """
    async def exists(self, path: str | PathLike[str]) -> bool:
        """Say whether something is at a path.

        Args:
            path: where the object is, below the root of the operator.

        Returns:
            True for an object or a directory. What forbids the look is raised, not False.

        Example:
            if not await op.exists("notes.txt"):
                await op.write("notes.txt", b"first")
        """
    async def delete(self, path: str | PathLike[str], **options: Unpack[DeleteKwargs]) -> None:
        """Delete an object or an empty directory.

        Deleting what is absent succeeds.

        Args:
            path: where the object is, below the root of the operator.

        Keywords:
            version: str, the version to delete.
            recursive: bool, delete all that is below `path` too.
            if_match: str, only if the etag is this one.

        Raises:
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            await op.delete("notes.txt")
        """
    async def delete_many(
        self,
        paths: Iterable[str | PathLike[str] | Entry] | AsyncIterable[str | PathLike[str] | Entry],
    ) -> None:
        """Delete many objects, in as few requests as the service allows.

        All that can be deleted is deleted, whatever becomes of the others. An entry of a listing
        of versions stands for that version. Directories come last, and must be empty by then. What
        is no path, or the iterable raises, ends it when what came before is deleted.

        Args:
            paths: paths, or entries of a listing; they are taken as they are needed.

        Raises:
            Error: some could not be deleted; it is of the class of the first failure, and
                its `failed` has them all.
            Unsupported: the service cannot delete.
            ConfigInvalid: a path with `..` in it.
            InvalidArgument: something that is neither a path nor an entry.

        Example:
            await op.delete_many(["a.txt", "b.txt"])
            await op.delete_many(op.list("logs/", recursive=True))
        """
    async def copy(
        self,
        source: str | PathLike[str],
        target: str | PathLike[str],
        **options: Unpack[CopyKwargs],
    ) -> Metadata:
        """Copy an object within this operator.

        The conditions look at the target.

        Args:
            source: the object to copy.
            target: where the copy goes; an object there is replaced.

        Keywords:
            if_not_exists: bool, only if nothing is at `target` yet.
            if_match: str, only over a target that has this etag.
            source_version: str, the version of the source to copy.
            chunk: int, bytes of one part, where the service copies in parts.
            concurrent: int, how many parts may be under way at once, at most 1024.

        Returns:
            What the service says of the copy.

        Raises:
            NotFound: there is nothing at `source`.
            IsADirectory: one of both is a directory.
            IsSameFile: both are the same path.
            ConditionalCreateFailed: something is at `target`, and `if_not_exists` was given.
            ConditionNotMatch: a condition does not hold.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            await op.copy("notes.txt", "backup/notes.txt")
        """
    async def rename(
        self,
        source: str | PathLike[str],
        target: str | PathLike[str],
        **options: Unpack[RenameKwargs],
    ) -> None:
        """Move an object within this operator.

        Args:
            source: the object to move.
            target: where it goes; an object there is replaced.

        Keywords:
            if_not_exists: bool, only if nothing is at `target` yet.

        Raises:
            NotFound: there is nothing at `source`.
            IsADirectory: one of both is a directory.
            IsSameFile: both are the same path.
            ConditionalCreateFailed: something is at `target`, and `if_not_exists` was given.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            await op.rename("notes.txt", "old/notes.txt")
        """
    async def create_dir(self, path: str | PathLike[str]) -> None:
        """Make a directory, and those above it.

        A directory that is there already is no error.

        Args:
            path: the directory; it ends in `/`.

        Raises:
            NotADirectory: `path` does not end in `/`.
            Unsupported: the service has no directories.

        Example:
            await op.create_dir("photos/2024/")
        """
    async def restore(self, path: str | PathLike[str], **options: Unpack[RestoreKwargs]) -> None:
        """Bring back what was deleted, or an older version.

        Restoring an object that was not deleted changes nothing, unless a version is given.

        Args:
            path: where the object was, below the root of the operator.

        Keywords:
            version: str, the version that becomes the current one again.
            if_not_exists: bool, only if nothing is at `path` now; only together with `version`.

        Raises:
            NotFound: there is nothing to bring back.
            ConditionalCreateFailed: something is at `path`, and `if_not_exists` was given.
            Unsupported: the service keeps no versions, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or `if_not_exists` without `version`.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            await op.delete("notes.txt")
            await op.restore("notes.txt")
        """
    async def compose(
        self,
        sources: Iterable[str | PathLike[str]],
        target: str | PathLike[str],
        **options: Unpack[ComposeKwargs],
    ) -> Metadata:
        """Make one object of several, which the service puts together by itself.

        The conditions look at the target.

        Args:
            sources: the objects, in the order in which their bytes follow each other.
            target: where the new object goes; an object there is replaced.

        Keywords:
            if_not_exists: bool, only if nothing is at `target` yet.
            if_match: str, only over a target that has this etag.
            if_none_match: str, only over a target that has another etag.
            concurrent: int, how many parts may be under way at once, at most 1024.
            content_type: str, the media type to keep with the object.
            content_disposition: str, the content disposition to keep with it.
            content_encoding: str, the content encoding to keep with it.
            cache_control: str, the cache control to keep with it.
            user_metadata: mapping of str to str, own names and values to keep with it.

        Returns:
            What the service says of the new object.

        Raises:
            NotFound: one of the sources is absent.
            ConditionalCreateFailed: something is at `target`, and `if_not_exists` was given.
            ConditionNotMatch: a condition does not hold.
            IsADirectory: one of the paths is a directory.
            IsSameFile: the target is one of the sources.
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: no sources, a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            await op.compose(["part-1", "part-2"], "whole")
        """
    async def remove_all(self, path: str | PathLike[str]) -> None:
        """Delete a path and all that is below it.

        Deleting what is absent succeeds.

        Args:
            path: where the object is, below the root of the operator.

        Example:
            await op.remove_all("logs/")
        """
    async def check(self) -> None:
        """Find out whether the service answers.

        Raises:
            Error: it does not, or refuses the credentials; the class says which.

        Example:
            await op.check()
        """
    def list(self, path: str | PathLike[str], **options: Unpack[ListKwargs]) -> AsyncLister:
        """List what is below a directory.

        `path` is a prefix: `"d/"` lists the directory, `"d"` also `dx`. The directory itself
        is an entry, where it exists.
        The call returns at once and sends nothing. Go through its result with `async for`, or
        collect it; awaiting it first changes nothing.

        Args:
            path: the directory, with its `/`, or another prefix; `""` or `"/"` is the root.

        Keywords:
            recursive: bool, go into directories.
            max_items: int, end the listing after so many entries, and ask for no more.
            stat: bool, True without it; False for entries with name and mode only, which
                costs less on file systems.
            limit, page_size: int, entries the service gives per request; it does not end the
                listing.
            start_after: str, leave out the paths up to and including this one.
            versions: bool, give every version of each object.
            deleted: bool, give deleted objects too.

        Returns:
            An asynchronous iterator of `Entry`.

        Raises:
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            async for entry in op.list("logs/", recursive=True):
                print(entry.path)
        """
    def scan(self, path: str | PathLike[str], **options: Unpack[ScanKwargs]) -> AsyncLister:
        """List recursively; an older spelling of `list(path, recursive=True)`.

        Args:
            path: as in `list`.

        Keywords:
            max_items: int, end the listing after so many entries, and ask for no more.
            stat: bool, True without it; False for entries with name and mode only, which
                costs less on file systems.
            limit, page_size: int, entries the service gives per request; it does not end the
                listing.
            start_after: str, leave out the paths up to and including this one.
            versions: bool, give every version of each object.
            deleted: bool, give deleted objects too.

        Returns:
            An asynchronous iterator of `Entry`.

        Raises:
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            paths = [entry.path async for entry in op.scan("logs/")]
        """
    @overload
    def open(
        self,
        path: str | PathLike[str],
        mode: _TextMode,
        *,
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        **options: Unpack[OpenKwargs],
    ) -> AsyncTextFile: ...
    @overload
    def open(
        self,
        path: str | PathLike[str],
        mode: _BinaryMode = "rb",
        *,
        buffering: int = -1,
        encoding: None = None,
        errors: None = None,
        newline: None = None,
        **options: Unpack[OpenKwargs],
    ) -> AsyncFile: ...
    @overload
    def open(
        self,
        path: str | PathLike[str],
        mode: str,
        *,
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        **options: Unpack[OpenKwargs],
    ) -> AsyncFile | AsyncTextFile:
        """Open an object as a file, as Python's own `open` does.

        The call returns at once. Await the result, or use it in `async with`.
        What was written appears at the path when the file is closed. If an exception leaves the
        `async with` block, nothing appears.

        Args:
            path: where the object is, below the root of the operator.
            mode: `"r"` to read, `"w"` to write anew, `"x"` to write what must not exist yet, `"a"`
                to append, where the service can. With `"b"` the file is one of bytes, else, or with
                `"t"`, one of text. `"+"` is refused.
            buffering: 0 is a file that reads no more than it is asked for and holds nothing
                back; more than 1 is how many bytes to read ahead or hold back; -1 lets the file
                decide.
            encoding: of text; None is UTF-8, whatever the machine is set to.
            errors: what text does about bytes that are not of the encoding, as in `codecs`.
            newline: how text treats ends of lines, as in Python's own `open`.

        Keywords:
            offset, size, suffix, chunk, concurrent, gap, prefetch, version, if_match,
                if_none_match, if_modified_since, if_unmodified_since: for reading, as in `read`.
            append, chunk, concurrent, if_not_exists, if_match, if_none_match, content_type,
                content_disposition, content_encoding, cache_control, user_metadata: for writing,
                as in `write`.

        Returns:
            An `AsyncFile`, for text an `AsyncTextFile`.

        Raises:
            NotFound: there is nothing at `path`.
            ConditionalCreateFailed: something is at `path`, and the mode is `"x"`. Also a
                FileExistsError; it may come when the file is opened or when it is closed.
            IsADirectory: `path` is a directory.
            ConditionNotMatch: a condition does not hold.
            Unsupported: another mode, or one or an option that the service lacks.
            ConfigInvalid: a path with `..` in it, or a value out of range, or an encoding for
                bytes.
            InvalidArgument: an unknown keyword or one of the other mode, or a value of the wrong
                type.

        Example:
            async with op.open("notes.txt", "r") as file:
                async for line in file:
                    print(line)
        """
    async def presign_read(
        self,
        path: str | PathLike[str],
        expire_second: float | timedelta,
        **options: Unpack[PresignReadKwargs],
    ) -> PresignedRequest:
        """Sign a request with which anybody may read an object for a while.

        Args:
            path: where the object is, below the root of the operator.
            expire_second: how long the request is valid, in seconds or as a timedelta.

        Keywords:
            offset: int, first byte to read; beyond the end there is nothing to read.
            size: int, most bytes to read; without it, everything up to the end.
            suffix: int, read so many bytes at the end, instead of `offset` and `size`.
            version: str, the version to read.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            The request to send; it is as secret as the access it gives.

        Raises:
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            request = await op.presign_read("notes.txt", 3600)
        """
    async def presign_stat(
        self,
        path: str | PathLike[str],
        expire_second: float | timedelta,
        **options: Unpack[StatKwargs],
    ) -> PresignedRequest:
        """Sign a request with which anybody may stat an object for a while.

        Args:
            path: where the object is, below the root of the operator.
            expire_second: how long the request is valid, in seconds or as a timedelta.

        Keywords:
            version: str, the version to ask about.
            if_match: str, only if the etag is this one.
            if_none_match: str, only if the etag is another one.
            if_modified_since: aware datetime, only if changed after it.
            if_unmodified_since: aware datetime, only if not changed after it.
            content_type: str, what the service shall answer as content type.
            cache_control: str, the same for the cache control.
            content_disposition: str, the same for the content disposition.

        Returns:
            The request to send; it is as secret as the access it gives.

        Raises:
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            request = await op.presign_stat("notes.txt", 3600)
        """
    async def presign_write(
        self,
        path: str | PathLike[str],
        expire_second: float | timedelta,
        **options: Unpack[PresignWriteKwargs],
    ) -> PresignedRequest:
        """Sign a request with which anybody may write an object for a while.

        Args:
            path: where the object is, below the root of the operator.
            expire_second: how long the request is valid, in seconds or as a timedelta.

        Keywords:
            if_not_exists: bool, only if nothing is there yet.
            if_match: str, only over an object that has this etag.
            if_none_match: str, only over an object that has another etag.
            content_type: str, the media type to keep with the object.
            content_disposition: str, the content disposition to keep with it.
            content_encoding: str, the content encoding to keep with it.
            cache_control: str, the cache control to keep with it.
            user_metadata: mapping of str to str, own names and values to keep with it; 32 KiB at
                most.

        Returns:
            The request to send; it is as secret as the access it gives.

        Raises:
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            request = await op.presign_write("notes.txt", 3600, content_type="text/plain")
            print(request.method, request.url, request.headers)
        """
    async def presign_delete(
        self,
        path: str | PathLike[str],
        expire_second: float | timedelta,
        **options: Unpack[PresignDeleteKwargs],
    ) -> PresignedRequest:
        """Sign a request with which anybody may delete an object for a while.

        Args:
            path: where the object is, below the root of the operator.
            expire_second: how long the request is valid, in seconds or as a timedelta.

        Keywords:
            version: str, the version to delete.

        Returns:
            The request to send; it is as secret as the access it gives.

        Raises:
            Unsupported: the service cannot do this, or lacks an option that was given.
            ConfigInvalid: a path with `..` in it, or a value out of range.
            InvalidArgument: an unknown keyword, or a value of the wrong type.

        Example:
            request = await op.presign_delete("notes.txt", timedelta(minutes=5))
        """
    def capability(self) -> Capability:
        """Return what the service can do, with the layers counted in.

        Example:
            if op.capability().rename:
                await op.rename("notes.txt", "old/notes.txt")
        """
    def layer(self, layer: Layer) -> Self:
        """Return a new operator with one more layer around it.

        This operator stays as it is. One layer object may serve many operators, of any service;
        they then share what it counts and limits.

        Args:
            layer: the layer to add, outside those that are there.

        Returns:
            An operator of the same class.

        Raises:
            InvalidArgument: `layer` is not a `Layer`.

        Example:
            op = op.layer(TimeoutLayer(timeout=5)).layer(RetryLayer(max_times=5))
        """
    def to_operator(self) -> Operator:
        """Return the synchronous twin, with the same configuration and layers.

        Example:
            twin = op.to_operator()
            assert twin.layers == op.layers
        """
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: object) -> Self: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Awaitable:
    """What a call of an `AsyncOperator` or `AsyncFile` returns: a coroutine by behaviour.

    The stubs say `async def`, so that a forgotten `await` is found by type checkers. `await`,
    `asyncio.gather`, `create_task` and `wait_for` take it. It can be awaited once.
    """

    @property
    def __name__(self) -> str: ...
    @property
    def __qualname__(self) -> str: ...
    def __await__(self) -> Generator[Any, Any, Any]: ...
    def __bool__(self) -> NoReturn: ...
    def send(self, value: Any) -> Any:
        """Go on after the event loop has done its part; for event loops only."""
    def throw(self, typ: Any, value: Any = None, traceback: Any = None) -> Any:
        """Raise an exception where the call waits, which cancels it; for event loops only."""
    def close(self) -> None:
        """Cancel the call, if it is not done."""
