"""The programs use every public name that Apache's package has: names/apache.txt."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NAMES = (HERE / "names" / "apache.txt").read_text().split()
PROGRAMS = {path.stem: ast.parse(path.read_text()) for path in (HERE / "programs").glob("*.py")}
# Settings of services that are not compiled here, which no program could use.
SETTINGS = {"FsConfig", "MemoryConfig", "S3Config", "ServiceConfig"}
# Where a name is to be looked for, if not everywhere.
ONLY_IN = {
    "operator.Operator": "sync",
    "operator.AsyncOperator": "async",
    "file.File": "sync_files",
    "file.AsyncFile": "async_files",
}


def used(tree: ast.Module) -> Iterator[str]:
    """Names that a program uses, `read.offset` for a keyword of a call, and its texts."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name) | ast.alias(name=name):
                yield name
            case ast.Constant(value=str(text)):
                yield text
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                yield from (f"{name}.{keyword.arg}" for keyword in node.keywords)


USED = {name: set(used(tree)) for name, tree in PROGRAMS.items()}
# What a call gives by its place does not need its name.
BY_PLACE = {"path", "bs", "source", "target", "mode", "layer", "config", "uri"}


def wanted() -> Iterator[str]:
    for name in NAMES:
        module, *rest = name.split(".")
        if module == "config" and rest and rest[0] not in SETTINGS:
            continue
        if len(rest) != 3 or rest[-1] not in BY_PLACE:
            yield name


@pytest.mark.parametrize("name", list(wanted()))
def test_a_program_uses(name: str) -> None:
    parts = name.split(".")
    owner = ".".join(parts[:2])
    programs = ONLY_IN.get(owner, "")
    # A keyword is looked for beside its call, another name by itself.
    keyword = len(parts) == 4 or (parts[0] in {"config", "layers"} and len(parts) == 3)
    sought = ".".join(parts[-2:]) if keyword else parts[-1]
    assert any(sought in USED[each] for each in USED if each.startswith(programs))
