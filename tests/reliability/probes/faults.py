"""A server or a network that fails is told of, never believed, never waited for without end."""

import os
import time
from typing import Any

from odd_server import BODY

from .lab import LARGE, LARGE_BYTES, PART, SMALL, Lab, in_parts
from .registry import Failed, must_be, must_raise, probe


def _whole_or_error(call: Any, whole: bytes) -> str:
    """Data that is not what is stored must not come back as if it were."""
    try:
        data = bytes(call())
    except Exception:
        return "an error"
    must_be(data, whole)
    return "whole"


@probe("A body that is cut short is an error: {}", over=["read", "file read", "stream"])
def truncated(lab: Lab, what: str) -> None:
    client = lab.s3()
    lab.desk.truncate(LARGE_BYTES // 2)
    _whole_or_error(lambda: _taken(client, what, "large"), LARGE)


def _taken(client: Any, what: str, path: str) -> bytes:
    match what:
        case "read":
            return bytes(client.read(path))
        case "stream":
            return b"".join(bytes(piece) for piece in client.stream(path))
        case _:
            file = client.open_read(path)
            try:
                return bytes(file.read())
            finally:
                file.close()


@probe("A body that is cut short once is whole, where retries are on")
def truncated_retried(lab: Lab) -> None:
    client = lab.s3(retries=3)
    lab.desk.truncate(1000, times=1)
    must_be(client.read("large"), LARGE)


@probe("A connection that is reset in the middle of a body is an error")
def reset(lab: Lab) -> None:
    must_raise(lambda: lab.odd_s3("resets").read("a"))


@probe("A connection that is reset once is made again, where retries are on")
def reset_retried(lab: Lab) -> None:
    client = lab.s3(retries=3)
    must_be(client.read("a"), SMALL)
    lab.desk.disconnect(times=1)
    must_be(client.read("a"), SMALL)


@probe("503 twice, and retries: the server is asked three times")
def retried(lab: Lab) -> str:
    client = lab.s3(retries=3)
    lab.desk.fail(503, times=2)
    must_be(client.read("a"), SMALL)
    count = lab.desk.count("GET", "*/a")
    must_be(count, 3)
    return f"{count} requests"


@probe("503 for ever, and 2 retries: 3 requests and an error, not more")
def given_up(lab: Lab) -> str:
    client = lab.s3(retries=2)
    lab.desk.fail(503, times=None)
    must_raise(lambda: client.read("a"))
    count = lab.desk.count("GET", "*/a")
    must_be(count, 3)
    return f"{count} requests"


@probe("404 is not tried again")
def permanent(lab: Lab) -> None:
    client = lab.s3(retries=3)
    must_raise(lambda: client.read("absent"), lab.library.NotFound)
    must_be(lab.desk.count("GET", "*/absent"), 1)


@probe("A storm: each third request gets 503, and 100 writes and reads succeed", seconds=60)
def storm(lab: Lab) -> None:
    client = lab.s3(retries=10)
    lab.desk.fail(503, times=None, every=3)
    for number in range(50):
        client.write(f"new-{number}", b"%d" % number)
        must_be(client.read(f"new-{number}"), b"%d" % number)


@probe("A port that refuses is an error within 5 s")
def refused(lab: Lab) -> str:
    client = lab.s3()
    lab.desk.refuse()
    started = time.monotonic()
    must_raise(lambda: client.read("a"))
    return _within(started, 5)


def _within(started: float, most: float) -> str:
    took = time.monotonic() - started
    if took > most:
        raise Failed(f"after {took:.0f} s")
    return f"{took:.1f} s"


@probe(
    "A server that never answers: a timeout of 1 s is kept by {}", over=["read", "write", "listing"]
)
def silent(lab: Lab, what: str) -> str:
    client = lab.odd_s3("never-answers", timeout=1)
    started = time.monotonic()
    match what:
        case "read":
            must_raise(lambda: client.read("a"))
        case "write":
            must_raise(lambda: client.write("a", b"1"))
        case _:
            must_raise(lambda: list(client.list("")))
    return _within(started, 5)


@probe("A body that stalls: a timeout of 1 s is kept by {}", over=["read", "file read", "stream"])
def stalled(lab: Lab, what: str) -> str:
    client = lab.odd_s3("stalls", timeout=1)
    started = time.monotonic()
    must_raise(lambda: _taken(client, what, "a"))
    return _within(started, 5)


@probe("A slow body that lives on is not cut off by a timeout of 1 s")
def trickling(lab: Lab) -> None:
    must_be(lab.odd_s3("trickles", timeout=1).read("a"), BODY)


@probe("Without any setting, a body of 40 s that never stalls arrives", slow=True, seconds=240)
def trickling_by_default(lab: Lab) -> None:
    must_be(lab.odd_s3("trickles-long", retries=None).read("a"), BODY)


@probe("Without any setting, a server that never answers is an error", slow=True, seconds=240)
def silent_by_default(lab: Lab) -> str:
    client = lab.odd_s3("never-answers", retries=None)
    started = time.monotonic()
    must_raise(lambda: client.read("a"))
    return _within(started, 240)


@probe("Without any setting, a body that stalls is an error", slow=True, seconds=240)
def stalled_by_default(lab: Lab) -> str:
    client = lab.odd_s3("stalls", retries=None)
    started = time.monotonic()
    must_raise(lambda: client.read("a"))
    return _within(started, 240)


@probe("A redirect to another host does not take the credentials along")
def redirected(lab: Lab) -> str:
    client = lab.odd_s3("redirects", session_token="token-canary")
    try:
        client.read("a")
    except Exception:
        said = "not followed"
    else:
        said = "followed without"
    names = [name.lower() for asked in lab.desk.odd_asked("/elsewhere") for name in asked.headers]
    secret = sorted({"authorization", "x-amz-security-token"} & set(names))
    if secret:
        raise Failed(f"sends {', '.join(secret)}")
    return said


@probe("A redirect to itself ends")
def redirected_for_ever(lab: Lab) -> None:
    must_raise(lambda: lab.odd_s3("redirects-for-ever").read("a"))


@probe("A listing that is {} is an error, not an empty listing", over=["garbage", "html", "empty"])
def listing(lab: Lab, fault: str) -> None:
    must_raise(lambda: list(lab.odd_s3(fault).list("")))


@probe("A listing whose next page is always the same one can be interrupted or ends", seconds=15)
def endless_listing(lab: Lab) -> str:
    lab.desk.interrupt_soon(os.getpid(), 1)
    try:
        list(lab.odd_s3("loops").list(""))
    except KeyboardInterrupt:
        return "interrupted"
    except Exception:
        return "an error"
    return "ends"


@probe("A length that promises more than comes is an error")
def promises_more(lab: Lab) -> None:
    must_raise(lambda: lab.odd_s3("promises-more").read("a"))


@probe("A server that ignores ranges: what is asked for comes, or an error")
def ignored_range(lab: Lab) -> str:
    return _whole_or_error(lambda: _part(lab, "ignores-ranges"), BODY[1000:1010])


@probe("A server that answers another range than was asked for: an error")
def shifted_range(lab: Lab) -> str:
    return _whole_or_error(lambda: _part(lab, "shifts-ranges"), BODY[1000:1010])


def _part(lab: Lab, fault: str) -> bytes:
    store = lab.odd_s3(fault).store
    if lab.name == "obstore":
        return bytes(store.get_range("a", start=1000, end=1010))
    return bytes(store.read("a", offset=1000, size=10))


@probe("A copy that fails with the status 200 is an error")
def late_copy(lab: Lab) -> None:
    must_raise(lambda: lab.odd_s3("fails-late").copy("a", "b"))


@probe("A multipart upload that fails at its end with the status 200 is an error")
def late_upload(lab: Lab) -> None:
    client = lab.odd_s3("fails-late")
    must_raise(lambda: client.write("a", bytes(3 * PART), **in_parts(lab)))


@probe("A head of 4 MiB is an error, not a crash")
def huge_head(lab: Lab) -> None:
    must_raise(lambda: lab.odd_s3("huge-head").read("a"))
