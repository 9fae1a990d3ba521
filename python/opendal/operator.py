"""Operators, what their asynchronous calls return, older names, and helpers that make them."""

from __future__ import annotations

from opendal import types as _types
from opendal._core.operator import AsyncOperator, Awaitable, Operator

__all__ = [
    "AsyncOperator",
    "Awaitable",
    "Operator",
    "PyAsyncOperator",
    "PyOperator",
    "create_fs_async_operator",
    "create_fs_operator",
    "create_s3_async_operator",
    "create_s3_operator",
]

PyOperator = Operator
PyAsyncOperator = AsyncOperator


def create_fs_operator(**options: _types.ConfigValue) -> Operator:
    """Make an operator on a local directory: an `FsOperator` where its wheel is installed."""
    return Operator.from_config({"scheme": "fs", **options})


def create_fs_async_operator(**options: _types.ConfigValue) -> AsyncOperator:
    """Make the asynchronous twin of what `create_fs_operator` gives."""
    return AsyncOperator.from_config({"scheme": "fs", **options})


def create_s3_operator(**options: _types.ConfigValue) -> Operator:
    """Make an operator on an S3 bucket: an `S3Operator` where its wheel is installed."""
    return Operator.from_config({"scheme": "s3", **options})


def create_s3_async_operator(**options: _types.ConfigValue) -> AsyncOperator:
    """Make the asynchronous twin of what `create_s3_operator` gives."""
    return AsyncOperator.from_config({"scheme": "s3", **options})
