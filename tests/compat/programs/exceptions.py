"""Every exception: they are raised, caught one by one, and made by programs."""

import opendal
from here import CONFIG, SCHEME, here
from opendal import exceptions
from opendal.exceptions import (
    AlreadyExists,
    ConditionNotMatch,
    ConfigInvalid,
    Conflict,
    Error,
    IsADirectory,
    IsSameFile,
    NotADirectory,
    NotFound,
    PermissionDenied,
    RangeNotSatisfied,
    RateLimited,
    Unexpected,
    Unsupported,
)

ALL = [
    AlreadyExists,
    ConditionNotMatch,
    ConfigInvalid,
    Conflict,
    IsADirectory,
    IsSameFile,
    NotADirectory,
    NotFound,
    PermissionDenied,
    RangeNotSatisfied,
    RateLimited,
    Unexpected,
    Unsupported,
]

# Programs raise them with one string, and none of them catches another.
for raised in [*ALL, Error]:
    assert issubclass(raised, Exception)
    assert raised.__module__ == "opendal.exceptions"
    try:
        raise raised("told")
    except raised as error:
        assert "told" in str(error)
    for other in ALL:
        assert other is raised or not issubclass(raised, other)
    if raised is not Error:
        assert issubclass(raised, Error) is here("one base of all errors")
assert issubclass(NotFound, FileNotFoundError) is here("builtin errors")
assert issubclass(ConfigInvalid, ValueError) is here("builtin errors")
exported = [name for name in dir(exceptions) if not name.startswith("_")]
assert all(issubclass(getattr(exceptions, name), Exception) for name in exported)

op = opendal.Operator(SCHEME, **CONFIG)
try:
    op.read("missing")
except NotFound as error:
    assert "missing" in str(error)
    assert ("\n" not in str(error)) is here("lines of a message")
else:
    raise AssertionError
try:
    opendal.Operator("no-such-service")
except Unsupported as error:
    assert "no-such-service" in str(error)
else:
    raise AssertionError
try:
    op.create_dir("no/slash")
except NotADirectory:
    pass
else:
    raise AssertionError
