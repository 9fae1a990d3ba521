"""Run examples/shared_layers.py on a real S3 server behind a proxy that spoils some requests.

    demo.py --python PYTHON

PYTHON is an environment that has opendal[fs,s3]. Ends with an error unless every file came
back as it was, requests failed, and the layer tried each of them again.
"""

import argparse
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from servers import FaultProxy, RcloneServer, rclone_server  # noqa: E402

EXAMPLE = ROOT / "examples" / "shared_layers.py"
BUCKET = "demo"
KINDS = {
    "fail": "answered with 503",
    "disconnect": "reset",
    "truncate": "cut off in the middle",
}
GENERATED_SIZES = (0, 1, 70_000, 1 << 20, 5_000_000)


def fill(directory: Path) -> None:
    """Real files: what this repository is read by, and some megabytes of noise."""
    for name in ("README.md", "LICENSE", "Cargo.lock"):
        shutil.copy(ROOT / name, directory)
    noise = random.Random(0)
    for size in GENERATED_SIZES:
        (directory / f"noise-{size}.bin").write_bytes(noise.randbytes(size))


def digests(directory: Path) -> dict[str, str]:
    files = (path for path in directory.iterdir() if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def environment(server: RcloneServer, proxy: FaultProxy) -> dict[str, str]:
    return {
        **os.environ,
        "S3_BUCKET": BUCKET,
        "S3_ENDPOINT": proxy.url,
        "AWS_REGION": server.region,
        "AWS_ACCESS_KEY_ID": server.access_key,
        "AWS_SECRET_ACCESS_KEY": server.secret_key,
        # A proxy for the web, where there is one, has no business on loopback.
        "NO_PROXY": proxy.host,
        "no_proxy": proxy.host,
    }


def run_example(python: Path, directory: Path, variables: dict[str, str]) -> int:
    """Run the example, pass on what it prints, and return how often the layer tried again."""
    # A session of its own: a Ctrl-C is for this program, which then ends the example.
    with subprocess.Popen(
        [python, "-I", EXAMPLE, directory],
        env=variables,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as example:
        try:
            output = ""
            for line in example.stdout or ():
                print(line, end="", flush=True)
                output += line
        except BaseException:
            example.kill()
            raise
    if example.returncode:
        sys.exit(f"demo: {EXAMPLE.name} ended with {example.returncode}")
    tried_again = re.search(r"tried again (\d+) times", output)
    return int(tried_again[1]) if tried_again else 0


def demo(python: Path) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="opendal-demo-") as temporary,
        rclone_server() as server,
        FaultProxy(server.host, server.port) as proxy,
    ):
        directory = Path(temporary)
        fill(directory)
        before = digests(directory)
        server.create_bucket(BUCKET)
        # Of those that match a request, the one armed first is applied.
        proxy.disconnect(method="PUT", path="*noise-1048576*")
        proxy.truncate(1_000_000, method="GET", path="*noise-5000000*")
        proxy.fail(503, every=4, times=None)
        retries = run_example(python, directory, environment(server, proxy))
        asked = len(proxy.requests)
        spoilt = Counter(KINDS[fault.kind] for fault in proxy.faults)
        after = digests(directory / "returned")
    failed = spoilt.total()
    details = ", ".join(f"{count} {kind}" for kind, count in spoilt.items())
    print(f"the proxy failed {failed} of {asked} requests: {details}")
    if before != after:
        sys.exit("demo: the files that came back are not the files that went")
    if not failed or retries != failed:
        sys.exit(f"demo: {failed} requests failed, but {retries} were tried again")


def stop(signum: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signum)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", type=Path, required=True)
    # Made absolute, but not resolved: the link is what makes it an environment's own.
    python = parser.parse_args().python.absolute()
    # Whoever ends this, by Ctrl-C or by a signal, leaves no server and no directory behind.
    signal.signal(signal.SIGTERM, stop)
    try:
        demo(python)
    except KeyboardInterrupt:
        print("demo: stopped", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
