"""Service wheels give typed classes, and are found without being asked for."""

import copy
import importlib
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Kind, Service
from opendal.exceptions import ConfigInvalid, InvalidArgument
from opendal.layers import RetryLayer

WHEELS = {"fs": "Fs", "s3": "S3"}
OPTIONS: dict[str, dict[str, Any]] = {"fs": {"root": "/tmp"}, "s3": {"bucket": "b", "region": "x"}}


@pytest.fixture(params=list(WHEELS))
def scheme(request: pytest.FixtureRequest) -> str:
    """Every service that has a wheel here, in turn."""
    name: str = request.param
    pytest.importorskip(f"opendal_{name}_service")
    return name


def typed(scheme: str, kind: type[Kind]) -> type[Any]:
    """The wheel's class of that kind."""
    module = importlib.import_module(f"opendal_{scheme}_service")
    middle = "Async" if kind is opendal.AsyncOperator else ""
    found: type[Any] = getattr(module, f"{WHEELS[scheme]}{middle}Operator")
    return found


def test_a_wheel_has_its_names(scheme: str) -> None:
    module = importlib.import_module(f"opendal_{scheme}_service")
    name = WHEELS[scheme]
    sync, other = typed(scheme, opendal.Operator), typed(scheme, opendal.AsyncOperator)
    assert getattr(module, f"{name}PyOperator") is sync
    assert getattr(module, f"{name}PyAsyncOperator") is other
    assert issubclass(sync, opendal.Operator)
    assert issubclass(other, opendal.AsyncOperator)
    assert module.SERVICE.operator is sync
    assert module.SERVICE.async_operator is other
    assert scheme in module.SERVICE.schemes
    assert scheme in sync.schemes


def test_the_package_has_it_too(scheme: str) -> None:
    module = importlib.import_module(f"opendal.services.{scheme}")
    name = f"{WHEELS[scheme]}Operator"
    assert getattr(module, name) is typed(scheme, opendal.Operator)
    assert getattr(opendal.services, scheme) is module


def test_the_base_gives_the_typed_class(scheme: str, kind: type[opendal.Operator]) -> None:
    options = OPTIONS[scheme]
    uri = {"fs": "fs:///tmp", "s3": "s3://b/?region=x"}[scheme]
    assert type(kind.from_uri(uri)) is typed(scheme, kind)
    assert type(kind.from_config({"scheme": scheme, **options})) is typed(scheme, kind)
    assert type(kind(scheme, **options)) is kind


def test_a_typed_class_stays_typed(scheme: str, kind: type[opendal.Operator]) -> None:
    layer = RetryLayer(max_times=7)
    op = typed(scheme, kind)(**OPTIONS[scheme]).layer(layer)
    for made in (op, copy.copy(op), copy.deepcopy(op), pickle.loads(pickle.dumps(op))):
        assert type(made) is typed(scheme, kind)
        assert made.layers == (layer,)
        assert made == op
        assert repr(made).startswith(typed(scheme, kind).__name__)


def test_twins_belong_together(scheme: str) -> None:
    sync, other = typed(scheme, opendal.Operator), typed(scheme, opendal.AsyncOperator)
    op = sync(**OPTIONS[scheme]).layer(RetryLayer())
    twin = op.to_async_operator()
    assert type(twin) is other
    assert type(twin.to_operator()) is sync
    assert twin.layers == op.layers


def test_another_scheme_is_refused(scheme: str, kind: type[opendal.Operator]) -> None:
    with pytest.raises(ConfigInvalid, match=scheme):
        typed(scheme, kind).from_uri("memory://")


def test_an_unknown_keyword_is_a_type_error(scheme: str, kind: type[opendal.Operator]) -> None:
    with pytest.raises(TypeError, match="rot"):
        typed(scheme, kind)(**OPTIONS[scheme], rot="/")
    with pytest.raises(TypeError):
        typed(scheme, kind)("/tmp")


def test_a_typed_class_works(s3_rclone: Service, tmp_path: Path) -> None:
    fs = typed("fs", opendal.Operator)(root=tmp_path)
    s3 = typed("s3", opendal.Operator)(**s3_rclone.config)
    for op in (fs, s3):
        op.write("dir/a", b"1")
        assert op.read("dir/a") == b"1"


def test_real_types_are_converted() -> None:
    s3 = typed("s3", opendal.Operator)
    s3(
        bucket="b",
        region="x",
        root=Path("/some/where"),
        disable_config_load=True,
        assume_role_duration_seconds=900,
        assume_role_session_tags={"team": "a"},
    )
    for wrong in ({"disable_config_load": 5}, {"bucket": object()}, {"root": b"/"}):
        with pytest.raises((InvalidArgument, ConfigInvalid), match=next(iter(wrong))):
            s3(**{"bucket": "b", "region": "x", **wrong})


# In processes of their own, since what was found is remembered


def run(program: str, path: Path) -> str:
    child = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(path), "PYTHONWARNINGS": "always"},
    )
    assert child.returncode == 0, child.stderr
    return child.stdout + child.stderr


def announce(path: Path, entry: str) -> None:
    """A wheel's metadata with that entry point."""
    info = path / "third_party-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: third-party\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[opendal.services]\n{entry}\n")


@pytest.mark.parametrize("name", ["fs", "s3"])
def test_a_missing_wheel_names_its_extra(name: str, tmp_path: Path) -> None:
    program = f"""
import sys
sys.modules["opendal_{name}_service"] = None
try:
    import opendal.services.{name}
except ImportError as error:
    print(error)
"""
    assert f"pip install opendal[{name}]" in run(program, tmp_path).replace("'", "")


def test_a_wheel_of_somebody_else_is_found(tmp_path: Path) -> None:
    (tmp_path / "third_party.py").write_text("""
import opendal
from opendal.services import Service
class Theirs(opendal.Operator):
    schemes = ("memory",)
class TheirsAsync(opendal.AsyncOperator):
    schemes = ("memory",)
    twin = Theirs
Theirs.twin = TheirsAsync
SERVICE = Service(operator=Theirs, async_operator=TheirsAsync, schemes=("memory",))
""")
    announce(tmp_path, "memory = third_party:SERVICE")
    program = """
import opendal
op = opendal.Operator.from_uri("memory://")
print(type(op).__name__, type(op.to_async_operator()).__name__)
"""
    assert "Theirs TheirsAsync" in run(program, tmp_path)


@pytest.mark.parametrize("module", [None, "1 / 0", "SERVICE = 5"])
def test_a_broken_wheel_breaks_nothing(tmp_path: Path, module: str | None) -> None:
    if module is not None:
        (tmp_path / "third_party.py").write_text(module)
    announce(tmp_path, "memory = third_party:SERVICE")
    program = """
import opendal
op = opendal.Operator.from_uri("memory://")
op.write("a", b"1")
print(type(op).__name__, op.read("a"))
"""
    said = run(program, tmp_path)
    assert "Operator b'1'" in said
    assert "third-party" in said
