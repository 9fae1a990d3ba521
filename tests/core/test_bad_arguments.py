"""Arguments that nobody should give, everywhere: a typed error in one line, and nothing done.

Each value knows what it is good for; for everything else it must be refused before anything is
sent. S3 is a port that refuses connections, so what was sent after all shows as an error of its
own.
"""

import array
import contextlib
import copy
import inspect
import itertools
import operator
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from opendal import layers
from opendal.exceptions import ConnectionFailed, Error, InvalidArgument, Unsupported
from opendal.services import fs, s3

# What is worth reading in a message fits in this.
LONGEST_MESSAGE = 2000


class BoomError(Exception):
    """What the objects below raise: it is the caller's own, and may come through."""


def boom(*_: object, **__: object) -> Any:
    raise BoomError


class Raising:
    """Every way in ends in an exception."""

    __index__ = __int__ = __float__ = __bool__ = __len__ = __iter__ = __getitem__ = boom
    __fspath__ = __str__ = __bytes__ = __buffer__ = __contains__ = __call__ = keys = items = boom
    value = timestamp = property(boom)


# ruff: noqa: PLE0303, PLE0305, PLE0307
class Nonsense:
    """Every way in gives something of a wrong type."""

    __slots__ = ()
    value = 5

    def __index__(self) -> Any:
        return "x"

    def __fspath__(self) -> Any:
        return 5

    def __str__(self) -> Any:
        return 5

    def __len__(self) -> Any:
        return -1

    def __iter__(self) -> Any:
        return 5

    def __buffer__(self, flags: int) -> Any:
        return 5

    def keys(self) -> Any:
        return 5

    def items(self) -> Any:
        return [1]


class HugeIndex:
    def __index__(self) -> int:
        return 10**40


class Seven:
    def __index__(self) -> int:
        return 7


class SpyPath:
    def __fspath__(self) -> str:
        return "a/../../b"


class BytesPath:
    def __fspath__(self) -> bytes:
        return b"a"


class Text(str):
    __slots__ = ()
    __str__ = __repr__ = __hash__ = boom  # type: ignore[assignment]


class Number(int):
    __index__ = __lt__ = __int__ = __float__ = __str__ = __repr__ = boom


class Fraction(float):
    __float__ = __int__ = __str__ = __repr__ = boom


class Items(Mapping[str, str]):
    """A mapping whose `items` are what it is told."""

    def __init__(self, items: Any) -> None:
        self._items = items

    def __getitem__(self, key: str) -> str:
        return boom()

    def __iter__(self) -> Iterator[str]:
        return boom()

    def __len__(self) -> int:
        return 2**62

    def items(self) -> Any:
        return self._items() if callable(self._items) else self._items


class Zone(tzinfo):
    def utcoffset(self, _: datetime | None) -> Any:
        return boom()


class WrongZone(tzinfo):
    def utcoffset(self, _: datetime | None) -> Any:
        return timedelta(days=5)


class Moment(datetime):
    __slots__ = ()
    timestamp = boom  # type: ignore[assignment]


def released() -> memoryview:
    view = memoryview(b"abc")
    view.release()
    return view


EVERYTHING = {"name", "header", "count", "positive", "workers", "flag", "moment", "pairs"}
# Name, value, and what it is good for; "maybe" says that it may be for all.
VALUES: dict[str, tuple[Any, set[str]]] = {
    "None": (None, EVERYTHING),
    "True": (True, {"flag"}),
    "False": (False, {"flag"}),
    "0": (0, {"count"}),
    "1": (1, {"count", "positive", "workers"}),
    "-1": (-1, set()),
    "1025": (1025, {"count", "positive"}),
    "2**31": (2**31, {"count", "positive"}),
    "2**63": (2**63, {"count", "positive"}),
    "2**64-1": (2**64 - 1, {"count", "positive"}),
    "2**64": (2**64, set()),
    "-2**63-1": (-(2**63) - 1, set()),
    "10**40": (10**40, set()),
    "-10**40": (-(10**40), set()),
    # More digits than Python prints.
    "10**5000": (10**5000, set()),
    "1.0": (1.0, set()),
    "nan": (float("nan"), set()),
    "inf": (float("inf"), set()),
    "-inf": (float("-inf"), set()),
    "1j": (1j, set()),
    "float that raises": (Fraction(1.5), set()),
    "int that raises": (Number(1), set()),
    "index": (Seven(), {"count", "positive", "workers"}),
    "huge index": (HugeIndex(), set()),
    "naive": (datetime(2024, 1, 1), set()),
    "naive max": (datetime.max, set()),
    "naive min": (datetime.min, set()),
    "aware": (datetime(2024, 1, 1, tzinfo=UTC), {"moment"}),
    "aware max": (datetime.max.replace(tzinfo=UTC), {"moment"}),
    "aware min": (datetime.min.replace(tzinfo=UTC), {"moment"}),
    "beyond max": (datetime.max.replace(tzinfo=timezone(timedelta(hours=-23))), {"moment"}),
    "beyond min": (datetime.min.replace(tzinfo=timezone(timedelta(hours=23))), {"moment"}),
    "zone that raises": (datetime(2024, 1, 1, tzinfo=Zone()), set()),
    "zone of five days": (datetime(2024, 1, 1, tzinfo=WrongZone()), set()),
    "moment that raises": (Moment(2024, 1, 1, tzinfo=UTC), set()),
    "date": (datetime(2024, 1, 1, tzinfo=UTC).date(), set()),
    "timedelta": (timedelta(seconds=1), set()),
    "timedelta max": (timedelta.max, set()),
    "timedelta min": (timedelta.min, set()),
    "empty": ("", {"name", "header"}),
    "text": ("text", {"name", "header"}),
    "number as text": ("5", {"name", "header"}),
    "str that raises": (Text("text"), {"name", "header"}),
    "not ASCII": ("smörgåsbord \U0001f600", {"name", "header"}),
    "surrogate": ("a\udcff", set()),
    "lone surrogates": ("\ud800\udfff", set()),
    "line break": ("a\r\nSet-Cookie: b=c", {"name"}),
    "NUL": ("a\0b", {"name"}),
    "escape": ("\x1b[31m", {"name"}),
    "70,000": ("h" * 70_000, set()),
    "bytes": (b"text", set()),
    "empty bytes": (b"", set()),
    "bytearray": (bytearray(b"text"), set()),
    "every second byte": (memoryview(b"abcdef")[::2], set()),
    "backwards": (memoryview(b"abcdef")[::-1], set()),
    "released": (released(), set()),
    "array of float": (array.array("d", [1.0, 2.0]), set()),
    "list": ([1, 2], set()),
    "list of text": (["a", "b"], set()),
    "tuple": ((), set()),
    "set": ({1}, set()),
    "range": (range(3), set()),
    "generator": ((each for each in ()), set()),
    "dict": ({"a": "b"}, {"pairs"}),
    "empty dict": ({}, {"pairs"}),
    "dict of int": ({1: 2}, set()),
    "dict of bytes": ({b"a": b"b"}, set()),
    "dict of None": ({"a": None}, set()),
    "dict of line breaks": ({"a": "b\r\nc: d"}, set()),
    "dict of bad names": ({"a b": "c"}, set()),
    "dict of no name": ({"": "c"}, set()),
    "dict of surrogates": ({"a": "\ud800"}, set()),
    "dict of 70 KB": ({"a": "b" * 70_000}, set()),
    "dict of many": ({f"name{i}": "b" for i in range(20_000)}, set()),
    "mapping": (Items([("a", "b")]), {"pairs"}),
    "mapping that raises": (Items(boom), set()),
    "mapping of one": (Items([("a",)]), set()),
    "mapping of nothing": (Items(5), set()),
    "raising": (Raising(), set()),
    "nonsense": (Nonsense(), set()),
    "path that leads out": (SpyPath(), set()),
    "path of bytes": (BytesPath(), set()),
    "path": (Path("text"), set()),
    "class": (int, set()),
    "function": (len, set()),
    "object": (object(), set()),
    "Ellipsis": (..., set()),
    "exception": (ValueError("x"), set()),
}

READ = {
    **dict.fromkeys(["version", "if_match", "if_none_match"], "header"),
    **dict.fromkeys(["content_type", "cache_control", "content_disposition"], "header"),
    **dict.fromkeys(["if_modified_since", "if_unmodified_since"], "moment"),
    **dict.fromkeys(["offset", "size", "gap", "prefetch"], "count"),
    "chunk": "positive",
    "concurrent": "workers",
}
RANGE = {"offset", "size", "gap", "prefetch", "chunk", "concurrent"}
STAT = {key: kind for key, kind in READ.items() if key not in RANGE}
STORED = {
    **dict.fromkeys(["if_match", "if_none_match", "content_type", "cache_control"], "header"),
    **dict.fromkeys(["content_disposition", "content_encoding"], "header"),
    "if_not_exists": "flag",
    "user_metadata": "pairs",
}
WRITE = {**STORED, "append": "flag", "chunk": "positive", "concurrent": "workers"}
SCAN = {"limit": "positive", "start_after": "name", "versions": "flag", "deleted": "flag"}
LIST = {**SCAN, "recursive": "flag"}
DELETE = {"version": "header", "recursive": "flag", "if_match": "header"}
COPY = {
    "if_not_exists": "flag",
    "if_match": "header",
    "source_version": "header",
    "concurrent": "workers",
    "chunk": "positive",
}


async def opened(ops: Calls, path: str, mode: str, **options: Any) -> Any:
    async with await ops.open(path, mode, **options) as file:
        return await (file.read() if mode == "rb" else file.write(b"x"))


# Each operation with keywords, and what these are. What is written goes to "new".
Operation = Callable[..., Any]
OPERATIONS: dict[str, tuple[Operation, dict[str, str]]] = {
    "read": (lambda ops, **options: ops.read("a", **options), READ),
    "open to read": (lambda ops, **options: opened(ops, "a", "rb", **options), READ),
    "stat": (lambda ops, **options: ops.stat("a", **options), STAT),
    "write": (lambda ops, **options: ops.write("new", b"x", **options), WRITE),
    "open to write": (lambda ops, **options: opened(ops, "new", "wb", **options), WRITE),
    "list": (lambda ops, **options: ops.entries("", **options), LIST),
    "scan": (lambda ops, **options: ops.entries("", call="scan", **options), SCAN),
    "delete": (lambda ops, **options: ops.delete("new", **options), DELETE),
    "copy": (lambda ops, **options: ops.copy("a", "new", **options), COPY),
    "rename": (
        lambda ops, **options: ops.rename("absent", "new", **options),
        {"if_not_exists": "flag"},
    ),
    "presign_read": (lambda ops, **options: ops.presign_read("a", 60, **options), READ),
    "presign_stat": (lambda ops, **options: ops.presign_stat("a", 60, **options), STAT),
    "presign_write": (lambda ops, **options: ops.presign_write("a", 60, **options), STORED),
    "presign_delete": (
        lambda ops, **options: ops.presign_delete("a", 60, **options),
        {"version": "header"},
    ),
}


async def outcome(call: Callable[..., Any], /, *args: Any, **options: Any) -> Any:
    """What a call gives or raises; what it may not raise ends the test."""
    try:
        answer = call(*args, **options)
        return await answer if inspect.isawaitable(answer) else answer
    except BoomError as error:
        return error
    except (Error, TypeError, ValueError) as error:
        said = str(error)
        assert len(said.splitlines()) == 1, said[:LONGEST_MESSAGE]
        assert len(said) < LONGEST_MESSAGE, said[:LONGEST_MESSAGE]
        assert "fault inside opendal" not in said
        return error


@pytest.fixture(params=["memory", "fs", "s3"])
def service(request: pytest.FixtureRequest, tmp_path: Path, refused_port: int) -> Service:
    """Every service; of S3 nobody listens where it should be."""
    config: dict[str, dict[str, Any]] = {
        "memory": {},
        "fs": {"root": tmp_path / "root"},
        "s3": {
            "bucket": "b",
            "region": "r",
            "endpoint": f"http://127.0.0.1:{refused_port}",
            "access_key_id": "key",
            "secret_access_key": "secret",
            "disable_config_load": True,
            "disable_ec2_metadata": True,
        },
    }
    return Service(request.param, config[request.param])


@pytest.fixture
async def ops(service: Service, kind: type[opendal.Operator]) -> Calls:
    """Each service with one object, "a"."""
    ops = Calls(service.make(kind))
    if service.scheme != "s3":
        await ops.write("a", b"x")
    return ops


async def check_store(ops: Calls) -> None:
    """Nothing is there but the object that was, not even what is half written."""
    if ops.op.scheme == "s3":
        return
    assert await ops.paths("", recursive=True) == ["a"]
    assert await ops.read("a") == b"x"
    if ops.op.scheme == "fs":
        assert os.listdir(ops.op.root) == ["a"]  # noqa: PTH208


async def test_a_wrong_option_is_refused_before_anything_is_done(ops: Calls) -> None:
    tried = 0
    for name, (operation, keywords) in OPERATIONS.items():
        for key, kind in keywords.items():
            for label, (value, good_for) in VALUES.items():
                answer = await outcome(operation, ops, **{key: value})
                tried += 1
                if kind in good_for:
                    # S3 could not write it, the others have.
                    if ops.op.scheme != "s3" and await ops.exists("new"):
                        await ops.delete("new")
                    continue
                what = (name, key, label, answer)
                assert isinstance(answer, (BoomError, TypeError, ValueError, Unsupported)), what
                assert isinstance(answer, (BoomError, Error)), what
                if isinstance(answer, Error):
                    assert not isinstance(answer, ConnectionFailed), what
                    assert answer.scheme == ops.op.scheme, what
                    assert answer.operation == name.split()[0], what
        await check_store(ops)
    assert tried > 7000


async def test_an_unknown_option_names_the_one_that_was_meant(ops: Calls) -> None:
    for operation, keywords in OPERATIONS.values():
        for key in keywords:
            for wrong in (key + "s", key[1:], key.upper() + "_", key.replace("_", "") + "x"):
                if wrong in keywords:
                    continue
                answer = await outcome(operation, ops, **{wrong: 1})
                assert isinstance(answer, InvalidArgument), (wrong, answer)
                assert f"'{wrong}'" in str(answer)
                assert "did you mean '" in str(answer)
        for wrong in ("zzzzzz", "", "a b", "\ud800", "\0", "\n", "k" * 100_000, "schlüssel"):
            answer = await outcome(operation, ops, **{wrong: 1})
            assert isinstance(answer, (TypeError, ValueError)), (wrong, answer)
            assert isinstance(answer, Error), (wrong, answer)
    await check_store(ops)


# Arguments that are no options: what is good for them, and how they are given.
POSITIONAL: dict[str, Operation] = {
    "read": lambda ops, value: ops.read(value),
    "write": lambda ops, value: ops.write(value, b"x"),
    "write data": lambda ops, value: ops.write("new", value),
    "append data": lambda ops, value: ops.write("new", value, append=True),
    "stat": lambda ops, value: ops.stat(value),
    "exists": lambda ops, value: ops.exists(value),
    "delete": lambda ops, value: ops.delete(value),
    "remove_all": lambda ops, value: ops.remove_all(value) if value != "" else ops.stat(""),
    "copy from": lambda ops, value: ops.copy(value, "new"),
    "copy to": lambda ops, value: ops.copy("a", value),
    "rename from": lambda ops, value: ops.rename(value, "new"),
    "rename to": lambda ops, value: ops.rename("absent", value),
    "create_dir": lambda ops, value: ops.create_dir(value),
    "list": lambda ops, value: ops.entries(value),
    "scan": lambda ops, value: ops.entries(value, call="scan"),
    "open": lambda ops, value: opened(ops, value, "rb"),
    "open to write": lambda ops, value: opened(ops, value, "wb"),
    "open mode": lambda ops, value: opened(ops, "a", value),
    "presign_read": lambda ops, value: ops.presign_read(value, 60),
    "presign_read lasts": lambda ops, value: ops.presign_read("a", value),
    "presign_stat lasts": lambda ops, value: ops.presign_stat("a", value),
    "presign_write lasts": lambda ops, value: ops.presign_write("a", value),
    "presign_delete lasts": lambda ops, value: ops.presign_delete("a", value),
    "capability": lambda ops, value: ops.op.capability(value),
    "layer": lambda ops, value: ops.op.layer(value),
    "equal": lambda ops, value: ops.op.__eq__(value),
    "from_uri": lambda ops, value: type(ops.op).from_uri(value),
    "from_config": lambda ops, value: type(ops.op).from_config(value),
    "scheme": lambda ops, value: type(ops.op)(value),
    "scheme of a mapping": lambda ops, value: type(ops.op).from_config({"scheme": value}),
}
# Those that take a path or the scheme; of all these values only some are like either.
OF_TEXT = (
    "read",
    "write",
    "stat",
    "exists",
    "delete",
    "remove_all",
    "copy",
    "rename",
    "create_dir",
)
OF_TEXT += ("list", "scan", "open", "presign_read", "from_uri", "scheme")
LIKE_TEXT = (str, Path, SpyPath)


async def test_a_wrong_argument_is_refused(ops: Calls) -> None:
    tried = 0
    for name, operation in POSITIONAL.items():
        for label, (value, _) in VALUES.items():
            answer = await outcome(operation, ops, value)
            tried += 1
            fails = isinstance(answer, (BoomError, TypeError, ValueError, Unsupported))
            if name.split()[0] in OF_TEXT and "data" not in name and "lasts" not in name:
                assert fails or isinstance(value, LIKE_TEXT), (name, label, answer)
            if name == "from_config":
                assert fails
            if ops.op.scheme != "s3" and name not in {"capability", "layer", "equal"}:
                for path in await ops.paths("", recursive=True):
                    assert not fails or path == "a", (name, label, path)
                    if path != "a":
                        await ops.remove_all(path)
    await check_store(ops)
    assert tried > 2000


async def test_a_wrong_number_of_arguments_is_a_type_error(ops: Calls) -> None:
    for name in dir(ops.op):
        member = inspect.getattr_static(type(ops.op), name, None)
        call = getattr(ops.op, name)
        if name.startswith("_") or not callable(call) or inspect.isclass(call):
            continue
        for args, options in (
            ((1,) * 9, {}),
            (("a",) * 9, {}),
            ((), {"bogus": 1}),
            (("a", "b", "c", "d"), {"bogus": 1}),
            ((), {"self": 1}),
        ):
            answer = await outcome(call, *args, **options)
            assert isinstance(answer, (TypeError, ValueError)), (name, args, options, member)
    await check_store(ops)


FILE_CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "read": lambda file, value: file.read(value),
    "readline": lambda file, value: file.readline(value),
    "readinto": lambda file, value: file.readinto(value),
    "write": lambda file, value: file.write(value),
    "seek": lambda file, value: file.seek(value),
    "seek from the end": lambda file, value: file.seek(value, 2),
    "whence": lambda file, value: file.seek(0, value),
    "both": lambda file, value: file.seek(value, value),
    "tell": lambda file, value: file.tell(value),
    "close": lambda file, value: file.close(value),
    "keyword": lambda file, value: file.read(length=value),
}


@pytest.mark.parametrize("mode", ["rb", "wb"])
async def test_a_file_refuses_what_it_cannot_take(ops: Calls, mode: str) -> None:
    if ops.op.scheme == "s3":
        pytest.skip("nothing can be opened")
    for call in FILE_CALLS.values():
        for value, _ in VALUES.values():
            file = (await ops.open("a" if mode == "rb" else "new", mode)).file
            await outcome(call, file, value)
            # Whatever came before, the file still works.
            await outcome(file.close)
            if mode == "wb":
                assert len(await ops.read("new")) <= 70_000
    for value, _ in VALUES.values():
        wrapped = await ops.open("a" if mode == "rb" else "new", mode)
        leave = wrapped.file.__aexit__ if wrapped.asynchronous else wrapped.file.__exit__
        await outcome(leave, value, value, value)
        await outcome(wrapped.file.close)
    if mode == "wb":
        await ops.delete("new")
    await check_store(ops)


LAYERS: dict[str, Callable[[Any], Any]] = {
    **{
        name: (lambda value, name=name: layers.RetryLayer(**{name: value}))
        for name in ("max_times", "factor", "jitter", "max_delay", "min_delay")
    },
    "timeout": lambda value: layers.TimeoutLayer(timeout=value),
    "io_timeout": lambda value: layers.TimeoutLayer(io_timeout=value),
    "limit": layers.ConcurrentLimitLayer,
    "overrides": layers.CapabilityOverrideLayer,
    "nothing": layers.MimeGuessLayer,
    "base": layers.Layer,
    "unknown": lambda value: layers.RetryLayer(bogus=value),
    "retry positional": lambda value: layers.RetryLayer(value, value, value, value, value),
    "one too many": lambda value: layers.TimeoutLayer(1, 1, value),
    "rebuilt": lambda value: layers.Layer._rebuild(layers.RetryLayer, value),
}


async def test_a_layer_refuses_what_it_cannot_take(kind: type[opendal.Operator]) -> None:
    op = kind("memory")
    for name, make in LAYERS.items():
        for label, (value, _) in VALUES.items():
            made = await outcome(make, value)
            if isinstance(made, layers.Layer):
                # What was taken works, and can be shown and compared.
                assert repr(made)
                assert made == copy.copy(made)
                assert hash(made) == hash(copy.copy(made))
                ops = Calls(op.layer(made))
                answer = await outcome(ops.exists, "a")
                assert answer is False or isinstance(answer, Error), (name, label, answer)
            else:
                assert isinstance(made, (BoomError, TypeError, ValueError, Unsupported))


CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "memory": {},
    "fs": {"root": "root"},
    "s3": {"bucket": "b", "region": "r", "disable_config_load": True},
}
TYPED = {
    "fs": (fs.FsOperator, fs.FsAsyncOperator),
    "s3": (s3.S3Operator, s3.S3AsyncOperator),
}


@pytest.mark.filterwarnings("ignore:.* is deprecated since:DeprecationWarning")
@pytest.mark.parametrize("scheme", list(CONFIGURATIONS))
async def test_a_wrong_setting_is_refused(
    kind: type[opendal.Operator], scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = CONFIGURATIONS[scheme]
    of_kind = int(kind is opendal.AsyncOperator)
    typed = TYPED[scheme][of_kind] if scheme in TYPED else None
    keys = inspect.signature(typed.__init__).parameters if typed else {"root": None}
    for key in [*keys, "bogus", "scheme", ""]:
        if key == "self":
            continue
        for label, (value, _) in VALUES.items():
            config = {**given, key: value}
            for make, args in (
                (kind, (scheme,)),
                (kind.from_uri, (f"{scheme}://",)),
                (lambda **config: kind.from_config({"scheme": scheme, **config}), ()),
                *([(typed, ())] if typed else []),
            ):
                made = await outcome(make, *args, **config)
                if isinstance(made, (opendal.Operator, opendal.AsyncOperator)):
                    assert key != "bogus" or value is None or scheme == "memory", (key, label)
                    assert len(repr(made).splitlines()) == 1
                else:
                    # A root that the system does not take is the system's error.
                    assert isinstance(made, (BoomError, TypeError, ValueError, Error)), (key, made)


URIS = [
    *(
        "",
        ":",
        "://",
        "fs",
        "fs:",
        "fs:/",
        "fs://",
        "fs:///",
        "fs:////",
        "fs://host/x",
        "fs:///a#b",
    ),
    *(
        "fs:///%",
        "fs:///%zz",
        "fs:///%00",
        "fs:///a\0b",
        "fs:///\ud800",
        "fs:///a?root=b",
        "fs:///?=",
    ),
    *(
        "fs:///x?&&&",
        "fs:///?root",
        "fs:///?root=",
        "memory://?root=%ff",
        "memory://[",
        "memory://]",
    ),
    *(
        "s3://",
        "s3:///",
        "s3://b",
        "s3://b?region=r&",
        "s3://[::1",
        "s3://b:x",
        "s3://@",
        "s3://b?%",
    ),
    *("s3://b?region=r%0d%0aX: y", "s3://b?region=" + "r" * 70_000, "s3://" + "b" * 70_000),
    *(
        "s3://b/../c?region=r",
        "s3://b?region=r?region=q",
        "s3://\u202e?region=r",
        "s3://ü?region=r",
    ),
    *("S3://b?region=r", "s3 ://b", " s3://b", "s3://b b?region=r", "\n", "s3\n://b", "x" * 70_000),
    *("x" * 70_000 + "://b", "1://2", "s3://b?enable_write_with_append=perhaps&region=r"),
]


@pytest.mark.parametrize("uri", URIS, ids=lambda uri: ascii(uri[:20]))
async def test_a_wrong_uri_is_refused(
    kind: type[opendal.Operator], uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # The root of a machine is a root, so what is made is not used.
    made = await outcome(kind.from_uri, uri)
    assert isinstance(made, (kind, Error)), made
    made = await outcome(kind, uri)
    assert isinstance(made, Error), made


async def test_values_are_made_by_operators_only() -> None:
    op = opendal.Operator("memory")
    op.write("a", b"x")
    (entry,) = [entry for entry in op.list("") if entry.path == "a"]
    types = opendal.types
    classes = (types.Entry, types.EntryMode, types.Metadata, types.PresignedRequest, types.Lister)
    more = (types.AsyncLister, opendal.file.File, opendal.file.AsyncFile)
    for made, (value, _) in itertools.product((*classes, *more), VALUES.values()):
        assert isinstance(await outcome(made), TypeError)
        assert isinstance(await outcome(made, value), TypeError)
        assert isinstance(await outcome(made, path=value), TypeError)
    for each, (value, _) in itertools.product((entry, entry.metadata, op), VALUES.values()):
        assert await outcome(operator.eq, each, value) is False
        for name in ("path", "metadata", "mode", "root"):
            with pytest.raises(AttributeError):
                setattr(each, name, value)


def test_a_pickle_of_nonsense_is_an_ordinary_exception(kind: type[opendal.Operator]) -> None:
    long = "h" * 70_000
    wrong = [value for value, _ in VALUES.values()]
    wrong += [{"etag": long}, {"etag": "e" * 40_000, "version": "v" * 40_000}, 10**30, -(10**30)]
    metadata: list[Any] = ["File", 1, 10**9, {"etag": "x"}, {"a": "b"}, (None, False)]
    made_of: list[Any] = ["memory", {}, {}, [], None]
    for rebuild, right in (
        (opendal.types.Metadata._rebuild, metadata),
        (kind._rebuild, made_of),
    ):
        rebuild(*right)
        for place, value in itertools.product(range(len(right)), wrong):
            # A panic would be no Exception, and come through.
            with contextlib.suppress(Exception):
                rebuild(*right[:place], value, *right[place + 1 :])


@pytest.mark.parametrize(
    "name", ["read", "write", "stat", "list", "delete", "copy", "presign_write"]
)
async def test_ten_megabytes_of_text_are_refused_at_once(ops: Calls, name: str) -> None:
    huge = "h" * 10_000_000
    operation, keywords = OPERATIONS[name]
    for key in keywords:
        for value in (huge, {"a": huge}, {huge: "a"}):
            answer = await outcome(operation, ops, **{key: value})
            assert isinstance(answer, (TypeError, ValueError, Unsupported)), (key, answer)
    for path in (huge, "h/" * 5_000_000, "../" * 3_000_000):
        answer = await outcome(ops.stat, path)
        assert isinstance(answer, Error), answer
    await check_store(ops)


async def test_all_metadata_together_fits(ops: Calls) -> None:
    ops.needs("write_with_content_type", "write_with_user_metadata")
    if ops.op.scheme == "s3":
        pytest.skip("nothing can be written")
    most = "h" * 1000
    headers = dict.fromkeys(
        ["content_type", "cache_control", "content_disposition", "content_encoding"], most
    )
    answer = await outcome(ops.write, "a", b"x", **headers, user_metadata={"a": "b" * 30_000})
    # Not every file system keeps so much.
    assert isinstance(answer, (opendal.types.Metadata, Unsupported)), answer
    await ops.stat("a")
