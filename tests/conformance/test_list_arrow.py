"""A listing is an Arrow stream, with the same entries."""

import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC

import opendal
import pyarrow as pa
import pytest
from calls import Calls, Service
from opendal.types import Entries, Lister
from servers import FaultProxy

COLUMNS = {
    "path": pa.string(),
    "mode": pa.string(),
    "content_length": pa.int64(),
    "last_modified": pa.timestamp("us", tz="UTC"),
    "etag": pa.string(),
    "version": pa.string(),
    "content_type": pa.string(),
    "is_current": pa.bool_(),
    "is_deleted": pa.bool_(),
}


@pytest.fixture
def op(service: Service) -> opendal.Operator:
    op = service.make(opendal.Operator)
    Calls(op, service).needs("list", "write")
    for number, path in enumerate(["a", "d/b", "d/c", "d/e/f"]):
        op.write(path, b"x" * number)
    return op


@pytest.fixture(params=["lister", "collected"])
def streamed(request: pytest.FixtureRequest) -> Callable[[Lister], Lister | Entries]:
    """Both things that are a stream."""
    return (lambda lister: lister) if request.param == "lister" else Lister.collect


def row(entry: opendal.types.Entry) -> dict[str, object]:
    """What the table has of an entry."""
    metadata = entry.metadata
    modified = metadata.last_modified
    assert modified is None or modified.tzinfo is UTC
    return {
        "path": entry.path,
        "mode": "dir" if entry.is_dir else "file",
        "content_length": metadata.content_length if entry.is_file else None,
        "last_modified": modified,
        **{name: getattr(metadata, name) for name in list(COLUMNS)[4:]},
    }


def test_the_table_has_what_the_entries_have(
    service: Service, op: opendal.Operator, streamed: Callable[[Lister], Lister | Entries]
) -> None:
    keeps = op.capability().list_with_versions and "list_with_versions" not in service.ignores
    options = {"versions": True} if keeps else {}
    for path in ("", "d/", "nowhere/"):
        table = pa.table(streamed(op.list(path, **options)))
        table.validate(full=True)
        assert dict(zip(table.schema.names, table.schema.types, strict=True)) == COLUMNS
        assert table.to_pylist() == [row(entry) for entry in op.list(path, **options)]


def test_a_table_of_names_has_no_more(
    op: opendal.Operator, streamed: Callable[[Lister], Lister | Entries]
) -> None:
    table = pa.table(streamed(op.list("d/", stat=False)))
    table.validate(full=True)
    entries = list(op.list("d/"))
    assert table.to_pydict() == {
        "path": [entry.path for entry in entries],
        "mode": ["dir" if entry.is_dir else "file" for entry in entries],
    }


def test_deleted_entries_are_told(s3_versions: Service) -> None:
    for op in (s3_versions.make(opendal.Operator), opendal.Operator("memory", versions=True)):
        op.write("gone", b"1")
        op.write("here", b"22")
        op.delete("gone")
        table = pa.table(op.list("", deleted=True)).select(["path", "is_deleted"])
        assert sorted(map(tuple, map(dict.values, table.to_pylist()))) == [
            ("gone", True),
            ("here", False),
        ]


def test_a_stream_goes_on_where_the_iterator_is() -> None:
    op = opendal.Operator("memory")
    for number in range(2500):
        op.write(f"{number:04}", b"")
    lister = op.list("")
    first = next(lister).path
    table = pa.table(lister)
    assert [first, *table["path"].to_pylist()] == [f"{number:04}" for number in range(2500)]
    assert table["path"].num_chunks == 3
    assert list(lister) == []


def test_collected_entries_are_streamed_as_often_as_asked() -> None:
    op = opendal.Operator("memory")
    for number in range(2500):
        op.write(f"{number:04}", b"")
    entries = op.list("").collect()
    assert pa.table(entries) == pa.table(entries)
    assert pa.table(entries)["path"].to_pylist() == [entry.path for entry in entries]


def test_a_batch_is_a_page(s3_proxied: Service, proxy: FaultProxy) -> None:
    op = s3_proxied.make(opendal.Operator)
    for name in "abcde":
        op.write(name, b"")
    proxy.reset()
    reader = pa.RecordBatchReader.from_stream(op.list("", page_size=2))
    assert proxy.count() == 0
    assert reader.read_next_batch()["path"].to_pylist() == ["a", "b"]
    assert proxy.count() == 1
    assert reader.read_next_batch()["path"].to_pylist() == ["c", "d"]
    assert proxy.count() == 2


def test_threads_share_a_stream() -> None:
    op = opendal.Operator("memory")
    for number in range(5000):
        op.write(f"{number:04}", b"")
    lister, tables = op.list(""), []
    threads = [threading.Thread(target=lambda: tables.append(pa.table(lister))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    paths = pa.concat_tables(tables)["path"].to_pylist()
    assert sorted(paths) == [f"{number:04}" for number in range(5000)]


def test_an_error_in_the_middle_is_told_in_one_line(s3_proxied: Service, proxy: FaultProxy) -> None:
    op = s3_proxied.make(opendal.Operator)
    for name in "abc":
        op.write(name, b"")
    reader = pa.RecordBatchReader.from_stream(op.list("", page_size=2))
    assert reader.read_next_batch().num_rows == 2
    proxy.fail(403, method="GET")
    with pytest.raises(OSError, match=r'list "/" on s3: ') as caught:
        reader.read_next_batch()
    assert "\n" not in str(caught.value)
    with pytest.raises(StopIteration):
        reader.read_next_batch()


def test_a_stream_is_interrupted(s3_proxied: Service, proxy: FaultProxy) -> None:
    op = s3_proxied.make(opendal.Operator)
    held = proxy.hold(times=None)
    asked = threading.Thread(target=_interrupt_when, args=[lambda: proxy.in_flight == 1])
    asked.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        _read_on(op.list(""))
    assert time.monotonic() - start < 5
    held.release()
    asked.join()


def _read_on(lister: Lister) -> None:
    """What a program does that takes errors of pyarrow for something else."""
    try:
        pa.table(lister)
    except OSError:
        for _ in range(1000):
            time.sleep(0.01)


def _interrupt_when(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.01)
    signal.raise_signal(signal.SIGINT)


def test_a_stream_that_nobody_reads_is_let_go() -> None:
    op = opendal.Operator("memory")
    op.write("a", b"")
    lister = op.list("")
    for _ in range(3):
        assert "arrow_array_stream" in repr(lister.__arrow_c_stream__())
    assert [entry.path for entry in lister] == ["a"]
