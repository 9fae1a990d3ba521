"""Runs a probe on a library in a process of its own, and says what became of it."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from desk import Desk
from probes.registry import Probe

ROOT = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).with_name("child.py")
PEERS = ROOT / "target" / "bench-peers"
PYTHONS = {
    "ours": Path(sys.executable),
    "apache": PEERS / "apache" / "bin" / "python",
    "obstore": PEERS / "obstore" / "bin" / "python",
}
# What must not be printed when a process ends.
NOISE = ("Fatal Python error", "panicked at", "Exception ignored", "Traceback", "core dumped")


@dataclass(frozen=True)
class Outcome:
    """`kind` is holds, fails or missing."""

    kind: str
    said: str = ""
    # What the process printed, for who looks for the cause.
    printed: str = ""


def run(at: tuple[Desk, str], probe: Probe, library: str, rounds: int) -> Outcome:
    """One probe on one library; what shows only now and then is tried `rounds` times."""
    desk, _ = at
    desk.prepare()
    try:
        if not probe.ends:
            return once(at, probe, library)
        outcomes = [once(at, probe, library) for _ in range(rounds)]
    finally:
        desk.tidy()
    bad = [outcome for outcome in outcomes if outcome.kind != "holds"]
    if not bad or bad[0].kind == "missing":
        return bad[0] if bad else Outcome("holds", f"{rounds} of {rounds}")
    counts = Counter(outcome.said for outcome in bad).most_common()
    said = ", ".join(f"{number} of {rounds} {words}" for words, number in counts)
    return Outcome("fails", said, bad[0].printed)


def once(
    at: tuple[Desk, str],
    probe: Probe,
    library: str,
    child: Path = CHILD,
    seconds: float | None = None,
) -> Outcome:
    desk, address = at
    desk.begin()
    # A file and no pipe: a forked child may keep it open long after.
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        process = subprocess.Popen(
            [PYTHONS[library], "-I", "-W", "ignore", child, library, probe.name, address],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={name: value for name, value in os.environ.items() if not _foreign(name)},
            # Its children are killed with it.
            start_new_session=True,
        )
        try:
            code: int | None = process.wait(seconds or probe.seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        output.seek(0)
        return _outcome(desk, probe, output.read(), code)


def _foreign(name: str) -> bool:
    """The machine's own settings stay out."""
    return name.startswith(("AWS_", "OPENDAL_", "PYTHON")) or name.lower().endswith("_proxy")


def _outcome(desk: Desk, probe: Probe, printed: str, code: int | None) -> Outcome:
    kind, said = desk.reported or ("", "")
    noise = next((word for word in NOISE if word in printed), None)
    wrong = None
    if kind == "fails":
        wrong = said
    elif code is None:
        wrong = "hangs at the end" if kind else "hangs"
    elif code:
        wrong = f"dies: {signal.Signals(-code).name}" if code < 0 else f"ends with {code}"
    elif noise is not None:
        wrong = f'prints "{noise}"'
    elif not kind and not probe.ends:
        wrong = "ends without a word"
    if wrong is not None:
        return Outcome("fails", wrong, printed)
    return Outcome(kind or "holds", said, printed)
