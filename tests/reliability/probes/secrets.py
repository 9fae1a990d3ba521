"""No secret is shown."""

import asyncio
import gc
import io
import logging
import traceback
import warnings
from collections.abc import Callable
from typing import Any

from .lab import Lab
from .registry import Failed, Missing, must_raise, probe

CANARY = "canary-Zx81Qp-that-must-not-show"
SECRET = {"secret_access_key": CANARY}


def _must_not_show(**texts: str) -> None:
    shown = [name for name, text in texts.items() if CANARY in text]
    if shown:
        raise Failed(f"shown by {', '.join(shown)}")


def _check(error: BaseException) -> None:
    _must_not_show(
        str=str(error),
        repr=repr(error),
        attributes=repr(vars(error)) + repr(error.args),
        traceback="".join(traceback.format_exception(error)),
    )


@probe("repr, str, format and the public attributes of an operator")
def operator(lab: Lab) -> None:
    store = lab.s3(**SECRET).store
    names = [name for name in dir(store) if not name.startswith("_")]
    attributes = {name: repr(getattr(store, name, None)) for name in names}
    _must_not_show(repr=repr(store), str=str(store), format=f"{store}", **attributes)


FAULTS: dict[str, Callable[[Lab], Any]] = {
    "refused signature": lambda lab: lab.odd_s3("refuses", **SECRET).read("a"),
    "refused listing": lambda lab: list(lab.odd_s3("refuses", **SECRET).list("")),
    "garbage": lambda lab: list(lab.odd_s3("garbage", **SECRET).list("")),
    "cut body": lambda lab: lab.odd_s3("promises-more", **SECRET).read("a"),
    "unknown setting": lambda lab: lab.s3(**SECRET, secret_acces_key=CANARY),
    "session token": lambda lab: lab.odd_s3("nothing", **SECRET, session_token=CANARY).read("a"),
}


@probe("Errors and their tracebacks: {}", over=FAULTS)
def errors(lab: Lab, what: str) -> None:
    try:
        FAULTS[what](lab)
    except Exception as error:
        _check(error)
    else:
        raise Missing


@probe("Errors about a URI that has the secret in it")
def uri(lab: Lab) -> None:
    given = f"s3://key:{CANARY}@bucket/path?secret_access_key={CANARY}&no_such_key={CANARY}"
    library: Any = lab.library
    if lab.name == "obstore":
        from_url = library.stores.from_url
    else:
        from_url = library.module.Operator.from_uri
    try:
        made = from_url(given)
    except Exception as error:
        _check(error)
    else:
        _must_not_show(repr=repr(made))


@probe("Python's log at the level DEBUG")
def log(lab: Lab) -> None:
    written = io.StringIO()
    logging.basicConfig(level=logging.DEBUG, stream=written)
    must_raise(lambda: lab.odd_s3("refuses", **SECRET).read("a"))
    _must_not_show(log=written.getvalue())


@probe("The warning of an operation that is forgotten")
def warning(lab: Lab) -> None:
    async def main() -> None:
        client = lab.s3(**SECRET)
        client.aread("a")
        gc.collect()

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        asyncio.run(main())
    _must_not_show(warning=" ".join(str(each.message) for each in seen))
