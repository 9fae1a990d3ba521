"""Every name and keyword that code written for Apache's package uses is there."""

import importlib
import inspect
import sys
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Calls, Service

MODULES = [
    "operator",
    "file",
    "types",
    "capability",
    "layers",
    "exceptions",
    "services",
    "config",
    "options",
]

CONDITIONS = {"if_match", "if_none_match", "if_modified_since", "if_unmodified_since"}
OVERRIDES = {"content_type", "cache_control", "content_disposition"}
READ = CONDITIONS | OVERRIDES | {"version", "offset", "size", "concurrent", "chunk", "gap"}
READ |= {"prefetch"}
STAT = CONDITIONS | OVERRIDES | {"version"}
WRITE = {
    "append",
    "if_not_exists",
    "chunk",
    "concurrent",
    "cache_control",
    "content_type",
    "content_disposition",
    "content_encoding",
    "if_match",
    "if_none_match",
    "user_metadata",
}
LIST = {"limit", "start_after", "recursive", "versions", "deleted"}
OUR_LIST = {"page_size", "max_items", "stat"}
DELETE = {"version", "recursive", "if_match"}
GROUPS = {
    "ReadKwargs": READ,
    "WriteKwargs": WRITE,
    "ListKwargs": LIST,
    "StatKwargs": STAT,
    "DeleteKwargs": DELETE,
    "OpenKwargs": READ | WRITE,
}

MEMBERS = [
    "from_uri",
    "from_config",
    "read",
    "write",
    "stat",
    "delete",
    "exists",
    "create_dir",
    "remove_all",
    "check",
    "copy",
    "rename",
    "list",
    "scan",
    "open",
    "presign_read",
    "presign_stat",
    "presign_write",
    "presign_delete",
    "capability",
    "layer",
    "__reduce__",
]

SIGNATURES = {
    "read": ["path"],
    "write": ["path", "bs"],
    "stat": ["path"],
    "delete": ["path"],
    "exists": ["path"],
    "create_dir": ["path"],
    "remove_all": ["path"],
    "copy": ["source", "target"],
    "rename": ["source", "target"],
    "list": ["path"],
    "scan": ["path"],
    "open": ["path", "mode"],
    "presign_read": ["path", "expire_second"],
    "presign_stat": ["path", "expire_second"],
    "presign_write": ["path", "expire_second"],
    "presign_delete": ["path", "expire_second"],
    "layer": ["layer"],
}

METADATA = [
    "mode",
    "is_file",
    "is_dir",
    "content_length",
    "content_type",
    "content_encoding",
    "content_disposition",
    "content_md5",
    "etag",
    "last_modified",
    "version",
    "user_metadata",
]


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_modules(name: str) -> None:
    module = importlib.import_module(f"opendal.{name}")
    assert sys.modules[f"opendal.{name}"] is module
    assert getattr(opendal, name) is module
    assert name in dir(opendal)


def test_the_package_has_its_names() -> None:
    assert opendal.__version__.startswith("0.48.")
    assert opendal.Operator is opendal.operator.Operator is opendal.operator.PyOperator
    assert (
        opendal.AsyncOperator is opendal.operator.AsyncOperator is opendal.operator.PyAsyncOperator
    )


@pytest.mark.parametrize(
    "name",
    [
        "operator.Operator",
        "operator.AsyncOperator",
        "file.File",
        "file.AsyncFile",
        "types.Entry",
        "types.EntryMode",
        "types.Metadata",
        "types.PresignedRequest",
        "capability.Capability",
        "layers.Layer",
        "layers.RetryLayer",
        "layers.TimeoutLayer",
        "layers.ConcurrentLimitLayer",
        "layers.MimeGuessLayer",
        "layers.CapabilityOverrideLayer",
        "exceptions.Error",
        "exceptions.NotFound",
    ],
)
def test_classes_report_their_public_module(name: str) -> None:
    module, _, thing = name.partition(".")
    found = getattr(getattr(opendal, module), thing)
    assert found.__module__ == f"opendal.{module}"
    assert found.__qualname__ == thing
    assert found.__doc__


@pytest.mark.parametrize("member", MEMBERS)
def test_operators_have_their_members(kind: type[opendal.Operator], member: str) -> None:
    found = getattr(kind, member)
    if not member.startswith("_"):
        assert found.__doc__, member
        assert inspect.signature(found)


def test_operators_become_each_other() -> None:
    assert isinstance(opendal.Operator("memory").to_async_operator(), opendal.AsyncOperator)
    assert isinstance(opendal.AsyncOperator("memory").to_operator(), opendal.Operator)


@pytest.mark.parametrize("name", list(SIGNATURES))
def test_positional_names_are_kept(kind: type[opendal.Operator], name: str) -> None:
    parameters = inspect.signature(getattr(kind, name)).parameters
    positional = [
        each.name
        for each in parameters.values()
        if each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD and each.name != "self"
    ]
    assert positional == SIGNATURES[name]


@pytest.mark.parametrize("name", list(GROUPS))
def test_keyword_groups_are_typed_dicts(name: str) -> None:
    group: Any = getattr(opendal.options, name)
    assert set(group.__annotations__) >= GROUPS[name]
    assert group.__total__ is False


KEYWORDS: dict[str, set[str]] = {
    "read": READ,
    "write": WRITE,
    "stat": STAT,
    "list": LIST | OUR_LIST,
    "scan": (LIST | OUR_LIST) - {"recursive"},
    "delete": DELETE,
    "presign_read": READ - {"chunk", "concurrent", "gap", "prefetch"},
    "presign_stat": STAT,
    "presign_write": WRITE - {"append", "chunk", "concurrent"},
    "presign_delete": {"version"},
}


@pytest.mark.parametrize("call", list(KEYWORDS))
async def test_keywords_are_known(memory_ops: Calls, call: str) -> None:
    # A wrong type is told from a name that is not known, whatever the service can do.
    extra: list[Any] = [60] if call.startswith("presign") else [b""] if call == "write" else []
    for keyword in sorted(KEYWORDS[call]):
        with pytest.raises(TypeError, match=f"{keyword} must be"):
            await getattr(memory_ops, call)("a", *extra, **{keyword: object()})


@pytest.mark.parametrize("keyword", sorted(READ))
def test_open_knows_the_keywords_of_reading(keyword: str) -> None:
    op = opendal.Operator("memory")
    op.write("a", b"1")
    with pytest.raises(TypeError, match=f"{keyword} must be"):
        op.open("a", "rb", **{keyword: object()})  # type: ignore[arg-type]


@pytest.mark.parametrize("keyword", sorted(WRITE))
def test_open_knows_the_keywords_of_writing(keyword: str) -> None:
    with pytest.raises(TypeError, match=f"{keyword} must be"):
        opendal.Operator("memory").open("a", "wb", **{keyword: object()})  # type: ignore[arg-type]


def test_none_is_the_same_as_not_given() -> None:
    op = opendal.Operator("memory")
    op.write("a", b"12", content_type=None, if_match=None)  # type: ignore[arg-type]
    assert op.read("a", offset=None, size=None) == b"12"  # type: ignore[arg-type]


@pytest.mark.parametrize("name", METADATA)
def test_metadata_has_its_names(service: Service, name: str) -> None:
    op = service.make(opendal.Operator)
    op.write("a", b"1")
    metadata = op.stat("a")
    assert hasattr(metadata, name)
    with pytest.raises(AttributeError):
        setattr(metadata, name, None)


def test_entry_modes_are_an_enumeration() -> None:
    mode = opendal.types.EntryMode
    assert (mode.File.is_file(), mode.File.is_dir()) == (True, False)
    assert (mode.Dir.is_file(), mode.Dir.is_dir()) == (False, True)
    assert (mode.Unknown.is_file(), mode.Unknown.is_dir()) == (False, False)
    assert len({mode.File, mode.Dir, mode.Unknown}) == 3
    assert len({int(each) for each in (mode.File, mode.Dir, mode.Unknown)}) == 3
    assert mode.File == mode.File != mode.Dir


def test_the_root_entry_is_a_slash(tmp_path: Path) -> None:
    entries = list(opendal.Operator("fs", root=tmp_path).list(""))
    assert [(entry.path, entry.name) for entry in entries] in ([], [("/", "/")])


def test_capability_has_all_fields_and_no_other() -> None:
    capability = opendal.Operator("memory").capability()
    names = [name for name in dir(capability) if not name.startswith("_")]
    assert len(names) >= 88
    for name in names:
        value = getattr(capability, name)
        assert value is None or isinstance(value, int)
        with pytest.raises(AttributeError):
            setattr(capability, name, True)
    with pytest.raises(AttributeError):
        _ = capability.no_such_ability  # type: ignore[attr-defined]


def test_schemes_are_an_enumeration() -> None:
    scheme = opendal.services.Scheme
    assert scheme.S3.value == "s3"
    assert scheme.S3.name == "S3"
    assert scheme.S3 == scheme.S3 != scheme.Fs
    assert isinstance(int(scheme.S3), int)
    assert len({scheme.S3, scheme.Fs, scheme.Memory}) == 3
    assert opendal.Operator(scheme.Memory).scheme == "memory"


@pytest.mark.parametrize("spelling", ["memory", "MEMORY", "Memory"])
def test_schemes_have_no_case(kind: type[opendal.Operator], spelling: str) -> None:
    assert kind(spelling).scheme == "memory"


def test_config_classes_make_plain_dicts(tmp_path: Path) -> None:
    config = opendal.config.FsConfig(scheme="fs", root=str(tmp_path))
    assert type(config) is dict
    assert opendal.Operator.from_config(config).scheme == "fs"
    assert opendal.config.ServiceConfig
    assert "bucket" in opendal.config.S3Config.__annotations__


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("create_fs_operator", opendal.Operator, {"root": "/tmp"}),
        ("create_fs_async_operator", opendal.AsyncOperator, {"root": "/tmp"}),
        ("create_s3_operator", opendal.Operator, {"bucket": "b", "region": "x"}),
        ("create_s3_async_operator", opendal.AsyncOperator, {"bucket": "b", "region": "x"}),
    ],
)
def test_the_helpers_of_the_seed(
    name: str, kind: type[opendal.Operator], options: dict[str, str]
) -> None:
    op = getattr(opendal.operator, name)(**options)
    assert isinstance(op, kind)
    assert op.scheme in name


def test_uri_keywords_win(tmp_path: Path) -> None:
    op = opendal.Operator.from_uri("s3://bucket/some/root?region=x", root="/other/")
    assert (op.scheme, op.name, op.root) == ("s3", "bucket", "/other/")
    op = opendal.Operator.from_uri("s3://bucket/some/root?region=x")
    assert op.root == "/some/root/"
    assert opendal.Operator.from_uri(f"fs://{tmp_path}").root.rstrip("/") == str(tmp_path)
    assert opendal.Operator.from_uri("memory://").scheme == "memory"
