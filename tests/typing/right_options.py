"""Keyword groups, configuration mappings and the older names."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TypedDict, Unpack, assert_type

import opendal
from opendal.config import FsConfig, S3Config, ServiceConfig
from opendal.operator import (
    PyAsyncOperator,
    PyOperator,
    create_fs_async_operator,
    create_fs_operator,
    create_s3_async_operator,
    create_s3_operator,
)
from opendal.options import ListKwargs, ReadKwargs, WriteKwargs
from opendal.services import Scheme
from opendal.types import ConfigValue, CredentialProvider, Metadata, ReadableBuffer
from opendal_s3_service import S3AsyncOperator, S3Operator


def load(op: opendal.Operator, path: str, **options: Unpack[ReadKwargs]) -> bytes:
    return op.read(path, **options)


def store(op: opendal.Operator, data: ReadableBuffer, **options: Unpack[WriteKwargs]) -> Metadata:
    return op.write("a", data, **options)


class Keys(TypedDict):
    access_key_id: str
    secret_access_key: str


def keys() -> Keys:
    return {"access_key_id": "a", "secret_access_key": "b"}


async def later() -> dict[str, str]:
    return {"access_key_id": "a", "secret_access_key": "b"}


def providers() -> None:
    provider: CredentialProvider = keys
    S3Operator(bucket="b", credential_provider=provider)
    S3AsyncOperator(bucket="b", credential_provider=later)
    opendal.Operator("s3", bucket="b", credential_provider=later)
    opendal.Operator.from_uri("s3://b", credential_provider=keys)
    opendal.Operator.from_config(S3Config(scheme="s3", bucket="b", credential_provider=keys))


everything: ListKwargs = {"recursive": True, "versions": True}
half: ReadKwargs = ReadKwargs(size=10)


def use(op: opendal.Operator) -> None:
    assert_type(load(op, "a", **half), bytes)
    assert_type(load(op, "a", offset=1, if_match="e"), bytes)
    store(op, b"x", if_not_exists=True)
    op.list("d/", **everything)


values: list[ConfigValue] = ["x", True, 1, 1.5, Path("x"), timedelta(1), ["a"], {"a": "b"}, None]
plain: dict[str, str] = {"scheme": "memory"}
mixed: Mapping[str, ConfigValue] = {"scheme": "fs", "root": Path("/x")}
fs = FsConfig(scheme="fs", root="/x")
s3: S3Config = {"scheme": "s3", "bucket": "b"}
some: ServiceConfig = fs
for config in (plain, mixed, fs, s3, some):
    assert_type(opendal.Operator.from_config(config), opendal.Operator)

opendal.Operator(Scheme.S3, bucket="b", region="r")
opendal.Operator.from_uri("s3://b/root", region="r", enable_virtual_host_style=True)
assert_type(create_fs_operator(root=Path("/x")), PyOperator)
assert_type(create_s3_operator(bucket="b"), opendal.Operator)
assert_type(create_fs_async_operator(root="/x"), PyAsyncOperator)
assert_type(create_s3_async_operator(bucket="b"), opendal.AsyncOperator)
