"""Every example in the docstrings of the package runs, natural as it is, on a prepared operator.

An example may use `op`, on which the objects are that it names, every public name of `opendal`, and
what `AROUND` has. Where it signs, `op` is on S3; `Operator("s3", ...)` in an example is on rclone.
"""

import ast
import asyncio
import hashlib
import importlib
import inspect
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import opendal
import opendal_fs_service
import opendal_s3_service
import pytest
from servers import RcloneServer

ROOT = Path(__file__).parents[1]
SOURCES = [
    *sorted((ROOT / "stubs" / "opendal" / "_core").glob("*.pyi")),
    *sorted((ROOT / "python" / "opendal").glob("*.py")),
    *sorted((ROOT / "python" / "opendal" / "services").glob("*.py")),
]
MODULES = "operator file types capability layers exceptions options config services"
# What the examples find, besides every file that they name with an extension: `film.mp4`.
OBJECTS = {
    "logs/today": b"a line of a log\n" * 100,
    "logs/2024/yesterday": b"another\n",
    "part-1": b"one",
    "part-2": b"two",
}
FILE = re.compile(r"[\"']([\w/-]+\.\w+)[\"']")
AROUND = {
    "asyncio": asyncio,
    "hashlib": hashlib,
    "opendal": opendal,
    "timedelta": timedelta,
    "Path": Path,
    "pyarrow": importlib.import_module("pyarrow"),
}
BUCKET = "photos"
# As many as there are without a word.
CONNECTIONS = 128


def examples() -> Iterator[tuple[str, str]]:
    """The name of everything that has an example in its docstring, with the example."""
    for source in SOURCES:
        tree = ast.parse(source.read_text())
        yield from _examples(tree, source.stem)


def _examples(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, name: str
) -> Iterator[tuple[str, str]]:
    _, marked, rest = (ast.get_docstring(node) or "").partition("Example:\n")
    if marked:
        yield name, inspect.cleandoc("\n" + rest)
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _examples(child, f"{name}.{child.name}")


EXAMPLES = dict(examples())


@pytest.fixture(scope="module")
def bucket(rclone: RcloneServer) -> str:
    """The bucket that the examples name."""
    rclone.create_bucket(BUCKET)
    return BUCKET


def public_names() -> dict[str, Any]:
    names: dict[str, Any] = {}
    modules = [importlib.import_module(f"opendal.{name}") for name in MODULES.split()]
    for module in [*modules, opendal_fs_service, opendal_s3_service]:
        names |= {name: getattr(module, name) for name in module.__all__}
    return names


def prepared(example: str) -> opendal.Operator:
    """An operator with the objects, on a service that can do what the example shows."""
    if "presign" in example:
        op = opendal.Operator("s3", bucket=BUCKET, region="eu-west-1")
    else:
        op = opendal.Operator("memory", versions=True)
    for path, data in found_by(example).items():
        op.write(path, data)
    return op


def found_by(example: str) -> dict[str, bytes]:
    return dict.fromkeys(FILE.findall(example), bytes(100_000)) | OBJECTS


async def run(example: str, name: str, names: dict[str, Any]) -> None:
    code = compile(example, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if code.co_flags & inspect.CO_COROUTINE:
        await eval(code, names)
    else:
        # Synchronous programs have no event loop.
        await asyncio.to_thread(exec, code, names)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 30


@pytest.mark.parametrize("name", list(EXAMPLES))
async def test_an_example_runs(
    name: str,
    tmp_path: Path,
    rclone: RcloneServer,
    bucket: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", rclone.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", rclone.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", rclone.secret_key)
    example = EXAMPLES[name]
    whole = opendal.Operator("s3", bucket=bucket, region="eu-west-1")
    await asyncio.to_thread(whole.write, "2024/cat.jpg", b"meow")
    op: Any = await asyncio.to_thread(prepared, example)
    if "await " in example or "async " in example or "Async" in name:
        op = op.to_async_operator()
    for path, data in found_by(example).items():
        # Files of the same names are there for what moves them.
        Path(path).parent.mkdir(exist_ok=True, parents=True)
        Path(path).write_bytes(data)
    try:
        await run(example, name, {**AROUND, **public_names(), "op": op})
    finally:
        # What an example sets for the whole process.
        opendal.configure(connections=CONNECTIONS)
