"""Every keyword of every operation, in a synchronous program."""

from datetime import UTC, datetime, timedelta

import opendal
from here import CONFIG, SCHEME, SERVICE, can, here, outcome, taken
from opendal.exceptions import ConditionNotMatch, Unsupported

op = opendal.Operator(SCHEME, **CONFIG)
DATA = b"0123456789" * 1000
BEFORE = datetime.now(UTC) - timedelta(days=2)
AFTER = datetime.now(UTC) + timedelta(days=2)

op.write("a", DATA)
assert op.read("a", offset=5, size=10) == b"5678901234"
assert op.read("a", offset=9998) == b"89"
assert op.read("a", size=3) == b"012"
assert op.read("a", chunk=1024, concurrent=2) == DATA
assert op.read("a", chunk=1024, concurrent=2, gap=4096, prefetch=1) == DATA
op.write("parts", DATA, chunk=5 << 20, concurrent=2)
assert op.read("parts") == DATA
assert taken(op.read, "a", bogus=1) in {"TypeError", "InvalidArgument"}
assert taken(op.read, "a", offset=-1) in {"OverflowError", "ConfigInvalid"}

etag = op.stat("a").etag or '"none"'
READ_CONDITIONS = [
    ("if_match", {"if_match": etag}, {"if_match": '"other"'}),
    ("if_none_match", {"if_none_match": '"other"'}, {"if_none_match": etag}),
    ("if_modified_since", {"if_modified_since": BEFORE}, {"if_modified_since": AFTER}),
    ("if_unmodified_since", {"if_unmodified_since": AFTER}, {"if_unmodified_since": BEFORE}),
]
for name, holds, fails in READ_CONDITIONS:
    if can(op, f"read_with_{name}"):
        assert op.read("a", **holds) == DATA
        assert outcome(op.read, "a", **fails) == "ConditionNotMatch", name
    if can(op, f"stat_with_{name}"):
        assert op.stat("a", **holds).content_length == len(DATA)
        assert outcome(op.stat, "a", **fails) == "ConditionNotMatch", name
# Each by its name, as a program spells them.
if can(op, "read_with_if_match") and can(op, "read_with_if_unmodified_since"):
    assert op.read("a", if_match=etag, if_unmodified_since=AFTER) == DATA
    assert op.read("a", if_none_match='"other"', if_modified_since=BEFORE) == DATA
if can(op, "stat_with_if_match") and can(op, "stat_with_if_unmodified_since"):
    assert op.stat("a", if_match=etag, if_unmodified_since=AFTER).is_file
    assert op.stat("a", if_none_match='"other"', if_modified_since=BEFORE).is_file
if can(op, "read_with_override_content_type"):
    overridden = op.read(
        "a", content_type="text/x-odd", cache_control="no-store", content_disposition="inline"
    )
    assert overridden == DATA
if can(op, "read_with_override_content_type") and SERVICE != "s3-moto":
    op.stat("a", content_type="text/x-odd", cache_control="no-store", content_disposition="inline")

if can(op, "write_with_content_type"):
    op.write("typed", b"1", content_type="text/x-odd")
    assert op.stat("typed").content_type == "text/x-odd"
if can(op, "write_with_cache_control") and can(op, "write_with_content_disposition"):
    op.write("told", b"1", cache_control="no-store", content_disposition="attachment")
    assert op.stat("told").content_disposition == "attachment"
if can(op, "write_with_content_encoding"):
    op.write("packed", b"1", content_encoding="gzip")
    assert op.stat("packed").content_encoding == "gzip"
if can(op, "write_with_user_metadata"):
    op.write("owned", b"1", user_metadata={"owner": "me"})
    assert op.stat("owned").user_metadata == {"owner": "me"}
if can(op, "write_with_if_not_exists"):
    op.write("new", b"1", if_not_exists=True)
    assert outcome(op.write, "new", b"2", if_not_exists=True) == here("error of if_not_exists")
    assert op.read("new") == b"1"
if can(op, "write_with_if_match"):
    op.write("a", DATA, if_match=op.stat("a").etag)
    assert outcome(op.write, "a", b"", if_match='"other"') == "ConditionNotMatch"
if can(op, "write_with_if_none_match"):
    try:
        op.write("a", b"", if_none_match="*")
    except ConditionNotMatch:
        pass
    else:
        raise AssertionError
if SCHEME == "s3":
    assert bool(op.capability().write_can_append) is here("append to S3")
elif can(op, "write_can_append"):
    op.write("log", b"one,")
    op.write("log", b"two", append=True)
    assert op.read("log") == b"one,two"

for number in range(5):
    op.write(f"many/{number}", b"1")
names = [entry.path for entry in op.list("many/", limit=2)]
assert {f"many/{number}" for number in range(5)} <= set(names)
if can(op, "list_with_start_after"):
    late = {entry.path for entry in op.list("many/", start_after="many/2")}
    assert late == {"many/3", "many/4"}
    assert {entry.path for entry in op.scan("many/", start_after="many/2")} == late
assert {entry.path for entry in op.scan("many/", limit=2)} >= {"many/0", "many/4"}
assert "many/0" in {entry.path for entry in op.list("", recursive=True)}

if can(op, "read_with_version") and op.stat("a").version:
    op.write("kept", b"old")
    old = op.stat("kept").version
    op.write("kept", b"new")
    assert op.read("kept", version=old) == b"old"
    assert op.stat("kept", version=old).content_length == 3
    if can(op, "list_with_versions"):
        assert len(list(op.list("kept", versions=True))) == 2
        assert len(list(op.scan("kept", versions=True))) == 2
    if can(op, "list_with_deleted"):
        op.delete("kept")
        assert list(op.list("kept", deleted=True))
        assert list(op.scan("kept", deleted=True))
    op.delete("kept", version=old)
if can(op, "delete_with_recursive"):
    op.delete("many/", recursive=True)
    assert not op.exists("many/0")
try:
    op.delete("a", if_match='"other"')
except (Unsupported, ConditionNotMatch):
    pass
else:
    # Apache's package forgets the condition where the service knows none.
    assert not op.exists("a")
