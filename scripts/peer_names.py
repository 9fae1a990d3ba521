"""Print every public name of a peer, one a line: peer_names.py {apache,obstore,s3fs}.

Run it by the Python of an environment that has the peer; `just peer-names` does so for all three.
A member comes after its class and a keyword after its function, joined by dots:
`operator.Operator.read.offset`. docs/coming-from.md says of each of them what ours is.
"""

import ast
import enum
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def public(names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if not name.startswith("_")})


def parameters(function: object) -> Iterator[str]:
    """The names that a call may use; what is passed on as `**kwargs` has no names here."""
    try:
        found = inspect.signature(function).parameters.values()  # type: ignore[arg-type]
    except ValueError:
        # Some that Python itself has, such as `truncate` of its files, say nothing.
        return
    for parameter in found:
        if parameter.name not in {"self", "cls"} and parameter.kind not in {
            inspect.Parameter.VAR_KEYWORD,
            inspect.Parameter.VAR_POSITIONAL,
        }:
            yield parameter.name


def apache() -> Iterator[str]:
    """Apache's package says all by itself, but for the options of services: TypedDicts."""
    yield from ("Operator", "AsyncOperator", "__version__")
    modules = "operator file types capability layers exceptions services config options"
    for module in modules.split():
        found = importlib.import_module(f"opendal.{module}")
        yield module
        for name in public(getattr(found, "__all__", dir(found))):
            thing = getattr(found, name)
            path = f"{module}.{name}"
            yield path
            if not isinstance(thing, type) or issubclass(thing, BaseException):
                continue
            if module == "layers" and name != "Layer":
                yield from (f"{path}.{each}" for each in parameters(thing))
            annotated = getattr(thing, "__annotations__", {})
            if issubclass(thing, enum.Enum):
                own = {*vars(thing), "name", "value"}
            else:
                # A TypedDict is a dict, whose methods are not meant.
                own = {*vars(thing)} if issubclass(thing, dict) else {*dir(thing)}
            for member in public({*own, *annotated}):
                yield f"{path}.{member}"
                function = getattr(thing, member, None)
                if callable(function):
                    yield from (f"{path}.{member}.{each}" for each in parameters(function))


def obstore() -> Iterator[str]:
    """Half of obstore's names exist only in its stubs, so these are read, not imported."""
    spec = importlib.util.find_spec("obstore")
    assert spec is not None
    (root,) = map(Path, spec.submodule_search_locations or ())
    pages = {
        path.relative_to(root).with_suffix("").as_posix(): ast.parse(path.read_text())
        for path in sorted([*root.rglob("*.py"), *root.rglob("*.pyi")])
    }
    stubs = {
        node.name: node
        for page, tree in pages.items()
        if page.startswith("_") and not page.startswith("__")
        for node in tree.body
        if isinstance(node, Definition)
    }
    yield from _named(exported(pages["_obstore"]), stubs, "")
    for page, tree in pages.items():
        module = page.removesuffix("/__init__").replace("/", ".")
        if page.startswith("_") or "._" in module or module == "auth":
            continue
        own = {node.name: node for node in tree.body if isinstance(node, Definition)}
        names = exported(tree) or public(own)
        yield module
        yield from _named(names, {**stubs, **own}, f"{module}.")
        if module == "store":
            # The stores of this module have the native ones as their bases.
            for name in names:
                if name in stubs and name in own:
                    yield from _named([name], stubs, f"{module}.")


def exported(tree: ast.Module) -> list[str]:
    """What `__all__` says, or nothing."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return public(ast.literal_eval(node.value))
    return []


def _named(names: Iterable[str], known: dict[str, Definition], prefix: str) -> Iterator[str]:
    for name in names:
        yield prefix + name
        if name in known:
            yield from (f"{prefix}{name}.{each}" for each in members(known[name]))


def members(node: Definition) -> Iterator[str]:
    """The parameters of a function; the members of a class, and the parameters of its methods."""
    if isinstance(node, Function):
        yield from _arguments(node)
        return
    for item in node.body:
        if isinstance(item, ast.AnnAssign):
            yield from public([ast.unparse(item.target)])
        elif isinstance(item, Function) and item.name == "__init__":
            yield from _arguments(item)
        elif isinstance(item, Function) and not item.name.startswith("_"):
            yield item.name
            yield from (f"{item.name}.{each}" for each in _arguments(item))


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return [each.arg for each in named if each.arg not in {"self", "cls"}]


def s3fs() -> Iterator[str]:
    """The classes of s3fs and of fsspec below it, without the keywords of each method."""
    s3fs: Any = importlib.import_module("s3fs")
    spec: Any = importlib.import_module("fsspec.spec")
    callbacks: Any = importlib.import_module("fsspec.callbacks")

    filesystem, file = spec.AbstractFileSystem, spec.AbstractBufferedFile
    classes = (s3fs.S3FileSystem, filesystem, s3fs.S3File, file, callbacks.Callback)
    for cls in classes:
        yield cls.__name__
        yield from (f"{cls.__name__}.{name}" for name in public(dir(cls)))
    yield from (f"S3FileSystem.{name}" for name in parameters(s3fs.S3FileSystem.__init__))
    yield from (f"AbstractFileSystem.open.{name}" for name in parameters(filesystem.open))
    yield from ("S3Map", "add_retryable_error", "set_custom_error_handler")


if __name__ == "__main__":
    peers = {"apache": apache, "obstore": obstore, "s3fs": s3fs}
    print("\n".join(sorted(set(peers[sys.argv[1]]()))))
