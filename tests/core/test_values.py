"""What operators give are values: they show themselves, compare, hash, copy and pickle."""

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any
from unittest.mock import ANY

import opendal
import pytest
from opendal.layers import ConcurrentLimitLayer, RetryLayer
from opendal.types import Entry, EntryMode, Metadata, PresignedRequest

FIELDS = {
    "content_type": "text/plain",
    "content_encoding": "gzip",
    "content_disposition": "inline",
    "cache_control": "no-cache",
    "user_metadata": {"b": "2", "a": "it's 1"},
}


@pytest.fixture
def op() -> opendal.Operator:
    """Memory with an object that has every field, one that has none, and one that is deleted."""
    op = opendal.Operator("memory", versions=True)
    op.write("dir/full", b"12345", **FIELDS)
    op.write("dir/bare", b"")
    op.write("dir/gone", b"1")
    op.delete("dir/gone")
    return op


def request() -> PresignedRequest:
    service = opendal.Operator(
        "s3",
        bucket="b",
        region="x",
        endpoint="http://127.0.0.1:1",
        access_key_id="key",
        secret_access_key="secret",
    )
    return service.presign_write("a b", 60, content_type="text/plain")


def deleted(op: opendal.Operator) -> Entry:
    (entry,) = (each for each in op.list("dir/", deleted=True) if each.metadata.is_deleted)
    return entry


VALUES: dict[str, Callable[[opendal.Operator], object]] = {
    "metadata": lambda op: op.stat("dir/full"),
    "bare metadata": lambda op: op.stat("dir/bare"),
    "metadata of a directory": lambda op: op.stat("dir/"),
    "metadata of a deleted object": lambda op: deleted(op).metadata,
    "entry": lambda op: next(op.list("dir/full")),
    "entry without metadata": lambda op: next(op.list("dir/full", stat=False)),
    "entry of a directory": lambda op: next(op.list("")),
    "deleted entry": deleted,
    "mode": lambda _: EntryMode.Dir,
    "capability": lambda op: op.capability(),
    "capability of s3": lambda _: opendal.Operator("s3", bucket="b", region="x").capability(),
    "request": lambda _: request(),
    "retry layer": lambda _: RetryLayer(max_times=3, max_delay=timedelta(minutes=1)),
    "limit layer": lambda _: ConcurrentLimitLayer(3),
}
WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda value, protocol=protocol: pickle.loads(
            pickle.dumps(value, protocol)
        )
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("way", WAYS)
def test_values_travel(op: opendal.Operator, name: str, way: str) -> None:
    value = VALUES[name](op)
    twin = WAYS[way](value)
    assert type(twin) is type(value)
    assert twin == value
    assert hash(twin) == hash(value)
    assert repr(twin) == repr(value)
    for attribute in dir(value):
        before = None if attribute.startswith("_") else getattr(type(value), attribute)
        if isinstance(before, property) or type(before).__name__ == "getset_descriptor":
            assert _given(value, attribute) == _given(twin, attribute)


def _given(value: object, attribute: str) -> object:
    try:
        return getattr(value, attribute)
    except opendal.exceptions.Unsupported as error:
        return str(error)


@pytest.mark.parametrize("name", VALUES)
def test_values_compare(op: opendal.Operator, name: str) -> None:
    value = VALUES[name](op)
    assert value == ANY
    assert value != "text"
    assert value not in [None, 1]
    others = [make(op) for other, make in VALUES.items() if other != name]
    assert value not in others
    assert len({value, *others}) == len(VALUES)


@pytest.mark.parametrize("name", VALUES)
def test_values_have_no_other_attributes(op: opendal.Operator, name: str) -> None:
    value = VALUES[name](op)
    with pytest.raises(AttributeError, match="bogus"):
        _ = value.bogus  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        value.bogus = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", VALUES)
def test_reprs_are_one_line_and_name_the_class(op: opendal.Operator, name: str) -> None:
    value = VALUES[name](op)
    shown = repr(value)
    assert shown.startswith(type(value).__name__)
    assert "\n" not in shown


def test_metadata_has_all_that_was_written(op: opendal.Operator) -> None:
    metadata = op.stat("dir/full")
    assert {name: getattr(metadata, name) for name in FIELDS} == FIELDS
    assert (metadata.content_length, metadata.content_md5) == (5, None)
    assert metadata.etag is not None
    assert metadata.version is not None
    assert metadata.last_modified is not None
    assert metadata.last_modified.tzinfo is UTC
    bare = op.stat("dir/bare")
    assert [getattr(bare, name) for name in FIELDS] == [None] * len(FIELDS)


def test_metadata_shows_what_it_has(op: opendal.Operator) -> None:
    metadata = op.stat("dir/full")
    shown = repr(metadata)
    for name in ("content_type", "cache_control", "etag", "version", "content_length"):
        assert f"{name}={getattr(metadata, name)!r}" in shown
    assert """user_metadata={'a': "it's 1", 'b': '2'}""" in shown
    bare = repr(op.stat("dir/bare"))
    assert not any(name in bare for name in FIELDS)


def test_entries_show_versions_and_deletion(op: opendal.Operator) -> None:
    op.write("dir/full", b"again")
    newer, older = op.list("dir/full", versions=True)
    assert f"version={newer.metadata.version!r}" in repr(newer)
    assert "is_current=True" in repr(newer)
    assert "is_current=False" in repr(older)
    assert "is_deleted" not in repr(newer) + repr(older)
    assert "is_deleted=True" in repr(deleted(op))


def test_any_difference_makes_metadata_unequal(op: opendal.Operator) -> None:
    first = op.stat("dir/full")
    for name, other in FIELDS.items():
        changed: Any = {"x": "y"} if isinstance(other, dict) else f"{other}x"
        op.write("dir/full", b"12345", **{**FIELDS, name: changed})
        assert op.stat("dir/full") != first


def test_the_pickle_of_a_request_is_the_request() -> None:
    made = request()
    again: PresignedRequest = pickle.loads(pickle.dumps(made))
    assert (again.method, again.url, again.headers) == (made.method, made.url, made.headers)
    assert "X-Amz-Signature" in again.url
    assert "X-Amz-" not in repr(made) + str(made)
    assert "http://127.0.0.1:1/" in repr(made)


def test_a_pickle_with_an_unknown_ability_is_refused() -> None:
    rebuild = type(opendal.Operator("memory").capability())._rebuild  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="fly"):
        rebuild({"fly": True})


def test_unequal_hashes_are_rare(op: opendal.Operator) -> None:
    entries: set[Entry | Metadata] = set()
    for number in range(200):
        op.write(f"many/{number}", b"")
    for entry in op.list("many/"):
        entries |= {entry, entry.metadata}
    assert len({hash(entry) for entry in entries}) == len(entries) == 400
