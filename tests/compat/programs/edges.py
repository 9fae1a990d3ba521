"""Where the two packages differ at the edges, on memory."""

import tempfile
from pathlib import Path

import opendal
from here import here, outcome, taken

op = opendal.Operator("memory")
op.write("a", b"12345")
assert outcome(op.read, "a", size=99) == here("size beyond the end")
assert outcome(op.read, "a", offset=99) == b""
assert taken(op.read, "a", chunk=0) == here("empty chunk")
assert taken(op.write, "list", [1, 2, 3]) == here("numbers as data")
op.write("owned", b"1", user_metadata={"owner": "me"})
assert op.stat("owned").user_metadata == here("user metadata on memory")
assert type(op.write("b", b"1")).__name__ == here("what a write returns")

with tempfile.TemporaryDirectory() as directory:
    local = opendal.Operator("fs", root=f"{directory}/root")
    local.write("dir/a", b"1")
    assert taken(local.write, "../escaped", b"1") == here("way out of the root")
    assert not Path(directory, "escaped").exists()
    assert taken(local.delete, "dir/") == here("delete of a full directory")
    assert local.exists("dir/a")
    assert outcome(local.read, "dir/a", version="1") == "Unsupported"
    assert repr(local).endswith(here("end of a root"))
    assert outcome(local.read, "dir") == here("directory without its slash")
