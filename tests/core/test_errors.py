"""Bad input and bad luck: one line, the right class, the builtin too, and never a secret."""

import copy
import errno
import io
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from opendal import exceptions
from opendal.exceptions import (
    ConfigInvalid,
    ConnectionFailed,
    ConnectionRefused,
    Error,
    InvalidArgument,
    InvalidState,
    NotADirectory,
    NotFound,
    PermissionDenied,
    Unsupported,
)
from servers import FaultProxy

SECRET = "s3cr3t-that-must-not-show"


def one_line(error: BaseException) -> str:
    """The message, which is one line and says something."""
    message = str(error)
    assert message.strip()
    assert "\n" not in message
    return message


# Wrong configuration


@pytest.mark.parametrize(
    ("scheme", "near"), [("s4", "s3"), ("memroy", "memory"), ("fss", "fs")], ids=repr
)
def test_an_unknown_scheme(kind: type[opendal.Operator], scheme: str, near: str) -> None:
    for make in (
        lambda: kind(scheme),
        lambda: kind.from_uri(f"{scheme}://bucket/"),
        lambda: kind.from_config({"scheme": scheme}),
    ):
        with pytest.raises(Unsupported) as caught:
            make()
        assert isinstance(caught.value, ValueError)
        assert scheme in one_line(caught.value)
        assert near in one_line(caught.value)


@pytest.mark.parametrize("config", [{}, {"root": "/"}])
def test_no_scheme(kind: type[opendal.Operator], config: dict[str, Any]) -> None:
    with pytest.raises(Unsupported, match="scheme"):
        kind.from_config(config)


def test_an_unknown_option(kind: type[opendal.Operator]) -> None:
    for make in (
        lambda: kind("s3", bukcet="b", region="x"),
        lambda: kind.from_config({"scheme": "s3", "bukcet": "b", "region": "x"}),
        lambda: kind.from_uri("s3://b/?bukcet=b&region=x"),
        lambda: kind.from_uri("s3://b/", bukcet="b", region="x"),
    ):
        with pytest.raises(ConfigInvalid) as caught:
            make()
        assert isinstance(caught.value, ValueError)
        assert "bukcet" in one_line(caught.value)
        assert "'bucket'" in one_line(caught.value)


def test_memory_takes_any_option_from_a_mapping_only(kind: type[opendal.Operator]) -> None:
    config = {"scheme": "memory", "flag": True, "number": 5, "path": Path("/x"), "list": ["a", "b"]}
    kind.from_config(config)
    with pytest.raises(ConfigInvalid):
        kind("memory", flag=True)


@pytest.mark.parametrize(
    ("scheme", "option", "value"),
    [
        ("s3", "disable_config_load", 5),
        ("s3", "disable_config_load", "perhaps"),
        ("s3", "assume_role_duration_seconds", True),
        ("s3", "assume_role_duration_seconds", "long"),
        ("s3", "bucket", object()),
        ("s3", "bucket", {"a": "b"}),
        ("fs", "root", b"/tmp"),
    ],
    ids=repr,
)
def test_a_wrong_type_of_option(
    kind: type[opendal.Operator], scheme: str, option: str, value: object
) -> None:
    config: dict[str, Any] = {"bucket": "b", "region": "x"} if scheme == "s3" else {}
    with pytest.raises((TypeError, ValueError)) as caught:
        kind(scheme, **{**config, option: value})
    assert isinstance(caught.value, Error)
    assert option in one_line(caught.value)


@pytest.mark.parametrize("scheme", [5, None, b"fs"], ids=repr)
def test_a_scheme_of_the_wrong_type(kind: type[opendal.Operator], scheme: Any) -> None:
    with pytest.raises(InvalidArgument):
        kind(scheme)


def test_a_missing_bucket_option(kind: type[opendal.Operator]) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        kind("s3", region="x")
    assert isinstance(caught.value, ValueError)
    assert "bucket" in one_line(caught.value)


async def test_a_bucket_that_the_server_lacks(
    s3_rclone: Service, kind: type[opendal.Operator]
) -> None:
    ops = Calls(kind("s3", **{**s3_rclone.config, "bucket": "no-such-bucket"}))
    for call in (ops.read("a"), ops.write("a", b"1"), ops.entries(""), ops.check()):
        with pytest.raises((FileNotFoundError, ValueError)) as caught:
            await call
        assert isinstance(caught.value, Error)
        assert "bucket" in one_line(caught.value).lower()
        assert not caught.value.temporary


async def test_a_root_that_is_a_file(kind: type[opendal.Operator], tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"content")
    with pytest.raises(NotADirectoryError) as caught:
        await Calls(kind("fs", root=file)).read("a")
    assert isinstance(caught.value, NotADirectory)
    one_line(caught.value)
    assert file.read_bytes() == b"content"


async def test_fs_needs_a_root(kind: type[opendal.Operator]) -> None:
    with pytest.raises(ConfigInvalid, match="root"):
        kind("fs")


# Bad luck


async def test_a_missing_file(ops: Calls) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        await ops.read("dir/absent")
    error = caught.value
    assert isinstance(error, NotFound)
    assert "dir/absent" in one_line(error)
    assert error.kind == "NotFound"
    assert (error.operation, error.path, error.scheme) == ("read", "dir/absent", ops.op.scheme)
    assert error.temporary is False
    assert (error.errno, error.filename) == (errno.ENOENT, "dir/absent")


async def test_a_refused_connection(
    s3_rclone: Service, kind: type[opendal.Operator], refused_port: int
) -> None:
    config = {**s3_rclone.config, "endpoint": f"http://127.0.0.1:{refused_port}"}
    ops = Calls(kind("s3", **config))
    for call in (ops.read("a"), ops.write("a", b"1"), ops.entries("")):
        with pytest.raises(ConnectionRefusedError) as caught:
            await call
        assert isinstance(caught.value, ConnectionRefused)
        assert caught.value.temporary
        assert caught.value.errno == errno.ECONNREFUSED
        one_line(caught.value)


async def test_a_connection_that_breaks(proxied: Calls, proxy: FaultProxy) -> None:
    await proxied.write("a", bytes(1_000_000))
    proxy.disconnect()
    with pytest.raises(ConnectionError) as caught:
        await proxied.stat("a")
    assert isinstance(caught.value, ConnectionFailed)
    assert caught.value.temporary
    proxy.truncate(1000)
    with pytest.raises(Error) as broken:
        await proxied.read("a")
    assert broken.value.temporary
    one_line(broken.value)


async def test_a_host_that_does_not_exist(s3_rclone: Service, kind: type[opendal.Operator]) -> None:
    config = {**s3_rclone.config, "endpoint": "http://no-such-host.invalid"}
    with pytest.raises(ConnectionError) as caught:
        await Calls(kind("s3", **config)).read("a")
    assert isinstance(caught.value, ConnectionFailed)
    one_line(caught.value)


async def test_a_wrong_secret(s3_rclone: Service, kind: type[opendal.Operator]) -> None:
    ops = Calls(kind("s3", **{**s3_rclone.config, "secret_access_key": SECRET}))
    with pytest.raises(PermissionError) as caught:
        await ops.read("a")
    assert isinstance(caught.value, PermissionDenied)
    assert SECRET not in one_line(caught.value)


async def test_a_file_in_the_way(kind: type[opendal.Operator], tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1")
    ops = Calls(kind("fs", root=tmp_path))
    with pytest.raises(NotADirectoryError):
        await ops.write("file/below", b"1")
    with pytest.raises(NotADirectoryError):
        await ops.read("file/below")


async def test_a_directory_that_is_not_empty(kind: type[opendal.Operator], tmp_path: Path) -> None:
    ops = Calls(kind("fs", root=tmp_path))
    await ops.write("dir/a", b"1")
    with pytest.raises(OSError, match="not empty") as caught:
        await ops.delete("dir/")
    assert isinstance(caught.value, Error)
    assert caught.value.errno == errno.ENOTEMPTY
    # It will not pass by itself: a retry layer must not wait for it.
    assert not caught.value.temporary


async def test_an_error_of_the_server_is_told(proxied: Calls, proxy: FaultProxy) -> None:
    proxy.fail(500)
    with pytest.raises(OSError) as caught:  # noqa: PT011
        await proxied.stat("a")
    assert isinstance(caught.value, Error)
    proxy.fail(503)
    with pytest.raises(Error) as limited:
        await proxied.read("a")
    assert "SlowDown" in one_line(limited.value)


# Secrets


def everything_said(error: BaseException) -> str:
    """All the text that an error can come to show, and of what it refers to."""
    said = []
    seen: BaseException | None = error
    while seen is not None:
        said += [str(seen), repr(seen), repr(seen.args), repr(vars(seen))]
        seen = seen.__cause__ or seen.__context__
    said += traceback.format_exception(error)
    return "\n".join(said)


@pytest.fixture
def confidential(s3_proxied: Service) -> dict[str, Any]:
    """A configuration in which everything that may be secret is."""
    return {
        **s3_proxied.config,
        "secret_access_key": SECRET,
        "session_token": f"token-{SECRET}",
        "server_side_encryption_customer_key": f"customer-{SECRET}",
    }


async def test_no_error_shows_a_secret(
    kind: type[opendal.Operator],
    confidential: dict[str, Any],
    proxy: FaultProxy,
    refused_port: int,
) -> None:
    ops = Calls(kind("s3", **confidential))
    refused = Calls(kind("s3", **{**confidential, "endpoint": f"http://127.0.0.1:{refused_port}"}))
    guarded = f"http://user:{SECRET}@127.0.0.1:{refused_port}"
    with_password = Calls(kind("s3", **{**confidential, "endpoint": guarded}))
    broken = Calls(kind("s3", **{**confidential, "endpoint": f"http://user:{SECRET}@["}))
    proxy.fail(500, path="*/failing", times=None)
    calls: list[Any] = [
        ops.read("a"),
        ops.read("failing"),
        ops.write("a", b"1"),
        ops.entries(""),
        ops.read("a", ofset=1),
        ops.open("a", "rb"),
        refused.read("a"),
        refused.check(),
        with_password.read("a"),
        broken.read("a"),
    ]
    for call in calls:
        with pytest.raises(Error) as caught:
            await call
        assert SECRET not in everything_said(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"secret_acces_key": SECRET},
        {"secret_access_key": SECRET.encode()},
        {"secret_access_key": [SECRET, object()]},
        {"disable_config_load": SECRET},
        {"bucket": ""},
        {"session_token": {"a": SECRET}},
    ],
    ids=repr,
)
def test_no_configuration_error_shows_a_secret(
    kind: type[opendal.Operator], confidential: dict[str, Any], change: dict[str, Any]
) -> None:
    config = {**confidential, **change}
    for make in (
        lambda: kind("s3", **config),
        lambda: kind.from_config({"scheme": "s3", **config}),
    ):
        with pytest.raises(Error) as caught:
            make()
        said = [str(caught.value), repr(caught.value), repr(vars(caught.value))]
        if "disable_config_load" not in change:  # that one is no secret by its name
            assert SECRET not in "\n".join(said)


def test_no_repr_shows_a_secret(kind: type[opendal.Operator], confidential: dict[str, Any]) -> None:
    op = kind("s3", **confidential)
    twin = op.to_async_operator() if kind is opendal.Operator else op.to_operator()
    uri = f"s3://b/?region=x&secret_access_key={SECRET}"
    for each in (op, twin, copy.copy(op), kind.from_uri(uri)):
        assert SECRET not in f"{each!r} {each} {each.name} {each.root} {each.layers}"


def test_no_uri_error_shows_a_secret(kind: type[opendal.Operator]) -> None:
    for uri in (
        f"s3://b/?secret_access_key={SECRET}&regoin=x",
        f"s4://user:{SECRET}@b/?secret_access_key={SECRET}",
        f"fs://user:{SECRET}@host/?rot=x",
        f"s3://user:{SECRET}@/",
        f"s3:/b?region=x&secret_access_key={SECRET}",
    ):
        with pytest.raises(Error) as caught:
            kind.from_uri(uri)
        assert SECRET not in str(caught.value) + repr(caught.value) + repr(vars(caught.value))


# The classes themselves

CLASSES = sorted(
    (getattr(exceptions, name) for name in dir(exceptions) if not name.startswith("_")),
    key=lambda each: each.__name__,
)
BUILTINS = {
    "Unexpected": OSError,
    "Timeout": TimeoutError,
    "ConnectionFailed": ConnectionError,
    "ConnectionRefused": ConnectionRefusedError,
    "Unsupported": io.UnsupportedOperation,
    "ConfigInvalid": ValueError,
    "InvalidArgument": TypeError,
    "NotFound": FileNotFoundError,
    "PermissionDenied": PermissionError,
    "IsADirectory": IsADirectoryError,
    "NotADirectory": NotADirectoryError,
    "AlreadyExists": FileExistsError,
    "ConditionalCreateFailed": FileExistsError,
    "RangeNotSatisfied": ValueError,
    "InvalidState": RuntimeError,
    "NotInitialized": RuntimeError,
}
APACHE = [
    "Unexpected",
    "Unsupported",
    "ConfigInvalid",
    "NotFound",
    "PermissionDenied",
    "IsADirectory",
    "NotADirectory",
    "AlreadyExists",
    "IsSameFile",
    "ConditionNotMatch",
    "RateLimited",
    "RangeNotSatisfied",
    "Conflict",
]


def test_the_module_has_exceptions_only() -> None:
    public = [name for name in dir(exceptions) if not name.startswith("_")]
    for name in public:
        thing = getattr(exceptions, name)
        if isinstance(thing, type):
            assert issubclass(thing, Error), name
    assert {"Error", *APACHE, *BUILTINS} <= set(public)


@pytest.mark.parametrize("name", sorted(BUILTINS))
def test_every_class_is_the_builtin_too(name: str) -> None:
    assert issubclass(getattr(exceptions, name), BUILTINS[name])
    assert issubclass(getattr(exceptions, name), Error)


def test_siblings_do_not_catch_each_other() -> None:
    for one in APACHE:
        for other in APACHE:
            if one != other:
                assert not issubclass(getattr(exceptions, one), getattr(exceptions, other))
    assert {
        (each.__name__, base.__name__)
        for each in CLASSES
        for base in CLASSES
        if issubclass(each, base) and base not in {each, Error}
    } == {
        ("Timeout", "Unexpected"),
        ("ConnectionFailed", "Unexpected"),
        ("ConnectionRefused", "Unexpected"),
        ("ConnectionRefused", "ConnectionFailed"),
        ("ConditionalCreateFailed", "ConditionNotMatch"),
        ("NotInitialized", "InvalidState"),
    }


def _travel(error: BaseException, way: Callable[[Any], Any]) -> None:
    made = way(error)
    assert type(made) is type(error)
    assert str(made) == str(error)
    for name in ("kind", "operation", "path", "scheme", "temporary", "errno", "filename"):
        assert getattr(made, name, "absent") == getattr(error, name, "absent"), name


@pytest.mark.parametrize("error_class", CLASSES, ids=lambda each: each.__name__)
def test_errors_are_raised_by_users_and_travel(error_class: type[Error]) -> None:
    bare = error_class("something")
    assert str(bare) == "something"
    assert bare.kind == error_class.kind
    full = error_class("something", operation="read", path="a", scheme="s3", temporary=True)
    for error in (bare, full, error_class()):
        for way in (lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy):
            _travel(error, way)
    assert (full.operation, full.path, full.scheme, full.temporary) == ("read", "a", "s3", True)


async def test_real_errors_travel(ops: Calls) -> None:
    with pytest.raises(NotFound) as caught:
        await ops.read("absent")
    _travel(caught.value, lambda error: pickle.loads(pickle.dumps(error)))


# One table for everything that can fail


async def read_closed(ops: Calls) -> Any:
    await ops.write("a", b"1")
    file = await ops.open("a", "rb")
    await file.close()
    return await file.read()


async def write_to_what_is_read(ops: Calls) -> Any:
    await ops.write("a", b"1")
    async with await ops.open("a", "rb") as file:
        return await file.write(b"2")


async def seek_before_the_start(ops: Calls) -> Any:
    await ops.write("a", b"1")
    async with await ops.open("a", "rb") as file:
        return await file.seek(-5, 1)


FAILURES: dict[str, tuple[Callable[[Calls], Any], type[Error], str, str]] = {
    "operator": (lambda ops: ops.read("absent"), NotFound, "read", "absent"),
    "path": (lambda ops: ops.stat("../a"), ConfigInvalid, "stat", "../a"),
    "option": (lambda ops: ops.stat("a", bogus=1), InvalidArgument, "stat", "a"),
    "file at open": (lambda ops: ops.open("absent", "rb"), NotFound, "open", "absent"),
    "mode": (lambda ops: ops.open("a", "r+"), Unsupported, "open", "a"),
    "closed file": (read_closed, ConfigInvalid, "read", "a"),
    "file to read": (write_to_what_is_read, Unsupported, "write", "a"),
    "place in a file": (seek_before_the_start, ConfigInvalid, "seek", "a"),
    "listing": (lambda ops: ops.entries("a/", limit=0), ConfigInvalid, "list", "a/"),
    "presigning": (lambda ops: ops.presign_read("a", 60), Unsupported, "presign_read", "a"),
}


@pytest.mark.parametrize("what", list(FAILURES))
async def test_everything_fails_by_one_table(
    kind: type[opendal.Operator], tmp_path: Path, what: str
) -> None:
    fail, error_class, operation, path = FAILURES[what]
    # Layers change nothing of it.
    layer = opendal.layers.RetryLayer(min_delay=0.001)
    for op in (kind("fs", root=tmp_path), kind("fs", root=tmp_path).layer(layer)):
        with pytest.raises(Error) as caught:
            await fail(Calls(op))
        error = caught.value
        assert type(error) is error_class
        assert error.kind == error_class.__name__
        assert (error.operation, error.path, error.scheme) == (operation, path, "fs")
        assert error.temporary is False
        if isinstance(error, OSError):
            assert error.errno
        one_line(error)
        for way in (lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy):
            _travel(error, way)


def test_an_error_of_setting_up_names_the_service(kind: type[opendal.Operator]) -> None:
    for make in (
        lambda: kind("s3", bukcet="b"),
        lambda: kind("s3", region="r"),
        lambda: kind("s3", bucket=5),
        lambda: kind("S3", assume_role_duration_seconds=10**5000),
        lambda: kind.from_uri("s3://b?bukcet=c"),
        lambda: kind.from_config({"scheme": "s3", "bukcet": "b"}),
    ):
        with pytest.raises((ConfigInvalid, InvalidArgument)) as caught:
            make()
        assert caught.value.scheme == "s3"


async def test_a_use_at_a_wrong_time_is_a_runtime_error(tmp_path: Path) -> None:
    op = opendal.AsyncOperator("fs", root=tmp_path)
    call = op.exists("a")
    assert await call is False
    with pytest.raises(RuntimeError) as caught:
        await call
    assert isinstance(caught.value, InvalidState)
    assert (caught.value.operation, caught.value.path) == ("exists", "a")


def test_an_async_call_without_a_loop_is_a_runtime_error(
    s3_proxied: Service, proxy: FaultProxy
) -> None:
    proxy.delay(0.5)
    call = s3_proxied.make(opendal.AsyncOperator).exists("a")
    with pytest.raises(InvalidState, match="no asyncio event loop"):
        call.send(None)
    call.close()
