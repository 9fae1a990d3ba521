"""A login that is refused is a PermissionDenied on every service, whatever its protocol says."""

import re
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import (
    ConnectionFailed,
    ConnectionRefused,
    Error,
    NotFound,
    PermissionDenied,
)
from servers import EtcdServer, VersityServer

WRONG: dict[str, dict[str, str]] = {
    "s3_rclone": {"secret_access_key": "wrong"},
    "s3_versity": {"secret_access_key": "wrong"},
    "azblob": {"account_key": "d3Jvbmc="},
    "webdav_wsgidav": {"password": "wrong"},
    "webdav_rclone": {"password": "wrong"},
    "http": {"password": "wrong"},
    "ftp": {"password": "wrong"},
    "sftp": {"user": "nobody-of-that-name"},
    "memcached_login": {"password": "wrong"},
    "redis": {"password": "wrong"},
    "postgresql": {},
    "mysql": {},
}


@pytest.mark.parametrize("name", list(WRONG))
async def test_a_refused_login_is_permission_denied(
    name: str, kind: type[opendal.Operator], request: pytest.FixtureRequest
) -> None:
    service: Service = request.getfixturevalue(name)
    config: dict[str, Any] = {**service.config, **WRONG[name]}
    if not WRONG[name]:
        right = config["connection_string"]
        config["connection_string"] = re.sub(r"(://[^:]+:)[^@]+@", r"\1wrong@", right)
        assert config["connection_string"] != right
    ops = Calls(kind(service.scheme, **config), service)
    for call in ("read", "stat"):
        with pytest.raises(PermissionDenied) as told:
            await getattr(ops, call)("a")
        assert "proxy" not in str(told.value)
        assert not told.value.temporary


async def test_a_wrong_region_says_which_is_right(
    versity: VersityServer, kind: type[opendal.Operator]
) -> None:
    config = {"bucket": "regions", "endpoint": versity.url, "region": "eu-west-1"}
    login = {"access_key_id": versity.access_key, "secret_access_key": versity.secret_key}
    ops = Calls(kind("s3", **config, **login))
    with pytest.raises(Error, match='"eu-west-1" is wrong; expecting "us-east-1"'):
        await ops.read("a")


async def test_a_server_that_does_not_answer_is_one_on_etcd_too(
    etcd_server: EtcdServer, refused_port: int, kind: type[opendal.Operator]
) -> None:
    ops = Calls(kind("etcd", endpoints=f"http://127.0.0.1:{refused_port}"))
    with pytest.raises(ConnectionRefused) as refused:
        await ops.read("a")
    ops = Calls(kind("etcd", endpoints=etcd_server.url.replace("http:", "https:")))
    with pytest.raises(ConnectionFailed) as failed:
        await ops.read("a")
    assert "tonic" not in f"{refused.value}{failed.value}"


async def test_sftp_speaks_to_people(
    sftp: Service, kind: type[opendal.Operator], monkeypatch: pytest.MonkeyPatch
) -> None:
    ops = Calls(kind("sftp", **sftp.config))
    with pytest.raises(NotFound) as told:
        await ops.read("none")
    assert str(told.value) == 'read "none" on sftp: No such file'
    monkeypatch.setenv("PATH", "/nowhere")
    ops = Calls(kind("sftp", **sftp.config))
    with pytest.raises(Error, match="install OpenSSH's client"):
        await ops.read("a")
