"""Install the servers that the tests run on; `tests/servers/programs.py` says how and where."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from servers import programs

if __name__ == "__main__":
    programs.main()
