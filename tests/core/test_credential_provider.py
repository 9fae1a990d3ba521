"""A function that gives credentials: when it is asked, what it may do, and what its faults are."""

import asyncio
import contextlib
import copy
import errno
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import traceback
import weakref
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import (
    ConfigInvalid,
    ConnectionFailed,
    InvalidArgument,
    InvalidState,
    PermissionDenied,
    Timeout,
)
from opendal.layers import RetryLayer, TimeoutLayer
from servers import FaultProxy, VersityServer

HANG = 60
# Which of the options are the credentials, and wrong ones; the right one where there is None.
CREDENTIALS: dict[str, dict[str, str | None]] = {
    "s3_versity": {"access_key_id": None, "secret_access_key": "nobodys-secret"},
    "azblob": {"account_key": "bm9ib2R5"},
    "webdav_wsgidav": {"username": "nobody", "password": "nobodys-password"},
    "ftp": {"user": "nobody", "password": "nobodys-password"},
}


def in_(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


@dataclass
class Provider:
    """Gives its answers one after another, the last of them for ever, and counts."""

    answers: list[Mapping[str, object] | BaseException]
    calls: int = 0
    threads: set[int] = field(default_factory=set)
    # Who wants to keep it waiting clears it.
    open: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.open.set()

    def __call__(self) -> Mapping[str, object]:
        answer = self.answers[min(self.calls, len(self.answers) - 1)]
        self.calls += 1
        self.threads.add(threading.get_ident())
        assert self.open.wait(HANG)
        if isinstance(answer, BaseException):
            raise answer
        return answer


@dataclass
class Place:
    """A service without its credentials, and good and bad ones."""

    service: Service
    options: dict[str, Any]
    good: dict[str, object]
    bad: dict[str, object]

    def calls(self, kind: type[opendal.Operator], provider: Callable[[], Any]) -> Calls:
        op = kind(self.service.scheme, **self.options, credential_provider=provider)
        return Calls(op, self.service)


@pytest.fixture(params=list(CREDENTIALS))
def place(request: pytest.FixtureRequest) -> Place:
    return place_on(request.getfixturevalue(request.param), request.param)


def place_on(service: Service, name: str) -> Place:
    names = CREDENTIALS[name]
    good = {name: service.config[name] for name in names}
    options = {name: value for name, value in service.config.items() if name not in good}
    return Place(service, options, good, {name: names[name] or good[name] for name in names})


@pytest.fixture
def s3(s3_versity: Service) -> Place:
    return place_on(s3_versity, "s3_versity")


def as_async(provider: Provider) -> Callable[[], Awaitable[Mapping[str, object]]]:
    async def ask() -> Mapping[str, object]:
        await asyncio.sleep(0)
        return provider()

    return ask


async def use(ops: Calls) -> None:
    """Every kind of step: what is asked at once, what takes several, and what is left behind."""
    await ops.write("a/b", b"12345")
    assert await ops.read("a/b", offset=1, size=3) == b"234"
    assert (await ops.stat("a/b")).content_length == 5
    assert await ops.paths("a/") == ["a/b"]
    async with await ops.open("a/c", "wb") as file:
        await file.write(b"67")
    async with await ops.open("a/c") as file:
        assert await file.read() == b"67"
    if ops.can("copy"):
        await ops.copy("a/b", "a/d")
    if ops.can("rename"):
        await ops.rename("a/c", "a/e")
    await ops.delete_many(["a/b", "a/c"])
    assert not await ops.exists("a/b")


@pytest.mark.parametrize("asynchronous", [False, True], ids=["def", "async def"])
async def test_credentials_are_given(
    place: Place, kind: type[opendal.Operator], asynchronous: bool
) -> None:
    provider = Provider([{**place.good, "expires_at": None}])
    await use(place.calls(kind, as_async(provider) if asynchronous else provider))
    assert provider.calls == 1


async def test_a_token_is_sent_with_each_request(
    gcs: Service, kind: type[opendal.Operator]
) -> None:
    """The emulator takes any: so it is looked for in the requests."""
    address = urlsplit(gcs.config["endpoint"])
    assert address.hostname
    assert address.port
    with FaultProxy(address.hostname, address.port) as proxy:
        options = {**gcs.config, "endpoint": proxy.url}
        del options["skip_signature"]
        provider = Provider([{"token": "a-token", "expires_at": in_(3600)}])
        await use(Calls(kind("gcs", **options, credential_provider=provider), gcs))
        assert {request.header("authorization") for request in proxy.requests} == {"Bearer a-token"}
    assert provider.calls == 1


async def test_wrong_credentials_are_refused(place: Place, kind: type[opendal.Operator]) -> None:
    with pytest.raises(PermissionDenied) as refused:
        await place.calls(kind, Provider([place.bad])).write("a", b"1")
    assert not any(secret in str(refused.value) for secret in ("secret", "bm9ib2R5"))


async def test_they_are_asked_for_again_before_they_expire(
    place: Place, kind: type[opendal.Operator]
) -> None:
    """What has ten seconds left is used once; each step after it wants new ones."""
    if place.service.scheme == "s3":
        pytest.skip("it wants ten seconds: test_an_upload_goes_on_with_new_credentials")
    provider = Provider([{**place.good, "expires_at": in_(9)}, place.good])
    ops = place.calls(kind, provider)
    await ops.write("a", b"1")
    assert await ops.read("a") == b"1"
    assert await ops.read("a") == b"1"
    assert provider.calls == 2
    provider = Provider([{**place.good, "expires_at": in_(9)}, place.bad])
    ops = place.calls(kind, provider)
    assert await ops.exists("a")
    with pytest.raises(PermissionDenied):
        await ops.write("a", b"2")


async def test_an_upload_goes_on_with_new_credentials(
    s3: Place, kind: type[opendal.Operator]
) -> None:
    part = bytes(5 << 20)

    async def upload(*answers: dict[str, object]) -> Provider:
        provider = Provider([{**s3.good, "expires_at": in_(15)}, *answers])
        ops = s3.calls(kind, provider)
        async with await ops.open("a", "wb", chunk=len(part)) as file:
            await file.write(part)
            await file.flush()
            await asyncio.sleep(6)
            await file.write(part)
        assert (await ops.stat("a")).content_length == 2 * len(part)
        return provider

    assert (await upload(s3.good)).calls == 2
    with pytest.raises(PermissionDenied):
        await upload(s3.bad)


async def test_a_link_is_signed_with_what_lasts_as_long(
    s3: Place, kind: type[opendal.Operator]
) -> None:
    lasting = {"access_key_id": "lasting", "secret_access_key": "x", "expires_at": in_(7200)}
    provider = Provider([{**s3.good, "expires_at": in_(1800)}, lasting])
    ops = s3.calls(kind, provider)
    assert s3.good["access_key_id"] in (await ops.presign_read("a", timedelta(minutes=20))).url
    assert "lasting" in (await ops.presign_read("a", timedelta(hours=1))).url
    assert provider.calls == 2


async def test_one_question_answers_all_who_wait(
    place: Place, kind: type[opendal.Operator]
) -> None:
    provider = Provider([place.good])
    provider.open.clear()
    op = place.calls(kind, provider).op
    if isinstance(op, opendal.AsyncOperator):
        calls = [asyncio.ensure_future(op.exists("a")) for _ in range(8)]
        await asyncio.sleep(0.2)
        provider.open.set()
        assert await asyncio.gather(*calls) == [False] * 8
    else:
        with ThreadPoolExecutor(8) as threads:
            waiting = [threads.submit(op.exists, "a") for _ in range(8)]
            await asyncio.sleep(0.2)
            provider.open.set()
            assert [each.result(HANG) for each in waiting] == [False] * 8
    assert provider.calls == 1


async def test_twins_and_layers_share_them(s3: Place) -> None:
    provider = Provider([s3.good])
    op = opendal.Operator("s3", **s3.options, credential_provider=provider)
    assert not op.exists("a")
    assert not op.layer(RetryLayer()).exists("a")
    assert not await op.to_async_operator().exists("a")
    assert not copy.copy(op).exists("a")
    assert provider.calls == 1


async def test_an_async_def_runs_on_the_loop_of_the_call(s3: Place) -> None:
    loops = []

    async def ask() -> Mapping[str, object]:
        loops.append(asyncio.get_running_loop())
        return {**s3.good, "expires_at": in_(3600)}

    op = opendal.AsyncOperator("s3", **s3.options, credential_provider=ask)
    assert not await op.exists("a")
    assert loops == [asyncio.get_running_loop()]


def test_an_async_def_runs_in_a_sync_call_too(s3: Place) -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def ask() -> Mapping[str, object]:
        loops.append(asyncio.get_running_loop())
        return s3.good

    op = opendal.Operator("s3", **s3.options, credential_provider=ask)
    assert not op.exists("a")
    assert len(loops) == 1
    assert loops[0].is_closed()

    async def within() -> bool:
        """A sync call that holds up the loop must not wait for it."""
        op = opendal.Operator("s3", **s3.options, credential_provider=ask)
        return op.exists("a")

    assert not asyncio.run(within())


async def test_what_it_raises_is_the_cause(s3: Place, kind: type[opendal.Operator]) -> None:
    fault = LookupError("no profile of that name")
    provider = Provider([fault, s3.good])
    ops = s3.calls(kind, provider)
    with pytest.raises(PermissionDenied, match="raised LookupError: no profile") as refused:
        await ops.stat("a")
    assert refused.value.__cause__ is fault
    assert not refused.value.temporary
    assert not await ops.exists("a")


@pytest.mark.parametrize(
    "fault",
    [ConnectionResetError("reset"), TimeoutError("late"), OSError(errno.EHOSTUNREACH, "no route")],
    ids=repr,
)
async def test_what_may_pass_is_tried_again_by_a_retry_layer(
    s3: Place, kind: type[opendal.Operator], fault: OSError
) -> None:
    with pytest.raises(ConnectionFailed) as failed:
        await s3.calls(kind, Provider([fault])).exists("a")
    assert failed.value.temporary
    provider = Provider([fault, fault, s3.good])
    ops = s3.calls(kind, provider).layer(RetryLayer(min_delay=0.01))
    assert not await ops.exists("a")
    assert provider.calls == 3


async def test_a_missing_file_is_not_tried_again(s3: Place, kind: type[opendal.Operator]) -> None:
    provider = Provider([FileNotFoundError(2, "No such file", "token")])
    with pytest.raises(PermissionDenied, match="FileNotFoundError"):
        await s3.calls(kind, provider).layer(RetryLayer()).exists("a")
    assert provider.calls == 1


@pytest.mark.parametrize(
    ("returned", "cause", "said"),
    [
        (None, InvalidArgument, "returned NoneType, not a mapping"),
        ({}, ConfigInvalid, "returned none of access_key_id"),
        ({"access_key": "a"}, ConfigInvalid, "no credential of s3; did you mean 'access_key_id'"),
        ({"bucket": "a"}, ConfigInvalid, "'bucket', which is no credential of s3"),
        ({"access_key_id": "a"}, ConfigInvalid, "must return access_key_id and secret_access_key"),
        ({"access_key_id": 1}, InvalidArgument, "returned int for 'access_key_id', not str"),
        ({1: "a"}, InvalidArgument, "a key that is not a str"),
        ({"expires_at": "soon"}, InvalidArgument, "expires_at"),
        ({"expires_at": datetime(2099, 1, 1)}, ConfigInvalid, "aware datetime"),
        (
            {"access_key_id": "a", "secret_access_key": "b", "expires_at": in_(-1)},
            ConfigInvalid,
            "have expired",
        ),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_a_wrong_answer_says_what_is_wrong(
    s3: Place,
    kind: type[opendal.Operator],
    returned: Any,
    cause: type[opendal.exceptions.Error],
    said: str,
) -> None:
    with pytest.raises(PermissionDenied, match=said) as refused:
        await s3.calls(kind, lambda: returned).exists("a")
    assert isinstance(refused.value.__cause__, cause)
    assert "\n" not in str(refused.value)


def test_other_names_of_an_option_are_known(s3: Place) -> None:
    """As the providers of other packages have them."""
    given = {**s3.good, "token": None, "AWS_SECRET_ACCESS_KEY": s3.good["secret_access_key"]}
    op = opendal.Operator("s3", **s3.options, credential_provider=lambda: given)
    assert not op.exists("a")


@pytest.mark.parametrize("provider", ["profile", 1, {"access_key_id": "a"}], ids=type)
def test_only_a_function_is_taken(provider: Any) -> None:
    with pytest.raises(InvalidArgument, match="must be a function without arguments"):
        opendal.Operator("s3", bucket="a", region="b", credential_provider=provider)


def test_what_is_not_signed_wants_no_provider() -> None:
    with pytest.raises(ConfigInvalid, match="leave out credential_provider or skip_signature"):
        opendal.Operator("gcs", bucket="a", credential_provider=dict, skip_signature=True)
    opendal.Operator("gcs", bucket="a", credential_provider=dict, skip_signature=False)


def test_a_service_without_credentials_takes_none(tmp_path: Any) -> None:
    with pytest.raises(ConfigInvalid, match="fs takes no credential provider"):
        opendal.Operator("fs", root=tmp_path, credential_provider=dict)
    with pytest.raises(ConfigInvalid, match="did you mean 'credential_provider'"):
        opendal.Operator("s3", bucket="a", credentials_provider=dict)


def test_every_way_to_an_operator_takes_one(s3: Place) -> None:
    provider = Provider([s3.good])
    config = {**s3.options, "credential_provider": provider}
    bucket = config.pop("bucket")
    opendal.Operator("s3", bucket=bucket, **config).write("a", b"1")
    mapping = {"scheme": "s3", "bucket": bucket, **config}
    assert opendal.Operator.from_config(mapping).read("a") == b"1"
    root = str(config.pop("root"))
    assert opendal.Operator.from_uri(f"s3://{bucket}{root}", **config).read("a") == b"1"
    with opendal.open(f"s3://{bucket}{root}a", **config) as file:
        assert file.read() == b"1"
    assert provider.calls == 4


def test_operators_with_the_same_are_equal(s3: Place) -> None:
    class Source:
        def ask(self) -> dict[str, object]:
            return s3.good

    source = Source()
    made = [
        opendal.Operator("s3", **s3.options, credential_provider=each)
        for each in (source.ask, source.ask, Source().ask)
    ]
    assert made[0] == made[1] != made[2]
    assert made[0] != opendal.Operator("s3", **s3.options)


def from_environment() -> dict[str, object]:
    keys = {"access_key_id": "VERSITY_KEY", "secret_access_key": "VERSITY_SECRET"}
    return {name: os.environ[variable] for name, variable in keys.items()}


def test_a_pickle_carries_the_function(s3: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERSITY_KEY", str(s3.good["access_key_id"]))
    monkeypatch.setenv("VERSITY_SECRET", str(s3.good["secret_access_key"]))
    op = opendal.Operator("s3", **s3.options, credential_provider=from_environment)
    op.write("a", b"1")
    pickled = pickle.dumps(op)
    assert str(s3.good["secret_access_key"]).encode() not in pickled
    again = pickle.loads(pickled)
    assert again.read("a") == b"1"
    assert again == op


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_asks_for_itself(place: Place) -> None:
    provider = Provider([place.good])
    op = opendal.Operator(place.service.scheme, **place.options, credential_provider=provider)
    assert not op.exists("a")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(HANG)
            op.write("a", b"1")
            code = 0 if provider.calls == 2 else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert op.read("a") == b"1"
    assert provider.calls == 1


async def test_it_must_not_use_its_own_operator(s3: Place, kind: type[opendal.Operator]) -> None:
    def ask() -> Mapping[str, object]:
        sync.exists("a")
        return s3.good

    ops = s3.calls(kind, ask)
    sync = ops.op if isinstance(ops.op, opendal.Operator) else ops.op.to_operator()
    with pytest.raises(PermissionDenied, match="used the operator that it gives") as refused:
        await ops.exists("a")
    assert isinstance(refused.value.__cause__, InvalidState)


async def test_a_call_that_waits_for_it_can_be_cancelled(s3: Place) -> None:
    provider = Provider([s3.good])
    provider.open.clear()
    op = opendal.AsyncOperator("s3", **s3.options, credential_provider=provider)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(op.exists("a"), 0.2)
    provider.open.set()
    assert not await op.exists("a")
    assert provider.calls == 1


def test_ctrl_c_ends_a_call_that_waits_for_it(s3: Place) -> None:
    provider = Provider([s3.good])
    provider.open.clear()
    op = opendal.Operator("s3", **s3.options, credential_provider=provider)

    def interrupt() -> None:
        while not provider.calls:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        op.exists("a")
    provider.open.set()
    assert not op.exists("a")


async def test_one_that_never_answers_is_given_up(s3: Place, kind: type[opendal.Operator]) -> None:
    provider = Provider([s3.good])
    provider.open.clear()
    ops = s3.calls(kind, provider)
    opendal.configure(read_timeout=0.3)
    try:
        with pytest.raises(Timeout, match="gave no answer in time") as late:
            await ops.exists("a")
    finally:
        opendal.configure(read_timeout=60)
    assert late.value.temporary
    provider.open.set()
    assert not await ops.exists("a")


async def test_a_slow_one_keeps_no_other_waiting(s3: Place) -> None:
    slow, quick = Provider([s3.good]), Provider([s3.good])
    slow.open.clear()
    make = opendal.AsyncOperator
    waiting = asyncio.ensure_future(
        make("s3", **s3.options, credential_provider=slow).exists("a"),
    )
    assert not await make("s3", **s3.options, credential_provider=quick).exists("a")
    slow.open.set()
    assert not await waiting


def test_no_message_shows_what_was_given(webdav_wsgidav: Service) -> None:
    secret = "a-secret-that-was-given-once"
    first = {"username": "a", "password": secret, "expires_at": in_(9)}
    fault = ValueError(f"the old one was {secret}")
    options = place_on(webdav_wsgidav, "webdav_wsgidav").options
    op = opendal.Operator("webdav", **options, credential_provider=Provider([first, fault]))
    with pytest.raises(PermissionDenied):
        op.stat("a")
    with pytest.raises(PermissionDenied, match="raised ValueError: the old one was") as refused:
        op.stat("a")
    assert secret not in f"{refused.value}{refused.value!r}{op!r}"


def test_it_is_freed_with_its_operator(s3: Place) -> None:
    class Source:
        def ask(self) -> dict[str, object]:
            return s3.good

    source = Source()
    before = sys.getrefcount(source)
    op = opendal.Operator("s3", **s3.options, credential_provider=source.ask)
    assert not op.exists("a")
    del op
    gc.collect()
    deadline = time.monotonic() + HANG
    # The thread that asked may be about to end.
    while sys.getrefcount(source) > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sys.getrefcount(source) == before


def test_it_may_be_a_method_of_what_holds_the_operator(s3: Place) -> None:
    class Holder:
        def __init__(self, asks: bool) -> None:
            self.op = opendal.Operator("s3", **s3.options, credential_provider=self.ask)
            if asks:
                assert not self.op.exists("a")

        def ask(self) -> dict[str, object]:
            return s3.good

    class Own(opendal.Operator):
        def __init__(self) -> None:
            super().__init__("s3", **s3.options, credential_provider=self.ask)

        def ask(self) -> dict[str, object]:
            return s3.good

    for make in (lambda: Holder(asks=False), lambda: Holder(asks=True), Own):
        gone = weakref.ref(make())
        deadline = time.monotonic() + HANG
        while gone() is not None and time.monotonic() < deadline:
            gc.collect()
            time.sleep(0.01)
        assert gone() is None
    # One that is shared is not taken for garbage.
    holder = Own()
    layered = holder.layer(RetryLayer())
    del holder
    gc.collect()
    assert not layered.exists("a")


EXITING = """
import contextlib, sys, threading, time
import opendal

def ask():
    end = time.monotonic() + float(sys.argv[2])
    while time.monotonic() < end:
        sum(range(100))
    return {"access_key_id": "a", "secret_access_key": "b"}

op = opendal.Operator("s3", bucket="b", region="r", endpoint=sys.argv[1], credential_provider=ask)
def use():
    with contextlib.suppress(opendal.exceptions.Error):
        op.exists("a")

for _ in range(4):
    threading.Thread(target=use, daemon=True).start()
time.sleep(float(sys.argv[3]))

# It keeps the interpreter in its end for a while.
class Late:
    def __del__(self, sleep=time.sleep):
        sleep(0.3)

late = Late()
"""


@pytest.mark.parametrize("after", ["0", "0.05", "0.2"])
@pytest.mark.parametrize("takes", ["0", "0.1", "30"])
def test_an_interpreter_may_end_meanwhile(versity: VersityServer, takes: str, after: str) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", EXITING, versity.url, takes, after],
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")


async def test_one_that_hung_once_is_asked_again(s3: Place, kind: type[opendal.Operator]) -> None:
    """Also where no call has waited for it to the end of `read_timeout`."""
    hanging, calls = threading.Event(), 0

    def ask() -> dict[str, object]:
        nonlocal calls
        calls += 1
        if calls == 1:
            assert hanging.wait(HANG)
        return s3.good

    ops = s3.calls(kind, ask).layer(TimeoutLayer(timeout=0.2))
    opendal.configure(read_timeout=0.5)
    try:
        for _ in range(2):
            with pytest.raises(Timeout):
                await ops.exists("a")
        assert calls == 1
        await asyncio.sleep(0.5)
        assert not await ops.layer(RetryLayer(min_delay=0.01)).exists("a")
    finally:
        hanging.set()
        opendal.configure(read_timeout=60)
    assert calls == 2


async def test_an_answer_that_came_too_late_changes_nothing(http: Service) -> None:
    """It may hold what is older than the answer that was taken."""
    address = urlsplit(http.config["endpoint"])
    late, calls = threading.Event(), 0

    def ask() -> dict[str, object]:
        nonlocal calls
        calls += 1
        if calls == 1:
            assert late.wait(HANG)
            return {"token": "old"}
        return {"token": "new", "expires_at": in_(3600)}

    with FaultProxy(str(address.hostname), address.port or 0) as proxy:
        op = opendal.AsyncOperator("http", endpoint=proxy.url, credential_provider=ask)
        opendal.configure(read_timeout=0.3)
        try:
            with pytest.raises(Timeout):
                await op.exists("a")
        finally:
            opendal.configure(read_timeout=60)
        for _ in range(2):
            with contextlib.suppress(opendal.exceptions.Error):
                await op.exists("a")
            late.set()
            await asyncio.sleep(0.2)
        sent = {request.header("authorization") for request in proxy.requests}
    assert (calls, sent) == (2, {"Bearer new"})


def test_a_refused_answer_shows_no_secret_in_its_traceback(s3: Place) -> None:
    secret = "a-secret-that-must-not-show"
    op = opendal.Operator(
        "s3", **s3.options, credential_provider=lambda: {"access_key_id": "a", "secret": secret}
    )
    with pytest.raises(PermissionDenied) as refused:
        op.exists("a")
    cause = refused.value.__cause__
    assert cause is not None
    shown = traceback.TracebackException.from_exception(cause, capture_locals=True)
    assert secret not in "".join(shown.format())


class AnsweredError(OSError):
    """As the clients of HTTP have them: with the answer."""

    status = 403


@pytest.mark.parametrize(
    "fault",
    [
        OSError("no login"),
        PermissionError("not you"),
        FileNotFoundError("no keys"),
        AnsweredError("forbidden"),
    ],
    ids=repr,
)
def test_a_refusal_in_it_is_not_tried_again(s3: Place, fault: OSError) -> None:
    provider = Provider([fault])
    op = opendal.Operator("s3", **s3.options, credential_provider=provider).layer(RetryLayer())
    with pytest.raises(PermissionDenied) as refused:
        op.exists("a")
    assert not refused.value.temporary
    assert provider.calls == 1


def test_no_role_is_assumed_with_what_it_gives(s3: Place) -> None:
    with pytest.raises(ConfigInvalid, match="leave out credential_provider or role_arn"):
        opendal.Operator("s3", **s3.options, role_arn="arn:x", credential_provider=dict)


@pytest.mark.parametrize(
    ("scheme", "options"),
    [
        ("b2", {"bucket": "b", "bucket_id": "i"}),
        ("dropbox", {}),
        ("gdrive", {}),
        ("onedrive", {}),
        ("yandex-disk", {}),
        ("postgresql", {"table": "t", "key_field": "k", "value_field": "v"}),
        ("mysql", {"table": "t", "key_field": "k", "value_field": "v"}),
        ("azdls", {"filesystem": "f", "endpoint": "http://127.0.0.1:9"}),
    ],
)
def test_it_is_enough_where_a_service_needs_credentials(
    scheme: str, options: dict[str, str]
) -> None:
    op = opendal.Operator(scheme, **options, credential_provider=Provider([LookupError("none")]))
    with pytest.raises(PermissionDenied, match="raised LookupError: none"):
        op.stat("a")


async def test_a_database_is_reached_by_what_it_gives(
    postgresql: Service, kind: type[opendal.Operator]
) -> None:
    options = {**postgresql.config}
    provider = Provider([{"connection_string": options.pop("connection_string")}])
    ops = Calls(kind("postgresql", **options, credential_provider=provider), postgresql)
    await ops.write("a", b"1")
    assert await ops.read("a") == b"1"


async def test_an_aborted_upload_is_removed_with_new_credentials(s3_versity: Service) -> None:
    place = place_on(s3_versity, "s3_versity")
    address = urlsplit(s3_versity.config["endpoint"])
    with FaultProxy(str(address.hostname), address.port or 0) as proxy:
        options = {**place.options, "endpoint": proxy.url}
        provider = Provider([{**place.good, "expires_at": in_(13)}, place.good])
        op = opendal.AsyncOperator("s3", **options, credential_provider=provider)
        file = await op.open("a", "wb", chunk=5 << 20)
        await file.write(bytes(11 << 20))
        await file.flush()
        await asyncio.sleep(4)
        await file.abort()
        assert proxy.count("DELETE") == 1
    assert provider.calls == 2


async def test_an_async_def_must_not_use_its_own_operator(s3: Place) -> None:
    async def ask() -> Mapping[str, object]:
        await op.exists("a")
        return s3.good

    op = opendal.AsyncOperator("s3", **s3.options, credential_provider=ask)
    with pytest.raises(PermissionDenied, match="used the operator that it gives"):
        await op.exists("a")


def test_a_secret_that_begins_another_hides_no_part_of_it(webdav_wsgidav: Service) -> None:
    first = {"username": "a", "password": "SECRETABCDEFGH", "token": "SECRETAB"}
    fault = ValueError("SECRETABCDEFGH")
    options = place_on(webdav_wsgidav, "webdav_wsgidav").options
    provider = Provider([{**first, "expires_at": in_(9)}, fault])
    op = opendal.Operator("webdav", **options, credential_provider=provider)
    for _ in range(2):
        with pytest.raises(opendal.exceptions.Error) as refused:
            op.stat("a")
    assert "raised ValueError" in str(refused.value)
    assert "CDEF" not in str(refused.value)


def test_a_sync_call_on_the_loop_that_is_to_answer_does_not_wait_for_it(s3: Place) -> None:
    provider = Provider([s3.good])
    op = s3.service.make(opendal.Operator)
    op.write("a", b"1")
    op = opendal.Operator(s3.service.scheme, **s3.options, credential_provider=as_async(provider))

    async def main() -> None:
        running = asyncio.ensure_future(op.to_async_operator().read("a"))
        while not asyncio.all_tasks() - {asyncio.current_task(), running}:
            # Until the provider's task is on this loop.
            await asyncio.sleep(0)
        assert op.read("a") == b"1"
        assert await running == b"1"

    asyncio.run(main())
