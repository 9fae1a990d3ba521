"""Azure Blob Storage: ``azurite-blob``, Microsoft's own emulator.

It checks keys and knows conditions, blocks, append blobs and metadata.
"""

import base64
import contextlib
import hashlib
import hmac
import http.client
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate

from .process import Address, scratch, serving
from .programs import find

_VERSION = "2021-12-02"


@dataclass(frozen=True)
class AzuriteServer(Address):
    """A running server with one account."""

    account: str
    key: str

    @property
    def endpoint(self) -> str:
        return f"{self.url}/{self.account}"

    def create_container(self, name: str) -> None:
        """Make a container by a request that is signed with the account's key."""
        headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": _VERSION}
        # Twelve standard headers come before these, of which a request without body has none.
        lines = ["PUT", *[""] * 11, *(f"{key}:{value}" for key, value in headers.items())]
        # The account is in the path as well, and so it is here twice.
        lines += [f"/{self.account}/{self.account}/{name}", "restype:container"]
        digest = hmac.digest(base64.b64decode(self.key), "\n".join(lines).encode(), hashlib.sha256)
        signature = base64.b64encode(digest).decode()
        headers["Authorization"] = f"SharedKey {self.account}:{signature}"
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("PUT", f"/{self.account}/{name}?restype=container", b"", headers)
            response = connection.getresponse()
            answer = response.read()
        if response.status != 201:
            raise RuntimeError(f"azurite answered: {response.status} {answer!r}")


@contextlib.contextmanager
def azurite_server() -> Iterator[AzuriteServer]:
    """Start azurite on a free loopback port with an account of its own and nothing in it."""
    account, key = "account", base64.b64encode(secrets.token_bytes(32)).decode()
    with scratch("azurite") as directory:
        command = [
            *("/usr/bin/env", f"AZURITE_ACCOUNTS={account}:{key}"),
            find("azurite-blob"),
            *("--disableTelemetry", "--skipApiVersionCheck"),
            *("--blobHost", "127.0.0.1", "--blobPort", "0"),
            *("--location", str(directory)),
        ]
        with serving(command, r"successfully listens on http://([\d.]+):(\d+)") as match:
            yield AzuriteServer(match[1], int(match[2]), account, key)
