"""Every probe holds on ours. `./dev reliability` runs them on the peers, too."""

import sys
from collections.abc import Iterator
from pathlib import Path

import desk
import laboratory
import page
import pytest
from probes import THEMES
from probes.registry import PROBES

# The table is of more rounds; here it is enough that each way is gone once or twice.
ROUNDS = 3
USUAL = [name for name, probe in PROBES.items() if not probe.slow]


@pytest.fixture(scope="module")
def at() -> Iterator[tuple[desk.Desk, str]]:
    with desk.opened("ours") as opened:
        yield opened


@pytest.mark.parametrize("name", USUAL)
def test_holds(at: tuple[desk.Desk, str], name: str) -> None:
    found = laboratory.run(at, PROBES[name], "ours", ROUNDS)
    assert found.kind == "holds", f"{found.said}\n{found.printed}"


# The harness itself: each way in which a library can fail is one that it tells.


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("lab.desk.report('holds', 'well')", "well"),
        ("lab.desk.report('fails', 'not so')", "not so"),
        ("os.abort()", "dies: SIGABRT"),
        ("sys.exit(3)", "ends with 3"),
        ("threading.Event().wait()", "hangs"),
        ("lab.desk.report('holds', ''); threading.Event().wait()", "hangs at the end"),
        ("pass", "ends without a word"),
        ("lab.desk.report('holds', ''); print('panicked at')", 'prints "panicked at"'),
        ("lab.desk.nothing_of_this_name()", "ends with 1"),
    ],
)
def test_the_harness_tells_what_it_sees(
    at: tuple[desk.Desk, str], tmp_path: Path, program: str, said: str
) -> None:
    child = tmp_path / "child.py"
    child.write_text(
        "import os, sys, threading\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "from probes.lab import Lab\n"
        f"lab = Lab('ours', sys.argv[3])\n{program}\n"
    )
    probe = PROBES["waiting-gil-read"]
    found = laboratory.once(at, probe, "ours", child=child, seconds=2)
    assert found.said == said, found.printed


# The page


def test_the_page_has_every_probe() -> None:
    promised = {
        title: [probe.promise for probe in PROBES.values() if probe.theme == theme]
        for theme, title in THEMES.items()
    }
    assert {title: list(rows) for title, rows in page.rows().items()} == promised
    for promises in promised.values():
        assert len(promises) == len(set(promises))


def test_the_page_says_that_all_hold_on_ours() -> None:
    cells = [row["ours"] for rows in page.rows().values() for row in rows.values()]
    assert cells
    assert [cell for cell in cells if not cell.startswith("yes")] == []
