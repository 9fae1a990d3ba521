"""A keyword changes what a service is asked, or it is refused: none is passed over in silence.

What these services have behind them is asked nothing here: an answer is made up for every request.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import opendal
import pytest
from least import ACCOUNT, KEYS, LEAST
from opendal.exceptions import ConfigInvalid, Error, InvalidArgument, Unsupported
from servers import FaultProxy

VALUES: dict[str, object] = {
    "version": "v1",
    "if_match": '"e"',
    "if_none_match": '"e"',
    "if_modified_since": datetime(2020, 1, 1, tzinfo=UTC),
    "if_unmodified_since": datetime(2020, 1, 1, tzinfo=UTC),
    "offset": 3,
    "size": 2,
    "suffix": 4,
    "content_type": "text/x-odd",
    "cache_control": "no-store",
    "content_disposition": "inline",
    "content_encoding": "gzip",
    "if_not_exists": True,
    "user_metadata": {"a": "b"},
    "append": True,
    "start_after": "d/z",
    "versions": True,
    "source_version": "v1",
}
CONDITIONS = ["if_match", "if_none_match", "if_modified_since", "if_unmodified_since"]
HEADERS = ["content_type", "cache_control", "content_disposition"]
STAT = ["version", *CONDITIONS, *HEADERS]
READ = [*STAT, "offset", "size", "suffix"]
CREATE = [*HEADERS, "content_encoding", "user_metadata", *CONDITIONS[:2], "if_not_exists"]
WRITE = [*CREATE, "append"]
CALLS: dict[str, tuple[Callable[..., object], list[str]]] = {
    "read": (lambda op, **given: op.read("d/a", **given), READ),
    "stat": (lambda op, **given: op.stat("d/a", **given), STAT),
    "write": (lambda op, **given: op.write("d/a", b"1", **given), WRITE),
    "delete": (lambda op, **given: op.delete("d/a", **given), ["version", "if_match"]),
    "copy": (
        lambda op, **given: op.copy("d/a", "d/b", **given),
        ["if_not_exists", "if_match", "source_version"],
    ),
    "list": (lambda op, **given: list(op.list("d/", **given)), ["start_after", "versions"]),
}
SIGNED = {
    "presign_read": READ,
    "presign_stat": STAT,
    "presign_write": CREATE,
    "presign_delete": ["version"],
}
ASKED = ["azblob", "azdls", "azfile", "gcs", "http", "lakefs", "oss", "s3", "swift"]
SIGNING = ["cos", "http", "obs", "oss", "s3", "swift", "tos"]
ANSWER = (
    b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\nETag: "e"\r\n'
    b"Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT\r\n\r\nab"
)
# What is other in each request of its own accord.
RESTLESS = r"(?i)(authorization|date|x-[a-z]+-date|x-[a-z]+-content-sha256)$"
RESTLESS_QUERY = (
    r"(?i)\b(X-Amz-Date|X-Amz-Signature|X-Tos-[A-Z]\w+|Signature|Expires|q-[a-z-]+)=[^&]*"
)


def configured(scheme: str, endpoint: str) -> dict[str, Any]:
    more: dict[str, dict[str, Any]] = {
        "gcs": {"token": "hush"},
        "s3": KEYS,
        "obs": KEYS,
        "oss": {"access_key_id": "id", "access_key_secret": "hush", "addressing_style": "path"},
        "cos": {"secret_id": "id", "secret_key": "hush"},
        "swift": {"temp_url_key": "hush"},
        "azblob": ACCOUNT,
    }
    return {**LEAST[scheme], "endpoint": endpoint, **more.get(scheme, {})}


@pytest.fixture
def anybody(refused_port: int) -> Iterator[FaultProxy]:
    """Answers everything with two bytes, and remembers what it was asked."""
    with FaultProxy("127.0.0.1", refused_port) as proxy:
        proxy.answer(ANSWER, times=None)
        yield proxy


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("scheme", ASKED)
def test_a_keyword_is_sent_or_refused(scheme: str, call: str, anybody: FaultProxy) -> None:
    op = opendal.Operator(scheme, **configured(scheme, anybody.url))
    run, keywords = CALLS[call]

    def asked(**given: object) -> list[object] | None:
        seen = len(anybody.requests)
        try:
            run(op, **given)
        except Unsupported:
            return None
        except Error:
            # The answer makes no sense to most.
            pass
        requests = anybody.requests[seen:]
        return [
            (each.method, each.path, each.query, [h for h in each.headers if lasting(h[0])])
            for each in requests
        ]

    if not getattr(op.capability(), call):
        pytest.skip(f"{scheme} cannot {call}")
    plain = asked()
    assert plain
    unheard = [key for key in keywords if asked(**{key: VALUES[key]}) == plain]
    assert unheard == []


@pytest.mark.parametrize("call", SIGNED)
@pytest.mark.parametrize("scheme", SIGNING)
def test_a_keyword_is_signed_or_refused(scheme: str, call: str) -> None:
    config = configured(scheme, "http://127.0.0.1:1")
    op = opendal.Operator(scheme, **config)
    if not getattr(op.capability(), call):
        pytest.skip(f"{scheme} cannot {call}")

    def signed(**given: object) -> object:
        try:
            request = getattr(op, call)("d/a", 60, **given)
        except Unsupported:
            return None
        headers = {key: value for key, value in request.headers.items() if lasting(key)}
        return re.sub(RESTLESS_QUERY, "", request.url), headers

    plain = signed()
    assert plain is not None
    unheard = [key for key in SIGNED[call] if signed(**{key: VALUES[key]}) == plain]
    assert unheard == []


def lasting(header: str) -> bool:
    return re.match(RESTLESS, header) is None


@pytest.mark.parametrize("keyword", ["chunk", "concurrent", "gap", "prefetch"])
def test_one_request_has_no_parts(keyword: str) -> None:
    op = opendal.Operator("s3", **configured("s3", "http://127.0.0.1:1"))
    with pytest.raises(InvalidArgument, match=rf"presign_read\(\) has no keyword '{keyword}'"):
        op.presign_read("a", 60, **{keyword: 1})


def test_a_request_is_for_one_end_of_an_object() -> None:
    op = opendal.Operator("s3", **configured("s3", "http://127.0.0.1:1"))
    with pytest.raises(ConfigInvalid, match="'suffix' is an end of its own"):
        op.presign_read("a", 60, suffix=2, offset=1)


def test_what_signs_the_path_alone_refuses_keywords() -> None:
    op = opendal.Operator("swift", **configured("swift", "http://127.0.0.1:1"))
    with pytest.raises(Unsupported, match="carries no keywords"):
        op.presign_read("a", 60, offset=1)
    assert op.presign_read("a", 60, offset=None).method == "GET"
