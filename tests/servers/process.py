"""Start a server as a child process, learn its port from its own log, and stop it for sure."""

import contextlib
import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

START_SECONDS = 60.0
STOP_SECONDS = 5.0
_SCRATCH = Path("/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir())
_PREFIX = "opendal-test-"

# The kernel kills the server when whoever started it dies without cleaning up, say by SIGKILL.
# Done in a tiny program that becomes the server, since code between fork and exec is unsafe in
# a process with threads. If the parent died before the request, there is nobody to tell.
_TIE_TO_PARENT = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True)
class Address:
    """Where a server listens; each server adds its credentials."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def connect(self) -> socket.socket:
        """A plain connection, whatever the protocol is."""
        return socket.create_connection((self.host, self.port), START_SECONDS)

    def wait(self) -> None:
        """Wait until it listens: some servers say that they do a moment before they do."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.connect().close()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return


def find_program(name: str, install: str) -> str:
    """The full path of a program that a Python package brings, or that is on PATH."""
    beside = Path(sys.executable).parent / name
    if os.access(beside, os.X_OK):
        return str(beside)
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed; try: pip install '{install}'")
    return found


class _Log:
    """Reads what the server prints, so that it never blocks on a full pipe."""

    def __init__(self, stream: IO[str], announcement: re.Pattern[str]) -> None:
        self._stream = stream
        self._announcement = announcement
        self._tail: deque[str] = deque(maxlen=40)
        self._settled = threading.Event()
        self.match: re.Match[str] | None = None
        self._thread = threading.Thread(target=self._drain, name="server log", daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        with self._stream:
            for line in self._stream:
                self._tail.append(line)
                if self.match is None:
                    self.match = self._announcement.search(line)
                    if self.match is not None:
                        self._settled.set()
        self._settled.set()

    def wait(self, seconds: float) -> re.Match[str]:
        """The announcement; an error if the server ends or stays silent."""
        self._settled.wait(seconds)
        if self.match is None:
            raise RuntimeError(f"the server did not start; it said:\n{''.join(self._tail)}")
        return self.match

    def join(self) -> None:
        self._thread.join(STOP_SECONDS)


@contextlib.contextmanager
def serving(program: Sequence[str], announcement: str) -> Iterator[re.Match[str]]:
    """Run `program` until the block ends; yields the match of what it said when it was ready.

    The server dies with the thread that started it, so start it from one that lives on.
    """
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _TIE_TO_PARENT, str(os.getpid()), *program],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        # A Ctrl-C in the terminal is for the tests, which then stop the server themselves.
        start_new_session=True,
    )
    assert process.stdout is not None
    log = _Log(process.stdout, re.compile(announcement))
    try:
        yield log.wait(START_SECONDS)
    finally:
        _stop(process)
        log.join()


def _stop(process: subprocess.Popen[str]) -> None:
    """End the whole process group, gently first."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
            break


def free_port() -> int:
    """A loopback port for a server that cannot choose one itself."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@contextlib.contextmanager
def scratch(name: str, parent: Path = _SCRATCH) -> Iterator[Path]:
    """A directory for a server, in memory where that can be: a busy disk makes tests crawl.

    It is locked while it is in use. Those of runs that were killed are removed: memory is dear.
    """
    for left in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            # One that is new may be about to be locked.
            if time.time() - left.stat().st_mtime > START_SECONDS:
                with _locked(left):
                    shutil.rmtree(left, ignore_errors=True)
    with (
        tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{name}-", dir=parent) as directory,
        _locked(Path(directory)),
    ):
        yield Path(directory)


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Hold the lock of a directory; an OSError if another process does."""
    held = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)


def as_another(directory: Path) -> list[str]:
    """What comes before a command that is not to run as root: then nobody runs it.

    To them goes `directory` with what is in it.
    """
    if os.getuid() != 0:
        return []
    for path in (directory, *directory.rglob("*")):
        shutil.chown(path, "nobody", "nogroup")
    user = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    # The programs may be beneath root's own directory, which is closed to others.
    access = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    # A change of user undoes the tie to the parent, so it is tied again.
    return ["/usr/bin/setpriv", *user, *access, "--pdeathsig=KILL"]


def run(command: list[str], text: str = "") -> None:
    """Run a program that prepares a server; an error with what it said unless it succeeds."""
    done = subprocess.run(
        command,
        check=False,
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{command[-1]} ended with {done.returncode}:\n{done.stdout}")
