"""Build the pure-Python wheels: build_wheels.py PROJECTS DIST builds every project under PROJECTS.

All in one process: thirty of them take half a second, one `python -m build` each takes thirty. Then
what lies in DIST is pressed as far as its format goes: maturin's wheel loses a thirtieth by it.
"""

import contextlib
import sys
import zipfile
from pathlib import Path

from hatchling.build import build_wheel


def main(projects: Path, dist: Path) -> None:
    found = sorted(path.parent for path in projects.glob("*/pyproject.toml"))
    if not found:
        sys.exit(f"build_wheels: no project under {projects}")
    dist.mkdir(parents=True, exist_ok=True)
    for project in found:
        # Hatchling builds the project that it is started in.
        with contextlib.chdir(project):
            build_wheel(str(dist))
    for wheel in sorted(dist.glob("*.whl")):
        press(wheel)
        print(f"{wheel.stat().st_size / 1e6:8.3f} MB  {wheel.name}")


def press(wheel: Path) -> None:
    """Write the archive anew, with the same members, dates and modes."""
    pressed = wheel.with_suffix(".pressed")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(pressed, "w") as new:
        for member in old.infolist():
            data = old.read(member)
            new.writestr(member, data, zipfile.ZIP_DEFLATED, compresslevel=9)
    pressed.replace(wheel)


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
