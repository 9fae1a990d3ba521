"""Layers: what stands between an operator and its service. One object may serve many operators."""

from datetime import timedelta
from typing import Self, final

from typing_extensions import disjoint_base

__all__ = [
    "CapabilityOverrideLayer",
    "ConcurrentLimitLayer",
    "Layer",
    "MimeGuessLayer",
    "RetryLayer",
    "TimeoutLayer",
]

@disjoint_base
class Layer:
    """What all layers have in common; it cannot be made itself, nor derived from in Python.

    `Operator.layer` adds one around those that are there. A good order from the inside out is
    `TimeoutLayer`, `ConcurrentLimitLayer`, `RetryLayer`. Layers compare by their settings and
    can be pickled.
    """

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class RetryLayer(Layer):
    """Try again what failed for a passing reason (`Error.temporary`), after a growing delay.

    Args:
        max_times: how often to try again; 3 without it.
        factor: what the delay is multiplied by after each try, at least 1; 2 without it.
        jitter: make each delay longer by a random part of it.
        max_delay: longest delay, in seconds or as a timedelta; 60 s without it.
        min_delay: first delay, in seconds or as a timedelta; 1 s without it.

    Raises:
        ConfigInvalid: a value out of range, such as a negative delay.
        InvalidArgument: a value of the wrong type.

    Example:
        op = op.layer(RetryLayer(max_times=5, jitter=True))
    """

    def __new__(
        cls,
        max_times: int | None = None,
        factor: float | None = None,
        jitter: bool = False,
        max_delay: float | timedelta | None = None,
        min_delay: float | timedelta | None = None,
    ) -> Self: ...
    @property
    def retries(self) -> int:
        """How often this layer has tried again so far, over all operators that it serves."""

@final
class TimeoutLayer(Layer):
    """Give up what takes too long; the error is `Timeout`, which is temporary.

    Place it inside of a `RetryLayer`, so that each try has its own time.

    Args:
        timeout: most time for a call without data, such as stat or delete, in seconds or as a
            timedelta; 60 s without it.
        io_timeout: most time for one piece of data to arrive or leave, not for all of it, in
            seconds or as a timedelta; 10 s without it.

    Raises:
        ConfigInvalid: a value out of range.
        InvalidArgument: a value of the wrong type.

    Example:
        op = op.layer(TimeoutLayer(timeout=10, io_timeout=timedelta(seconds=3)))
    """

    def __new__(
        cls,
        timeout: float | timedelta | None = None,
        io_timeout: float | timedelta | None = None,
    ) -> Self: ...

@final
class ConcurrentLimitLayer(Layer):
    """Let at most so many operations run at once; the others wait for their turn.

    All operators that share the layer share the limit. Open files and listings count until
    they are closed or used up, so a limit of 1 and a second call inside a loop over a listing
    wait for each other.

    Args:
        limit: how many operations, at least 1.

    Raises:
        ConfigInvalid: `limit` is less than 1.
        InvalidArgument: a value of the wrong type.

    Example:
        limit = ConcurrentLimitLayer(16)
        op, other = op.layer(limit), Operator("memory").layer(limit)
    """

    def __new__(cls, limit: int) -> Self: ...

@final
class MimeGuessLayer(Layer):
    """Fill in the content type, by the extension of the path, where none is given or known.

    Example:
        op = op.layer(MimeGuessLayer())
        op.write("page.html", b"<p>")
    """

    def __new__(cls) -> Self: ...

@final
class CapabilityOverrideLayer(Layer):
    """Correct what the operator believes that the service can do.

    For a server that claims the protocol of a service but not all of its abilities.

    Args:
        overrides: names of `Capability` with their values, such as `"write=false,copy=true"`.

    Raises:
        ConfigInvalid: an unknown name or a value that does not fit it.
        InvalidArgument: a value of the wrong type.

    Example:
        op = op.layer(CapabilityOverrideLayer("write_with_if_match=false"))
    """

    def __new__(cls, overrides: str) -> Self: ...
