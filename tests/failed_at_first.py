"""Tests that failed and were tried again, because the run asks for that: why is not lost."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show each of them, whatever became of the second try."""
    reports = terminalreporter.stats.get("rerun", [])
    if not reports:
        return
    terminalreporter.section("failed at first")
    for report in reports:
        terminalreporter.line(f"{report.nodeid}, {report.when}:")
        terminalreporter.line(report.longreprtext)
