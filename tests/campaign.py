"""How much of what is random or long is done; `just campaign` does more."""

import os

TIMES = int(os.environ.get("OPENDAL_TEST_TIMES", "1"))
FAULTS = int(os.environ.get("OPENDAL_TEST_FAULTS", "1000"))
