"""The stubs and the built module say the same, and say it of everything that is public."""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import opendal
import pytest
from opendal import options

STUBS = Path(__file__).parents[1] / "stubs" / "opendal" / "_core"
# Known to every type checker without being installed; see the comment in the stubs.
CHECKERS_ONLY = {"typing_extensions"}


def module_name(stub: Path) -> str:
    return "opendal._core" if stub.stem == "__init__" else f"opendal._core.{stub.stem}"


TREES = {module_name(stub): ast.parse(stub.read_text()) for stub in sorted(STUBS.glob("*.pyi"))}


def definitions(node, path=()):
    """All classes, methods and properties below a node, with the names that lead to them."""
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield (*path, child.name), child
            if isinstance(child, ast.ClassDef):
                yield from definitions(child, (*path, child.name))


DEFINITIONS = {
    f"{module}.{'.'.join(path)}": (module, path, node)
    for module, tree in TREES.items()
    for path, node in definitions(tree)
}
DOCUMENTED = {
    name: value for name, value in DEFINITIONS.items() if not value[1][-1].startswith("__")
}
FUNCTIONS = {
    name: value for name, value in DOCUMENTED.items() if not isinstance(value[2], ast.ClassDef)
}
CLASSES = {name: value for name, value in DEFINITIONS.items() if isinstance(value[2], ast.ClassDef)}


def built(module, path):
    """The object at run time; a method or property as its class has it, not as it inherits it."""
    found = importlib.import_module(module)
    for name in path[:-1]:
        found = getattr(found, name)
    return vars(found)[path[-1]] if len(path) > 1 else getattr(found, path[-1])


def section(doc, title):
    """The names that a section of a docstring explains."""
    names, here = [], False
    entry = ""
    for line in [*doc.splitlines(), "End:"]:
        if line and not line.startswith(" "):
            here = line == f"{title}:"
        elif here:
            text = line.removeprefix("    ")
            # Deeper lines go on with the entry above them.
            entry = f"{entry} {text.strip()}" if text.startswith(" ") else text
            head, colon, _ = entry.partition(": ")
            if colon:
                names += [name.strip().lstrip("*") for name in head.split(",")]
                entry = ""
    return names


@pytest.mark.parametrize("module", TREES)
def test_a_module_says_the_same_as_its_stub(module):
    found = importlib.import_module(module)
    assert inspect.getdoc(found) == ast.get_docstring(TREES[module])


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_built_docstring_is_that_of_the_stub(name):
    module, path, node = DOCUMENTED[name]
    assert ast.get_docstring(node), "no docstring in the stub"
    assert inspect.getdoc(built(module, path)) == ast.get_docstring(node)


@pytest.mark.parametrize("name", CLASSES)
def test_every_native_member_is_in_the_stub(name):
    module, path, node = CLASSES[name]
    annotated = {item.target.id for item in node.body if isinstance(item, ast.AnnAssign)}
    stubbed = annotated | {item.name for item in node.body if hasattr(item, "name")}
    native = {member for member in vars(built(module, path)) if not member.startswith("_")}
    assert native == {member for member in stubbed if not member.startswith("_")}


@pytest.mark.parametrize("module", TREES)
def test_every_native_name_is_in_the_stub(module):
    (exported,) = (
        ast.literal_eval(item.value)
        for item in TREES[module].body
        if isinstance(item, ast.Assign) and item.targets[0].id == "__all__"
    )
    found = importlib.import_module(module)
    public = {name for name in dir(found) if not name.startswith("_")}
    assert set(exported) == set(found.__all__)
    assert public == {name for name in exported if not name.startswith("_")}


@pytest.mark.parametrize("module", TREES)
def test_what_a_stub_imports_can_be_imported(module):
    for item in ast.walk(TREES[module]):
        if isinstance(item, ast.ImportFrom) and item.module not in CHECKERS_ONLY:
            source = importlib.import_module(f"{module}" if item.level else item.module)
            for alias in item.names:
                assert hasattr(source, alias.name), f"{source.__name__}.{alias.name}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arguments_and_keywords_are_explained(name):
    node = FUNCTIONS[name][2]
    doc = ast.get_docstring(node)
    arguments = [*node.args.args, *node.args.kwonlyargs]
    arguments = [arg.arg for arg in arguments if arg.arg not in ("self", "cls")]
    rest = node.args.kwarg
    keywords = []
    if rest and rest.arg == "options":
        keywords = getattr(options, rest.annotation.slice.id).__annotations__
    elif rest:
        arguments.append(rest.arg)
    if "event loops only" not in doc and arguments:
        assert section(doc, "Args") == arguments
    assert set(section(doc, "Keywords")) == set(keywords)


def test_twins_have_the_same_members_and_signatures():
    # These take asynchronous sources on the asynchronous operator only.
    wider = {"write", "delete_many"}

    def shape(name):
        node = CLASSES[f"opendal._core.operator.{name}"][2]
        return {
            item.name: [arg.arg for arg in item.args.args]
            if item.name in wider
            else ast.dump(item.args)
            for item in node.body
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
            and item.name not in {"to_operator", "to_async_operator"}
            and not item.name.startswith("__")
        }

    assert shape("Operator") == shape("AsyncOperator")


@pytest.mark.parametrize("module", ["capability", "file", "layers", "operator", "types"])
def test_classes_report_their_public_module(module):
    public = importlib.import_module(f"opendal.{module}")
    native = importlib.import_module(f"opendal._core.{module}")
    for name in native.__all__:
        cls = getattr(native, name)
        assert cls.__module__ in {f"opendal.{module}", f"opendal._core.{module}"}
        if cls.__module__ == f"opendal.{module}":
            assert getattr(public, name) is cls
            assert name in public.__all__


MODULES = [name for name in opendal.__all__ if inspect.ismodule(getattr(opendal, name))]


@pytest.mark.parametrize("name", MODULES)
def test_modules_can_be_reached_and_imported(name):
    module = getattr(opendal, name)
    assert module is importlib.import_module(f"opendal.{name}")
    for exported in module.__all__:
        assert getattr(module, exported) is not None
        assert exported in dir(module)


def test_an_unknown_name_is_an_attribute_error():
    for module in (opendal, opendal.types):
        with pytest.raises(AttributeError, match="Bogus"):
            _ = module.Bogus


def test_importing_is_light():
    """`typing` alone costs several times what our own modules do."""
    code = (
        "import sys; before = set(sys.modules); import opendal;"
        "print(sorted({name.split('.')[0] for name in set(sys.modules) - before}));"
        "print(sorted(name for name in sys.modules if name.startswith('opendal.')))"
    )
    command = [sys.executable, "-I", "-S", "-c"]
    paths = f"import sys; sys.path += {[path for path in sys.path if path]!r};"
    output = subprocess.run(
        [*command, paths + code], capture_output=True, text=True, check=True
    ).stdout
    packages, modules = map(ast.literal_eval, output.splitlines())
    assert not {"typing", "datetime", "importlib", "asyncio", "pathlib"} & set(packages)
    for late in ("config", "exceptions", "options", "services"):
        assert f"opendal.{late}" not in modules
