"""Write the API reference, one Markdown page a module, from the stubs: reference.py DIRECTORY.

Native modules are read from stubs/ and shown under their public names (`opendal._core.layers`
is imported as `opendal.layers`); Python modules and service packages are read as they are.
Nothing is imported, so nothing needs to be built.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NATIVE = ROOT / "stubs" / "opendal" / "_core"
PACKAGE = ROOT / "python" / "opendal"
SERVICES = ROOT / "python" / "services"

# Private modules, and the public ones that have what is in them.
SHOWN_IN = {"opendal._text": "opendal.file"}

SECTION = re.compile(r"(Args|Keywords|Attributes|Returns|Yields|Raises|Example|Note):")
CONSTRUCTORS = ("__init__", "__new__")

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def sources() -> dict[str, list[Path]]:
    """The files that define each public module."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(NATIVE.glob("*.pyi")):
        if path.stem != "__init__":
            found[f"opendal.{path.stem}"].append(path)
    roots = [
        PACKAGE,
        *(path for path in SERVICES.glob("*/src/*") if (path / "__init__.py").exists()),
    ]
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            parts = path.relative_to(root.parent).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            name = SHOWN_IN.get(".".join(parts), ".".join(parts))
            if not any(part.startswith("_") for part in name.split(".")):
                found[name].append(path)
    return dict(sorted(found.items()))


def is_public(name: str) -> bool:
    return not name.startswith("_")


def is_documented(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Public, or a protocol that the docstring explains."""
    special = node.name.startswith("__") and node.name not in {*CONSTRUCTORS, "__del__"}
    return is_public(node.name) or (special and bool(ast.get_docstring(node)))


def signature(node: Definition) -> str:
    """The first line of a definition, without decorators, body and default constructor noise."""
    if isinstance(node, ast.ClassDef):
        public = [base for base in map(ast.unparse, node.bases) if is_public(base)]
        bases = ", ".join(public)
        return f"class {node.name}({bases})" if bases else f"class {node.name}"
    bare = type(node)(
        name=node.name,
        args=node.args,
        body=[ast.Pass()],
        decorator_list=[],
        returns=node.returns,
    )
    return ast.unparse(ast.fix_missing_locations(bare)).removesuffix("pass").rstrip().rstrip(":")


def decorators(node: Definition) -> set[str]:
    return {ast.unparse(decorator) for decorator in node.decorator_list}


def code(*lines: str) -> list[str]:
    return ["```python", *lines, "```", ""]


def section_items(lines: Iterable[str]) -> Iterator[str]:
    """`name: text` with its continuation lines, as one bullet; other text as it is."""
    item = ""
    for line in lines:
        text = line.strip()
        if item and line.startswith("        "):
            item += f" {text}"
            continue
        if item:
            yield item
        name, colon, rest = text.partition(": ")
        item = f"- `{name}`: {rest}" if colon else text
    if item:
        yield item


def docstring(node: ast.AST) -> list[str]:
    """The docstring as Markdown."""
    if not isinstance(node, (ast.Module, *Function, ast.ClassDef)):
        return []
    lines = (ast.get_docstring(node) or "").splitlines()
    output: list[str] = []
    while lines:
        line = lines.pop(0)
        heading = SECTION.fullmatch(line)
        if heading is None:
            output.append(line)
            continue
        body = []
        while lines and (not lines[0] or lines[0].startswith("    ")):
            body.append(lines.pop(0))
        while body and not body[-1]:
            body.pop()
        output += [f"**{heading[1]}**", ""]
        if heading[1] == "Example":
            output += code(*(text.removeprefix("    ") for text in body))
        elif heading[1] in {"Returns", "Yields", "Note"}:
            output += [*(text.strip() for text in body), ""]
        else:
            output += [*section_items(body), ""]
    return [*output, ""] if output else []


def with_bases(node: ast.ClassDef, module: ast.Module) -> Iterator[ast.ClassDef]:
    """A class after those of its bases that the module defines."""
    classes = {each.name: each for each in module.body if isinstance(each, ast.ClassDef)}
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in classes:
            yield from with_bases(classes[base.id], module)
    yield node


def render_keys(node: ast.ClassDef, module: ast.Module) -> Iterator[str]:
    """The keys of a TypedDict, wherever they come from."""
    lines = (line for each in with_bases(node, module) for line in render_fields(each))
    yield from sorted(set(lines))


def render_fields(node: ast.ClassDef) -> Iterator[str]:
    """Annotated names and the members of an enumeration, with the text that follows them."""
    for member, after in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
            name, text = member.target.id, ast.unparse(member.target)
            text = f"{text}: {ast.unparse(member.annotation)}"
        elif isinstance(member, ast.Assign) and isinstance(member.targets[0], ast.Name):
            name, text = member.targets[0].id, ast.unparse(member)
        else:
            continue
        told = ""
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            told = " ".join(str(after.value.value).split())
        if is_public(name):
            yield f"- `{text}` {told}".rstrip()


def render_class(node: ast.ClassDef, module: ast.Module) -> Iterator[str]:
    yield f"## {node.name}"
    yield ""
    constructors = [
        member
        for member in node.body
        if isinstance(member, Function) and member.name in CONSTRUCTORS
    ]
    colon = ":" if constructors else ""
    signatures = (f"    {signature(constructor)}" for constructor in constructors)
    yield from code(signature(node) + colon, *signatures)
    for documented in (node, *constructors):
        yield from docstring(documented)
    inherited = any(ast.unparse(base).startswith("_") for base in node.bases)
    fields = [*(render_keys(node, module) if inherited else render_fields(node))]
    properties = [
        f"- `{member.name}: {ast.unparse(member.returns) if member.returns else 'object'}` "
        + " ".join((ast.get_docstring(member) or "").split())
        for member in node.body
        if isinstance(member, Function) and "property" in decorators(member)
    ]
    if fields or properties:
        yield from [*fields, *properties, ""]
    for member in node.body:
        if (
            isinstance(member, Function)
            and is_documented(member)
            and not any("property" in name or ".setter" in name for name in decorators(member))
        ):
            yield from render_function(member, f"### {node.name}.{member.name}")


def render_function(node: ast.FunctionDef | ast.AsyncFunctionDef, heading: str) -> Iterator[str]:
    yield heading
    yield ""
    kind = decorators(node) & {"classmethod", "staticmethod"}
    yield from code(*(f"@{name}" for name in kind), signature(node))
    yield from docstring(node)


def definitions(module: ast.Module) -> dict[str, ast.stmt]:
    """What a module defines, by name: classes, functions, and other names for things."""
    found: dict[str, ast.stmt] = {}
    for node in module.body:
        if isinstance(node, (ast.ClassDef, *Function)):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if isinstance(target, ast.Name):
                found[target.id] = node
    return {name: node for name, node in found.items() if is_public(name)}


def exported(module: ast.Module) -> list[str]:
    """What `__all__` says."""
    for node in module.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def comment_above(node: ast.stmt, lines: list[str]) -> list[str]:
    """The comment that explains a name, as text."""
    found: list[str] = []
    for line in reversed(lines[: node.lineno - 1]):
        if not line.startswith("# "):
            break
        found.insert(0, line.removeprefix("# "))
    return [*found, ""] if found else []


def render(name: str, node: ast.stmt, source: str) -> Iterator[str]:
    """A definition under its heading."""
    if isinstance(node, ast.ClassDef):
        yield from render_class(node, ast.parse(source))
    elif isinstance(node, Function):
        yield from render_function(node, f"## {name}")
    else:
        yield from (f"## {name}", "")
        yield from comment_above(node, source.splitlines())
        yield from code(ast.unparse(node))


def from_private(path: Path, name: str) -> Iterator[str]:
    """What a public module takes from a private one beside it, or from the top of the core."""
    for private in [*sorted(path.parent.glob("_[a-z]*.py")), NATIVE / "__init__.pyi"]:
        source = private.read_text()
        found = definitions(ast.parse(source)).get(name)
        if found is not None:
            yield from render(name, found, source)
            return


def render_module(name: str, paths: list[Path], places: dict[str, str]) -> str | None:
    """The page of a module, or None if it has nothing public."""
    introduction: list[str] = []
    body: list[str] = []
    elsewhere: list[str] = []
    here: set[str] = set()
    wanted: list[str] = []
    for path in paths:
        source = path.read_text()
        module = ast.parse(source, str(path))
        introduction = introduction or docstring(module)
        names = exported(module)
        wanted += [each for each in names if each not in wanted]
        for each, node in definitions(module).items():
            if each in names or isinstance(node, (ast.ClassDef, *Function)):
                here.add(each)
                body += render(each, node, source)
    for each in sorted(set(wanted) - here):
        if each in places:
            elsewhere.append(f"- [`{each}`]({places[each]}.md#{each.lower()})")
        elif f"{name}.{each}" in places.values():
            elsewhere.append(f"- [`{each}`]({name}.{each}.md)")
        else:
            body += [line for path in paths for line in from_private(path, each)]
    if elsewhere:
        elsewhere = ["Here by another name or way:", "", *elsewhere, ""]
    if not body and not elsewhere:
        return None
    lines = [f"# {name}", "", *introduction, *elsewhere, *body]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    return text.rstrip() + "\n"


def places_of(found: dict[str, list[Path]]) -> dict[str, str]:
    """The page that has each name; a service's wheel has its own and lends none."""
    places: dict[str, str] = {}
    for name, paths in found.items():
        for path in paths:
            module = ast.parse(path.read_text())
            names = exported(module)
            for each in definitions(module):
                if each in names:
                    places.setdefault(each, name)
    return places


def main(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.md"):
        old.unlink()
    found = sources()
    places = places_of(found)
    pages = {name: render_module(name, paths, places) for name, paths in found.items()}
    written = {name: page for name, page in pages.items() if page is not None}
    for name, page in written.items():
        (directory / f"{name}.md").write_text(page)
    index = ["# Reference", "", "Generated from the stubs by `./dev docs`; do not edit.", ""]
    index += [f"- [{name}]({name}.md)" for name in written]
    (directory / "README.md").write_text("\n".join(index) + "\n")
    print(f"{len(written)} modules, {directory / 'README.md'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
