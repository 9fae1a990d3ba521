"""A subclass is ordinary Python, and what is made from it stays one."""

import contextlib
import copy
import gc
import multiprocessing
import os
import pickle
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Service
from opendal.exceptions import ConfigInvalid, Error, NotInitialized, Unsupported
from opendal.layers import RetryLayer, TimeoutLayer
from servers import FaultProxy

LAYERS = (TimeoutLayer(timeout=5), RetryLayer(max_times=7))


class Disk(opendal.Operator):
    """What the README promises to work as it stands."""

    made = 0

    def __init__(self, *, root: str | Path) -> None:
        super().__init__("fs", root=root)
        type(self).made += 1
        self.label = "unnamed"

    def shout(self, path: str) -> bytes:
        return self.read(path).upper()


class AsyncDisk(opendal.AsyncOperator):
    twin = Disk

    def __init__(self, *, root: str | Path) -> None:
        super().__init__("fs", root=root)
        self.label = "unnamed"


Disk.twin = AsyncDisk


class SmallDisk(Disk):
    """A class of its own that says nothing of a twin."""


class Slotted(opendal.Operator):
    __slots__ = ("label", "unset")

    def __init__(self, *, root: str | Path) -> None:
        super().__init__("fs", root=root)
        self.label = "unnamed"


class Stateful(opendal.Operator):
    """Says itself what is carried over."""

    def __init__(self, *, root: str | Path) -> None:
        super().__init__("fs", root=root)
        self.label = "unnamed"
        self.handle = object()

    def __getstate__(self) -> dict[str, str]:
        return {"label": self.label}

    def __setstate__(self, state: dict[str, str]) -> None:
        self.__dict__.update(state)
        self.handle = "made anew"


class Forgetful(opendal.Operator):
    def __init__(self) -> None:
        """Does not call super()."""


class Lazy(opendal.AsyncOperator):
    def __init__(self) -> None:
        """Does not call super() either."""


KEPT: dict[str, Callable[[Any], Any]] = {
    "layer": lambda op: op.layer(LAYERS[0]).layer(LAYERS[1]),
    "copy": lambda op: copy.copy(op.layer(LAYERS[0]).layer(LAYERS[1])),
    "deepcopy": lambda op: copy.deepcopy(op.layer(LAYERS[0]).layer(LAYERS[1])),
    "pickle": lambda op: pickle.loads(pickle.dumps(op.layer(LAYERS[0]).layer(LAYERS[1]))),
    "old pickle": lambda op: pickle.loads(
        pickle.dumps(op.layer(LAYERS[0]).layer(LAYERS[1]), protocol=2)
    ),
    "twin and back": lambda op: (
        op.layer(LAYERS[0]).layer(LAYERS[1]).to_async_operator().to_operator()
    ),
}


@pytest.fixture(params=list(KEPT))
def kept(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    """Every way of making one operator of another, in turn."""
    return KEPT[request.param]


def test_a_subclass_works_as_it_stands(tmp_path: Path) -> None:
    op = Disk(root=tmp_path)
    op.write("a", b"hello")
    assert op.shout("a") == b"HELLO"
    assert (tmp_path / "a").read_bytes() == b"hello"
    assert isinstance(op, opendal.Operator)
    assert op.scheme == "fs"
    assert op.root.rstrip("/") == str(tmp_path)


def test_a_subclass_stays_what_it_is(tmp_path: Path, kept: Callable[[Disk], Disk]) -> None:
    op = Disk(root=tmp_path)
    op.label = "mine"
    op.write("a", b"hello")
    before = Disk.made
    made = kept(op)
    assert type(made) is Disk
    assert Disk.made == before  # no __init__ ran again
    assert made.label == "mine"
    assert made.layers == LAYERS
    assert made.shout("a") == b"HELLO"
    assert op.layers == ()


def test_slots_are_carried_over(tmp_path: Path, kept: Callable[[Slotted], Slotted]) -> None:
    if kept is KEPT["twin and back"]:
        pytest.skip("the base class, its twin, has no such slots")
    op = Slotted(root=tmp_path)
    op.label = "mine"
    made = kept(op)
    assert type(made) is Slotted
    assert made.label == "mine"
    assert not hasattr(made, "unset")
    assert not hasattr(made, "__dict__")


@pytest.mark.parametrize("way", ["layer", "copy", "deepcopy", "pickle"])
def test_a_class_may_say_what_is_carried_over(tmp_path: Path, way: str) -> None:
    op = Stateful(root=tmp_path)
    op.label = "mine"
    made = KEPT[way](op)
    assert type(made) is Stateful
    assert (made.label, made.handle) == ("mine", "made anew")


def test_the_twin_is_its_own_class(tmp_path: Path) -> None:
    op = Disk(root=tmp_path)
    op.label = "mine"
    twin = op.layer(LAYERS[0]).to_async_operator()
    assert type(twin) is AsyncDisk
    assert twin.label == "mine"
    assert twin.layers == LAYERS[:1]
    assert type(twin.to_operator()) is Disk


def test_the_nearest_ancestor_names_the_twin(tmp_path: Path) -> None:
    assert type(SmallDisk(root=tmp_path).to_async_operator()) is AsyncDisk


@pytest.mark.parametrize("of", [Stateful, Slotted], ids=lambda each: each.__name__)
def test_a_class_without_a_twin_gives_the_base(
    tmp_path: Path, of: type[Stateful] | type[Slotted]
) -> None:
    twin = of(root=tmp_path).layer(LAYERS[0]).to_async_operator()
    assert type(twin) is opendal.AsyncOperator
    assert twin.layers == LAYERS[:1]
    back = twin.to_operator()
    back.write("a", b"1")
    assert (tmp_path / "a").read_bytes() == b"1"


def test_classmethods_give_the_class(tmp_path: Path) -> None:
    for op in (
        Disk.from_uri(f"fs://{tmp_path}"),
        Disk.from_config({"scheme": "fs", "root": tmp_path}),
    ):
        assert type(op) is Disk
        op.write("a", b"hello")
        assert (tmp_path / "a").read_bytes() == b"hello"


def test_typed_classes_take_their_own_scheme_only(tmp_path: Path) -> None:
    class Typed(Disk):
        schemes = ("fs",)

    assert type(Typed.from_uri(f"fs://{tmp_path}")) is Typed
    with pytest.raises(ConfigInvalid, match="fs"):
        Typed.from_uri("memory://")
    with pytest.raises(ConfigInvalid, match="fs"):
        Typed.from_config({"scheme": "memory"})


def test_several_bases(tmp_path: Path) -> None:
    class Named:
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.given_name = "x"

    class Both(Named, opendal.Operator):
        def __init__(self, root: Path, *, extra: int = 0) -> None:
            super().__init__("fs", root=root)
            self.extra = extra

    op = Both(tmp_path, extra=5).layer(LAYERS[0])
    assert (type(op), op.given_name, op.extra) == (Both, "x", 5)


@pytest.mark.parametrize("make", [Forgetful, Lazy, lambda: Disk.__new__(Disk)])
def test_an_object_whose_init_never_ran_says_so(make: Callable[[], Any]) -> None:
    op = make()
    for call in (
        lambda: op.read("a"),
        lambda: op.scheme,
        lambda: op.layer(LAYERS[0]),
        lambda: op.exists("a"),
        lambda: pickle.dumps(op),
        lambda: copy.copy(op),
        lambda: hash(op),
    ):
        with pytest.raises(RuntimeError, match="__init__") as caught:
            call()
        assert isinstance(caught.value, NotInitialized)
    assert type(op).__name__ in repr(op)
    assert op != Disk


def test_init_twice_is_refused_or_harmless(tmp_path: Path) -> None:
    op = opendal.Operator("fs", root=tmp_path)
    op.write("a", b"1")
    with contextlib.suppress(Error):
        op.__init__("memory")  # type: ignore[misc]
    assert op.scheme == "fs"
    assert op.read("a") == b"1"


def test_subclasses_can_be_referred_to_weakly_and_collected(tmp_path: Path) -> None:
    op = Disk(root=tmp_path)
    op.me = op  # type: ignore[attr-defined]
    seen = weakref.ref(op)
    del op
    gc.collect()
    assert seen() is None


def test_operators_compare_by_what_they_are(tmp_path: Path, kind: type[opendal.Operator]) -> None:
    op = kind("fs", root=tmp_path)
    same = kind("fs", root=str(tmp_path))
    assert op == same
    assert hash(op) == hash(same)
    assert op == copy.copy(op) == pickle.loads(pickle.dumps(op))
    assert op != kind("fs", root=tmp_path / "x")
    assert op != op.layer(LAYERS[0])
    assert kind("memory") != kind("memory")
    assert op != "text"
    assert op != kind.twin("fs", root=tmp_path)


async def test_operators_are_context_managers(tmp_path: Path) -> None:
    with Disk(root=tmp_path) as op:
        assert type(op) is Disk
        op.write("a", b"1")
    assert op.read("a") == b"1"
    async with AsyncDisk(root=tmp_path) as other:
        assert type(other) is AsyncDisk
        assert await other.read("a") == b"1"


def test_a_repr_tells_the_class(tmp_path: Path) -> None:
    assert repr(Disk(root=tmp_path)).startswith("Disk(")
    assert f'root="{tmp_path}' in repr(Disk(root=tmp_path)).replace("'", '"')


# The classes of the service wheels


def typed(service: Service, kind: type[opendal.Operator]) -> Any:
    """An operator of the wheel's class for that service."""
    found = kind.from_config({"scheme": service.scheme, **service.config})
    assert type(found) is not kind
    return found


@pytest.mark.parametrize("name", ["fs", "s3"])
def test_typed_operators_stay_typed(
    name: str, kind: type[opendal.Operator], s3_rclone: Service, tmp_path: Path
) -> None:
    pytest.importorskip(f"opendal_{name}_service")
    op = typed(s3_rclone if name == "s3" else Service("fs", {"root": tmp_path}), kind)
    layered = op.layer(LAYERS[0]).layer(LAYERS[1])
    assert isinstance(layered, kind)
    for made in (layered, *(KEPT[way](op) for way in ("copy", "deepcopy", "pickle"))):
        assert type(made) is type(op)
        assert made.layers == LAYERS
        assert made == layered
        assert repr(made).startswith(type(op).__name__)
    twin = layered.to_async_operator() if kind is opendal.Operator else layered.to_operator()
    assert type(twin).__module__ == type(op).__module__
    assert type(twin) is not type(op)
    assert twin.layers == LAYERS


def test_a_typed_operator_still_retries_after_a_pickle(
    s3_proxied: Service, proxy: FaultProxy
) -> None:
    pytest.importorskip("opendal_s3_service")
    op = typed(s3_proxied, opendal.Operator).layer(RetryLayer(min_delay=0.001))
    made = pickle.loads(pickle.dumps(op))
    proxy.fail(times=2)
    made.write("a", b"1")
    assert made.layers[0].retries == 2


# Other processes


def read_elsewhere(op: opendal.Operator) -> tuple[str, str, tuple[Any, ...], bytes]:
    """Runs in a spawned process."""
    data = op.read("a")
    op.write("b", b"from elsewhere")
    return type(op).__name__, getattr(op, "label", ""), op.layers, data


def test_a_pickle_works_in_a_spawned_process(tmp_path: Path, s3_rclone: Service) -> None:
    disk = Disk(root=tmp_path)
    disk.label = "mine"
    bucket = s3_rclone.make(opendal.Operator)
    ops: list[opendal.Operator] = [op.layer(LAYERS[0]).layer(LAYERS[1]) for op in (disk, bucket)]
    for op in ops:
        op.write("a", b"hello")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        answers = pool.map(read_elsewhere, ops)
    assert answers == [
        ("Disk", "mine", LAYERS, b"hello"),
        (type(bucket).__name__, "", LAYERS, b"hello"),
    ]
    assert [op.read("b") for op in ops] == [b"from elsewhere"] * 2


def test_a_memory_pickle_finds_its_store(kind: type[opendal.Operator]) -> None:
    op = opendal.Operator("memory")
    op.write("a", b"1")
    assert pickle.loads(pickle.dumps(op)).read("a") == b"1"
    assert copy.deepcopy(op.to_async_operator()).to_operator().read("a") == b"1"
    assert kind("memory") != op


def test_a_memory_pickle_raises_elsewhere() -> None:
    op = opendal.Operator("memory")
    program = (
        "import pickle, sys, opendal\n"
        "try: pickle.loads(sys.stdin.buffer.read())\n"
        "except opendal.exceptions.Error as error:\n"
        "    print(type(error).__name__, str(error).count('\\n'), 'memory' in str(error))\n"
    )
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    child = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps(op),
        capture_output=True,
        env=environment,
        check=False,
    )
    name, lines, names_memory = child.stdout.decode().split()
    assert issubclass(getattr(opendal.exceptions, name), Error)
    assert (lines, names_memory) == ("0", "True")


def test_the_reduce_value_has_the_shape_that_apache_has(tmp_path: Path) -> None:
    op = opendal.Operator("fs", root=tmp_path)
    rebuild, arguments = op.__reduce__()  # type: ignore[misc]
    assert callable(rebuild)
    assert arguments[0] == "fs"
    assert arguments[1]["root"] == str(tmp_path)


def test_unsupported_is_not_hidden_by_a_subclass() -> None:
    class Wrong(opendal.Operator):
        def __init__(self) -> None:
            super().__init__("no-such-scheme")

    with pytest.raises(Unsupported):
        Wrong()
