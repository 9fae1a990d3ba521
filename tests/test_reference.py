"""The reference that `./dev docs` writes has every public name, with its docstring."""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = [
    "opendal",
    *(
        f"opendal.{name}"
        for name in [
            "operator",
            "file",
            "types",
            "capability",
            "layers",
            "exceptions",
            "options",
            "config",
            "services",
        ]
    ),
    "opendal_fs_service",
    "opendal_s3_service",
]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("reference")
    subprocess.run([sys.executable, ROOT / "scripts" / "reference.py", directory], check=True)
    return directory


def members() -> Iterator[str]:
    """Every public method and property of the native classes."""
    for stub in sorted((ROOT / "stubs" / "opendal" / "_core").glob("*.pyi")):
        for cls in ast.parse(stub.read_text()).body:
            if isinstance(cls, ast.ClassDef) and not cls.name.startswith("_"):
                for item in cls.body:
                    name = getattr(item, "name", "_")
                    if not name.startswith("_"):
                        yield f"{stub.stem}.{cls.name}.{name}"


@pytest.mark.parametrize("module", MODULES)
def test_every_exported_name_is_there(reference: Path, module: str) -> None:
    page = (reference / f"{module}.md").read_text()
    headings = set(re.findall(r"^## (\w+)$", page, re.MULTILINE))
    linked = set(re.findall(r"^- \[`(\w+)`\]", page, re.MULTILINE))
    exported = set(importlib.import_module(module).__all__)
    assert exported - {"__version__"} <= headings | linked


@pytest.mark.parametrize("member", sorted(set(members())))
def test_every_member_is_there(reference: Path, member: str) -> None:
    module, cls, name = member.split(".")
    page = (reference / f"opendal.{module}.md").read_text()
    part = page.split(f"\n## {cls}\n")[1].split("\n## ")[0]
    assert f"\n### {cls}.{name}\n" in part or f"\n- `{name}: " in part


def test_every_page_is_in_the_index(reference: Path) -> None:
    index = (reference / "README.md").read_text()
    for page in reference.glob("*.md"):
        assert page.stem == "README" or f"({page.name})" in index


def test_links_lead_somewhere(reference: Path) -> None:
    for page in reference.glob("*.md"):
        for target in re.findall(r"\]\(([\w.]+\.md)", page.read_text()):
            assert (reference / target).exists()
