"""The compiled services, and the wheels that bring typed classes for them.

The core alone reaches every scheme of `Scheme`. A wheel adds classes whose keywords are typed, and
announces them by an entry point in the group `opendal.services`, one for each scheme:

    [project.entry-points."opendal.services"]
    s3 = "opendal_s3_service:SERVICE"

`Operator.from_uri` and `from_config` then give the wheel's class. `opendal.services.s3` is the
wheel `opendal-s3-service` by another name, and so on for the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from opendal.operator import AsyncOperator, Operator
from opendal.services._scheme import Scheme

# Type checkers take this name for true; importing `typing` for it would cost time.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["Scheme", "Service"]

Scheme.__module__ = __name__

_GROUP = "opendal.services"


@dataclass(frozen=True, slots=True)
class Service:
    """What a service wheel offers: its two classes, and the schemes that they are for.

    Example:
        SERVICE = Service(operator=FsOperator, async_operator=FsAsyncOperator, schemes=("fs",))
    """

    operator: type[Operator]
    async_operator: type[AsyncOperator]
    schemes: tuple[str, ...]


def _find(scheme: str) -> Service | None:  # pyright: ignore[reportUnusedFunction]
    """Give the service of an installed wheel for this scheme, or None: for the core.

    A wheel that cannot be used is skipped with a warning. What was found is kept: a wheel that is
    installed later is seen by the next process.
    """
    return _load(_key(scheme))


def _key(scheme: str) -> str:
    return scheme.lower().replace("_", "-")


# Two threads may both load a service the first time: that is harmless, while a lock of ours around
# an import could deadlock with the import's own.
def _load_first(scheme: str) -> Service | None:
    for entry_point in _entry_points().get(scheme, ()):
        try:
            return _checked(entry_point.load(), scheme)
        # Whatever a foreign module raises while it is imported, it must not break the others.
        except Exception as error:
            _warn(entry_point, error)
    return None


# Not as a decorator, of which stubtest cannot see the function inside.
_load = cache(_load_first)


def _read_entry_points() -> dict[str, list[EntryPoint]]:
    """Give all announced services by scheme."""
    from importlib.metadata import entry_points  # noqa: PLC0415 (slow, and seldom needed)

    found: dict[str, list[EntryPoint]] = {}
    for entry_point in entry_points(group=_GROUP):
        found.setdefault(_key(entry_point.name), []).append(entry_point)
    return found


_entry_points = cache(_read_entry_points)


def _checked(service: object, scheme: str) -> Service:
    if not isinstance(service, Service):
        raise TypeError(f"it is a {type(service).__name__}, no opendal.services.Service")
    if scheme not in map(_key, service.schemes):
        raise ValueError(f"the scheme {scheme!r} is not one of its own: {service.schemes}")
    classes: list[tuple[object, type]] = [
        (service.operator, Operator),
        (service.async_operator, AsyncOperator),
    ]
    for given, base in classes:
        if not (isinstance(given, type) and issubclass(given, base)):
            raise TypeError(f"{given!r} is no subclass of {base.__name__}")
    return service


def _warn(entry_point: EntryPoint, error: Exception) -> None:
    import warnings  # noqa: PLC0415

    wheel = entry_point.dist.name if entry_point.dist else "an unknown wheel"
    text = f"{type(error).__name__}: {error}".partition("\n")[0]
    warnings.warn(
        f"the service {entry_point.name!r} of {wheel} ({entry_point.value}) is skipped: {text}",
        RuntimeWarning,
        stacklevel=2,
    )
