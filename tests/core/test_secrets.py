"""No secret shows, wherever somebody may look; a pickle holds them, for whom it is for.

Every secret is a canary here, and a canary is found in every form that keeps its letters.
"""

import base64
import copy
import http.server
import json
import multiprocessing
import os
import pickle
import pydoc
import re
import subprocess
import sys
import threading
import traceback
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import opendal
import pytest
from calls import Calls, Service
from least import LEAST
from opendal.exceptions import Error
from opendal.layers import ConcurrentLimitLayer, RetryLayer, TimeoutLayer

CANARY = "cAnArYcAnArYcAnArY"
# In base64 it can stand at three places; what stays the same are the letters in the middle.
ENCODED = [base64.b64encode(b"\0" * shift + CANARY.encode())[4:-4].decode() for shift in range(3)]
TABLE = Path(__file__).parents[2] / "rust" / "rules" / "src" / "generated.rs"
# By their names they sound secret.
NOT_SECRET: set[str] = {
    # Names of files.
    "gcs.credential_path",
    "oss.oidc_token_file",
    "sftp.key",
}
# Where not every text will do.
ACCOUNT_KEY = {"account_key": base64.b64encode(CANARY.encode()).decode()}
SPELT: dict[str, dict[str, str]] = {
    "azblob": ACCOUNT_KEY,
    "azdls": ACCOUNT_KEY,
    "azfile": ACCOUNT_KEY,
    "mysql": {"connection_string": f"mysql://me:{CANARY}@h/d"},
    "postgresql": {"connection_string": f"postgresql://me:{CANARY}@h/d"},
}


def options() -> dict[str, dict[str, str]]:
    """Every option of every compiled service, with its line in the generated table."""
    found: dict[str, dict[str, str]] = {}
    for line in TABLE.read_text().splitlines():
        if scheme := re.search(r'^ {8}scheme: "(.*)"', line):
            found[scheme[1]] = {}
        elif option := re.search(r'ServiceOption { name: "(\w+)"', line):
            found[next(reversed(found))][option[1]] = line
    return found


OPTIONS = options()
WHEELS = {folder.name for folder in (TABLE.parents[3] / "python" / "services").iterdir()}
SECRET = [
    (scheme, name)
    for scheme, lines in OPTIONS.items()
    for name, line in lines.items()
    if "secret: true" in line
]


def test_what_sounds_secret_is() -> None:
    assert set(OPTIONS) == set(opendal.schemes())
    assert SECRET
    sounds = re.compile(r"secret|token|passw|credential|private|(^|_)(key|sas)$|access_key")
    named = {(scheme, name) for scheme in OPTIONS for name in OPTIONS[scheme]}
    assert {
        (scheme, name)
        for scheme, name in named - set(SECRET)
        if sounds.search(name) and f"{scheme}.{name}" not in NOT_SECRET
    } == set()


def unseen(*shown: object) -> None:
    """Fails if a canary is in any of the texts."""
    for text in map(str, shown):
        for form in (CANARY, *ENCODED):
            assert form not in text, text[:2000]


def confidential(scheme: str, **options: Any) -> dict[str, Any]:
    """A configuration in which everything is secret that can be."""
    secrets = {name: f"{CANARY}/{name}+=" for each, name in SECRET if each == scheme}
    config: dict[str, Any] = {**LEAST[scheme], **secrets, **SPELT.get(scheme, {})}
    if scheme in {"dropbox", "gdrive", "onedrive"}:
        # One or the other.
        del config["refresh_token"]
    if scheme == "s3":
        config |= {
            "region": "us-east-1",
            "server_side_encryption_customer_algorithm": "AES256",
            "server_side_encryption_customer_key_md5": "none",
        }
    return config | options


class Hidden:
    """A call whose arguments are in no frame's variables."""

    def __init__(self, call: Callable[..., Any], *arguments: Any, **options: Any) -> None:
        self._all = call, arguments, options

    def __call__(self) -> Any:
        return self._all[0](*self._all[1], **self._all[2])


def told_by(error: BaseException) -> list[str]:
    """All that an error shows, with the variables of all frames."""
    said = [traceback.format_exc()]
    seen: BaseException | None = error
    while seen is not None:
        said += [str(seen), repr(seen), repr(seen.args), repr(vars(seen)), f"{seen}"]
        said += traceback.TracebackException.from_exception(seen, capture_locals=True).format()
        said += [repr(pickle.dumps(seen))]
        seen = seen.__cause__ or seen.__context__
    return said


async def fails(call: Callable[[], Any], kind: type[Exception] = Error) -> None:
    """Makes a call that must fail, and looks at all that is said of it."""
    try:
        made = call()
        if hasattr(made, "__await__"):
            unseen(repr(made))
            await made
    except kind as error:
        unseen(*told_by(error))
    else:
        pytest.fail("it did not fail")


def shown_by(op: Any) -> Iterator[object]:
    """All that an operator shows."""
    yield from (
        repr(op),
        str(op),
        f"{op}",
        f"{op!s:>20}",
        vars(op) if hasattr(op, "__dict__") else "",
    )
    yield pydoc.render_doc(op)
    for name in dir(op):
        if not name.startswith("_"):
            yield getattr(op, name)
    yield (op.capability(), op.layers, hash(op))


# What is looked at


@pytest.mark.parametrize("scheme", sorted({scheme for scheme, _ in SECRET}))
def test_an_operator_shows_none(scheme: str, kind: type[opendal.Operator]) -> None:
    config = confidential(scheme)
    op = kind(scheme, **config)
    layered = op.layer(RetryLayer()).layer(TimeoutLayer()).layer(ConcurrentLimitLayer(3))
    twin = op.to_async_operator() if kind is opendal.Operator else op.to_operator()
    for each in (op, layered, twin, copy.copy(op), copy.deepcopy(layered)):
        unseen(*shown_by(each))
    unseen(*shown_by(kind.from_config({"scheme": scheme, **config})))
    uri = config.pop("connection_string", f"{scheme}:///")
    unseen(*shown_by(kind.from_uri(f"{uri}?{urllib.parse.urlencode(config)}")))


async def test_a_call_shows_none(s3_moto: Service, kind: type[opendal.Operator]) -> None:
    """On a server that takes any signature."""
    secure = Calls(kind("s3", **{**confidential("s3"), **s3_moto.config, **secrets_of("s3")}))
    await secure.write("d/a", b"1234")
    stream, buffer = secure.op.read_stream("d/a"), await secure.read_buffer("d/a")
    unseen(repr(stream), repr(buffer))
    for mode in ("rb", "r", "wb", "w"):
        opening: Any = secure.op.open("d/a", mode)
        unseen(opening, repr(opening))
        file = await opening if secure.asynchronous else opening
        unseen(file, repr(file))
        closing = file.close()
        if secure.asynchronous:
            await closing
    entries = await secure.entries("d/")
    metadata = await secure.stat("d/a")
    unseen(entries, repr(secure.op.list("d/")), metadata, repr(metadata), metadata.user_metadata)
    started: Any = secure.op.stat("d/a")
    unseen(started, repr(started))
    if secure.asynchronous:
        await started


def secrets_of(scheme: str) -> dict[str, str]:
    config = confidential(scheme)
    return {name: config[name] for each, name in SECRET if each == scheme}


async def test_a_presigned_request_shows_none(kind: type[opendal.Operator]) -> None:
    """Its URL and its headers are all that there is to it, so they have to be asked for."""
    op = Calls(kind("s3", **confidential("s3", endpoint=f"http://me:{CANARY}@127.0.0.1:1")))
    request = await op.presign_read("a", 60)
    (signature,) = urllib.parse.parse_qs(request.url)["X-Amz-Signature"]
    assert signature not in f"{request!r} {request}"
    unseen(repr(request), request, f"{request}")
    assert request.url.count(CANARY) >= 2


# What goes wrong


@pytest.mark.parametrize("scheme", sorted({scheme for scheme, _ in SECRET}))
async def test_no_mistake_shows_one(scheme: str, kind: type[opendal.Operator]) -> None:
    config = confidential(scheme)
    typed = type(kind.from_config({"scheme": scheme, **config}))
    assert (typed is not kind) == (scheme in WHEELS)
    for name in (name for each, name in SECRET if each == scheme):
        for wrong in (
            CANARY.encode(),
            [CANARY, object()],
            {CANARY: CANARY},
            f"{CANARY}\ud800",
            frozenset({CANARY}),
        ):
            given = {**config, name: wrong}
            await fails(Hidden(kind, scheme, **given))
            await fails(Hidden(kind.from_config, {"scheme": scheme, **given}))
            if typed is not kind:
                await fails(Hidden(typed, **given))
        misspelt = {**config, f"{name}x": CANARY}
        await fails(Hidden(kind, scheme, **misspelt))
        if typed is not kind:
            await fails(Hidden(typed, **misspelt))
    await fails(Hidden(kind, scheme, **{**config, "root": 1}))


@pytest.mark.parametrize("place", ["[", "h:many", "h h", ""])
async def test_no_endpoint_shows_one(place: str, kind: type[opendal.Operator]) -> None:
    config = confidential("s3", endpoint=f"http://me:{CANARY}@{place}", disable_config_load=True)
    made = kind.from_config({"scheme": "s3", **config})
    unseen(*shown_by(made))
    await fails(Hidden(made.stat, "a"))


@pytest.mark.parametrize(
    "uri",
    [
        "s3://b/?secret_access_key={}&regoin=x",
        "s3://b/?secret_access_key=a&{}",
        "s3://b/?region=x&secret_access_key={}&{}&{}",
        "s3://b/?secret_access_key={}%",
        "s3://b/?secret_access_key={}%ff%zz&regoin=x",
        "s3://b/?secret_access_key={}\ud800",
        "s3://b/?secret_access_key={} and more",
        "s3://b/?secret_access_key={}#more",
        "s3://b/?secret_access_key={0}&aws_secret_access_key={0}",
        "s3://b/?endpoint=http://me:{}@h&regoin=x",
        "s3://me:{}@b/",
        "s3://me:{}@/",
        "s3:/b?secret_access_key={}",
        "s4://me:{}@b/?token={}",
        "fs://me:{}@host/?rot=x",
        "memory://me:{}@host/",
    ],
)
async def test_no_uri_shows_one(uri: str, kind: type[opendal.Operator]) -> None:
    await fails(Hidden(kind.from_uri, uri.format(CANARY, CANARY, CANARY)))


@pytest.fixture
def echo() -> Iterator[str]:
    """A server that refuses every request and quotes all of it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = dict(self.headers)
            if "token" in self.path:
                # Alone, since messages have an end.
                headers = {"x-amz-security-token": headers["x-amz-security-token"]}
            said = "".join(f"{name}: {value}\n" for name, value in headers.items())
            if "json" in self.path:
                said = json.dumps(headers)
            elif "python" in self.path:
                said = str(headers)
            escaped = said.replace("&", "&amp;").replace("<", "&lt;")
            code = "" if "bare" in self.path else f"<Code>Denied</Code><Message>{escaped}</Message>"
            body = f"<Error>{code}<Token>{CANARY}</Token></Error>" if code else said
            self.send_response(403)
            self.send_header("x-amz-request-id", "1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body.encode())

        do_PUT = do_HEAD = do_POST = do_DELETE = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def test_no_answer_shows_one(echo: str, kind: type[opendal.Operator]) -> None:
    for place in (echo, f"me:{CANARY}@{echo}"):
        op = kind("s3", **confidential("s3", endpoint=f"http://{place}", disable_config_load=True))
        for name in (
            "plain",
            "json",
            "python",
            "bare",
            "bare json",
            "bare python",
            "token",
            "json token",
        ):
            for call, *arguments in (
                (op.read, name),
                (op.stat, name),
                (op.write, name, b"1"),
                (op.delete, name),
                (op.copy, name, "other"),
                (op.create_dir, f"{name}/"),
            ):
                await fails(Hidden(call, *arguments))
        await fails(Hidden(op.check))
        assert "Denied" in str(await caught(op.read, "plain"))


async def caught(call: Callable[..., Any], *arguments: Any) -> Error:
    try:
        made = call(*arguments)
        if hasattr(made, "__await__"):
            await made
    except Error as error:
        return error
    pytest.fail("it did not fail")


async def test_no_broken_connection_shows_one(
    refused_port: int, kind: type[opendal.Operator]
) -> None:
    for place in (f"127.0.0.1:{refused_port}", f"me:{CANARY}@127.0.0.1:{refused_port}"):
        for scheme in ("http", "https"):
            config = confidential("s3", endpoint=f"{scheme}://{place}", disable_config_load=True)
            op = kind("s3", **config)
            await fails(Hidden(op.read, "a"), ConnectionError)
            await fails(Hidden(op.layer(TimeoutLayer(timeout=9)).write, "a", b"1"))


# What is written elsewhere

PROGRAM = """
import faulthandler, json, logging, sys, traceback, warnings
faulthandler.enable()
logging.basicConfig(level=logging.DEBUG)
warnings.simplefilter("always")
import opendal

config = json.load(sys.stdin)
for endpoint in config.pop("endpoints"):
    op = opendal.Operator.from_config({"scheme": "s3", "endpoint": endpoint, **config})
    op = op.layer(opendal.layers.RetryLayer(max_times=2, min_delay=0.01))
    for path in ("plain", "token", "json token", "python token"):
        try:
            op.read(path)
        except OSError as error:
            print(error, file=sys.stderr)
            logging.exception("it failed: %r", op)
faulthandler.dump_traceback()
sys.exit("done")
"""


def test_no_log_shows_one(echo: str, refused_port: int) -> None:
    """Not even with everything switched on that Rust programs listen to."""
    config = confidential("s3")
    # One without a password too, or it would be masked wherever else it is.
    config["endpoints"] = [
        f"http://{echo}",
        f"http://me:{CANARY}@{echo}",
        f"http://me:{CANARY}@[::1]:{refused_port}",
    ]
    # Found by the service, so nobody has told which values are secret.
    for name in ("access_key_id", "secret_access_key", "session_token"):
        del config[name]
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(config),
        env={
            **os.environ,
            **dict.fromkeys(("RUST_LOG", "OPENDAL_LOG"), "trace"),
            "RUST_BACKTRACE": "full",
            "AWS_ACCESS_KEY_ID": f"id-{CANARY}",
            "AWS_SECRET_ACCESS_KEY": CANARY,
            "AWS_SESSION_TOKEN": CANARY,
            "HTTP_PROXY": f"http://me:{CANARY}@127.0.0.1:{refused_port}",
            "NO_PROXY": "127.0.0.1",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.stderr.endswith("done\n"), ran.stderr
    assert "Denied" in ran.stderr
    unseen(ran.stdout, ran.stderr)


# What holds them


def work(op: opendal.Operator) -> tuple[bytes, str]:
    """What a worker does."""
    return op.read("a"), repr(op)


def test_a_pickle_has_all_that_a_worker_needs(s3_rclone: Service) -> None:
    """On a server that verifies signatures."""
    op = s3_rclone.make(opendal.Operator).layer(RetryLayer())
    op.write("a", b"1")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        answer, shown = pool.apply(work, (op,))
    assert answer == b"1"
    assert shown == repr(op)
    secret = s3_rclone.config["secret_access_key"]
    assert secret.encode() in pickle.dumps(op)
    assert secret not in shown


def test_the_documentation_says_that_a_pickle_is_confidential() -> None:
    root = Path(__file__).parents[2]
    for text in (
        opendal.Operator.__doc__,
        opendal.AsyncOperator.__doc__,
        (root / "README.md").read_text(),
    ):
        assert "confidential" in str(text)
