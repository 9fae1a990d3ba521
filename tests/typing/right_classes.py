"""Subclasses survive: layers, other ways in, copies, and the way to the twin."""

import copy
from datetime import timedelta
from pathlib import Path
from typing import assert_type

import opendal
from opendal.layers import (
    CapabilityOverrideLayer,
    ConcurrentLimitLayer,
    Layer,
    MimeGuessLayer,
    RetryLayer,
    TimeoutLayer,
)
from opendal.services.fs import FsAsyncOperator, FsOperator, FsPyOperator
from opendal_s3_service import S3AsyncOperator, S3Operator

retry = RetryLayer(max_times=5, factor=1.5, jitter=True, max_delay=timedelta(1), min_delay=0.1)
assert_type(retry.retries, int)
shared: list[Layer] = [
    retry,
    TimeoutLayer(timeout=1, io_timeout=timedelta(seconds=1)),
    ConcurrentLimitLayer(8),
    MimeGuessLayer(),
    CapabilityOverrideLayer("write=false"),
]

fs = FsOperator(root="/x").layer(RetryLayer())
assert_type(fs, FsOperator)
assert_type(fs.to_async_operator(), FsAsyncOperator)
assert_type(fs.to_async_operator().to_operator(), FsOperator)
assert_type(fs.to_async_operator().layer(retry), FsAsyncOperator)
assert_type(FsOperator.from_uri("fs:///x"), FsOperator)
assert_type(FsAsyncOperator.from_config({"scheme": "fs", "root": Path("/x")}), FsAsyncOperator)
assert_type(copy.copy(fs), FsOperator)
assert_type(copy.deepcopy(fs), FsOperator)
assert_type(FsPyOperator(root=Path("/x")), FsOperator)
assert_type(FsOperator.schemes, tuple[str, ...])

s3 = S3Operator(bucket="b", region="r", enable_virtual_host_style=True).layer(retry)
assert_type(s3, S3Operator)
assert_type(s3.to_async_operator(), S3AsyncOperator)

assert_type(opendal.Operator("fs", root="/x").to_async_operator(), opendal.AsyncOperator)
assert_type(opendal.Operator.from_uri("memory://"), opendal.Operator)
assert_type(opendal.Operator.twin, type[opendal.AsyncOperator])
both: list[opendal.Operator] = [fs, s3]


class Archive(opendal.Operator):
    """What a user writes: another signature, own attributes and methods."""

    def __init__(self, *, root: str, year: int) -> None:
        super().__init__("fs", root=f"{root}/{year}")
        self.year = year

    def load(self, name: str) -> bytes:
        return self.read(f"{name}.bin", chunk=1 << 20)


archive = Archive(root="/x", year=2024).layer(retry)
assert_type(archive, Archive)
assert_type(archive.load("a"), bytes)
assert_type(copy.copy(archive).year, int)
assert_type(Archive.from_uri("fs:///x"), Archive)


class TempOperator(FsOperator):
    """A subclass of a typed class."""

    def __init__(self) -> None:
        super().__init__(root="/var/tmp")


assert_type(TempOperator().layer(retry), TempOperator)
assert_type(TempOperator().to_async_operator(), FsAsyncOperator)
