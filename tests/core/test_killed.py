"""A writer that is killed at any moment: what it wrote is there as a whole, or not at all."""

import random
import subprocess
import sys
import time
from pathlib import Path

import opendal
import pytest
from calls import Service
from campaign import TIMES
from opendal.layers import RetryLayer

# The crate of `fs` kills two hundred writers of its own.
KILLS = 12 * TIMES

WRITER = """
import sys, time, warnings
warnings.simplefilter("ignore")
import opendal
scheme, way, size, *config = sys.argv[1:]
op = opendal.Operator(scheme, **dict(each.split("=", 1) for each in config))
number, begun = 0, time.monotonic()
while True:
    data = bytes([number % 256]) * int(size)
    if way == "write":
        op.write("a", data, chunk=5 << 20)
    elif way == "file":
        with op.open("a", "wb", chunk=5 << 20) as file:
            for start in range(0, len(data), 1 << 20):
                file.write(data[start : start + (1 << 20)])
    else:
        op.write("source", data)
        op.copy("source", "a")
    if not number:
        print(time.monotonic() - begun, flush=True)
    number += 1
"""


# rclone copies into the object itself, and goes on when nobody waits for it any more.
WRITERS = [("fs", "copy"), ("s3-moto", "copy")] + [
    (name, way) for name in ("fs", "s3-rclone", "s3-moto") for way in ("write", "file")
]
# The others that say so: each is killed less often.
OTHERS = [(name, "file") for name in ("azblob", "ftp", "gcs", "sftp")] + [
    (name, "write")
    for name in ("etcd", "memcached", "mysql", "postgresql", "redis", "sqlite", "s3-versity")
]
LARGE = 12_000_000


@pytest.mark.parametrize(("name", "way"), WRITERS + OTHERS)
def test_nothing_torn_is_left(
    name: str, way: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if name == "fs":
        service = Service("fs", {"root": tmp_path})
    else:
        service = request.getfixturevalue(name.replace("-", "_"))
    # moto fails now and then while it still works for who is gone.
    op = service.make(opendal.Operator).layer(RetryLayer(min_delay=0.1))
    assert op.capability().write_atomic
    config, size = service.arguments(), min(LARGE, service.largest or LARGE)
    for _ in range(KILLS if (name, way) in WRITERS else KILLS // 4):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, service.scheme, way, str(size), *config],
            stdout=subprocess.PIPE,
        ) as child:
            assert child.stdout is not None
            try:
                # It has written once, and is in the middle of the next or the next but one.
                takes = float(child.stdout.readline())
                time.sleep(random.uniform(0, 2 * takes))
            finally:
                child.kill()
        data = op.read("a")
        assert len(data) == size
        assert len(set(data)) == 1
    op.write("a", b"1")
    assert op.read("a") == b"1"
