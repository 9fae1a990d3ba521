"""Files, in a synchronous program."""

import contextlib
import pickle
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import opendal
from here import CONFIG, SCHEME, can, here, outcome, taken

op = opendal.Operator(SCHEME, **CONFIG)
AFTER = datetime.now(UTC) + timedelta(days=2)
BEFORE = datetime.now(UTC) - timedelta(days=2)

with op.open("lines", "wb") as file:
    assert isinstance(file, opendal.file.File)
    assert file.writable()
    assert not file.readable()
    assert file.write(b"first\n") == 6
    assert file.write(b"second\n") == 7
    assert file.flush() is None
    assert not file.closed
assert file.closed
assert op.read("lines") == b"first\nsecond\n"

with op.open(PurePosixPath("lines"), "rb") as file:
    assert file.readable()
    assert file.seekable()
    assert not file.writable()
    assert file.read(3) == b"fir"
    assert file.tell() == 3
    assert file.readline() == b"st\n"
    assert file.readline(2) == b"se"
    assert file.readline(size=2) == b"co"
    assert file.seek(0) == 0
    assert file.seek(pos=2, whence=0) == 2
    assert file.seek(1, 1) == 3
    assert file.seek(-7, 2) == 6
    assert file.read() == b"second\n"
    assert file.read() == b""
    file.seek(0)
    buffer = bytearray(5)
    assert file.readinto(buffer) == 5
    assert buffer == b"first"
    assert file.readinto(buffer=buffer) == 5
    assert file.read(size=1) == b"n"

file = op.open("lines", "rb")
assert file.close() is None
assert file.closed
assert outcome(file.close) is None

with op.open("pickled", "wb") as file:
    pickle.dump({"a": 1}, file)
with op.open("pickled", "rb") as file:
    assert pickle.load(file) == {"a": 1}

with op.open("written", "wb") as file:
    assert file.write(bs=b"one") == 3

with op.open("a", "wb", chunk=5 << 20, concurrent=2) as file:
    file.write(bytes(1000))
assert op.stat("a").content_length == 1000
with op.open("a", "rb", offset=10, size=20, chunk=8, concurrent=2, gap=1, prefetch=1) as file:
    assert len(file.read()) in {20, 990, 1000}
etag = op.stat("a").etag
if can(op, "read_with_if_match") and can(op, "read_with_if_unmodified_since"):
    with op.open("a", "rb", if_match=etag, if_unmodified_since=AFTER) as file:
        assert len(file.read()) == 1000
    with op.open("a", "rb", if_none_match='"other"', if_modified_since=BEFORE) as file:
        assert len(file.read()) == 1000
if can(op, "read_with_version") and op.stat("a").version:
    with op.open("a", "rb", version=op.stat("a").version) as file:
        assert len(file.read()) == 1000
if can(op, "read_with_override_content_type"):
    overridden = taken(
        op.open,
        "a",
        "rb",
        content_type="text/x-odd",
        cache_control="no-store",
        content_disposition="inline",
    )
    assert overridden == here("response headers of a file")
if can(op, "write_with_user_metadata") and can(op, "write_with_content_encoding"):
    told = {"content_type": "text/x-odd", "cache_control": "no-store"}
    with op.open(
        "told", "wb", user_metadata={"a": "b"}, content_disposition="inline", **told
    ) as file:
        file.write(b"1")
    with op.open("packed", "wb", content_encoding="gzip") as file:
        file.write(b"1")
    assert op.stat("told").user_metadata == {"a": "b"}
    assert op.stat("packed").content_encoding == "gzip"
if can(op, "write_with_if_not_exists"):
    with op.open("new", "wb", if_not_exists=True) as file:
        file.write(b"1")
if can(op, "write_can_append") and SCHEME != "s3":
    with op.open("new", "wb") as file:
        file.write(b"1")
    with op.open("new", "wb", append=True) as file:
        file.write(b"2")
    assert op.read("new") == b"12"

assert outcome(op.open, "a", "nonsense") == "Unsupported"
assert taken(op.open, "a", "rb", bogus=1) == here("unknown keyword of open")
assert taken(op.open, "missing", "rb").replace("taken", "opened") == here("missing file at open")
with op.open("a", "rb") as file:
    assert outcome(file.write, b"1") == here("class of a file's error")

with contextlib.suppress(ZeroDivisionError), op.open("half", "wb") as file:
    file.write(b"half")
    raise ZeroDivisionError
assert op.exists("half") is here("half a file")
