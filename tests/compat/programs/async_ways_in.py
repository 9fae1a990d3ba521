"""Every way to make an operator, in an asynchronous program."""

import asyncio
import tempfile
from pathlib import Path

import opendal
from here import CONFIG, SCHEME, awaited, here, outcome, taken
from opendal import AsyncOperator
from opendal.config import FsConfig, MemoryConfig, S3Config
from opendal.services import Scheme


async def main() -> None:
    assert opendal.AsyncOperator is opendal.operator.AsyncOperator
    for scheme in ("memory", "MEMORY", "Memory", Scheme.Memory):
        op = AsyncOperator(scheme)
        await op.write("a", b"1")
        assert await op.read("a") == b"1"
    assert outcome(AsyncOperator, "no-such-service") == "Unsupported"

    assert AsyncOperator.from_uri("memory://").capability().write
    with tempfile.TemporaryDirectory() as directory:
        op = AsyncOperator.from_uri(f"fs://{directory}")
        await op.write("a", b"1")
        assert Path(directory, "a").read_bytes() == b"1"
        config = FsConfig(scheme="fs", root=directory)
        assert await AsyncOperator.from_config(config).read("a") == b"1"
        config = {"scheme": "fs", "root": Path(directory)}
        assert await AsyncOperator.from_config(config).read("a") == b"1"
        assert await AsyncOperator.from_uri("fs:///other", root=directory).read("a") == b"1"
        assert 'Operator("fs", root="' in repr(op)
    op = AsyncOperator.from_config(S3Config(scheme="s3", bucket="bucket", region="eu-west-1"))
    assert repr(op).endswith('Operator("s3", root="/", name="bucket")')
    assert type(op).__name__ == here("async class of a scheme")
    assert AsyncOperator.from_config(MemoryConfig(scheme="memory")).capability().read
    assert outcome(AsyncOperator.from_config, {"root": "/"}) == "Unsupported"
    unknown = taken(AsyncOperator, "s3", bucket="b", region="r", bukket="b")
    assert unknown == here("unknown setting")

    op = AsyncOperator(SCHEME, **CONFIG)
    layered = op.layer(opendal.layers.RetryLayer())
    assert isinstance(layered, AsyncOperator)
    await layered.write("a", b"1")
    assert await layered.read("a") == b"1"
    # A layer is kept by the synchronous twin.
    assert layered.to_operator().to_async_operator().capability().read
    assert await awaited(layered.read("none")) == "NotFound"


asyncio.run(main())
op = AsyncOperator("memory")
assert taken(op.exists, "a") == here("call outside a loop")
