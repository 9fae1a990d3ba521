"""Every way to make an operator, in a synchronous program."""

import tempfile
from pathlib import Path

import opendal
from here import CONFIG, SCHEME, here, outcome, taken
from opendal import Operator
from opendal.config import FsConfig, MemoryConfig, S3Config
from opendal.services import Scheme

assert opendal.Operator is opendal.operator.Operator
for scheme in ("memory", "MEMORY", "Memory", Scheme.Memory):
    op = Operator(scheme)
    op.write("a", b"1")
    assert op.read("a") == b"1"
assert outcome(Operator, "no-such-service") == "Unsupported"
assert Operator("s3", bucket="b", region="r").capability().read
assert outcome(Operator, "s3", region="r") == "ConfigInvalid"

assert Operator.from_uri("memory://").capability().write
with tempfile.TemporaryDirectory() as directory:
    op = Operator.from_uri(f"fs://{directory}")
    op.write("a", b"1")
    assert Path(directory, "a").read_bytes() == b"1"
    assert Operator("fs", root=directory).read("a") == b"1"
    assert Operator.from_config(FsConfig(scheme="fs", root=directory)).read("a") == b"1"
    assert Operator.from_config({"scheme": "fs", "root": Path(directory)}).read("a") == b"1"
    # What is given by keyword wins.
    assert Operator.from_uri("fs:///somewhere/else", root=directory).read("a") == b"1"
    assert repr(Operator("fs", root=directory)).startswith('Operator("fs", root="')
op = Operator.from_uri("s3://bucket/some/root?region=eu-west-1")
assert 'root="/some/root/"' in repr(op)
assert 'name="bucket"' in repr(op)
op = Operator.from_config(
    S3Config(scheme="s3", bucket="bucket", region="eu-west-1", disable_config_load=True)
)
assert repr(op).endswith('Operator("s3", root="/", name="bucket")')
assert type(op).__name__ == here("class of a scheme")
assert Operator.from_config(MemoryConfig(scheme="memory")).capability().read
assert outcome(Operator.from_config, {"root": "/"}) == "Unsupported"
assert outcome(Operator.from_config, {"scheme": "no-such-service"}) == "Unsupported"
assert outcome(Operator.from_uri, "no-such-service://x") == "Unsupported"
assert type(S3Config(scheme="s3", bucket="b")) is dict

assert taken(Operator, "s3", bucket="b", region="r", bukket="b") == here("unknown setting")
flag = taken(Operator, "s3", bucket="b", region="r", disable_config_load=True)
assert flag == here("bool as a setting")


def derive() -> str:
    """The name of the class of an operator of a derived class."""
    mine = type("Mine", (Operator,), {})
    return type(mine("memory")).__name__


assert outcome(derive) == here("own classes")

op = Operator(SCHEME, **CONFIG)
assert op.capability().read
assert isinstance(op.layer(opendal.layers.RetryLayer()), Operator)
assert hasattr(op, "presign_read") is here("signing without await")
