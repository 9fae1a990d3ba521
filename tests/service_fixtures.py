"""Fixtures: every service, empty and ready, and one way to call sync and async operators."""

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import opendal
import pytest
from calls import Calls, Service
from servers import FaultProxy, MotoServer, RcloneServer, S3Server, VersityServer
from suite import ignored_by

# What the tests besides the conformance suite run over.
FEW = ["memory", "memory-versions", "fs", "s3-rclone", "s3-moto", "s3-versions", "s3-versity"]
KINDS = {"sync": opendal.Operator, "async": opendal.AsyncOperator}

_numbers = itertools.count()


@pytest.fixture
def s3_rclone(rclone: RcloneServer) -> Iterator[Service]:
    """A new bucket on rclone, as long as the test."""
    bucket = new_bucket(rclone)
    yield s3_on(rclone, bucket, "s3-rclone")
    # A thousand of them would fill the memory that they are in.
    shutil.rmtree(rclone.bucket(bucket), ignore_errors=True)


@pytest.fixture
def s3_proxied(s3_rclone: Service, proxy: FaultProxy) -> Service:
    """A new bucket on rclone, reached through the proxy."""
    return replace(s3_rclone, config={**s3_rclone.config, "endpoint": proxy.url})


@pytest.fixture
def s3_moto(moto: MotoServer) -> Service:
    """A new bucket on moto."""
    return s3_on(moto, new_bucket(moto), "s3-moto")


@pytest.fixture
def s3_versions(moto: MotoServer) -> Service:
    """A new bucket on moto that keeps versions."""
    bucket = f"versions-{next(_numbers)}"
    moto.create_bucket(bucket, versioning=True)
    return s3_on(moto, bucket, "s3-versions")


@pytest.fixture
def s3_versity(versity: VersityServer) -> Service:
    """A new bucket on versitygw that keeps versions."""
    bucket = f"versions-{next(_numbers)}"
    versity.create_bucket(bucket, versioning=True)
    return s3_on(versity, bucket, "s3-versity")


def service_named(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Service:
    """The service of that name, empty."""
    made: Service
    match name:
        case "memory":
            made = Service("memory", {}, quick=True)
        case "memory-versions":
            made = Service("memory", {"versions": True}, quick=True)
        case "fs":
            made = Service("fs", {"root": tmp_path / "root"}, quick=True)
        case _:
            made = request.getfixturevalue(name.replace("-", "_"))
    return replace(made, name=name)


@pytest.fixture(params=FEW)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Service:
    """A few services in turn, empty."""
    return service_named(request.param, request, tmp_path)


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> type[opendal.Operator | opendal.AsyncOperator]:
    """The sync and the async class in turn."""
    return KINDS[request.param]


@pytest.fixture
def ops(service: Service, kind: type[opendal.Operator]) -> Calls:
    """Every service in turn, sync and async."""
    return Calls(service.make(kind), service)


@pytest.fixture
def memory_ops(kind: type[opendal.Operator]) -> Calls:
    """Memory, sync and async, for what does not depend on the service."""
    return Calls(kind("memory"))


@pytest.fixture
def proxied(s3_proxied: Service, kind: type[opendal.Operator]) -> Calls:
    """S3 behind the fault proxy, sync and async."""
    return Calls(s3_proxied.make(kind), s3_proxied)


def new_bucket(server: S3Server) -> str:
    """A bucket that nobody else uses."""
    bucket = f"bucket-{next(_numbers)}"
    server.create_bucket(bucket)
    return bucket


def s3_on(server: S3Server, bucket: str, name: str) -> Service:
    """S3 on one of the servers, rooted beneath the bucket."""
    return Service(
        "s3",
        {
            "bucket": bucket,
            "root": "/top/",
            "endpoint": server.url,
            "region": server.region,
            "access_key_id": server.access_key,
            "secret_access_key": server.secret_key,
            "disable_config_load": True,
            "disable_ec2_metadata": True,
        },
        ignored_by(name),
    )
