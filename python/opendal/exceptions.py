"""The errors of opendal. Each is an `Error` and also the builtin exception that people catch.

Example:
    try:
        op.read("notes.txt")
    except FileNotFoundError as error:  # or opendal.exceptions.NotFound
        print(error.operation, error.path)
"""

# The names are those that existing code imports, without a suffix.
# ruff: noqa: N818
# Only exceptions have public names here, so the imports have private ones.
import errno as _errno
import io as _io
from typing import Any as _Any
from typing import ClassVar as _ClassVar

__all__ = [
    "AlreadyExists",
    "ConditionNotMatch",
    "ConditionalCreateFailed",
    "ConfigInvalid",
    "Conflict",
    "ConnectionFailed",
    "ConnectionRefused",
    "Error",
    "InvalidArgument",
    "InvalidState",
    "IsADirectory",
    "IsSameFile",
    "NotADirectory",
    "NotFound",
    "NotInitialized",
    "PermissionDenied",
    "RangeNotSatisfied",
    "RateLimited",
    "Timeout",
    "Unexpected",
    "Unsupported",
]


class Error(Exception):
    """What all errors of opendal have in common.

    Args:
        message: what happened, in one line; it is what `str` gives.
        operation: the operation that failed, such as `"read"`.
        path: the path that it was about; `filename` too, where the error is an OSError.
        scheme: the scheme of the service.
        temporary: whether the same call may succeed later.
        errno: the number of the error, where the usual one of the class does not fit.
    """

    # What kind of error it is: the name of its class here, whatever a subclass is called.
    kind: _ClassVar[str] = "Error"
    _usual_errno: _ClassVar[int | None] = None

    # Also on the class, for an object whose __init__ never ran.
    message: str = ""
    operation: str | None = None
    path: str | None = None
    scheme: str | None = None
    temporary: bool = False
    # What `delete_many` could not delete: an error each.
    failed: "tuple[Error, ...]" = ()

    def __init__(
        self,
        message: str = "",
        *,
        operation: str | None = None,
        path: str | None = None,
        scheme: str | None = None,
        temporary: bool = False,
        errno: int | None = None,
    ) -> None:
        # One argument at most: OSError takes the second one for a strerror.
        super().__init__(*([message] if message else []))
        self.message = message
        self.operation = operation
        self.path = path
        self.scheme = scheme
        self.temporary = temporary
        if errno is None:
            errno = self._usual_errno
        if isinstance(self, OSError):
            _fill(self, errno, message, path)
        elif errno is not None:
            vars(self)["errno"] = errno

    def __str__(self) -> str:
        return " ".join(str(self.message).splitlines())

    def __repr__(self) -> str:
        shown = [repr(self.message)] if self.message else []
        for name in ("operation", "path", "scheme"):
            value = getattr(self, name)
            if value is not None:
                shown.append(f"{name}={value!r}")
        if self.temporary:
            shown.append("temporary=True")
        errno = getattr(self, "errno", None)
        if errno != self._usual_errno:
            shown.append(f"errno={errno!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[_Any, ...]:
        # OSError keeps its attributes in C fields, which the usual way leaves out. As with every
        # exception, cause, context and traceback stay behind and notes travel.
        state: dict[str, _Any] = {}
        if isinstance(self, OSError):
            for name in ("errno", "strerror", "filename", "filename2"):
                state[name] = getattr(self, name)
        return _rebuild, (type(self), self.args), {**state, **vars(self)}


def _fill(error: OSError, errno: int | None, message: str, path: str | None) -> None:
    """Set what OSError keeps; not in __init__, where it would look as if every Error had it."""
    error.errno = errno
    error.strerror = message or None
    error.filename = path


def _rebuild(cls: type[Error], args: tuple[_Any, ...]) -> Error:
    """Make an error without its __init__, whose parameters a subclass may have changed."""
    error = cls.__new__(cls, *args)
    error.args = args
    return error


class Unexpected(Error, OSError):
    """The service or the way to it failed in a manner that has no class of its own."""

    kind = "Unexpected"
    _usual_errno: _ClassVar[int | None] = _errno.EIO


class Timeout(Unexpected, TimeoutError):
    """An operation took longer than a `TimeoutLayer` allows, or than anything should."""

    kind = "Timeout"
    _usual_errno = _errno.ETIMEDOUT


class ConnectionFailed(Unexpected, ConnectionError):
    """The service could not be reached, or the connection broke."""

    kind = "ConnectionFailed"
    _usual_errno: _ClassVar[int | None] = None


class ConnectionRefused(ConnectionFailed, ConnectionRefusedError):
    """Nobody listens where the service should be."""

    kind = "ConnectionRefused"
    _usual_errno = _errno.ECONNREFUSED


class Unsupported(Error, _io.UnsupportedOperation, NotImplementedError):
    """The service cannot do this, or there is no such service."""

    kind = "Unsupported"
    _usual_errno = _errno.ENOTSUP


class ConfigInvalid(Error, ValueError):
    """A setting is unknown, missing or out of its range."""

    kind = "ConfigInvalid"


class InvalidArgument(Error, TypeError):
    """A call has an unknown keyword, or a value of the wrong type."""

    kind = "InvalidArgument"


class NotFound(Error, FileNotFoundError):
    """There is nothing at the path."""

    kind = "NotFound"
    _usual_errno = _errno.ENOENT


class PermissionDenied(Error, PermissionError):
    """The credentials do not allow this, or are refused."""

    kind = "PermissionDenied"
    _usual_errno = _errno.EACCES


class IsADirectory(Error, IsADirectoryError):
    """The path is a directory, and the operation is for files."""

    kind = "IsADirectory"
    _usual_errno = _errno.EISDIR


class NotADirectory(Error, NotADirectoryError):
    """The path is no directory, and the operation is for directories."""

    kind = "NotADirectory"
    _usual_errno = _errno.ENOTDIR


class AlreadyExists(Error, FileExistsError):
    """Something is at the path already."""

    kind = "AlreadyExists"
    _usual_errno = _errno.EEXIST


class IsSameFile(Error, OSError):
    """Source and target are the same path."""

    kind = "IsSameFile"
    _usual_errno = _errno.EINVAL


class ConditionNotMatch(Error, OSError):
    """A condition such as `if_match` does not hold; nothing was done."""

    kind = "ConditionNotMatch"


class ConditionalCreateFailed(ConditionNotMatch, FileExistsError):
    """Something is at the path, and `if_not_exists` was given; nothing was done."""

    kind = "ConditionalCreateFailed"
    _usual_errno = _errno.EEXIST


class RateLimited(Error, OSError):
    """The service wants fewer requests."""

    kind = "RateLimited"
    _usual_errno = _errno.EBUSY


class RangeNotSatisfied(Error, ValueError):
    """The range that was asked for is outside of the object."""

    kind = "RangeNotSatisfied"


class Conflict(Error, OSError):
    """Another operation on the same object came in between."""

    kind = "Conflict"
    _usual_errno = _errno.EBUSY


class InvalidState(Error, RuntimeError):
    """Something is used when it cannot be: a call that was awaited already, or without a loop."""

    kind = "InvalidState"


class NotInitialized(InvalidState):
    """An object is used whose __init__ never ran."""

    kind = "NotInitialized"
