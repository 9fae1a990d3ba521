"""Answers and changes of heads for the fault proxy."""

import re
from collections.abc import Callable

PAGE = b"<!doctype html>\n<html><body>Please<br>log in.</body></html>"


def answer(status: str, body: bytes = b"", **headers: str) -> bytes:
    """A whole answer, as a server sends it."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def page(status: str) -> bytes:
    """What a proxy says that wants people to log in."""
    return answer(status, PAGE, Content_Type="text/html")


def with_length(change: Callable[[int], bytes]) -> Callable[[bytes], bytes]:
    """A head with another `Content-Length`."""
    pattern = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
    return lambda head: pattern.sub(lambda n: b"Content-Length: " + change(int(n[1])), head)


def without_length(head: bytes) -> bytes:
    """A head that does not say how long the body is."""
    return re.sub(rb"(?i)content-length: \d+\r\n", b"", head)


def with_lines(*lines: bytes) -> Callable[[bytes], bytes]:
    """A head with more lines."""
    return lambda head: head.removesuffix(b"\r\n") + b"\r\n".join([*lines, b"", b""])
