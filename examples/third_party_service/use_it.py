"""Use the wheel of this directory: find it by its scheme, and call what it adds."""

import pickle
import sys

import opendal
from acme_opendal_memory import AsyncMemoryOperator, MemoryOperator

# Found by its entry point.
found = opendal.Operator.from_uri("memory:///")
print(type(found).__name__, "is found for memory://")

op = MemoryOperator(versions=True)
op.write("a", b"12345")
op.write("d/b", b"678")

# Its class, and with it its methods, survive layers, the way to its twin and back, and pickle.
layered = op.layer(opendal.layers.RetryLayer())
back: MemoryOperator = op.to_async_operator().to_operator()
kept: MemoryOperator = pickle.loads(pickle.dumps(layered))
print(layered.size(), back.size(), kept.size(), "bytes")

twin: AsyncMemoryOperator = op.to_async_operator()
sys.exit(0 if isinstance(twin, AsyncMemoryOperator) else 1)
