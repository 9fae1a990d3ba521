"""The servers that no Python package brings: where they are, and how they get there.

`./dev servers` installs what `requirements/servers` pins. Nothing is put into the system: what is
built or unpacked stays in one directory, `opendal-servers` in the user's cache where that exists,
else `target/servers`, and a pin that changes makes a new part of it. What this machine cannot
install is named; that is an error only where OPENDAL_TEST_ALL_SERVERS is set, as in CI.
"""

import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PINS = ROOT / "requirements" / "servers"
# Where Debian has programs that are not for everybody's PATH.
SYSTEM = ("/usr/sbin", "/usr/local/sbin", "/usr/lib/postgresql/*/bin")
ALL = "OPENDAL_TEST_ALL_SERVERS"


class NotInstalled(FileNotFoundError):  # noqa: N818 (it says what is the case)
    """A program that a server needs is not on this machine; says how to get it."""


@dataclass(frozen=True)
class Part:
    """What is installed at once, into a directory of its own."""

    name: str
    pin: str
    # What has to be on the machine for it.
    tool: str
    fill: Callable[[Path], None]

    @property
    def directory(self) -> Path:
        return _home() / f"{self.name}-{hashlib.sha256(self.pin.encode()).hexdigest()[:12]}"

    def install(self) -> str:
        """Put it there, unless it is there; the word of how that went."""
        if self.directory.is_dir():
            return "is there"
        if shutil.which(self.tool) is None:
            raise NotInstalled(f"{self.tool} is not on this machine")
        started = time.monotonic()
        making = self.directory.with_suffix(f".{os.getpid()}")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        try:
            self.fill(making)
            # Two that install at once do the same: the second finds it done.
            if not self.directory.is_dir():
                making.rename(self.directory)
        finally:
            shutil.rmtree(making, ignore_errors=True)
        return f"installed in {time.monotonic() - started:.0f} s"


def find(program: str) -> str:
    """The full path of a program that a part or the system has."""
    ours = [part.directory / "bin" / program for part in parts()]
    found = next((str(path) for path in ours if path.exists()), None) or _on_system(program)
    if found is None:
        raise NotInstalled(f"{program} is not installed; run: ./dev servers")
    return found


def find_module(name: str) -> None:
    """An error unless Python has a module that is run as a server."""
    if importlib.util.find_spec(name) is None:
        raise NotInstalled(f"{name} is not installed; run: pip install -r requirements/test.txt")


def find_directory(part: str, name: str) -> Path:
    """A directory of a part; of what apt unpacks, the system's own one where it has that."""
    ours = next(each.directory for each in parts() if each.name == part) / name
    system = Path("/", *Path(name).parts[1:])
    for path in (ours, system) if part == "apt" else (ours,):
        if path.is_dir():
            return path
    raise NotInstalled(f"{part} is not installed; run: ./dev servers")


def find_library(name: str) -> Path:
    """A library among those that apt unpacks or the system has."""
    ours = next(each.directory for each in parts() if each.name == "apt") / "root"
    for root in (ours, Path("/")):
        for path in root.glob(f"usr/lib/*/{name}"):
            return path
    raise NotInstalled(f"{name} is not installed; run: ./dev servers")


def parts() -> list[Part]:
    """Everything, what takes longest first."""
    go = [Part(name, pin, "go", partial(_go, name, pin)) for name, pin in _table("go.txt")]
    npm = Part("npm", (PINS / "npm" / "package-lock.json").read_text(), "npm", _npm)
    maven = Part("maven", (PINS / "maven" / "pom.xml").read_text(), "mvn", _maven)
    # Libraries fit one release of the system only.
    release = platform.freedesktop_os_release()
    pin = f"{sorted(release.items())}{platform.machine()}{_table('apt.txt')}"
    return [*go, maven, npm, Part("apt", pin, "apt-get", _apt)]


def _go(name: str, module: str, directory: Path) -> None:
    programs = directory / "bin"
    settings = {"GOBIN": str(programs), "CGO_ENABLED": "0"}
    _run(["go", "install", "-trimpath", "-ldflags=-s -w", module], directory, settings)
    (built,) = programs.iterdir()
    built.rename(programs / name)


def _npm(directory: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINS / "npm" / name, directory)
    _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], directory)
    (directory / "bin").symlink_to("node_modules/.bin")


def _maven(directory: Path) -> None:
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={directory / 'lib'}"]
    _run(["mvn", "-q", "-B", "-f", str(PINS / "maven" / "pom.xml"), *goal], directory)


def _apt(directory: Path) -> None:
    """Unpack what the system lacks beside it: then no daemon starts, and root is not needed."""
    wanted = [package for program, package in _table("apt.txt") if not _on_system(program)]
    apt, unpacked, programs = (directory / name for name in ("apt", "root", "bin"))
    for each in (apt / "lists" / "partial", apt / "cache" / "archives" / "partial", programs):
        each.mkdir(parents=True)
    settings = {
        "Dir::State::lists": apt / "lists",
        "Dir::Cache": apt / "cache",
        "Debug::NoLocking": "true",
        "APT::Sandbox::User": "root",
    }
    command = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in settings.items())]
    if wanted:
        _run([*command, "update"], directory)
        options = ["-y", "--download-only", "--no-install-recommends"]
        _run([*command, "install", *options, *wanted], directory)
    for package in (apt / "cache" / "archives").glob("*.deb"):
        _run(["dpkg-deb", "-x", str(package), str(unpacked)], directory)
    shutil.rmtree(apt)
    for program, _ in _table("apt.txt"):
        _wrap(program, programs, unpacked)


def _wrap(program: str, programs: Path, unpacked: Path) -> None:
    """A small program that runs the unpacked one with the libraries that came along."""
    places = ("usr/bin", "usr/sbin", "usr/lib/postgresql/*/bin")
    found = [path for place in places for path in unpacked.glob(f"{place}/{program}")]
    if not found:
        return
    # It finds itself, since the directory gets another name when it is complete.
    inside = found[0].relative_to(unpacked)
    script = programs / program
    script.write_text(
        "#!/bin/sh\n"
        'root=$(dirname "$(dirname "$0")")/root\n'
        f'LD_LIBRARY_PATH=$(echo "$root"/usr/lib/*-linux-*) exec "$root/{inside}" "$@"\n'
    )
    script.chmod(0o755)


def _home() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "opendal-servers"
    return cache if os.access(cache, os.W_OK) else ROOT / "target" / "servers"


def _table(name: str) -> list[tuple[str, str]]:
    lines = (PINS / name).read_text().splitlines()
    pairs = [line.split() for line in lines if line and not line.startswith("#")]
    return [(program, source) for program, source in pairs]


def _on_system(program: str) -> str | None:
    """Where the system itself has a program, of several versions the newest."""
    places = [str(path) for each in SYSTEM for path in sorted(Path("/").glob(each[1:]))[::-1]]
    return shutil.which(program) or shutil.which(program, path=os.pathsep.join(places))


def _run(command: list[str], directory: Path, settings: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, **(settings or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        said = "\n".join(done.stdout.splitlines()[-15:])
        raise NotInstalled(f"{command[0]} ended with {done.returncode}:\n{said}")


def _attempt(part: Part) -> bool:
    try:
        told, fine = part.install(), True
    except (NotInstalled, OSError) as error:
        told, fine = f"left out: {error}", False
    print(f"servers: {part.name} {told}", flush=True)
    return fine


def main() -> None:
    """Install every part: the compilers one after the other, beside them what only downloads."""
    everything = parts()
    compiled = [part for part in everything if part.tool == "go"]
    fetched = [part for part in everything if part.tool != "go"]
    with ThreadPoolExecutor(2) as pool:
        lanes = pool.map(lambda lane: [_attempt(part) for part in lane], [compiled, fetched])
    if not all(fine for lane in lanes for fine in lane) and os.environ.get(ALL):
        sys.exit(f"servers: {ALL} is set, so each of them is needed")
