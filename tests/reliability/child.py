"""One probe on one library, in a process of its own: `child.py LIBRARY PROBE ADDRESS`.

Runs under the Python of the library's environment, which has nothing else of this repository.
"""

import contextlib
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import probes  # noqa: E402, F401
from probes.lab import Lab  # noqa: E402
from probes.registry import PROBES, Failed, Missing, Probe  # noqa: E402


def main() -> None:
    library, name, address = sys.argv[1:]
    lab = Lab(library, address)
    found = PROBES[name]
    if found.ends:
        try:
            found.run(lab)
        except Missing:
            lab.desk.report("missing", "")
        return
    kind, said = outcome(found, lab)
    lab.desk.report(kind, said)
    if kind == "fails":
        # What went wrong may hang or abort at the end; that is no second finding.
        sys.stderr.flush()
        os._exit(0)


def outcome(found: Probe, lab: Lab) -> tuple[str, str]:
    try:
        return "holds", found.run(lab) or ""
    except Missing:
        return "missing", ""
    except Failed as failed:
        return "fails", str(failed)
    except BaseException as error:  # a panic is none of Exception
        print(str(error)[:300])
        return "fails", f"raises {named(error)}"


def named(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return ", ".join(sorted({named(each) for each in error.exceptions}))
    with contextlib.suppress(Exception):
        return f"{type(error).__name__}"
    return "an error"


if __name__ == "__main__":
    main()
