"""Make a virtual environment with packages from dist/, and nothing else of this repository.

    new_venv.py DIRECTORY [--tools requirements/test.txt] [PACKAGE...]

With --tools the environment also gets these tools. They take a while to install, so such an
environment is kept until the pins change, and only the packages are put in anew.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIP = ("-m", "pip", "--disable-pip-version-check")
# Only dist/ counts here, whatever pip is set to do on this machine.
PIP_ISOLATED = (*PIP, "--isolated")


def python_of(directory: Path) -> str:
    return str(directory / "bin" / "python")


def tools_stamp(directory: Path) -> str:
    """What the kept environment depends on: its place, the Python and the pins."""
    parts = [str(directory), sys.base_prefix, sys.version]
    parts += [path.read_text() for path in sorted((ROOT / "requirements").glob("*.txt"))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def make(directory: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", directory], check=True)


def make_with_tools(directory: Path, requirements: Path) -> None:
    stamp = directory / "tools.sha256"
    wanted = tools_stamp(directory)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    make(directory)
    subprocess.run([python_of(directory), *PIP, "install", "-q", "-r", requirements], check=True)
    stamp.write_text(wanted)


def remove_own_packages(directory: Path) -> None:
    python = python_of(directory)
    listing = subprocess.run(
        [python, *PIP, "list", "--format", "json"], check=True, stdout=subprocess.PIPE
    )
    names = [package["name"] for package in json.loads(listing.stdout)]
    own = [name for name in names if name.split("-")[0] == "opendal"]
    if own:
        subprocess.run([python, *PIP, "uninstall", "-q", "-y", *own], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("packages", nargs="*")
    parser.add_argument("--tools", type=Path)
    arguments = parser.parse_intermixed_args()
    directory = arguments.directory.resolve()
    if arguments.tools:
        make_with_tools(directory, arguments.tools)
    else:
        make(directory)
    if arguments.packages:
        remove_own_packages(directory)
        install = [python_of(directory), *PIP_ISOLATED, "install", "-q"]
        local = ["--no-index", "--find-links", str(ROOT / "dist")]
        subprocess.run([*install, *local, *arguments.packages], check=True)


if __name__ == "__main__":
    main()
