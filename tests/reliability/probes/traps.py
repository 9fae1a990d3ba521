"""Arguments, files and errors: nothing is taken that is not meant, nothing is lost in silence."""

import array
import asyncio
import contextlib
import gc
import inspect
import io
import json
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .lab import PART, SMALL, Lab, open_in_parts
from .libraries import Client
from .registry import Failed, Missing, must_be, must_raise, probe

# Each is written where an integer, a string or half a character is no data and no path.
NO_DATA: dict[str, Callable[[Lab], object]] = {
    "a list of numbers": lambda _: [1, 2, 3],
    "a number": lambda _: 5,
    "None": lambda _: None,
    # A path of a file that is there: its content must not be sent.
    "a string": lambda lab: str(_local(lab, SMALL)),
}


def _local(lab: Lab, data: bytes) -> Path:
    place = lab.directory / "local"
    place.write_bytes(data)
    return place


@probe("{} is no data", over=NO_DATA)
def no_data(lab: Lab, what: str) -> None:
    client = lab.library.memory()
    given = NO_DATA[what](lab)
    must_raise(lambda: client.write("a", given))


@probe("An array of floats is data: its bytes")
def floats(lab: Lab) -> None:
    client = lab.library.memory()
    numbers = array.array("d", [1.0, 2.0])
    client.write("a", numbers)
    must_be(client.read("a"), numbers.tobytes())


@probe("A setting that does not exist is refused")
def unknown_setting(lab: Lab) -> None:
    must_raise(lambda: lab.s3(no_such_setting="1"))


@probe("A setting beside a URI that does not exist is refused")
def unknown_in_uri(lab: Lab) -> None:
    place = f"{lab.directory}/root"
    Path(place).mkdir()
    library: Any = lab.library
    if lab.name == "obstore":
        must_raise(lambda: library.stores.from_url(f"file://{place}", no_such_setting="1"))
    else:
        must_raise(lambda: library.module.Operator.from_uri(f"fs://{place}", no_such_setting="1"))


@probe("A setting of retries that does not exist is refused")
def unknown_retry(lab: Lab) -> None:
    library: Any = lab.library
    if lab.name == "obstore":
        must_raise(lambda: library.stores.S3Store("b", retry_config={"no_such_setting": 1}))
    else:
        must_raise(lambda: library.module.layers.RetryLayer(no_such_setting=1))


@probe("A keyword that does not exist is refused: {}", over=["read", "write", "open"])
def unknown_keyword(lab: Lab, what: str) -> None:
    client = lab.library.memory()
    client.write("a", b"1")
    store: Any = client.store
    if lab.name == "obstore":
        calls: dict[str, Callable[[], object]] = {
            "read": lambda: store.get("a", no_such=1),
            "write": lambda: store.put("a", b"1", no_such=1),
            "open": lambda: client.api.open_reader(store, "a", no_such=1),
        }
    else:
        calls = {
            "read": lambda: store.read("a", no_such=1),
            "write": lambda: store.write("a", b"1", no_such=1),
            "open": lambda: store.open("a", "rb", no_such=1),
        }
    must_raise(calls[what])


@probe("A part of no bytes is refused: {}", over=["read", "write"], seconds=8)
def empty_part(lab: Lab, what: str) -> None:
    client = lab.library.memory()
    client.write("a", SMALL)
    store: Any = client.store
    obstore = lab.name == "obstore"
    if what == "write":
        option = {"chunk_size" if obstore else "chunk": 0}
        must_raise(lambda: (store.put if obstore else store.write)("a", SMALL, **option))
    elif obstore:
        must_raise(lambda: list(store.get("a").stream(min_chunk_size=0)))
    else:
        must_raise(lambda: store.read("a", chunk=0))


def _part(client: Client, offset: int, size: int) -> bytes:
    store: Any = client.store
    if hasattr(store, "get_range"):
        return bytes(store.get_range("a", start=offset, length=size))
    return bytes(store.read("a", offset=offset, size=size))


RANGES = {"of no bytes": (2, 0), "that begins past the end": (99, 1), "that ends past it": (3, 99)}


@probe("A range {} is cut as Python cuts a slice", over=RANGES)
def ranges(lab: Lab, which: str) -> None:
    client = lab.library.memory()
    client.write("a", b"12345")
    offset, size = RANGES[which]
    must_be(_part(client, offset, size), b"12345"[offset : offset + size])


@probe("A path that is no UTF-8 is kept or refused, not changed")
def not_utf8(lab: Lab) -> None:
    client = lab.library.directory(lab.directory / "root")
    path = b"ab\xff".decode("utf-8", "surrogateescape")
    with contextlib.suppress(Exception):
        client.write(path, b"1")
        must_be([entry.name for entry in (lab.directory / "root").iterdir()], [path])


@probe("A path does not lead out of the root")
def escape(lab: Lab) -> None:
    client = lab.library.directory(lab.directory / "root")
    with contextlib.suppress(Exception):
        client.write("../escaped", b"1")
    must_be((lab.directory / "escaped").exists(), False)


@probe("An exception inside `with` publishes no half of a file: {}", over=["directory", "S3"])
def half_file(lab: Lab, where: str) -> None:
    client = _place(lab, where)
    with contextlib.suppress(ZeroDivisionError), client.open_write("half") as file:
        file.write(b"half")
        raise ZeroDivisionError
    must_raise(lambda: client.read("half"), lab.library.NotFound, "published")


@probe("A file that is dropped unclosed publishes no half: {}", over=["directory", "S3"])
def dropped_file(lab: Lab, where: str) -> None:
    client = _place(lab, where)
    file = client.open_write("half")
    file.write(b"half")
    del file
    gc.collect()
    # What would be published might take a moment.
    time.sleep(0.3)
    must_raise(lambda: client.read("half"), lab.library.NotFound, "published")


def _place(lab: Lab, where: str) -> Client:
    return lab.s3() if where == "S3" else lab.library.directory(lab.directory / "root")


@probe("What is absent raises at open")
def absent_at_open(lab: Lab) -> None:
    must_raise(lambda: lab.s3().open_read("absent"))


@probe("Files are files of io: {}", over=["json", "lines", "text", "pickle"])
def files(lab: Lab, what: str) -> None:
    client = lab.library.memory()
    client.write("a", pickle.dumps([1]) if what == "pickle" else b'[1,\n"\xc3\xa4"]')
    file = client.open_read("a")
    match what:
        case "json":
            must_be(json.load(file), [1, "ä"])
        case "lines":
            must_be([bytes(line) for line in file], [b"[1,\n", b'"\xc3\xa4"]'])
        case "text":
            must_be(io.TextIOWrapper(file, encoding="utf-8").read(), '[1,\n"ä"]')
        case _:
            must_be(pickle.load(file), [1])


@probe("What is read serves as bytes: json.loads, decode, hash")
def as_bytes(lab: Lab) -> None:
    client = lab.library.memory()
    client.write("a", b"[1]")
    store: Any = client.store
    data: Any = store.get("a").bytes() if lab.name == "obstore" else store.read("a")
    must_be((json.loads(data), data.decode(), hash(data)), ([1], "[1]", hash(b"[1]")))


@probe("What is absent is a FileNotFoundError, of one line, with its path")
def not_found(lab: Lab) -> None:
    error = must_raise(lambda: lab.s3().read("absent"))
    if not isinstance(error, FileNotFoundError):
        raise Failed(f"{type(error).__name__} is none")
    if "\n" in str(error):
        raise Failed(f"{len(str(error).splitlines())} lines")
    must_be("absent" in str(error), True)


@probe("What is forbidden is a PermissionError, of one line")
def forbidden(lab: Lab) -> None:
    error = must_raise(lambda: lab.odd_s3("refuses").read("a"))
    if not isinstance(error, PermissionError):
        raise Failed(f"{type(error).__name__} is none")
    if "\n" in str(error):
        raise Failed(f"{len(str(error).splitlines())} lines")


@probe("All errors have one base")
def one_base(lab: Lab) -> None:
    library: Any = lab.library
    absent = must_raise(lambda: lab.s3().read("absent"))
    base = (
        library.api.exceptions.BaseError
        if lab.name == "obstore"
        else library.module.exceptions.Error
    )
    must_be(isinstance(absent, base), True, f"{type(absent).__name__} is none of it")


@probe("An error survives a pickle")
def pickled_error(lab: Lab) -> None:
    error = must_raise(lambda: lab.s3().read("absent"))
    copy = pickle.loads(pickle.dumps(error))
    must_be((type(copy), str(copy)), (type(error), str(error)))


@probe("Creating only what is absent is a FileExistsError where it is there")
def exclusive(lab: Lab) -> None:
    client = lab.library.directory(lab.directory / "root")
    client.write("a", b"1")
    store: Any = client.store
    if lab.name == "obstore":
        error = must_raise(lambda: store.put("a", b"2", mode="create"))
    else:
        error = must_raise(lambda: store.write("a", b"2", if_not_exists=True))
    if not isinstance(error, FileExistsError):
        raise Failed(f"{type(error).__name__} is none")


@probe("Appending to S3 appends or is refused, and never replaces")
def append(lab: Lab) -> None:
    client = lab.s3()
    if lab.name == "obstore":
        raise Missing
    with contextlib.suppress(Exception):
        client.store.write("a", b"more", append=True)
    data = client.read("a")
    if data not in {SMALL, SMALL + b"more"}:
        raise Failed("what was there is lost")


@probe("User metadata is kept or refused: memory")
def metadata(lab: Lab) -> None:
    client = lab.library.memory()
    store: Any = client.store
    if lab.name == "obstore":
        store.put("a", b"1", attributes={"owner": "me"})
        must_be(store.get("a").attributes, {"owner": "me"})
        return
    try:
        store.write("a", b"1", user_metadata={"owner": "me"})
    except Exception:
        return
    must_be(store.stat("a").user_metadata, {"owner": "me"})


@probe("The options of a read are sent: {}", over=["sync", "async"])
def response_header(lab: Lab, kind: str) -> None:
    client = lab.s3()
    if lab.name == "obstore":
        raise Missing
    option = {"content_type": "text/x-probe"}
    if kind == "sync":
        client.store.read("a", **option)
    else:

        async def main() -> None:
            await client.aread("a", **option)

        asyncio.run(main())
    must_be(lab.desk.count_query("response-content-type", "GET"), 1, "left out")


@probe("Writing tells the etag")
def etag(lab: Lab) -> None:
    written: Any = lab.s3().write("new", b"1")
    found = written["e_tag"] if isinstance(written, dict) else getattr(written, "etag", None)
    must_be(bool(found), True, "gives none")


@probe("Deleting a directory that is not empty fails at once, whatever the retries")
def full_directory(lab: Lab) -> None:
    root = lab.directory / "root"
    client = lab.library.directory(root)
    if lab.name == "obstore":
        raise Missing
    client.write("d/a", b"1")
    library: Any = lab.library
    module = library.module
    patient = client.store.layer(module.layers.RetryLayer(max_times=2, min_delay=1.0))
    started = time.monotonic()
    must_raise(lambda: patient.delete("d/"))
    if time.monotonic() - started > 0.9:
        raise Failed("tried again")


@probe("Layers and retries survive a pickle")
def pickled_layers(lab: Lab) -> None:
    store = pickle.loads(pickle.dumps(lab.s3(retries=3).store))
    lab.desk.fail(503, times=2)
    must_be(bytes(store.get("a").bytes() if lab.name == "obstore" else store.read("a")), SMALL)


@probe("Layers survive the way to an async operator")
def async_layers(lab: Lab) -> None:
    client = lab.s3(retries=3)
    lab.desk.fail(503, times=2)

    async def main() -> bytes:
        return bytes(await client.aread("a"))

    must_be(asyncio.run(main()), SMALL)


@probe("A pickle of memory has its objects or is refused, and is not empty")
def pickled_memory(lab: Lab) -> None:
    client = lab.library.memory()
    client.write("a", b"1")
    try:
        copy: Any = pickle.loads(pickle.dumps(client.store))
    except Exception:
        return
    must_be(bytes(copy.get("a").bytes() if lab.name == "obstore" else copy.read("a")), b"1")


@probe("Operators are equal and hash alike where their settings are")
def equal(lab: Lab) -> None:
    one, other = lab.s3().store, lab.s3().store
    must_be((one == other, hash(one) == hash(other)), (True, True), "they are not")


@probe("A subclass stays one: by URI and by pickle")
def subclass(lab: Lab) -> None:
    library: Any = lab.library
    base = library.stores.S3Store if lab.name == "obstore" else library.module.Operator
    mine = type(base)("Mine", (base,), {"__module__": __name__})
    globals()["Mine"] = mine
    if lab.name == "obstore":
        made = mine.from_url("s3://bucket", region="us-east-1")
    else:
        made = mine.from_uri("s3://bucket", region="us-east-1")
    must_be((type(made), type(pickle.loads(pickle.dumps(made)))), (mine, mine))


@probe("An object whose __init__ never ran raises, and does not crash")
def uninitialised(lab: Lab) -> None:
    kind: Any = type(lab.s3().store)
    try:
        made = kind.__new__(kind)
    except Exception:
        return
    must_raise(lambda: made.get("a") if lab.name == "obstore" else made.read("a"))


@probe("An async call may be made before the loop runs")
def no_loop(lab: Lab) -> None:
    client = lab.s3()
    call = client.store.get_async("a") if lab.name == "obstore" else client.aread("a")

    async def main() -> None:
        await call

    asyncio.run(main())


@probe("An upload in parts that an exception ends is aborted on the server")
def aborted_parts(lab: Lab) -> None:
    client = lab.s3()
    with contextlib.suppress(ZeroDivisionError), open_in_parts(client, lab, "parts") as file:
        file.write(bytes(2 * PART + 1))
        raise ZeroDivisionError
    begun = lab.desk.count_query("uploads", "POST")
    if begun != 1:
        raise Failed("no upload in parts")
    must_be(lab.desk.count_query("uploadId", "DELETE"), 1, "the parts stay, or became an object")


@probe("What stat gives can be pickled and compared")
def values(lab: Lab) -> None:
    client = lab.s3()
    first, again = client.stat("a"), client.stat("a")
    must_be((first == again, pickle.loads(pickle.dumps(first)) == first), (True, True))


@probe("`from ... import *` works")
def star(lab: Lab) -> None:
    exec(f"from {'obstore' if lab.name == 'obstore' else 'opendal'} import *", {})


@probe("help() has something to say of read and write")
def documented(lab: Lab) -> None:
    store = type(lab.s3().store)
    names = ("get", "put") if lab.name == "obstore" else ("read", "write")
    must_be(all(inspect.getdoc(getattr(store, name)) for name in names), True)
