"""docs/coming-from.md names everything of the peers, and what it says of ours is so."""

import ast
import importlib.util
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import opendal
import opendal_fs_service
import opendal_s3_service
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "coming-from.md"
STUBS = ROOT / "stubs" / "opendal" / "_core"
NAMES = Path(__file__).parent / "names"
HERE = Path(__file__).parent / "programs" / "here.py"
# Each part of the page, and whose names it has.
PEERS = {"Apache's opendal": "apache", "obstore": "obstore", "s3fs and fsspec": "s3fs"}
SPAN = re.compile(r"`([^`]+)`")
# A name, with keywords if there are parentheses: `read(offset=, size=)`.
NAME = re.compile(r"([\w.]+)(?:\(([\w=, ]*)\))?")


class Row:
    """One line of a table: names of theirs, what is said of ours, and why."""

    def __init__(self, owners: list[str], cells: list[str]) -> None:
        self.owners = owners
        self.theirs, self.ours, self.why = cells
        spans = [expanded(span) for span in SPAN.findall(self.theirs)]
        self.names = [name for names in spans for name in names]
        # Of `read(offset=)`, only the keyword.
        self.deepest = [name for names in spans for name in names[1:] or names]
        self.text = f"{self.theirs} | {self.ours}"

    @property
    def absent(self) -> bool:
        """Whether there is no counterpart, so that nothing below the names has one."""
        return re.match(r"(no|not yet)\b", self.ours) is not None

    def paths(self) -> Iterator[str]:
        yield from self._paths(self.names)

    def ends(self) -> Iterator[str]:
        yield from self._paths(self.deepest)

    def _paths(self, names: list[str]) -> Iterator[str]:
        for owner in self.owners or [""]:
            yield from (f"{owner}.{name}".strip(".") for name in names)


def expanded(span: str) -> list[str]:
    """`read(offset=)` is `read` and `read.offset`."""
    found = NAME.fullmatch(span)
    assert found, f"`{span}` is no name"
    name, keywords = found.groups()
    return [name, *(f"{name}.{each.strip(' =')}" for each in (keywords or "").split(",") if each)]


def read_page() -> Iterator[tuple[str, Row]]:
    """Every row of a table that begins with "Theirs", with the peer it is about."""
    peer, owners, inside = "", [], False
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            peer = PEERS.get(line.removeprefix("## "), "")
        elif line.startswith("### "):
            owners = SPAN.findall(line)
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line[:1] == "|" else []
        if cells[:1] == ["Theirs"]:
            inside = True
        elif not cells:
            inside = False
        elif inside and set(cells[0]) - set("-:"):
            yield peer, Row(owners, cells)


ROWS = list(read_page())


def peer_names(peer: str) -> set[str]:
    return set((NAMES / f"{peer}.txt").read_text().split())


def said(peer: str) -> set[str]:
    """What the page names of a peer: by a row, as an owner in a heading, or above such a row."""
    rows = [row for of, row in ROWS if of == peer]
    named = {path for row in rows for path in row.paths()}
    named |= {owner for row in rows for owner in row.owners}
    absent = tuple(f"{path}." for row in rows if row.absent for path in row.ends())
    return {name for name in peer_names(peer) if name in named or name.startswith(absent)}


@cache
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("peer_names", ROOT / "scripts/peer_names.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def ours() -> frozenset[str]:
    """Every public name of ours, in the form in which Apache's are listed."""
    found = set(tool().apache())
    for stub in STUBS.glob("*.pyi"):
        for node in ast.parse(stub.read_text()).body:
            if isinstance(node, ast.ClassDef):
                found |= {f"{stub.stem}.{node.name}.{name}" for name in keywords_of(node)}
    for service in (opendal_fs_service, opendal_s3_service):
        for name in service.__all__:
            thing = getattr(service, name)
            parameters = inspect.signature(thing).parameters if isinstance(thing, type) else ()
            found |= {name, *(f"{name}.{each}" for each in parameters)}
    return frozenset(found)


def keywords_of(node: ast.ClassDef) -> Iterator[str]:
    """The parameters of the methods of a class, with those of a group of keywords."""
    for item in node.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
            prefix = "" if item.name in {"__init__", "__new__"} else f"{item.name}."
            arguments = [*item.args.posonlyargs, *item.args.args, *item.args.kwonlyargs]
            yield from (f"{prefix}{each.arg}" for each in arguments)
            if item.args.kwarg and isinstance(item.args.kwarg.annotation, ast.Subscript):
                group = ast.unparse(item.args.kwarg.annotation.slice)
                keywords: Any = getattr(opendal.options, group).__annotations__
                yield from (f"{prefix}{each}" for each in keywords)


def is_ours(name: str) -> bool:
    """Whether it is a name of ours: in full, of a module, or a member of `Operator`."""
    modules = {each.partition(".")[0] for each in ours()}
    places = ["", "operator.Operator.", *(f"{module}." for module in modules)]
    return any(f"{place}{name}" in ours() for place in places)


@pytest.mark.parametrize("peer", list(PEERS.values()))
def test_every_name_of_theirs_is_there(peer: str) -> None:
    assert sorted(peer_names(peer) - said(peer)) == []


@pytest.mark.parametrize("peer", list(PEERS.values()))
def test_nothing_is_said_of_names_that_they_lack(peer: str) -> None:
    rows = [row for of, row in ROWS if of == peer]
    for row in rows:
        for name in row.names:
            paths = {f"{owner}.{name}".strip(".") for owner in row.owners or [""]}
            assert paths & peer_names(peer), row.text


@pytest.mark.parametrize("row", [row for _, row in ROWS], ids=lambda row: row.text)
def test_what_is_said_of_ours_is_so(row: Row) -> None:
    if row.ours == "same":
        for path in row.paths():
            if path in peer_names("apache"):
                assert path in ours()
    elif row.ours == "not yet":
        # Only names of Apache's package would be the same as ours.
        for path in row.ends():
            if path in peer_names("apache"):
                assert path not in ours(), "it has come: say so"
    elif row.ours.startswith("no"):
        assert row.ours == "no"
        assert row.why, "a reason is wanted"
    else:
        for span in SPAN.findall(row.ours):
            for name in expanded(span):
                assert is_ours(name), f"{name} is not there"


def differences() -> dict[str, Any]:
    """The table of the programs, which cannot be imported: it wants arguments."""
    for node in ast.parse(HERE.read_text()).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "DIFFERENCES":
            assert node.value is not None
            table: dict[str, Any] = ast.literal_eval(node.value)
            return table
    raise AssertionError


def test_every_difference_of_the_programs_has_its_reason() -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]+ \| [^|]+ \|$", PAGE.read_text(), re.M)
    listed = [row for row in rows if row not in {"Matter", "---"}]
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) == set(differences())


def test_every_difference_is_in_a_program() -> None:
    programs = "".join(path.read_text() for path in HERE.parent.glob("*.py") if path != HERE)
    for name in differences():
        assert f'here("{name}")' in programs
