"""The native core of opendal. Its public names are in `opendal` and the modules below it."""

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

def configure(*, connections: int | None = None, threads: int | None = None) -> None:
    """Set the limits of this process; what is not given stays as it is.

    Args:
        connections: how many HTTP connections may be in use at once, over all operators; more
            requests wait, for a minute at most. 128, or the variable `OPENDAL_CONNECTIONS`, unless
            it is given. May be changed at any time.
        threads: how many threads serve what is asynchronous. One per processor, 2 to 4, or the
            variable `OPENDAL_THREADS`, unless it is given. Only before the first operation.

    Raises:
        InvalidState: the threads have been started already.
        ConfigInvalid: a number below 1 or above 65,536.
        InvalidArgument: no number.

    Example:
        opendal.configure(connections=32)
    """
