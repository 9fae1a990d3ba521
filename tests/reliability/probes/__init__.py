"""Every probe, by theme; importing this fills `registry.PROBES`."""

from . import (
    cancelling,
    ends,
    faults,
    forks,
    interrupts,
    load,
    secrets,
    traps,
    waiting,
)

# The order is that of the page.
THEMES = {
    module.__name__.rpartition(".")[2]: (module.__doc__ or "").partition(".")[0]
    for module in (waiting, interrupts, forks, ends, cancelling, load, faults, secrets, traps)
}
