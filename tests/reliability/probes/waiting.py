"""A call that waits lets other threads run."""

from .lab import OPERATIONS, Lab, operate
from .registry import probe


# The server is a thread of this process: whoever keeps the GIL waits for ever.
@probe("The GIL is released: {}", over=OPERATIONS, seconds=10)
def gil(lab: Lab, what: str) -> None:
    with lab.served_from_here() as client:
        operate(client, what, lab)
