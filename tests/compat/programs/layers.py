"""Every layer, on both kinds of operator."""

import asyncio
import pickle

import opendal
from here import CONFIG, SCHEME, here, outcome, taken
from opendal.layers import (
    CapabilityOverrideLayer,
    ConcurrentLimitLayer,
    Layer,
    MimeGuessLayer,
    RetryLayer,
    TimeoutLayer,
)

op = opendal.Operator(SCHEME, **CONFIG)
layers = [
    TimeoutLayer(),
    TimeoutLayer(timeout=30.0, io_timeout=10.0),
    TimeoutLayer(30, 10),
    ConcurrentLimitLayer(8),
    ConcurrentLimitLayer(limit=8),
    RetryLayer(),
    RetryLayer(max_times=2, factor=1.5, jitter=True, max_delay=1.0, min_delay=0.1),
    RetryLayer(2, 2.0, False, 1, 0.5),
    MimeGuessLayer(),
]
for layer in layers:
    assert isinstance(layer, Layer)
    layered = op.layer(layer)
    assert isinstance(layered, opendal.Operator)
    assert layered is not op
    layered.write("a", b"1")
    assert layered.read("a") == b"1"
assert outcome(Layer) == "TypeError"
for wrong in ({"factor": 0.5}, {"min_delay": -1.0}, {"max_delay": float("nan")}):
    assert outcome(RetryLayer, **wrong) == "ConfigInvalid", wrong
assert taken(TimeoutLayer, timeout=-1.0) in {"ConfigInvalid", "ValueError", "OverflowError"}

without = op.layer(CapabilityOverrideLayer("write=false"))
assert not without.capability().write
assert op.capability().write
assert taken(without.write, "b", b"1") == here("ability that is taken away")
assert op.layer(CapabilityOverrideLayer(overrides="copy=false")).capability().read
assert taken(CapabilityOverrideLayer, "nonsense=true") in {"ConfigInvalid", "ValueError"}

guessing = op.layer(MimeGuessLayer())
guessing.write("page.html", b"<p>")
assert guessing.stat("page.html").content_type == "text/html"

# One layer serves any number of operators, and both kinds.
shared = ConcurrentLimitLayer(1)
one, other = op.layer(shared), opendal.Operator("memory").layer(shared)
one.write("a", b"1")
other.write("a", b"2")
assert (one.read("a"), other.read("a")) == (b"1", b"2")

again = pickle.loads(pickle.dumps(op.layer(RetryLayer())))
assert len(getattr(again, "layers", ())) == here("layers in a pickle")


async def main() -> None:
    op = opendal.AsyncOperator(SCHEME, **CONFIG)
    for layer in layers:
        layered = op.layer(layer)
        assert isinstance(layered, opendal.AsyncOperator)
        await layered.write("a", b"1")
        assert await layered.read("a") == b"1"


asyncio.run(main())
