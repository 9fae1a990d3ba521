"""What Python has for files works on ours, both ways."""

import csv
import gzip
import io
import json
import pickle
import shutil
import tarfile
import zipfile
from typing import Any

import opendal
import pytest
from calls import Calls, Service

TEXT = "first\nsecond line\r\n\nä€😀\rlast without end"
KiB = 1024
# Longer than what comes along when a file is opened, and than the next pieces.
LONG = bytes(range(256)) * (4 * KiB)


@pytest.fixture
def op(service: Service) -> opendal.Operator:
    op = service.make(opendal.Operator)
    Calls(op, service).needs("write")
    return op


def test_zip_files(op: opendal.Operator) -> None:
    with (
        op.open("a.zip", "wb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.writestr("one", b"1" * 100_000)
        archive.writestr("two", LONG)
    with op.open("a.zip") as file, zipfile.ZipFile(file) as archive:
        assert archive.namelist() == ["one", "two"]
        assert archive.testzip() is None
        assert archive.read("two") == LONG


@pytest.mark.parametrize(("written", "read"), [("w:", "r:"), ("w|", "r|"), ("w:gz", "r:gz")])
def test_tar_files(op: opendal.Operator, written: str, read: str) -> None:
    made: Any = tarfile.open
    with op.open("a.tar", "wb") as file, made(fileobj=file, mode=written) as archive:
        for name, data in (("one", b"1"), ("two", LONG)):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    with op.open("a.tar") as file, made(fileobj=file, mode=read) as archive:
        found = {member.name: archive.extractfile(member).read() for member in archive}
    assert found == {"one": b"1", "two": LONG}


def test_gzip_files(op: opendal.Operator) -> None:
    with op.open("a.gz", "wb") as file, gzip.GzipFile(fileobj=file, mode="wb") as packed:
        packed.write(LONG)
    with op.open("a.gz") as file, gzip.GzipFile(fileobj=file) as packed:
        assert packed.read() == LONG


def test_csv_and_json(op: opendal.Operator) -> None:
    rows = [["name", "value"], ["ä, b", 'with "quotes"\nand lines']]
    with op.open("a.csv", "w", newline="") as text:
        csv.writer(text).writerows(rows)
    with op.open("a.csv", "r", newline="") as text:
        assert list(csv.reader(text)) == rows
    value = {"list": list(range(1000)), "text": "ä" * 1000}
    with op.open("a.json", "w") as text:
        json.dump(value, text)
    with op.open("a.json") as file:
        assert json.load(file) == value


def test_pickles(op: opendal.Operator) -> None:
    value = {"numbers": list(range(1000)), "text": "x" * 100_000, "bytes": LONG}
    with op.open("a.pickle", "wb") as file:
        pickle.dump(value, file)
        pickle.dump("second", file)
    for options in ({}, {"buffering": 0}):
        with op.open("a.pickle", "rb", **options) as file:
            assert pickle.load(file) == value
            assert pickle.load(file) == "second"


def test_copying_both_ways(op: opendal.Operator) -> None:
    with op.open("a", "wb") as file:
        shutil.copyfileobj(io.BytesIO(LONG), file)
    with op.open("a") as source, op.open("b", "wb") as target:
        shutil.copyfileobj(source, target)
    with op.open("b") as file:
        copy = io.BytesIO()
        shutil.copyfileobj(file, copy)
    assert copy.getvalue() == LONG


def test_pythons_own_buffers_go_over_raw_files(op: opendal.Operator) -> None:
    with op.open("a", "wb", buffering=0) as raw, io.BufferedWriter(raw) as buffered:
        buffered.write(LONG)
    with op.open("a", "rb", buffering=0) as raw, io.BufferedReader(raw) as buffered:
        assert buffered.peek(1)[:1] == LONG[:1]
        assert buffered.read(5) == LONG[:5]
        buffered.seek(-5, 2)
        assert buffered.read() == LONG[-5:]


def test_peeking_does_not_go_on(op: opendal.Operator) -> None:
    op.write("a", LONG)
    with op.open("a") as file:
        assert file.peek(10)[:10] == LONG[:10]
        assert 0 < len(file.peek()) <= io.DEFAULT_BUFFER_SIZE
        assert file.tell() == 0
        assert 0 < len(file.read1(100)) <= 100
        target = bytearray(50)
        assert 0 < file.readinto1(target) <= 50
        file.seek(0, 2)
        assert (file.peek(), file.read1(), file.readinto1(target)) == (b"", b"", 0)
