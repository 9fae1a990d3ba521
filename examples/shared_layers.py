"""One RetryLayer for two services: move files from a directory into an S3 bucket and back.

    python shared_layers.py DIRECTORY

The files of DIRECTORY go into the bucket and from there to DIRECTORY/returned. The bucket is
named by S3_BUCKET and S3_ENDPOINT, who may use it by the usual AWS_ variables. `./dev demo`
runs this on a server that fails now and then.
"""

import os
import sys

from opendal import Operator
from opendal.layers import RetryLayer
from opendal_fs_service import FsOperator
from opendal_s3_service import S3Operator


def move(source: Operator, target: Operator, path: str, *, to: str) -> int:
    """Move one file and return its size. The source goes only when the copy is proved equal."""
    data = source.read(path)
    target.write(to, data)
    if target.read(to) != data:
        raise RuntimeError(f"{to} is not what was read from {path}")
    source.delete(path)
    return len(data)


def main(directory: str) -> None:
    # One object: whatever it serves adds to `retry.retries`.
    retry = RetryLayer(max_times=5, min_delay=0.05, max_delay=1.0)
    local = FsOperator(root=directory).layer(retry)
    bucket = S3Operator(
        bucket=os.environ["S3_BUCKET"],
        endpoint=os.environ["S3_ENDPOINT"],
        region=os.environ["AWS_REGION"],
        access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
    ).layer(retry)

    names = [entry.path for entry in local.list("") if entry.metadata.is_file]
    size = sum(move(local, bucket, name, to=f"shared/{name}") for name in names)
    for entry in bucket.list("shared/"):
        if entry.metadata.is_file:
            move(bucket, local, entry.path, to=f"returned/{entry.name}")

    kinds = f"{type(local).__name__} and {type(bucket).__name__}"
    print(f"{len(names)} files ({size / 1e6:.1f} MB) went into the bucket and came back equal")
    print(f"{kinds} share one layer: {local.layers[0] == bucket.layers[0] == retry}")
    print(f"the layer tried again {retry.retries} times")


if __name__ == "__main__":
    main(sys.argv[1])
