"""docs/reliability.md: the part that is generated, and how it is read again."""

import re
import subprocess
from datetime import UTC, datetime

from laboratory import PYTHONS, ROOT, Outcome
from probes import THEMES
from probes.registry import PROBES

PAGE = ROOT / "docs" / "reliability.md"
BEGIN = "<!-- From here on `./dev reliability` writes what it measured. -->"
HEADINGS = {"ours": "ours", "apache": "Apache's", "obstore": "obstore"}
DISTRIBUTIONS = {"ours": "opendal", "apache": "opendal", "obstore": "obstore"}
# For each probe, what each library did.
Results = dict[str, dict[str, str]]


def cell(outcome: Outcome) -> str:
    """What is said of a library: yes or no, and a few words."""
    word = {"holds": "yes", "fails": "**no**", "missing": "has none"}[outcome.kind]
    said = outcome.said.replace("|", "\\|").replace("\n", " ")
    return f"{word}: {said}" if said else word


def write(results: Results) -> None:
    """Put in what was measured; what was not stays, as long as there is such a probe."""
    head, known = PAGE.read_text().partition(BEGIN)[0], rows()
    for name, probe in PROBES.items():
        row = known.get(THEMES[probe.theme], {}).get(probe.promise)
        if row is not None:
            results.setdefault(name, row)
    PAGE.write_text(f"{head}{BEGIN}\n{measured(results)}")


def measured(results: Results) -> str:
    versions = ", ".join(f"{HEADINGS[name]} {version(name)}" for name in PYTHONS)
    lines = ["", f"Last measured on {datetime.now(UTC):%Y-%m-%d} with {versions}."]
    counts = []
    for name in PYTHONS:
        cells = [row[name] for row in results.values() if row[name] != "has none"]
        held = sum(cell.startswith("yes") for cell in cells)
        counts.append(f"{held} of {len(cells)} on {HEADINGS[name]}")
    lines += ["", f"What holds, of what there is to be asked: {', '.join(counts)}."]
    for theme, title in THEMES.items():
        lines += [
            "",
            f"## {title}",
            "",
            "| What must hold | Ours | Apache's | obstore |",
        ]
        lines += ["| --- | --- | --- | --- |"]
        lines += [
            f"| {probe.promise} | " + " | ".join(row[each] for each in PYTHONS) + " |"
            for name, probe in PROBES.items()
            if probe.theme == theme and (row := results.get(name))
        ]
    return "\n".join([*lines, ""])


def version(library: str) -> str:
    program = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
    command = [str(PYTHONS[library]), "-I", "-c", program, DISTRIBUTIONS[library]]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return ran.stdout.strip()


def rows() -> dict[str, dict[str, dict[str, str]]]:
    """What the page says: by title and promise, what each library does."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    title = ""
    for line in PAGE.read_text().partition(BEGIN)[2].splitlines():
        if line.startswith("## "):
            title = line.removeprefix("## ")
            found[title] = {}
        elif line.startswith("| ") and not line.startswith(("| What must hold", "| ---")):
            promise, *cells = (each.strip() for each in re.split(r"(?<!\\)\|", line)[1:-1])
            found[title][promise] = dict(zip(PYTHONS, cells, strict=True))
    return found
