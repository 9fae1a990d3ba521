"""The program of the FTP server: pyftpdlib, asked for one event at a time.

Of the events that it gets at once, the first may close a connection, whose number goes to the next
that is accepted; a later event of the one that is gone is then taken for the new one's, which is
reset or waits for ever. Of many reads at a time, one in eight met that.
"""

import runpy
import select

from pyftpdlib.ioloop import Epoll


class OneByOne:
    """The system's poller, of which no event is out of date when it is looked at."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self.register, self.unregister = self._epoll.register, self._epoll.unregister
        self.modify, self.close, self.fileno = (
            self._epoll.modify,
            self._epoll.close,
            self._epoll.fileno,
        )

    def poll(self, timeout: float) -> list[tuple[int, int]]:
        """The next event, if one comes in time."""
        return self._epoll.poll(timeout, 1)


Epoll._poller = OneByOne
runpy.run_module("pyftpdlib", run_name="__main__", alter_sys=True)
