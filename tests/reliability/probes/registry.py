"""The list of probes, and how one says what it found.

A probe is a function that is given a `Lab` and does to a library what a user might. It returns
where the library does as it must, perhaps with a few words; `Failed` says what went wrong, and
`Missing` that the library has no such thing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

# What a process may take before it counts as hanging; a probe may say otherwise.
USUAL_SECONDS = 20


# Neither is an `Exception`: a probe that looks for those must not catch its own.
class Failed(BaseException):
    """The library does not do what it must; the message goes into the table."""


class Missing(BaseException):
    """The library has nothing that could be probed."""


@dataclass(frozen=True)
class Probe:
    """One row of the table."""

    name: str
    theme: str
    # What must hold.
    promise: str
    run: Callable[[Any], str | None]
    seconds: float
    # The end of the process is what is looked at: it says nothing, and must end well.
    ends: bool
    # Takes too long for the suite; only the table has it.
    slow: bool


PROBES: dict[str, Probe] = {}


def probe(
    promise: str,
    *,
    over: Iterable[str] = (),
    seconds: float = USUAL_SECONDS,
    ends: bool = False,
    slow: bool = False,
) -> Callable[[Callable[..., str | None]], Callable[..., str | None]]:
    """Add a probe, or one for each of the words that `over` names, which `{}` stands for."""

    def add(function: Callable[..., str | None]) -> Callable[..., str | None]:
        theme = function.__module__.rpartition(".")[2]
        words: list[str | None] = [*over] or [None]
        for word in words:
            name = "-".join([theme, *function.__name__.split("_"), *(word or "").split()])
            run = function if word is None else _bound(function, word)
            if name in PROBES:
                raise ValueError(f"two probes are called {name}")
            if word is not None and "{}" not in promise:
                raise ValueError(f"the promise of {name} lacks a place for {word}")
            text = promise.format(word)
            if promise.startswith("{"):
                text = text[:1].upper() + text[1:]
            PROBES[name] = Probe(name, theme, text, run, seconds, ends, slow)
        return function

    return add


def _bound(function: Callable[..., str | None], word: str) -> Callable[[Any], str | None]:
    return lambda lab: function(lab, word)


def must_raise(
    call: Callable[[], object],
    kind: type[Exception] = Exception,
    otherwise: str = "accepted",
) -> Exception:
    """The error of a call that must not succeed."""
    try:
        call()
    except kind as error:
        return error
    except Exception as error:
        raise Failed(f"raises {type(error).__name__}") from error
    raise Failed(otherwise)


def must_be(value: object, wanted: object, otherwise: str | None = None) -> None:
    """An answer that must be right."""
    if value != wanted:
        raise Failed(otherwise or f"gives {_short(value)}")


def _short(value: object) -> str:
    if isinstance(value, bytes) and len(value) > 20:
        return f"{len(value)} bytes that are wrong"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
