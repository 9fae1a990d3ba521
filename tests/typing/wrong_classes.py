"""Mistakes with classes, layers and configuration: each marked line is one."""

import opendal
from opendal.config import FsConfig
from opendal.exceptions import NotFound
from opendal.layers import ConcurrentLimitLayer, RetryLayer, TimeoutLayer
from opendal.services.fs import FsAsyncOperator, FsOperator
from opendal.services.s3 import S3Operator
from opendal.types import Lister

op = FsOperator(root="/x")
op.layer(RetryLayer())
op.layer("retry")  # error
op.layer(RetryLayer)  # error
op.layer(None)  # error
op.layer(op)  # error
op.layer()  # error
op.to_operator()  # error
wrong_twin: FsOperator = op.to_async_operator()  # error
wrong_class: S3Operator = op.layer(RetryLayer())  # error

RetryLayer(max_time=3)  # error
RetryLayer(max_times="3")  # error
TimeoutLayer(timeout="5s")  # error
ConcurrentLimitLayer()  # error

FsOperator("/x")  # error
FsOperator(rot="/x")  # error
FsOperator(root=1)  # error
S3Operator(bucket="b", credential_provider=lambda: {"access_key_id": "a"})
S3Operator(bucket="b", credential_provider="profile")  # error
S3Operator(bucket="b", credential_provider=lambda: 1)  # error
S3Operator(bucket="b", credential_provider=lambda name: {"access_key_id": name})  # error
FsOperator(root="/x", bucket="b")  # error
FsAsyncOperator(root=b"/x")  # error
S3Operator(bucket="b", region="r")
S3Operator(buckt="b")  # error
S3Operator(bucket=1)  # error
S3Operator(bucket="b", enable_virtual_host_style="maybe")  # error
S3Operator("b")  # error

opendal.Operator()  # error
opendal.Operator("fs", root=b"/x")  # error
opendal.Operator("fs", root=object())  # error
opendal.Operator.from_uri(1)  # error
opendal.Operator.from_config("fs")  # error
FsConfig(scheme="s3", root="/x")  # error
FsConfig(root="/x")  # error
NotFound("gone", pth="a")  # error
NotFound(2, "gone")  # error
opendal.Opeartor("fs")  # error
opendal.exceptions.NotFoundError("gone")  # error


class Final(Lister):  # error
    """Values are not for deriving from."""


class Archive(opendal.Operator):
    """The keyword of an own class."""

    def __init__(self, *, root: str) -> None:
        super().__init__("fs", root=root)


Archive(root="/x").layer(RetryLayer()).read("a")
Archive("fs", root="/x")  # error
Archive(root=1)  # error
