"""Every storage service through one native core.

`Operator` and `AsyncOperator` are here; the rest is in the modules `operator`, `file`, `types`,
`capability`, `layers`, `exceptions`, `options`, `config` and `services`.

Example:
    import opendal

    op = opendal.Operator("fs", root="data")
    op.write("hello.txt", b"hello")
"""

from opendal import _core, capability, file, layers, operator, types
from opendal._core import (
    __version__,
    configure,
    open,  # noqa: A004
    schemes,
)
from opendal.operator import AsyncOperator, Operator

# Type checkers take this name for true; importing `typing` for it would cost most of our import.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from opendal import config, exceptions, options, services
else:
    _LAZY = frozenset({"config", "exceptions", "options", "services"})

    def __getattr__(name):
        """Import a module that not every program needs when it is first used."""
        if name in _LAZY:
            from importlib import import_module  # noqa: PLC0415

            return import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        return sorted({*globals(), *__all__})


__all__ = [
    "AsyncOperator",
    "Operator",
    "__version__",
    "capability",
    "config",
    "configure",
    "exceptions",
    "file",
    "layers",
    "open",
    "operator",
    "options",
    "schemes",
    "services",
    "types",
]

if _core.debug:
    import warnings

    warnings.warn(
        "this opendal was built without optimisation and is slow; `just build` makes a fast one",
        RuntimeWarning,
        stacklevel=2,
    )
