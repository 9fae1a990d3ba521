"""Errors: our classes, the builtin ones, and own subclasses."""

from typing import assert_type

import opendal
from opendal import exceptions
from opendal.exceptions import ConditionalCreateFailed, Error, NotFound


def size(op: opendal.Operator, path: str) -> int | None:
    try:
        return op.stat(path).content_length
    except NotFound as error:
        assert_type(error.path, str | None)
        assert_type(error.errno, int | None)
        builtin: FileNotFoundError = error
        raise builtin from None
    except opendal.exceptions.Unsupported as error:
        as_value: ValueError = error
        as_missing: NotImplementedError = error
        raise as_value from as_missing
    except Error as error:
        assert_type(error.kind, str)
        assert_type(error.operation, str | None)
        assert_type(error.temporary, bool)
        return None


class NoBucket(NotFound):
    """A subclass with another signature."""

    def __init__(self, bucket: str) -> None:
        super().__init__(f"no bucket {bucket}", scheme="s3", errno=2)


def fail(kind: type[Error]) -> None:
    if issubclass(kind, exceptions.Timeout):
        raise NoBucket("b")
    raise ConditionalCreateFailed("there", operation="write", path="a", temporary=False)
