"""The native core of opendal. Its public names are in `opendal` and the modules below it."""

from datetime import timedelta
from os import PathLike
from typing import IO, Any, Literal, TypeAlias, overload

from opendal.file import File, RawFile, TextFile

from . import capability as capability
from . import file as file
from . import layers as layers
from . import operator as operator
from . import types as types

__all__ = [
    "__version__",
    "capability",
    "configure",
    "debug",
    "file",
    "layers",
    "open",
    "operator",
    "schemes",
    "types",
]

_TextMode: TypeAlias = Literal["r", "rt", "tr", "w", "wt", "tw", "x", "xt", "tx", "a", "at", "ta"]
_BinaryMode: TypeAlias = Literal["rb", "br", "wb", "bw", "xb", "bx", "ab", "ba"]

__version__: str
# True in a build without optimisation.
debug: bool

def schemes() -> list[str]:
    """Return the schemes of all services that are compiled in.

    Returns:
        Their names, in alphabetical order.

    Example:
        assert "s3" in opendal.schemes()
    """

def configure(
    *,
    connections: int | None = None,
    threads: int | None = None,
    connect_timeout: float | timedelta | None = None,
    read_timeout: float | timedelta | None = None,
    ca_bundle: str | PathLike[str] | None = None,
    client_certificate: str | PathLike[str] | None = None,
) -> None:
    """Set the limits of this process, and how it uses HTTP; what is not given stays as it is.

    All but `threads` may be changed at any time, for the requests that begin afterwards. An error
    changes nothing. `docs/network.md` says more, also about proxies.

    Args:
        connections: how many HTTP connections may be in use at once, over all operators; more
            requests wait, for a minute at most. 128, or the variable `OPENDAL_CONNECTIONS`, unless
            it is given.
        threads: how many threads serve what is asynchronous. One per processor, 2 to 4, or the
            variable `OPENDAL_THREADS`, unless it is given. Only before the first operation.
        connect_timeout: how long making a connection may take, TLS included: seconds, or a
            timedelta. 10, or the variable `OPENDAL_CONNECT_TIMEOUT`, unless it is given.
        read_timeout: how long a request, or a step of a service that does not speak HTTP, may go
            without a byte that moves, in either direction. 60, or the variable
            `OPENDAL_READ_TIMEOUT`, unless it is given.
        ca_bundle: a PEM file of the authorities to trust, instead of those that the variables
            `SSL_CERT_FILE` and `SSL_CERT_DIR` name, or else the system.
        client_certificate: a PEM file with a certificate and its private key, for servers that ask
            for one. Or the variable `OPENDAL_CLIENT_CERTIFICATE`. Read now; give it again when the
            file has changed.

    Raises:
        InvalidState: the threads have been started already.
        ConfigInvalid: a number below 1 or above 65,536, a time that is not above zero and at most a
            day, or a file that cannot be used.
        InvalidArgument: a value of another type.

    Example:
        opendal.configure(connections=32, read_timeout=60)
    """

@overload
def open(
    uri: str | PathLike[str],
    mode: _TextMode,
    *,
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    **keywords: object,
) -> TextFile: ...
@overload
def open(  # type: ignore[overload-overlap]
    uri: str | PathLike[str],
    mode: _BinaryMode = "rb",
    *,
    buffering: Literal[0],
    encoding: None = None,
    errors: None = None,
    newline: None = None,
    **keywords: object,
) -> RawFile: ...
@overload
def open(
    uri: str | PathLike[str],
    mode: _BinaryMode = "rb",
    *,
    buffering: int = -1,
    encoding: None = None,
    errors: None = None,
    newline: None = None,
    **keywords: object,
) -> File: ...
@overload
def open(
    uri: str | PathLike[str],
    mode: str,
    *,
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    **keywords: object,
) -> IO[Any]:
    """Open one object as a file, by its URI or by its path on this machine.

    The URI says the service and the store, as for `Operator.from_uri`; the rest of its path is the
    object. For many objects of one store an `Operator` is better: it is set up once. What is
    written appears when the file is closed, as with `Operator.open`.

    Args:
        uri: such as `s3://photos/2024/cat.jpg?region=eu-west-1`, `https://example.com/a.csv` or
            `file:///srv/a.csv`. What has no `://` is a path of this machine.
        mode: as in `Operator.open`.
        buffering: as in `Operator.open`.
        encoding: as in `Operator.open`.
        errors: as in `Operator.open`.
        newline: as in `Operator.open`.
        **keywords: those of `Operator.open` are for the file; all others configure the
            service and win over the URI.

    Returns:
        A `File`, for text a `TextFile`, for `buffering=0` a `RawFile`.

    Raises:
        Unsupported: there is no such scheme (a ValueError too), or no such mode.
        ConfigInvalid: a bad URI or setting, or a URI that names no object.
        InvalidArgument: a keyword of neither, or a value of the wrong type.
        NotFound: there is nothing to be read.

    Example:
        with opendal.open("notes.txt", "w") as file:
            file.write("hello")
        assert opendal.open("notes.txt").read() == b"hello"
    """
