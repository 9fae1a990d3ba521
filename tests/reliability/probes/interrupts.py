"""Ctrl-C ends a call that waits."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from typing import Any

from .lab import OPERATIONS, PART, SMALL, Lab, in_parts, operate
from .registry import Failed, must_be, probe

# The promise of ours is a tenth of a second; the rest is for a machine that is busy.
BOUND_SECONDS = 2


def _interrupted(lab: Lab, call: Callable[[], object]) -> None:
    """Ends a call by Ctrl-C. The desk lets the server go 3 s later, if that did not help."""
    lab.desk.interrupt_soon(os.getpid())
    try:
        try:
            call()
        except Exception:
            # A Ctrl-C that was not looked at comes as soon as Python runs again.
            time.sleep(0.1)
            raise
    except KeyboardInterrupt:
        waited = time.monotonic() - lab.desk.interrupted_at()
    else:
        raise Failed("Ctrl-C is lost")
    if waited > BOUND_SECONDS:
        raise Failed("only once the server has answered or left")


@probe("Ctrl-C is answered at once, and calls go on working: {}", over=OPERATIONS)
def answered(lab: Lab, what: str) -> None:
    client = lab.s3()
    # Nothing that is needed for the first time takes part.
    must_be(client.read("a"), SMALL)
    lab.desk.hold()
    _interrupted(lab, lambda: operate(client, what, lab))
    lab.desk.reset()
    must_be(client.read("a"), SMALL)


@probe("Ctrl-C is answered in the middle of a body: {}", over=["read", "file read", "stream"])
def in_the_middle(lab: Lab, what: str) -> None:
    client = lab.odd_s3("stalls")
    calls = {
        "read": lambda: client.read("a"),
        "file read": lambda: client.open_read("a").read(),
        "stream": lambda: list(client.stream("a")),
    }
    _interrupted(lab, calls[what])


@probe("Ctrl-C in an upload in parts aborts it on the server")
def parts(lab: Lab) -> None:
    client = lab.s3()
    lab.desk.hold("PUT")
    _interrupted(lab, lambda: client.write("parts", bytes(3 * PART), **in_parts(lab)))
    if not lab.desk.seen("DELETE", "uploadId"):
        raise Failed("the parts stay")


@probe("Ctrl-C is answered while signing waits for credentials")
def signing(lab: Lab) -> None:
    os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{lab.odd}/never-answers/credentials"
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    keys = {"access_key_id", "secret_access_key", "disable_config_load"}
    settings = {name: value for name, value in lab.settings.items() if name not in keys}
    more: dict[str, Any] = {}
    if lab.name == "obstore":
        more["metadata_endpoint"] = f"{lab.odd}/never-answers"
    client = lab.library.s3(settings, **more)
    _interrupted(lab, lambda: client.presign("a"))


@probe("Ctrl-C ends asyncio.run while a call waits")
def loop(lab: Lab) -> None:
    client = lab.s3()

    async def main() -> None:
        await client.aread("a")

    lab.desk.hold()
    _interrupted(lab, lambda: asyncio.run(main()))


@probe("A signal handler may use the operator that the interrupted call uses")
def handler(lab: Lab) -> None:
    client = lab.s3()
    client.read("a")
    seen: list[bytes] = []
    signal.signal(signal.SIGALRM, lambda *_: seen.append(client.read("a")))
    lab.desk.delay(0.5)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    must_be(client.read("a"), SMALL)
    # Some libraries let it run only afterwards, which is no fault of this kind.
    time.sleep(0.1)
    must_be(seen, [SMALL])
