"""A login that is refused is a PermissionDenied on every service, whatever its protocol says."""

import re
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import PermissionDenied

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
