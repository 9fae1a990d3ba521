"""The wheels as `./dev build` leaves them in dist/."""

import zipfile
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"


@dataclass(frozen=True)
class Wheel:
    path: Path
    files: frozenset[str]

    @property
    def distribution(self) -> str:
        return self.path.name.split("-")[0]

    @property
    def tag(self) -> str:
        return "-".join(self.path.stem.split("-")[-3:])

    @property
    def metadata_directory(self) -> str:
        distribution, version = self.path.name.split("-")[:2]
        return f"{distribution}-{version}.dist-info/"

    @property
    def contents(self) -> set[str]:
        """What is there besides the metadata."""
        return {name for name in self.files if not name.startswith(self.metadata_directory)}

    def read(self, name: str) -> bytes:
        with zipfile.ZipFile(self.path) as archive:
            return archive.read(name)

    def metadata(self, name: str = "METADATA") -> Message:
        return Parser().parsestr(self.read(self.metadata_directory + name).decode())

    @property
    def requirements(self) -> list[str]:
        return self.metadata().get_all("Requires-Dist", [])


def open_wheel(path: Path) -> Wheel:
    with zipfile.ZipFile(path) as archive:
        files = [name for name in archive.namelist() if not name.endswith("/")]
    assert len(files) == len(set(files)), f"{path.name} holds a file twice"
    return Wheel(path, frozenset(files))
