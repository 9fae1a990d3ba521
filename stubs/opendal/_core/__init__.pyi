"""The native core of opendal. Its public names are in `opendal` and the modules below it."""

from datetime import timedelta
from os import PathLike

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
    "operator",
    "schemes",
    "types",
]

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
        read_timeout: how long a request may go without a byte that moves, in either direction. 60,
            or the variable `OPENDAL_READ_TIMEOUT`, unless it is given.
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
