"""Every layer has an effect that can be seen, however the operator that carries it came to be."""

import asyncio
import copy
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import opendal
import pytest
from calls import Calls, Kind, Service
from opendal.exceptions import (
    ConfigInvalid,
    Error,
    InvalidArgument,
    RateLimited,
    Timeout,
    Unsupported,
)
from opendal.layers import (
    CapabilityOverrideLayer,
    ConcurrentLimitLayer,
    Layer,
    MimeGuessLayer,
    RetryLayer,
    TimeoutLayer,
)
from servers import FaultProxy

Way = Callable[[Service, Layer], Kind]


def quick_retry(max_times: int = 3) -> RetryLayer:
    """Retries that cost a test no time."""
    return RetryLayer(max_times=max_times, min_delay=0.001, max_delay=0.002)


def sync_with(service: Service, layer: Layer) -> opendal.Operator:
    return service.make(opendal.Operator).layer(layer)


def async_with(service: Service, layer: Layer) -> opendal.AsyncOperator:
    return service.make(opendal.AsyncOperator).layer(layer)


def through_uri(service: Service, layer: Layer) -> Kind:
    config = {name: value for name, value in service.config.items() if name not in {"bucket"}}
    bucket = service.config["bucket"]
    return opendal.Operator.from_uri(f"{service.scheme}://{bucket}", **config).layer(layer)


def through_config(service: Service, layer: Layer) -> Kind:
    config = {"scheme": service.scheme, **service.config}
    return opendal.AsyncOperator.from_config(config).layer(layer)


WAYS: dict[str, Way] = {
    "layer, sync": sync_with,
    "layer, async": async_with,
    "pickle, sync": lambda *given: pickle.loads(pickle.dumps(sync_with(*given))),
    "pickle, async": lambda *given: pickle.loads(pickle.dumps(async_with(*given))),
    "copy.copy": lambda *given: copy.copy(sync_with(*given)),
    "copy.deepcopy": lambda *given: copy.deepcopy(async_with(*given)),
    "to_async_operator": lambda *given: sync_with(*given).to_async_operator(),
    "to_operator": lambda *given: async_with(*given).to_operator(),
    "there and back": lambda *given: sync_with(*given).to_async_operator().to_operator(),
    "from_uri": through_uri,
    "from_config": through_config,
    "pickled twice": lambda *given: pickle.loads(
        pickle.dumps(pickle.loads(pickle.dumps(sync_with(*given))).to_async_operator())
    ),
}


@pytest.fixture(params=list(WAYS))
def way(request: pytest.FixtureRequest) -> Way:
    """Every way of coming by an operator with a layer, in turn."""
    return WAYS[request.param]


# Retry


async def test_retry_tries_again_and_counts(
    s3_proxied: Service, proxy: FaultProxy, way: Way
) -> None:
    ops = Calls(way(s3_proxied, quick_retry()))
    proxy.fail(times=2)
    await ops.write("a", b"1")
    proxy.fail(times=1)
    assert await ops.read("a") == b"1"
    (layer,) = ops.op.layers
    assert isinstance(layer, RetryLayer)
    assert layer.retries == 3
    assert len(proxy.faults) == 3
    assert proxy.count("PUT") == 3


async def test_retry_gives_up(proxied: Calls, proxy: FaultProxy) -> None:
    layer = quick_retry(max_times=2)
    ops = proxied.layer(layer)
    proxy.fail(times=None)
    with pytest.raises(RateLimited) as caught:
        await ops.read("a")
    assert caught.value.temporary
    assert proxy.count() == 3
    assert layer.retries == 2


async def test_without_a_layer_nothing_is_tried_again(proxied: Calls, proxy: FaultProxy) -> None:
    proxy.fail(500)
    with pytest.raises(Error) as caught:
        await proxied.read("a")
    assert caught.value.temporary
    assert proxy.count() == 1


async def test_retry_leaves_lasting_errors_alone(proxied: Calls, proxy: FaultProxy) -> None:
    layer = quick_retry()
    with pytest.raises(FileNotFoundError):
        await proxied.layer(layer).read("absent")
    assert proxy.count() == 1
    assert layer.retries == 0


async def test_retry_mends_a_body_that_breaks_off(proxied: Calls, proxy: FaultProxy) -> None:
    data = bytes(range(256)) * 4096
    layer = quick_retry()
    ops = proxied.layer(layer)
    await ops.write("a", data)
    proxy.truncate(100_000, method="GET")
    assert await ops.read("a") == data
    assert layer.retries == 1


async def test_retry_serves_files_and_listings(proxied: Calls, proxy: FaultProxy) -> None:
    layer = quick_retry()
    ops = proxied.layer(layer)
    proxy.fail(method="PUT")
    async with await ops.open("a", "wb") as file:
        await file.write(b"1")
    proxy.fail(method="GET")
    async with await ops.open("a", "rb") as file:
        assert await file.read() == b"1"
    proxy.fail(method="GET")
    assert "a" in await ops.paths("")
    assert layer.retries == 3


def test_one_layer_serves_many_operators(
    s3_proxied: Service, s3_moto: Service, proxy: FaultProxy
) -> None:
    layer = quick_retry()
    first = s3_proxied.make(opendal.Operator).layer(layer)
    second = s3_proxied.make(opendal.Operator).layer(layer)
    elsewhere = s3_moto.make(opendal.Operator).layer(layer)
    elsewhere.write("a", b"1")
    for op in (first, second):
        proxy.fail()
        op.write("a", b"1")
    assert layer.retries == 2
    assert all(op.layers[0] is layer for op in (first, second, elsewhere))


# Timeout


async def test_timeout_gives_up(s3_proxied: Service, proxy: FaultProxy, way: Way) -> None:
    ops = Calls(way(s3_proxied, TimeoutLayer(timeout=0.1, io_timeout=0.1)))
    proxy.delay(20, times=None)
    for call in (ops.stat("a"), ops.read("a"), ops.delete("a")):
        with pytest.raises(TimeoutError) as caught:
            await call
        assert isinstance(caught.value, Timeout)
        assert caught.value.temporary


async def test_timeout_inside_retry_is_tried_again(proxied: Calls, proxy: FaultProxy) -> None:
    await proxied.write("a", b"1")
    layer = quick_retry()
    ops = proxied.layer(TimeoutLayer(timeout=timedelta(seconds=0.1), io_timeout=0.1)).layer(layer)
    proxy.delay(20, times=2)
    assert (await ops.stat("a")).content_length == 1
    assert layer.retries == 2


# Concurrency


async def run_together(op: Kind, calls: int) -> None:
    """That many reads, started at once."""
    if isinstance(op, opendal.AsyncOperator):
        await asyncio.gather(*(op.read("a") for _ in range(calls)))
    else:
        with ThreadPoolExecutor(calls) as pool:
            list(pool.map(op.read, ["a"] * calls))


async def test_concurrent_limit_lets_so_many_through(
    s3_proxied: Service, proxy: FaultProxy, way: Way
) -> None:
    s3_proxied.make(opendal.Operator).write("a", b"1")
    op = way(s3_proxied, ConcurrentLimitLayer(2))
    proxy.reset()
    proxy.delay(0.04, times=None)
    await run_together(op, 6)
    assert proxy.count("GET") == 6
    assert proxy.peak == 2


async def test_without_a_limit_all_go_together(
    s3_proxied: Service, proxy: FaultProxy, kind: type[opendal.Operator]
) -> None:
    s3_proxied.make(opendal.Operator).write("a", b"1")
    fault = proxy.hold(times=None)
    running = asyncio.create_task(asyncio.to_thread(_run, s3_proxied.make(kind), 6))
    await asyncio.to_thread(proxy.wait_for, lambda: proxy.in_flight == 6)
    fault.release()
    await running


def _run(op: Kind, calls: int) -> None:
    asyncio.run(run_together(op, calls))


def test_a_limit_is_shared_by_all_who_carry_it(s3_proxied: Service, proxy: FaultProxy) -> None:
    layer = ConcurrentLimitLayer(1)
    plain = s3_proxied.make(opendal.Operator)
    plain.write("a", b"1")
    sync = plain.layer(layer)
    other = s3_proxied.make(opendal.AsyncOperator).layer(layer)
    proxy.reset()
    proxy.delay(0.04, times=None)
    threads = [threading.Thread(target=_run, args=[op, 2]) for op in (sync, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert proxy.count("GET") == 4
    assert proxy.peak == 1


async def test_a_cancelled_call_gives_its_turn_back(s3_proxied: Service, proxy: FaultProxy) -> None:
    op = s3_proxied.make(opendal.AsyncOperator)
    await op.write("a", b"1")
    op = op.layer(ConcurrentLimitLayer(1))
    proxy.hold()
    first = asyncio.ensure_future(op.read("a"))
    await asyncio.to_thread(proxy.wait_for, lambda: proxy.in_flight == 1)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await asyncio.wait_for(op.read("a"), 20) == b"1"


# Content types


async def test_mime_guess_fills_in_the_content_type(s3_moto: Service, way: Way) -> None:
    plain = s3_moto.make(opendal.Operator)
    plain.write("without.json", b"{}")
    assert plain.stat("without.json").content_type != "application/json"
    ops = Calls(way(s3_moto, MimeGuessLayer()))
    await ops.write("a.json", b"{}")
    await ops.write("b.json", b"{}", content_type="text/x-odd")
    await ops.write("plain", b"{}")
    assert plain.stat("a.json").content_type == "application/json"
    assert plain.stat("b.json").content_type == "text/x-odd"
    assert plain.stat("plain").content_type == plain.stat("without.json").content_type


# Capabilities


async def test_capability_override_is_believed(
    s3_proxied: Service, proxy: FaultProxy, way: Way
) -> None:
    ops = Calls(way(s3_proxied, CapabilityOverrideLayer("write=false,stat_with_version=false")))
    assert not ops.capability().write
    assert not ops.capability().stat_with_version
    assert ops.capability().read
    with pytest.raises(Unsupported):
        await ops.write("a", b"1")
    with pytest.raises(Unsupported, match="version"):
        await ops.stat("a", version="1")
    with pytest.raises(Unsupported):
        await ops.open("a", "wb")
    assert proxy.count() == 0


# Several


async def test_layers_keep_their_order(s3_proxied: Service, way: Way) -> None:
    inner, outer = TimeoutLayer(timeout=5), quick_retry()
    op = way(s3_proxied, inner).layer(outer)
    for each in (
        op,
        copy.copy(op),
        pickle.loads(pickle.dumps(op)),
        op.layer(MimeGuessLayer()),
    ):
        assert each.layers[:2] == (inner, outer)
    assert [type(layer) for layer in op.layers] == [TimeoutLayer, RetryLayer]


def test_layering_leaves_the_operator_as_it_was(kind: type[opendal.Operator]) -> None:
    op = kind("memory")
    layered = op.layer(CapabilityOverrideLayer("write=false"))
    assert op.layers == ()
    assert op.capability().write
    assert not layered.capability().write


# The objects themselves

LAYERS: list[Callable[[], Layer]] = [
    RetryLayer,
    lambda: RetryLayer(5, 2.1, True, timedelta(minutes=1), 0.1),
    TimeoutLayer,
    lambda: TimeoutLayer(timeout=1, io_timeout=timedelta(seconds=2.5)),
    lambda: ConcurrentLimitLayer(3),
    MimeGuessLayer,
    lambda: CapabilityOverrideLayer("write=false,copy=true"),
]


@pytest.mark.parametrize("make", LAYERS)
def test_layers_are_values(make: Callable[[], Layer]) -> None:
    layer = make()
    assert isinstance(layer, Layer)
    assert type(layer).__module__ == "opendal.layers"
    for twin in (make(), pickle.loads(pickle.dumps(layer)), eval(repr(layer))):
        assert type(twin) is type(layer)
        assert twin == layer
        assert hash(twin) == hash(layer)
    assert layer != RetryLayer(max_times=77)
    assert layer != "text"


def test_a_repr_shows_what_was_given() -> None:
    assert repr(RetryLayer()) == "RetryLayer()"
    assert repr(RetryLayer(max_times=5, factor=2.1)) == "RetryLayer(max_times=5, factor=2.1)"


@pytest.mark.parametrize(
    ("layer", "options"),
    [
        (RetryLayer, {"factor": 0.5}),
        (RetryLayer, {"factor": float("nan")}),
        (RetryLayer, {"max_times": -1}),
        (RetryLayer, {"max_delay": -1}),
        (RetryLayer, {"min_delay": float("nan")}),
        (RetryLayer, {"max_delay": float("inf")}),
        (RetryLayer, {"max_delay": timedelta(seconds=-1)}),
        (RetryLayer, {"min_delay": 10, "max_delay": 1}),
        (TimeoutLayer, {"timeout": -1}),
        (TimeoutLayer, {"io_timeout": float("nan")}),
        (ConcurrentLimitLayer, {"limit": 0}),
        (ConcurrentLimitLayer, {"limit": -1}),
        (CapabilityOverrideLayer, {"overrides": "write=perhaps"}),
        (CapabilityOverrideLayer, {"overrides": "write"}),
    ],
    ids=repr,
)
def test_senseless_values_are_refused(layer: Callable[..., Layer], options: dict[str, Any]) -> None:
    with pytest.raises(ConfigInvalid):
        layer(**options)


@pytest.mark.parametrize(
    ("layer", "options"),
    [
        (RetryLayer, {"max_times": "3"}),
        (RetryLayer, {"factor": "2"}),
        (RetryLayer, {"jitter": "yes"}),
        (RetryLayer, {"max_delay": "1s"}),
        (RetryLayer, {"maxtimes": 3}),
        (TimeoutLayer, {"timeout": "1s"}),
        (ConcurrentLimitLayer, {"limit": 1.5}),
        (ConcurrentLimitLayer, {}),
        (CapabilityOverrideLayer, {"overrides": {"write": False}}),
    ],
    ids=repr,
)
def test_wrong_types_are_refused(layer: Callable[..., Layer], options: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        layer(**options)


def test_an_unknown_capability_names_the_nearest() -> None:
    with pytest.raises(ConfigInvalid, match="read_with_if_match"):
        CapabilityOverrideLayer("read_with_if_mach=false")


@pytest.mark.parametrize("wrong", ["retry", None, RetryLayer, object()], ids=repr)
def test_only_a_layer_is_a_layer(kind: type[opendal.Operator], wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"[Ll]ayer"):
        kind("memory").layer(wrong)


def test_the_base_cannot_be_made() -> None:
    with pytest.raises(TypeError):
        Layer()


@pytest.mark.parametrize(
    ("make", "meant"),
    [
        (lambda: RetryLayer(max_time=3), "max_times"),
        (lambda: TimeoutLayer(timout=3), "timeout"),
        (lambda: RetryLayer(jitter=1), "bool"),
    ],
    ids=["retry", "timeout", "type"],
)
def test_a_wrong_setting_of_a_layer_names_the_right_one(
    make: Callable[[], Layer], meant: str
) -> None:
    with pytest.raises(InvalidArgument, match=meant):
        make()
