"""What is measured, once for each client, and a worker that measures it: `clients.py CLIENT`.

Apache's distribution is imported as `opendal` too, so every client runs in a worker of its own,
by the Python of an environment of its own. The first line that a worker reads is the settings,
each further one a case and how often to run it; it answers with the seconds that this took.
"""

# pathlib would be a good part of what Python itself takes.
# ruff: noqa: PTH116, PTH118, PTH123

import contextlib
import fcntl
import importlib
import json
import os
import sys
import timeit
from collections.abc import Callable
from typing import Any

CASES = (
    "memory_read",
    "fs_read",
    "fs_stat",
    "fs_stat_below",
    "fs_write",
    "fs_list",
    "fs_names",
    "fs_table",
    "fs_read_large",
    "s3_get",
    "s3_get_large",
)
DATA = bytes(range(256)) * 4
SOURCE = "source"
BELOW = "some/directory/source"
LARGE = "large"
TARGET = "target"
MANY = "many"
# How many objects are in the directory that is listed, and how long the large object is.
MANY_OBJECTS = 20_000
LARGE_BYTES = 256 << 20

Call = Callable[[], object]
# `directory`, and what an S3 client needs: bucket, endpoint, region, access_key, secret_key.
Settings = dict[str, str]


class Opendal:
    """Ours and Apache's: the same program runs on both."""

    def __init__(self, settings: Settings) -> None:
        operator: Any = importlib.import_module("opendal").Operator
        self.memory = operator("memory")
        self.memory.write(SOURCE, DATA)
        self.fs = operator("fs", root=settings["directory"])
        self.s3 = operator(
            "s3",
            bucket=settings["bucket"],
            endpoint=settings["endpoint"],
            region=settings["region"],
            access_key_id=settings["access_key"],
            secret_access_key=settings["secret_key"],
        )

    def memory_read(self) -> object:
        return self.memory.read(SOURCE)

    def fs_read(self) -> object:
        return self.fs.read(SOURCE)

    def fs_stat(self) -> object:
        return self.fs.stat(SOURCE)

    def fs_stat_below(self) -> object:
        return self.fs.stat(BELOW)

    def fs_write(self) -> object:
        return self.fs.write(TARGET, DATA)

    def fs_list(self) -> object:
        return sum(entry.metadata.content_length for entry in self.fs.list(f"{MANY}/"))

    def fs_read_large(self) -> object:
        return self.fs.read(LARGE)

    def s3_get(self) -> object:
        return self.s3.read(SOURCE)

    def s3_get_large(self) -> object:
        return self.s3.read(LARGE)


class Ours(Opendal):
    """What Apache's has not."""

    def fs_names(self) -> object:
        return [entry.name for entry in self.fs.list(f"{MANY}/", stat=False)]

    def fs_table(self) -> object:
        pyarrow: Any = importlib.import_module("pyarrow")
        return pyarrow.table(self.fs.list(f"{MANY}/"))


class Obstore:
    def __init__(self, settings: Settings) -> None:
        self.api: Any = importlib.import_module("obstore")
        store: Any = importlib.import_module("obstore.store")
        self.memory = store.MemoryStore()
        self.api.put(self.memory, SOURCE, DATA)
        self.fs = store.LocalStore(settings["directory"])
        self.s3 = store.S3Store(
            settings["bucket"],
            endpoint=settings["endpoint"],
            region=settings["region"],
            access_key_id=settings["access_key"],
            secret_access_key=settings["secret_key"],
            client_options={"allow_http": True},
        )

    def _read(self, store: object) -> object:
        return self.api.get(store, SOURCE).bytes().to_bytes()

    def memory_read(self) -> object:
        return self._read(self.memory)

    def fs_read(self) -> object:
        return self._read(self.fs)

    def fs_stat(self) -> object:
        return self.api.head(self.fs, SOURCE)

    def fs_stat_below(self) -> object:
        return self.api.head(self.fs, BELOW)

    def fs_write(self) -> object:
        return self.api.put(self.fs, TARGET, DATA)

    def fs_list(self) -> object:
        return sum(each["size"] for page in self.api.list(self.fs, MANY) for each in page)

    def fs_read_large(self) -> object:
        return self.api.get(self.fs, LARGE).bytes().to_bytes()

    def s3_get(self) -> object:
        return self._read(self.s3)

    def s3_get_large(self) -> object:
        return self.api.get(self.s3, LARGE).bytes().to_bytes()


class Python:
    """What Python itself takes, where it can do the same."""

    def __init__(self, settings: Settings) -> None:
        directory = settings["directory"]
        self.directory = os.open(directory, os.O_PATH)
        self.source = os.path.join(directory, SOURCE)
        self.below = os.path.join(directory, BELOW)
        self.large = os.path.join(directory, LARGE)
        self.many = os.path.join(directory, MANY)
        self.written = 0

    def fs_read(self) -> object:
        with open(self.source, "rb") as file:
            return file.read()

    def fs_stat(self) -> object:
        return os.stat(self.source)

    def fs_stat_below(self) -> object:
        return os.stat(self.below)

    def fs_write(self) -> object:
        """The calls of ours: a temporary file that is locked, and becomes the target when whole."""
        directory = self.directory
        self.written += 1
        temporary = f".python-part-{self.written:016x}"
        os.fstat(directory)
        with contextlib.suppress(FileNotFoundError):
            os.stat(TARGET, dir_fd=directory, follow_symlinks=False)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(temporary, flags, 0o644, dir_fd=directory)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.fstat(file)
        os.write(file, DATA)
        os.fstat(file)
        os.rename(temporary, TARGET, src_dir_fd=directory, dst_dir_fd=directory)
        return os.close(file)

    def fs_list(self) -> object:
        with os.scandir(self.many) as entries:
            return sum(entry.stat().st_size for entry in entries)

    def fs_read_large(self) -> object:
        with open(self.large, "rb") as file:
            return file.read()

    def fs_names(self) -> object:
        with os.scandir(self.many) as entries:
            return [entry.name for entry in entries]

    def fs_table(self) -> object:
        pyarrow: Any = importlib.import_module("pyarrow")
        with os.scandir(self.many) as entries:
            rows = [(entry.name, entry.stat().st_size) for entry in entries]
        names, sizes = zip(*rows, strict=True)
        return pyarrow.table({"path": names, "content_length": sizes})


CLIENTS: dict[str, type[Opendal | Obstore | Python]] = {
    "ours": Ours,
    "apache": Opendal,
    "obstore": Obstore,
    "python": Python,
}


def call(client: Opendal | Obstore | Python, case: str) -> Call | None:
    """What runs a case; None where the client has none."""
    method: Call | None = getattr(client, case, None)
    return method


def main() -> None:
    client = CLIENTS[sys.argv[1]](json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        case, number = json.loads(line)
        method = call(client, case)
        seconds = None if method is None else timeit.timeit(method, number=number)
        print(json.dumps(seconds), flush=True)


if __name__ == "__main__":
    main()
