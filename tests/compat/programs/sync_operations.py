"""Every operation without options, in a synchronous program."""

import pickle
from pathlib import PurePosixPath

import opendal
from here import CONFIG, SCHEME, can, here, outcome

op = opendal.Operator(SCHEME, **CONFIG)
op.check()

# Any buffer of bytes is data, and a path may be an object.
op.write("dir/one", b"one")
op.write("dir/two", bytearray(b"two"))
op.write("dir/sub/three", memoryview(b"three"))
op.write(PurePosixPath("dir", "empty"), b"")
assert op.read("dir/one") == b"one"
assert type(op.read("dir/one")) is bytes
assert op.read(PurePosixPath("dir/two")) == b"two"
assert op.read("dir/sub/three") == b"three"
assert op.read("dir/empty") == b""
assert op.read("/dir/one") == b"one"

metadata = op.stat("dir/one")
assert metadata.content_length == 3
assert op.stat(PurePosixPath("dir/one")).is_file

assert op.exists("dir/one") is True
assert op.exists("dir/none") is False
assert op.exists(PurePosixPath("dir/two"))

entries = {entry.path: entry for entry in op.list("dir/")}
assert {"dir/one", "dir/two", "dir/sub/", "dir/empty"} <= set(entries)
assert "dir/sub/three" not in entries
assert entries["dir/one"].name == "one"
assert entries["dir/sub/"].name == "sub/"
lister = op.list(PurePosixPath("dir"))
assert iter(lister) is lister
assert next(lister).path.startswith("dir")
found = {entry.path for entry in op.scan("dir/")}
assert {"dir/one", "dir/two", "dir/sub/three"} <= found
assert found == {entry.path for entry in op.list("dir/", recursive=True)}
assert "dir/" in {entry.path for entry in op.list("")}
assert list(op.list("nowhere/")) == []

if can(op, "create_dir"):
    op.create_dir("made/inner/")
    assert op.exists("made/inner/")
    assert op.stat("made/").is_dir
    assert outcome(op.create_dir, "made/inner/") is None
assert outcome(op.create_dir, "no/slash") == "NotADirectory"

if op.capability().copy:
    copied = op.copy("dir/one", "copied")
    assert type(copied).__name__ == here("what a copy returns")
    assert op.read("copied") == b"one"
    op.copy(PurePosixPath("dir/two"), PurePosixPath("copied"))
    assert op.read("copied") == b"two"
    assert outcome(op.copy, "dir/one", "dir/one") == "IsSameFile"
    assert outcome(op.copy, "dir/", "elsewhere/") == "IsADirectory"
    assert outcome(op.copy, "none", "elsewhere") == "NotFound"

if op.capability().rename:
    op.write("old", b"moved")
    assert op.rename("old", "new") is None
    assert not op.exists("old")
    assert op.read("new") == b"moved"
    assert outcome(op.rename, "new", "new") == "IsSameFile"
    assert outcome(op.rename, "dir/", "elsewhere/") == "IsADirectory"

assert op.delete("dir/one") is None
assert not op.exists("dir/one")
assert op.delete("dir/one") is None
assert op.delete(PurePosixPath("dir/none")) is None
assert op.remove_all("dir/") is None
assert not op.exists("dir/sub/three")
assert op.remove_all("nowhere/") is None

for missing in (op.read, op.stat):
    assert outcome(missing, "none") == "NotFound"
for directory in ("some/", "/"):
    assert outcome(op.read, directory) == "IsADirectory"
    assert outcome(op.write, directory, b"") == "IsADirectory"

# A path is text, and data are bytes.
assert outcome(op.read, b"bytes") in {"TypeError", "InvalidArgument"}
assert outcome(op.write, "text", "text") in {"TypeError", "InvalidArgument"}

# To the asynchronous class and back.
twin = op.to_async_operator()
assert isinstance(twin, opendal.AsyncOperator)
assert isinstance(twin.to_operator(), opendal.Operator)

op.write("kept", b"kept")
again = pickle.loads(pickle.dumps(op))
assert isinstance(again, opendal.Operator)
if SCHEME == "memory":
    assert again.exists("kept") is here("memory in a pickle")
else:
    assert repr(again) == repr(op)
    assert again.read("kept") == b"kept"
rebuild, args = op.__reduce__()
assert callable(rebuild)
assert args[0] == SCHEME
assert {key: args[1][key] for key in CONFIG} == CONFIG
