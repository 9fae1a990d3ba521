"""What the S3 servers have in common: buckets are made by requests that are signed."""

import contextlib
import hashlib
import hmac
import http.client
import time
from dataclasses import dataclass

from .process import Address

_VERSIONING = (
    b'<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    b"<Status>Enabled</Status></VersioningConfiguration>"
)


@dataclass(frozen=True)
class S3Server(Address):
    """A running server that may be asked for buckets."""

    access_key: str
    secret_key: str
    region: str = "us-east-1"

    def create_bucket(self, name: str, *, versioning: bool = False) -> None:
        """Make a bucket, which keeps every version of its objects if asked to."""
        self.request("PUT", f"/{name}")
        if versioning:
            self.request("PUT", f"/{name}", "versioning=", _VERSIONING)

    def request(self, method: str, path: str, query: str = "", body: bytes = b"") -> bytes:
        """One signed request; an error unless the answer is a success."""
        status, answer = self.ask(method, path, query, body)
        if not 200 <= status < 300:
            raise RuntimeError(f"{self.url} answered {method} {path}: {status} {answer!r}")
        return answer

    def ask(
        self, method: str, path: str, query: str = "", body: bytes = b"", *, sign: bool = True
    ) -> tuple[int, bytes]:
        """The status and body of one request."""
        headers = self._signed(method, path, query, body) if sign else {}
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        with contextlib.closing(connection):
            target = f"{path}?{query}" if query else path
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            return response.status, response.read()

    def _signed(self, method: str, path: str, query: str, body: bytes) -> dict[str, str]:
        """The headers of a request, signed as AWS does (version 4)."""
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        scope = f"{now[:8]}/{self.region}/s3/aws4_request"
        headers = {
            "host": f"{self.host}:{self.port}",
            "x-amz-content-sha256": hashlib.sha256(body).hexdigest(),
            "x-amz-date": now,
        }
        names = ";".join(headers)
        lines = [f"{name}:{value}" for name, value in headers.items()]
        request = [method, path, query, *lines, "", names, headers["x-amz-content-sha256"]]
        digest = hashlib.sha256("\n".join(request).encode()).hexdigest()
        key = f"AWS4{self.secret_key}".encode()
        for part in (*scope.split("/"), "\n".join(["AWS4-HMAC-SHA256", now, scope, digest])):
            key = hmac.digest(key, part.encode(), "sha256")
        credential = f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}"
        headers["authorization"] = f"{credential},SignedHeaders={names},Signature={key.hex()}"
        return headers
