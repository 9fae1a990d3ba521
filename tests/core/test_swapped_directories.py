"""Another process swaps a directory with a link to the outside, over and over: nothing gets out.

What is looked at and what is used must be one and the same thing, however short the time between.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Calls
from opendal.exceptions import Error

SECONDS = 1.7
OURS = b"x"
NEVER_SAID = "n3ver-said"
LONG_AGO = 1_000_000_000

# It ends with its standard input, so also when this process dies. What it swaps may be deleted
# under its hands: then it makes anew what is missing.
SWAPPER = """
import ctypes, os, select, sys
libc = ctypes.CDLL(None, use_errno=True)
place, spare, target = (os.fsencode(each) for each in sys.argv[1:])
swaps = 0

def exchange():
    return libc.renameat2(-100, place, -100, spare, 2) == 0

def mend():
    try:
        if not os.path.lexists(spare):
            os.symlink(target, spare)
        if not os.path.islink(spare):
            os.symlink(target, place)
            return
        os.makedirs(place + b"/deep", exist_ok=True)
        os.makedirs(place + b"/tree/leaf", exist_ok=True)
        for name in (b"/x", b"/deep/x", b"/tree/leaf/x"):
            with open(place + name, "wb") as file:
                file.write(b"x")
    except OSError:
        pass

mend()
print("ready", flush=True)
while not select.select([0], [], [], 0)[0]:
    for _ in range(20):
        if exchange():
            swaps += 1
        else:
            mend()
print(swaps, flush=True)
"""


class Swapper:
    """The other process; half of the time it makes `w/d` the link that is given."""

    def __init__(self, root: Path, link: str) -> None:
        arguments = [root / "w" / "d", root.parent / "spare", link]
        (root / "w").mkdir()
        self._process = subprocess.Popen(
            [sys.executable, "-c", SWAPPER, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "ready\n"

    def stop(self) -> int:
        """Stop it; say how often it swapped."""
        try:
            return int(self._process.communicate(timeout=30)[0])
        finally:
            self._process.kill()
            self._process.wait()


def make_outside(outside: Path) -> None:
    """All the names that are used below, and some that are not."""
    for directory in ("deep", "tree/leaf", "made", NEVER_SAID):
        (outside / directory).mkdir(parents=True)
    for name in ("x", "new", "other", "deep/x", "tree/leaf/x", f"{NEVER_SAID}.txt"):
        (outside / name).write_bytes(b"OUTSIDE-" * 1000)
    for directory, names, files in os.walk(outside, topdown=False):
        for name in (*names, *files, "."):
            os.utime(Path(directory, name), (LONG_AGO, LONG_AGO))


def seen(outside: Path) -> dict[str, object]:
    """All that can be known of it; read only once, since reading changes its times."""
    found: dict[str, object] = {}
    for directory, names, files in os.walk(outside):
        for name in (*names, *files, "."):
            path = Path(directory, name)
            about = path.stat()
            content = path.read_bytes() if path.is_file() else b""
            times = (about.st_mtime_ns, about.st_ctime_ns)
            found[str(path)] = (about.st_mode, about.st_ino, about.st_nlink, times, content)
    return found


@pytest.fixture(params=["absolute", "relative", "proc"])
def swapped(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A root in which `w/d` is a directory one moment and a link to the outside the next."""
    outside, root = tmp_path / "outside", tmp_path / "root"
    make_outside(outside)
    before = seen(outside)
    root.mkdir()
    links = {
        "absolute": str(outside),
        "relative": "../../outside",
        "proc": f"/proc/self/root{outside}",
    }
    swapper = Swapper(root, links[request.param])
    try:
        yield root
    finally:
        swaps = swapper.stop()
    assert seen(outside) == before
    assert swaps > 2000


async def through_file(ops: Calls, path: str, mode: str) -> Any:
    async with await ops.open(path, mode) as file:
        return await (file.read() if mode == "rb" else file.write(OURS))


OPERATIONS: dict[str, Callable[[Calls], Awaitable[Any]]] = {
    "write": lambda ops: ops.write("w/d/x", OURS),
    "write deep": lambda ops: ops.write("w/d/tree/leaf/x", OURS),
    "write new": lambda ops: ops.write("w/d/new", OURS, if_not_exists=True),
    "append": lambda ops: ops.write("w/d/deep/x", OURS, append=True),
    "read": lambda ops: ops.read("w/d/x"),
    "read deep": lambda ops: ops.read("w/d/deep/x", offset=0, size=8),
    "open to read": lambda ops: through_file(ops, "w/d/x", "rb"),
    "open to write": lambda ops: through_file(ops, "w/d/other", "wb"),
    "stat": lambda ops: ops.stat("w/d/x"),
    "exists": lambda ops: ops.exists("w/d/deep/x"),
    "list": lambda ops: ops.entries("w/d/"),
    "list all": lambda ops: ops.entries("w/", recursive=True),
    "copy from": lambda ops: ops.copy("w/d/x", "taken"),
    "copy to": lambda ops: ops.copy("mine", "w/d/new"),
    "rename from": lambda ops: ops.rename("w/d/other", "taken"),
    "rename to": lambda ops: ops.rename("taken", "w/d/other"),
    "create_dir": lambda ops: ops.create_dir("w/d/made/more/"),
    "delete": lambda ops: ops.delete("w/d/new"),
    "delete tree": lambda ops: ops.delete("w/d/tree/", recursive=True),
    "remove_all": lambda ops: ops.remove_all("w/d/made"),
    "delete all": lambda ops: ops.delete("w/", recursive=True),
}
# They take away what the others work on, so they have their turn less often.
SELDOM = {"delete all": 50, "delete tree": 5}
# The kernel says in one step where a path leads, so of these both outcomes must come up.
BOTH_WAYS = [
    "write",
    "append",
    "read",
    "open to read",
    "open to write",
    "stat",
    "list",
    "copy from",
]


def check_answer(name: str, answer: Any) -> None:
    """Nothing that lies outside is in it."""
    match answer:
        case Error():
            assert NEVER_SAID not in str(answer)
        case bytes():
            assert not answer.strip(OURS), name
        case opendal.types.Metadata():
            changed = answer.last_modified
            assert changed is None or changed.timestamp() > LONG_AGO + 1, name
            assert answer.content_length < 8000, name
        case list():
            for entry in answer:
                assert NEVER_SAID not in entry.path, name
                check_answer(name, entry.metadata)


@pytest.mark.parametrize("kind", [opendal.Operator, opendal.AsyncOperator], ids=["sync", "async"])
async def test_what_is_swapped_meanwhile_never_leads_out(
    swapped: Path, kind: type[opendal.Operator]
) -> None:
    ops = Calls(kind("fs", root=swapped))
    await ops.write("mine", OURS)
    worked: Counter[str] = Counter()
    denied: Counter[str] = Counter()

    async def attempt(name: str) -> None:
        try:
            answer = await OPERATIONS[name](ops)
            worked[name] += 1
        except PermissionError as error:
            answer = error
            denied[name] += 1
        except Error as error:
            answer = error
        check_answer(name, answer)

    def enough() -> bool:
        both = all(worked[name] and denied[name] for name in BOTH_WAYS)
        return both and worked.total() + denied.total() > 2000

    begun, rounds = time.monotonic(), 0
    # A busy machine gets the time that it needs.
    while time.monotonic() < begun + (SECONDS if enough() else 10 * SECONDS):
        rounds += 1
        names = [name for name in OPERATIONS if rounds % SELDOM.get(name, 1) == 0]
        if ops.asynchronous:
            await asyncio.gather(*map(attempt, names))
            continue
        for name in names:
            await attempt(name)
    # Else it was never looked at in the moment that counts.
    assert enough(), (worked, denied)
