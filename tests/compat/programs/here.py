"""What a program is told: the service that it runs on, and which of two packages it runs with.

A program takes nothing else from here than Apache's users have. Where the two packages differ on
purpose, it asks `here` for what this one does; docs/coming-from.md has the reasons, under the same
names.
"""

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import opendal

OURS = not opendal.__version__.startswith("0.47.")

_given = json.loads(sys.argv[1])
# The service by its name in the tests, its scheme, and its settings, all of them text.
SERVICE: str = _given["name"]
SCHEME: str = _given["scheme"]
CONFIG: dict[str, str] = _given["config"]
_IGNORES: list[str] = _given["ignores"]

# What Apache's package does, and what ours does.
DIFFERENCES: dict[str, tuple[object, object]] = {
    # Ways in.
    "unknown setting": ("taken", "ConfigInvalid"),
    "bool as a setting": ("TypeError", "taken"),
    "class of a scheme": ("Operator", "S3Operator"),
    "async class of a scheme": ("AsyncOperator", "S3AsyncOperator"),
    "own classes": ("TypeError", "Mine"),
    "end of a root": ('/root")', '/root/", name="")'),
    "schemes": (47, 35),
    # Operations.
    "what a write returns": ("NoneType", "Metadata"),
    "what a copy returns": ("NoneType", "Metadata"),
    "answer of a call without one": ("tuple", "NoneType"),
    "call outside a loop": ("RuntimeError", "taken"),
    "signing without await": (False, True),
    "empty chunk": ("taken", "ConfigInvalid"),
    "size beyond the end": ("RangeNotSatisfied", b"12345"),
    "numbers as data": ("taken", "InvalidArgument"),
    "user metadata on memory": (None, {"owner": "me"}),
    "append to S3": (True, False),
    "way out of the root": ("NotFound", "ConfigInvalid"),
    "delete of a full directory": ("Unexpected", "Conflict"),
    "directory without its slash": ("Unexpected", "IsADirectory"),
    # Files.
    "half a file": (True, False),
    "missing file at open": ("opened", "NotFound"),
    "class of a file's error": ("OSError", "Unsupported"),
    "unknown keyword of open": ("taken", "InvalidArgument"),
    "response headers of a file": ("taken", "Unsupported"),
    # Errors.
    "one base of all errors": (False, True),
    "builtin errors": (False, True),
    "error of if_not_exists": ("ConditionNotMatch", "ConditionalCreateFailed"),
    "lines of a message": (False, True),
    # Layers, pickles and values.
    "ability that is taken away": ("taken", "Unsupported"),
    "layers in a pickle": (0, 1),
    "memory in a pickle": (False, True),
    "values are equal": (False, True),
    "further flags": (False, True),
}


def here(name: str) -> object:
    """What this package does, in a matter in which the two differ."""
    return DIFFERENCES[name][OURS]


def can(op: opendal.Operator | opendal.AsyncOperator, ability: str) -> bool:
    """Whether the service has this ability, and the server of the tests does too."""
    return ability not in _IGNORES and bool(getattr(op.capability(), ability))


def outcome(call: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """What a call returns, or the name of the exception that it raises."""
    try:
        return call(*args, **options)
    except Exception as error:
        return type(error).__name__


def taken(call: Callable[..., Any], *args: Any, **options: Any) -> str:
    """The same, where the answer does not matter: "taken" if there is one."""
    try:
        call(*args, **options)
    except Exception as error:
        return type(error).__name__
    return "taken"


async def awaited(call: Awaitable[Any]) -> Any:
    """What an awaitable gives, or the name of the exception that it raises."""
    try:
        return await call
    except Exception as error:
        return type(error).__name__
