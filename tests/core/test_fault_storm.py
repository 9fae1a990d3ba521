"""A thousand faults of a network, while four users read and write: nothing is lost or torn."""

import asyncio
import random
import threading

import opendal
from calls import Service
from campaign import FAULTS
from opendal.exceptions import Error
from opendal.layers import RetryLayer
from servers import FaultProxy, faults


def arm(proxy: FaultProxy) -> None:
    """About half of all requests meet one of these, for as long as it lasts."""
    proxy.fail(503, times=None, every=7)
    proxy.truncate(1000, times=None, every=11, method="GET")
    proxy.reset_after(1000, times=None, every=13, method="GET")
    proxy.lose_answer(503, times=None, every=17)
    proxy.lose_answer(times=None, every=19)
    proxy.disconnect(times=None, every=23)
    proxy.interrupt(1000, times=None, every=29, method="PUT")
    proxy.answer(faults.page("200 OK"), times=None, every=31)
    proxy.drip(0.001, times=None, every=37, method="GET")
    proxy.rewrite(faults.with_length(lambda n: b"%d" % (n + 9)), times=None, every=41, method="GET")
    proxy.rewrite(faults.with_lines(b"X-Huge: " + b"a" * 1_000_000), times=None, every=43)


class Client:
    """One user of the bucket, who knows what may stand under each of his names."""

    def __init__(self, service: Service, endpoint: str, name: str) -> None:
        op = opendal.Operator("s3", **{**service.config, "endpoint": endpoint})
        self._op = op.layer(RetryLayer(max_times=6, min_delay=0.001))
        self._async = self._op.to_async_operator()
        self._direct = service.make(opendal.Operator)
        self._random = random.Random(name)
        self._name = name
        self._known: dict[str, bytes | None] = {f"{name}/{number}": None for number in range(6)}
        self._next: bytes | None = None
        self.failed = 0

    def go_on(self) -> None:
        """Do something, and look at what came of it."""
        path = self._random.choice(list(self._known))
        step = self._random.choice([self._write, self._write, self._read, self._delete, self._list])
        try:
            step(path)
        except Error:
            self.failed += 1
            there = self._there(path)
        else:
            return
        # Done or not done, which nobody can tell, but nothing in between.
        assert there in {self._known[path], self._next}
        self._known[path] = there

    def _there(self, path: str) -> bytes | None:
        return self._direct.read(path) if self._direct.exists(path) else None

    def _write(self, path: str) -> None:
        self._next = self._random.randbytes(self._random.choice([0, 10, 5000, 200_000]))
        if self._random.random() < 0.5:
            self._op.write(path, self._next)
        else:
            asyncio.run(self._async.write(path, self._next))
        self._known[path] = self._next

    def _delete(self, path: str) -> None:
        self._next = None
        self._op.delete(path)
        self._known[path] = None

    def _read(self, path: str) -> None:
        self._next = self._known[path]
        try:
            found: bytes | None = self._op.read(path)
        except FileNotFoundError:
            found = None
        assert found == self._known[path]

    def _list(self, path: str) -> None:
        self._next = self._known[path]
        found = {entry.path for entry in self._op.list(f"{self._name}/") if entry.is_file}
        assert found == {path for path, data in self._known.items() if data is not None}


def test_nothing_is_lost_or_torn_in_a_storm_of_faults(
    s3_rclone: Service, proxy: FaultProxy
) -> None:
    arm(proxy)
    clients = [Client(s3_rclone, proxy.url, f"user-{number}") for number in range(4)]
    failures: list[BaseException] = []

    def go(client: Client) -> None:
        try:
            while len(proxy.faults) < FAULTS and not failures:
                client.go_on()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=go, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for failure in failures:
        raise failure
    # With seven tries each, nearly every call came through.
    assert sum(client.failed for client in clients) < FAULTS / 10
