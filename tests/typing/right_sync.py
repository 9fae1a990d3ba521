"""The synchronous API, with the types that it gives."""

import array
import csv
import gzip
import io
import mmap
import pickle
import shutil
import tarfile
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, assert_type

import opendal
from opendal.capability import Capability
from opendal.file import File, RawFile, TextFile
from opendal.layers import Layer
from opendal.types import Entries, Entry, EntryMode, Lister, Metadata, PresignedRequest


def operations(op: opendal.Operator) -> None:
    assert_type(op.read("a"), bytes)
    assert_type(op.read(Path("a"), offset=1, size=2, chunk=3, concurrent=4), bytes)
    assert_type(op.read("a", gap=1, prefetch=2, version="v", if_match="e"), bytes)
    assert_type(op.read("a", if_modified_since=datetime.now(UTC)), bytes)
    assert_type(op.write("a", b"x"), Metadata)
    op.write("a", b"x", append=True, chunk=8 << 20, concurrent=2, if_not_exists=True)
    op.write("a", b"x", content_type="text/plain", cache_control="no-cache")
    op.write("a", b"x", content_disposition="inline", content_encoding="gzip")
    op.write("a", b"x", if_match="e", if_none_match="f", user_metadata={"k": "v"})
    assert_type(op.stat("a", version="v", content_type="text/plain"), Metadata)
    assert_type(op.exists("a"), bool)
    op.delete("a", version="v", recursive=True, if_match="e")
    assert_type(op.copy("a", "b", if_not_exists=True, source_version="v"), Metadata)
    op.copy("a", Path("b"), if_match="e", chunk=1, concurrent=2)
    op.rename("a", "b", if_not_exists=True)
    op.create_dir("d/")
    op.remove_all("d/")
    op.check()
    assert_type(op.capability(), Capability)
    assert_type(op.scheme, str)
    assert_type(op.root, str)
    assert_type(op.name, str)
    assert_type(op.layers, tuple[Layer, ...])
    with op as same:
        assert_type(same, opendal.Operator)


def buffers(op: opendal.Operator, mapped: mmap.mmap) -> None:
    op.write("a", bytearray(b"x"))
    op.write("a", memoryview(b"x"))
    op.write("a", array.array("d", [1.0]))
    op.write("a", mapped)


def listings(op: opendal.Operator) -> None:
    lister = op.list("d/", limit=10, start_after="d/a", recursive=True, versions=True)
    assert_type(lister, Lister)
    assert_type(op.scan("d/", deleted=True), Lister)
    assert_type(op.list("d/", page_size=10, max_items=100, stat=False), Lister)
    for entry in lister:
        assert_type(entry, Entry)
        assert_type(entry.path, str)
        assert_type(entry.name, str)
        assert_type(entry.mode, EntryMode)
        assert_type(entry.is_file or entry.is_dir, bool)
        metadata = entry.metadata
        assert_type(metadata.mode, EntryMode)
        assert_type(metadata.mode == EntryMode.File, bool)
        assert_type(int(metadata.mode), int)
        assert_type(metadata.is_dir, bool)
        assert_type(metadata.content_length, int)
        assert_type(metadata.etag, str | None)
        assert_type(metadata.last_modified, datetime | None)
        assert_type(metadata.user_metadata, dict[str, str] | None)
        assert_type(metadata.is_current, bool | None)
        assert_type(metadata.is_deleted, bool)
    entries = op.list("").collect()
    assert_type(entries, Entries)
    assert_type(len(entries), int)
    assert_type(entries[-1], Entry)
    assert_type(entries[:2], Entries)
    assert_type([entry.path for entry in entries], list[str])
    assert_type(entries.__arrow_c_stream__(), object)
    assert_type(lister.__arrow_c_stream__(None), object)
    assert_type(next(op.list("")).metadata.version, str | None)
    assert_type({entry: entry.metadata for entry in op.list("")}, dict[Entry, Metadata])


def files(op: opendal.Operator) -> None:
    with op.open("a", "rb", offset=1, prefetch=2) as file:
        assert_type(file, File)
        assert_type(file.read(), bytes)
        assert_type(file.read(10), bytes)
        assert_type(file.readline(), bytes)
        assert_type(file.readinto(bytearray(10)), int)
        assert_type(file.seek(-1, 2), int)
        assert_type(file.tell(), int)
        assert_type(file.closed, bool)
        assert_type(file.readable() and file.writable() and file.seekable(), bool)
        for line in file:
            assert_type(line, bytes)
    with op.open("a", "wb", append=True, content_type="text/plain") as file:
        assert_type(file.write(b"x"), int)
        file.flush()
    file.close()


def kinds_of_files(op: opendal.Operator, mode: str) -> None:
    assert_type(op.open("a"), File)
    assert_type(op.open("a", "xb", if_not_exists=True), File)
    assert_type(op.open("a", "ab", buffering=1 << 20), File)
    assert_type(op.open("a", buffering=0), RawFile)
    assert_type(op.open("a", "r"), TextFile)
    assert_type(op.open("a", "wt", encoding="latin-1", errors="strict", newline=""), TextFile)
    assert_type(op.open("a", mode), IO[Any])
    with op.open("a", "w") as text:
        assert_type(text, TextFile)
        assert_type(text.write("x"), int)
        csv.writer(text).writerow(["x"])
        text.abort()
    with op.open("a", "r") as text:
        assert_type(text.read(), str)
        assert_type(list(text), list[str])
        assert_type(text.buffer, File)
    with op.open("a", "rb", buffering=0) as raw:
        assert_type(raw.read(), bytes)
        assert_type(io.BufferedReader(raw).read(), bytes)


def files_for_others(op: opendal.Operator) -> None:
    with op.open("a", "wb") as file:
        pickle.dump(1, file)
        shutil.copyfileobj(op.open("b"), file)
        assert_type((file.name, file.mode), tuple[str, str])
    with op.open("a", "rb") as file:
        zipfile.ZipFile(file)
        with tarfile.open(fileobj=file, mode="r|"):
            pass
        gzip.GzipFile(fileobj=file)
        io.TextIOWrapper(file)
        pickle.load(file)


def signing(op: opendal.Operator) -> None:
    request = op.presign_read("a", 60, content_type="text/plain")
    assert_type(request, PresignedRequest)
    assert_type(request.url, str)
    assert_type(request.method, str)
    assert_type(request.headers, dict[str, str])
    op.presign_stat("a", 1.5, version="v")
    op.presign_write("a", timedelta(minutes=1), if_not_exists=True)
    op.presign_delete("a", 60, version="v")


def limits(capability: Capability) -> None:
    assert_type(capability.read, bool)
    assert_type(capability.write_multi_max_size, int | None)


def places(mode: str) -> None:
    assert_type(opendal.open("s3://b/a", region="r", offset=1), File)
    assert_type(opendal.open(Path("a"), buffering=0), RawFile)
    assert_type(opendal.open("a", "w", encoding="utf-8", durable=True), TextFile)
    assert_type(opendal.open("file:///a", mode), IO[Any])
