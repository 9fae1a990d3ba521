"""The native core of opendal. Its public names are in `opendal` and the modules below it."""

from . import capability as capability
from . import file as file
from . import layers as layers
from . import operator as operator
from . import types as types

__all__ = ["__version__", "capability", "debug", "file", "layers", "operator", "types"]

__version__: str
# True in a build without optimisation.
debug: bool
