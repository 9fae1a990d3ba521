"""The end of a run: what the conformance suite found on each service, and what was left out.

It is the last that is printed, and `.ci/run` prints it again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from server_fixtures import LEFT_OUT
from suite import SERVICES, scheme_of

# How pytest calls an outcome, and the column that it is counted in.
COLUMNS = {
    "passed": "passed",
    "failed": "failed",
    "error": "failed",
    "cannot": "cannot",
    "no server": "no server",
    "xfailed": "known faults",
    "xpassed": "unseen",
}
HEADINGS = list(dict.fromkeys(COLUMNS.values()))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A report says which service it is of, wherever the test ran."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec and "service" in callspec.params and item.path.parent.name == "conformance":
            item.user_properties.append(("service", callspec.params["service"]))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Iterator[None]:
    """After all else, say what was found, which servers were missing, and how to get them."""
    yield
    missing = config.stash.get(LEFT_OUT, set())
    found: dict[str, Counter[str]] = defaultdict(Counter)
    without: dict[str, set[str]] = {reason: set() for reason in missing}
    for category, reports in terminalreporter.stats.items():
        for report in reports:
            service = dict(getattr(report, "user_properties", ())).get("service")
            if service is None:
                continue
            outcome = category
            if category == "skipped":
                reason = _reason(report)
                outcome = "no server" if reason in missing else "cannot"
                without.get(reason, set()).add(service)
            if outcome in COLUMNS:
                found[service][COLUMNS[outcome]] += 1
    if found:
        terminalreporter.section("conformance")
        for line in _table(found):
            terminalreporter.line(line)
    if without:
        terminalreporter.section("servers left out")
        for line in sorted(_without(reason, services) for reason, services in without.items()):
            terminalreporter.line(line)


def _reason(report: Any) -> str:
    """Why a test was skipped."""
    return str(report.longrepr[2]).removeprefix("Skipped: ")


def _without(reason: str, services: set[str]) -> str:
    """Why a server is missing and how to get it, after the services that are lost with it."""
    return f"{', '.join(sorted(services))}: {reason}" if services else reason


def _table(found: dict[str, Counter[str]]) -> Iterator[str]:
    """A line for each service, in the order of the suite, and one for all of them."""
    total = sum(found.values(), Counter())
    rows = [(name, SERVICES[name]["on"], found[name]) for name in SERVICES if name in found]
    yield _line("service", "on", HEADINGS)
    services = len({scheme_of(name) for name, _, _ in rows})
    for name, on, counts in [*rows, ("all", f"{services} services", total)]:
        yield _line(name, on, [str(counts[heading]) for heading in HEADINGS])
    yield "cannot: skipped, as service or server cannot; unseen: known faults that did not show"


def _line(name: str, on: str, cells: list[str]) -> str:
    padded = (cell.rjust(len(heading)) for cell, heading in zip(cells, HEADINGS, strict=True))
    return "  ".join((name.ljust(15), on.ljust(15), *padded))
