"""Run every probe on every library, write docs/reliability.md: `table.py [PATTERN [LIBRARY...]]`.

With a pattern, only the probes whose names match it are run and written anew; with libraries, only
those are tried, and nothing is written.
"""

import contextlib
import fnmatch
import sys
from concurrent.futures import ThreadPoolExecutor

import desk
import laboratory
import page
from probes.registry import PROBES

# How often what shows only now and then is tried.
ROUNDS = 30


def main() -> None:
    pattern = sys.argv[1] if len(sys.argv) > 1 else "*"
    names = [name for name in PROBES if fnmatch.fnmatchcase(name, pattern)]
    libraries = sys.argv[2:] or list(laboratory.PYTHONS)
    results: page.Results = {name: {} for name in names}
    with contextlib.ExitStack() as stack:
        # A server dies with the thread that started it.
        desks = {library: stack.enter_context(desk.opened(library)) for library in libraries}

        def measure(library: str) -> None:
            for name in names:
                found = laboratory.run(desks[library], PROBES[name], library, ROUNDS)
                results[name][library] = page.cell(found)
                print(f"{name:40} {library:8} {results[name][library]}", flush=True)
                if library == "ours" and found.kind == "fails":
                    print(found.printed, flush=True)

        # Side by side, since most of the time is waiting for what hangs.
        with ThreadPoolExecutor(len(libraries)) as executor:
            list(executor.map(measure, libraries))
    if len(libraries) == len(laboratory.PYTHONS):
        page.write(results)


if __name__ == "__main__":
    main()
