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


def signature(node: Definition) -> str:
    """The first line of a definition, without decorators, body and default constructor noise."""
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(ast.unparse(base) for base in [*node.bases])
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


def render_class(node: ast.ClassDef) -> Iterator[str]:
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
    fields = [
        f"- `{member.target.id}: {ast.unparse(member.annotation)}`"
        for member in node.body
        if isinstance(member, ast.AnnAssign)
        and isinstance(member.target, ast.Name)
        and is_public(member.target.id)
    ]
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
            and is_public(member.name)
            and not any("property" in name or ".setter" in name for name in decorators(member))
        ):
            yield from render_function(member, f"### {node.name}.{member.name}")


def render_function(node: ast.FunctionDef | ast.AsyncFunctionDef, heading: str) -> Iterator[str]:
    yield heading
    yield ""
    kind = decorators(node) & {"classmethod", "staticmethod"}
    yield from code(*(f"@{name}" for name in kind), signature(node))
    yield from docstring(node)


def render_module(name: str, paths: list[Path]) -> str | None:
    """The page of a module, or None if it defines nothing public."""
    introduction: list[str] = []
    body: list[str] = []
    for path in paths:
        module = ast.parse(path.read_text(), str(path))
        introduction = introduction or docstring(module)
        for node in module.body:
            if not isinstance(node, (ast.ClassDef, *Function)) or not is_public(node.name):
                continue
            if isinstance(node, ast.ClassDef):
                body += render_class(node)
            else:
                body += render_function(node, f"## {node.name}")
    if not body:
        return None
    lines = [f"# {name}", "", *introduction, *body]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    return text.rstrip() + "\n"


def main(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.md"):
        old.unlink()
    pages = {name: render_module(name, paths) for name, paths in sources().items()}
    written = {name: page for name, page in pages.items() if page is not None}
    for name, page in written.items():
        (directory / f"{name}.md").write_text(page)
    index = ["# Reference", "", "Generated from the stubs by `./dev docs`; do not edit.", ""]
    index += [f"- [{name}]({name}.md)" for name in written]
    (directory / "README.md").write_text("\n".join(index) + "\n")
    print(f"{len(written)} modules, {directory / 'README.md'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
