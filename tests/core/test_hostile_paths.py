"""Paths that nobody means well with: nothing outside of the root is read, named or touched.

Beside the root lies an outside that holds what must never be seen. The paths come from a grammar
with a fixed seed, so a path that fails today fails tomorrow.
"""

import asyncio
import os
import random
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Calls
from opendal.exceptions import Error

PATHS = 10_000
# Links are planted anew and the root is emptied after so many paths.
ROUND = 100
# Whatever is written holds this byte only, and whatever lies outside does not hold it.
OURS = b"x"
# Part of every name that lies outside and that no path says: no answer and no error may have it.
NEVER_SAID = "n3ver-said"
# Links out of the root that only reading is tried through: should one ever be followed, a test must
# not cost the machine.
SYSTEM = {
    "slash": "/",
    "etc": "/etc",
    "proc": "/proc",
    "proc-self-root": "/proc/self/root",
    "proc-self-cwd": "/proc/self/cwd",
    "proc-self-exe": "/proc/self/exe",
    "zeros": "/dev/zero",
    "climb": "../" * 64 + "etc",
}
# Everything outside was last changed then, and everything inside is younger.
LONG_AGO = 1_000_000_000


class Space:
    """A root, and beside it what lies outside."""

    def __init__(self, base: Path, elsewhere: Path) -> None:
        self.root = base / "root"
        self.outside = base / "outside"
        # Outside too, and on no way from the root upwards.
        self.elsewhere = elsewhere
        self._held = -1
        for area in (self.outside, self.elsewhere):
            for directory in (area / "deep", area / "deep" / "inside" / NEVER_SAID):
                directory.mkdir(parents=True)
            for name in ("file", "end", "deep/file", f"{NEVER_SAID}.txt"):
                (area / name).write_bytes(b"OUTSIDE-" * 1000)
            (area / "link").symlink_to("file")
            for directory, names, files in os.walk(area, topdown=False):
                for name in (*names, *files, "."):
                    os.utime(Path(directory, name), (LONG_AGO, LONG_AGO), follow_symlinks=False)
        self._held = os.open(self.outside, os.O_RDONLY)
        self.root.mkdir()
        self.links = self._links()

    def close(self) -> None:
        os.close(self._held)

    def _links(self) -> dict[str, str]:
        outside, elsewhere = str(self.outside), str(self.elsewhere)
        return {
            "absolute": outside,
            "absolute-file": f"{outside}/file",
            "relative": "../outside",
            "relative-file": "../outside/file",
            "up": "..",
            "deeper/up": "../../outside",
            "elsewhere": elsewhere,
            "chain": "chain-2",
            "chain-2": "./chain-3",
            "chain-3": "../outside",
            "round-about": "inside/../../outside",
            "loop": "loop",
            "loop-a": "loop-b",
            "loop-b": "loop-a",
            "proc-root": f"/proc/self/root{outside}",
            "proc-fd": f"/proc/self/fd/{self._held}",
            "dangling": "../outside/not-yet",
            "dangling-inside": "not-yet",
            "self": ".",
            "fine": "inside",
            "fine-file": "inside/file",
            "file-as-directory": "inside/file",
            ".opendal-part-fs-00000000000000ff": outside,
        }

    def plant(self) -> None:
        """Put the links and the files where they belong, unless they are there."""
        for directory in ("inside", "inside/deep", "deeper"):
            path = self.root / directory
            if path.is_symlink() or (path.exists() and not path.is_dir()):
                path.unlink()
            path.mkdir(exist_ok=True)
        for name in ("inside/file", "inside/end", "inside/deep/file"):
            if not os.path.lexists(self.root / name):
                (self.root / name).write_bytes(OURS)
        for name, target in self.links.items():
            if not os.path.lexists(self.root / name):
                (self.root / name).symlink_to(target)

    def empty(self) -> None:
        """Remove everything from the root, without following a link."""
        subprocess.run(
            ["find", self.root, "-mindepth", "1", "-delete"], check=True, capture_output=True
        )

    def seen(self) -> dict[str, object]:
        """All that can be known of the outside."""
        found: dict[str, object] = {}
        for area in (self.outside, self.elsewhere):
            for directory, names, files in os.walk(area):
                for name in (*names, *files, "."):
                    path = Path(directory, name)
                    about = path.lstat()
                    content = path.read_bytes() if path.is_file() else b""
                    times = (about.st_mtime_ns, about.st_ctime_ns)
                    found[str(path)] = (about.st_mode, about.st_ino, about.st_nlink, times, content)
        base = self.outside.parent
        found[str(base)] = sorted(base.iterdir())
        return found

    def holds(self, path: str) -> bool:
        """Whether the system finds that path within the root."""
        return Path(os.path.realpath(self.root / path.lstrip("/"))).is_relative_to(self.root)


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Space]:
    """A root with what must not be followed in it."""
    with tempfile.TemporaryDirectory(prefix="opendal-elsewhere-") as elsewhere:
        made = Space(tmp_path.resolve(), Path(elsewhere).resolve())
        before = made.seen()
        yield made
        made.close()
        assert made.seen() == before


# What paths are made of

LONG = ("n" * 255, "n" * 256, "é" * 127 + "n", "é" * 128, "n" * 4000)
WORDS = (
    # The ways up, and what looks like one.
    *("..", "..", "..", ".", "", "...", ".. ", " ..", "..;", "..\\..", "\\..\\", "\uff0e\uff0e"),
    *("\u2024\u2024", "\u2025", "..\u200b", "%2e%2e", "%2e.", "..%2f..", "%252e%252e", "..%00"),
    # What is there.
    *("inside", "file", "deep", "end", "outside", "elsewhere", "passwd", "root", "not-yet"),
    # What ends a path too early elsewhere.
    *("a\0b", "\0", "..\0", "a\nb", "\n", "\r\n", "\t", "\x1b[31m", "\x7f", "\x85", "\x01"),
    *("a b", " a", "a ", " ", "\u3000", "\u2028", "\ufeff", "-rf", "~", "~root", "$HOME", "`id`"),
    *("*", "?", "[a]", "{a,b}", "a;b", "a|b", "a&b", "%", "%00", "%2f", "%n%s", "#", "a?b=c"),
    # What means something to another system.
    *("C:", "C:\\Windows", "\\\\server\\share", "CON", "NUL", "COM1", "a:b", "\\", "a\\b", "a/"),
    *("proc", "self", "fd", "dev", "null", "etc", "sys"),
    # What looks like another name.
    *("é", "e\u0301", "\u202e", "\u202ecod", "\uff0f", "\u2044", "\u2215", "ﬁle", "FILE"),
    *("\U0001f600", "\udcff", "\ud800", "a\udfff", "\U0010ffff", "ß", "\u0130"),
    # What we write for a while.
    *(
        ".opendal-part-fs-0123456789abcdef",
        ".opendal-part-fs-",
        ".opendal-part-fs-00000000000000ff",
    ),
    *LONG,
)
BETWEEN = ("/", "/", "/", "/", "//", "/./", "\\", "///")


def hostile_paths(space: Space) -> list[str]:
    """So many different paths, always the same for the same links."""
    choose = random.Random(20_240_607)
    links = list(space.links)
    outside, elsewhere = str(space.outside), str(space.elsewhere)
    starts = (
        "",
        "",
        "",
        "/",
        "//",
        "./",
        "../",
        "../" * 40,
        outside,
        f"{elsewhere}/",
        "/proc/self/root/",
    )
    ends = ("", "", "", "/", "//", "/.", "/..", "/../", "\\", " ", "\0")
    # Each link, and each word in each place of a path that would work.
    paths = dict.fromkeys(
        before + word + after
        for word in (*links, *WORDS)
        for before in ("", "/", "inside/", "inside/deep/", "absolute/", "../")
        for after in ("", "/", "/file", "/deep/file", "/..", "/../../outside/file")
    )
    paths.update(dict.fromkeys(["d/" * 3000, "/" * 5000, "./" * 3000, "../" * 1500, "d/" * 100]))
    paths[("n" * 200 + "/") * 21] = None
    while len(paths) < PATHS:
        words = [choose.choice(choose.choice((links, WORDS))) for _ in range(choose.randint(1, 6))]
        path = choose.choice(starts)
        for word in words:
            path += word + choose.choice(BETWEEN)
        if choose.random() < 0.7:
            path = path.rstrip("/\\.")
        paths[path + choose.choice(ends)] = None
    made = list(paths)
    # By their order paths would meet what the ones before them left.
    choose.shuffle(made)
    return made


# What is done with them


async def through_file(ops: Calls, path: str, mode: str) -> bytes:
    async with await ops.open(path, mode) as file:
        if mode == "rb":
            return bytes(await file.read())
        await file.write(OURS)
        return b""


OPERATIONS: dict[str, Callable[[Calls, str], Awaitable[Any]]] = {
    "read": lambda ops, path: ops.read(path),
    "read part": lambda ops, path: ops.read(path, offset=0, size=8),
    "stat": lambda ops, path: ops.stat(path),
    "exists": lambda ops, path: ops.exists(path),
    "list": lambda ops, path: ops.entries(path),
    "list all": lambda ops, path: ops.entries(path, recursive=True),
    "scan": lambda ops, path: ops.entries(path, call="scan"),
    "open to read": lambda ops, path: through_file(ops, path, "rb"),
    "copy from": lambda ops, path: ops.copy(path, "inside/taken"),
    "append": lambda ops, path: ops.write(path, OURS, append=True),
    "write": lambda ops, path: ops.write(path, OURS),
    "create": lambda ops, path: ops.write(path, OURS, if_not_exists=True),
    "open to write": lambda ops, path: through_file(ops, path, "wb"),
    "copy to": lambda ops, path: ops.copy("inside/file", path),
    "create_dir": lambda ops, path: ops.create_dir(path),
    "rename to": lambda ops, path: ops.rename("inside/end", path),
    "rename from": lambda ops, path: ops.rename(path, "inside/taken"),
    "delete": lambda ops, path: ops.delete(path),
    "delete all": lambda ops, path: ops.delete(path, recursive=True),
    "remove_all": lambda ops, path: ops.remove_all(path),
}


async def answers(ops: Calls, path: str, names: list[str]) -> list[Any]:
    """What came of each operation: one after the other, or all at once."""
    if ops.asynchronous:
        attempts = (attempt(ops, path, name) for name in names)
        return await asyncio.gather(*attempts)
    return [await attempt(ops, path, name) for name in names]


async def attempt(ops: Calls, path: str, name: str) -> Any:
    try:
        return await OPERATIONS[name](ops, path)
    except Error as error:
        return error


READING = ["read", "read part", "stat", "exists", "list", "list all", "open to read", "copy from"]


def check_error(error: Error) -> None:
    """One line that tells what was done where, of a class that is a builtin too."""
    said = str(error)
    assert len(said.splitlines()) == 1, said
    assert said.isprintable(), said
    assert NEVER_SAID not in said + repr(error)
    assert (error.operation, error.scheme) != (None, None), repr(error)
    assert error.operation, repr(error)
    assert error.path is not None, repr(error)
    assert error.scheme == "fs", repr(error)
    builtins = {each for each in type(error).__mro__ if each.__module__ == "builtins"}
    assert builtins - {Exception, BaseException, object}, type(error)


def check_answer(space: Space, name: str, path: str, answer: Any) -> None:
    """Nothing that lies outside is in it."""
    match answer:
        case Error():
            check_error(answer)
            return
        case bytes():
            assert not answer.strip(OURS), answer[:100]
        case opendal.types.Metadata():
            check_metadata(answer)
        case list():
            for entry in answer:
                assert NEVER_SAID not in entry.path
                assert space.holds(entry.path), (name, path, entry)
                check_metadata(entry.metadata)
    if name in READING and answer is not False and not isinstance(answer, list):
        assert space.holds(path), (name, path)


def check_metadata(metadata: opendal.types.Metadata) -> None:
    changed = metadata.last_modified
    assert changed is None or changed.timestamp() > LONG_AGO + 1
    assert metadata.content_length < 8000


@pytest.fixture(params=["sync", "async"])
def calls(request: pytest.FixtureRequest, space: Space) -> Calls:
    """The root, through both kinds of operator."""
    kind = opendal.Operator if request.param == "sync" else opendal.AsyncOperator
    return Calls(kind("fs", root=space.root))


async def test_no_path_leads_out_of_the_root(space: Space, calls: Calls) -> None:
    paths = hostile_paths(space)
    assert len(set(paths)) >= PATHS
    choose = random.Random(7)
    before = space.seen()
    outcomes = {name: [0, 0] for name in OPERATIONS}
    for start in range(0, len(paths), ROUND):
        space.empty()
        for path in paths[start : start + ROUND]:
            space.plant()
            names = choose.sample(list(OPERATIONS), len(OPERATIONS))
            for name, answer in zip(names, await answers(calls, path, names), strict=True):
                check_answer(space, name, path, answer)
                outcomes[name][isinstance(answer, Error)] += 1
        assert space.seen() == before, paths[start : start + ROUND]
    # A test in which all fails, or nothing, would show nothing.
    for name, (worked, failed) in outcomes.items():
        assert min(worked, failed) > 100, (name, worked, failed)


async def test_no_link_to_the_system_is_followed(space: Space, calls: Calls) -> None:
    space.plant()
    space.links = {"inside/" + name: target for name, target in SYSTEM.items()}
    space.links.update(SYSTEM)
    space.plant()
    after = (
        "",
        "/",
        "/.",
        "/passwd",
        "/etc/passwd",
        "/self/environ",
        "/sys/kernel/",
        "//proc/1/maps",
    )
    for path in [link + end for link in space.links for end in after]:
        for name, answer in zip(READING, await answers(calls, path, READING), strict=True):
            check_answer(space, name, path, answer)
            nothing = answer is False or answer == []
            assert nothing or isinstance(answer, Error), (name, path, answer)
    listed = await calls.paths("", recursive=True)
    assert not {name.split("/")[0] for name in listed} & set(SYSTEM)
