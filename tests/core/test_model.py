"""Random operations, sync and async, beside a dictionary that should hold the same."""

import asyncio
import itertools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import opendal
import pytest
from calls import Calls, Service
from campaign import TIMES
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from opendal.exceptions import ConditionNotMatch
from service_fixtures import KINDS

STEPS = 50
# Examples of up to so many steps, by what a step costs; together they make more than 10,000 steps.
EXAMPLES = {"memory": 150, "fs": 90, "s3-rclone": 40, "s3-moto": 20}

# No file lies beneath another, which a file system could not have.
DIRECTORIES = ["", "d/", "d/e/", "ä b/"]
PATHS = [f"{directory}{name}" for directory in DIRECTORIES for name in ("1.txt", "2", "3 +%")]

kinds = st.sampled_from([*KINDS])
paths = st.sampled_from(PATHS)
data = st.one_of(
    st.binary(max_size=20),
    st.builds(
        lambda seed, length: bytes([seed]) * length, st.integers(1, 255), st.integers(0, 90_000)
    ),
)
numbers = st.integers(0, 100_000)
metadata = st.dictionaries(st.sampled_from(["a", "some-key"]), st.sampled_from(["1", "x y"]))


@dataclass(frozen=True)
class Object:
    """What the model knows of one object."""

    data: bytes
    content_type: str | None = None
    user_metadata: tuple[tuple[str, str], ...] = ()


class Model(RuleBasedStateMachine):
    """One service and a dictionary; every step is a call of a sync or of an async operator."""

    new: ClassVar[Callable[[], Service]]

    def __init__(self) -> None:
        super().__init__()
        service = type(self).new()
        op = service.make(opendal.Operator)
        self._calls = {
            "sync": Calls(op, service),
            "async": Calls(op.to_async_operator(), service),
        }
        self._loop = asyncio.Runner()
        self._there: dict[str, Object] = {}

    def teardown(self) -> None:
        self._loop.close()

    def can(self, ability: str) -> bool:
        return self._calls["sync"].can(ability)

    def do(self, kind: str, work: Callable[[Calls], Any]) -> Any:
        """What a coroutine of either kind of calls gives."""
        return self._loop.run(work(self._calls[kind]))

    def call(self, kind: str, name: str, *args: Any, **options: Any) -> Any:
        note(f"{kind} {name} {args!r:.100} {options}")
        return self.do(kind, lambda ops: getattr(ops, name)(*args, **options))

    def finds(self, path: str, call: Callable[[], Any], expected: Callable[[Object], Any]) -> None:
        """The call gives what is expected of the object, or says that there is none."""
        there = self._there.get(path)
        if there is None:
            with pytest.raises(FileNotFoundError) as caught:
                call()
            assert caught.value.path == path  # type: ignore[attr-defined]
        else:
            assert call() == expected(there)

    # Writing

    @rule(kind=kinds, path=paths, data=data)
    def write(self, kind: str, path: str, data: bytes) -> None:
        written = self.call(kind, "write", path, data)
        assert written.content_length == len(data)
        self._there[path] = Object(data)

    @precondition(lambda self: self.can("write_with_user_metadata"))
    @rule(kind=kinds, path=paths, data=data, user_metadata=metadata)
    def write_described(
        self, kind: str, path: str, data: bytes, user_metadata: dict[str, str]
    ) -> None:
        options = {"content_type": "text/x-of-mine", "user_metadata": user_metadata}
        self.call(kind, "write", path, data, **options)
        self._there[path] = Object(data, "text/x-of-mine", tuple(sorted(user_metadata.items())))

    @precondition(lambda self: self.can("write_with_if_not_exists"))
    @rule(kind=kinds, path=paths, data=data)
    def create(self, kind: str, path: str, data: bytes) -> None:
        if path in self._there:
            with pytest.raises(FileExistsError):
                self.call(kind, "write", path, data, if_not_exists=True)
        else:
            self.call(kind, "write", path, data, if_not_exists=True)
            self._there[path] = Object(data)

    @precondition(lambda self: self.can("write_can_append"))
    @rule(kind=kinds, path=paths, data=data)
    def append(self, kind: str, path: str, data: bytes) -> None:
        self.call(kind, "write", path, data, append=True)
        before = self._there.get(path, Object(b""))
        self._there[path] = replace(before, data=before.data + data)

    @rule(
        kind=kinds,
        path=paths,
        pieces=st.lists(data, max_size=4),
        publish=st.booleans(),
    )
    def write_file(self, kind: str, path: str, pieces: list[bytes], publish: bool) -> None:
        async def work(ops: Calls) -> None:
            file = await ops.open(path, "wb")
            for piece in pieces:
                assert await file.write(piece) == len(piece)
            await (file.close() if publish else file.abort())

        note(f"{kind} open {path!r} {'and close' if publish else 'and abort'}")
        self.do(kind, work)
        if publish:
            self._there[path] = Object(b"".join(pieces))

    # Reading

    @rule(kind=kinds, path=paths)
    def read(self, kind: str, path: str) -> None:
        self.finds(path, lambda: self.call(kind, "read", path), lambda there: there.data)

    @rule(kind=kinds, path=paths, offset=numbers, size=numbers)
    def read_part(self, kind: str, path: str, offset: int, size: int) -> None:
        part = slice(offset, offset + size)
        read = lambda: self.call(kind, "read", path, offset=offset, size=size)  # noqa: E731
        self.finds(path, read, lambda there: there.data[part])

    @rule(kind=kinds, path=paths, suffix=numbers)
    def read_suffix(self, kind: str, path: str, suffix: int) -> None:
        read = lambda: self.call(kind, "read", path, suffix=suffix)  # noqa: E731
        self.finds(path, read, lambda there: there.data[max(0, len(there.data) - suffix) :])

    @rule(
        kind=kinds,
        path=paths,
        ranges=st.lists(st.tuples(numbers, numbers), max_size=5),
    )
    def read_ranges(self, kind: str, path: str, ranges: list[tuple[int, int]]) -> None:
        read = lambda: [bytes(part) for part in self.call(kind, "read_ranges", path, ranges)]  # noqa: E731
        expected = lambda there: [there.data[o : o + n] for o, n in ranges]  # noqa: E731
        # Nothing is asked for where there is nothing to read.
        if ranges or path in self._there:
            self.finds(path, read, expected)

    @rule(kind=kinds, path=paths, length=numbers)
    def read_into(self, kind: str, path: str, length: int) -> None:
        target = bytearray(length)

        def read() -> bytes:
            filled: int = self.call(kind, "read_into", path, target)
            return bytes(target[:filled])

        self.finds(path, read, lambda there: there.data[:length])

    @rule(kind=kinds, path=paths, chunk=st.integers(1000, 50_000))
    def read_stream(self, kind: str, path: str, chunk: int) -> None:
        async def work(ops: Calls) -> bytes:
            stream = ops.op.read_stream(path, chunk=chunk)
            if ops.asynchronous:
                return b"".join([bytes(piece) async for piece in stream])  # type: ignore[union-attr]
            return b"".join(map(bytes, stream))  # type: ignore[arg-type]

        self.finds(path, lambda: self.do(kind, work), lambda there: there.data)

    @rule(
        kind=kinds,
        path=paths,
        steps=st.lists(st.tuples(numbers, st.integers(-1, 100_000)), max_size=5),
    )
    def read_file(self, kind: str, path: str, steps: list[tuple[int, int]]) -> None:
        async def work(ops: Calls) -> list[bytes]:
            async with await ops.open(path) as file:
                parts = []
                for place, size in steps:
                    await file.seek(place)
                    parts.append(await file.read(size))
                return parts

        def expected(there: Object) -> list[bytes]:
            ends = [len(there.data) if size < 0 else place + size for place, size in steps]
            return [there.data[place:end] for (place, _), end in zip(steps, ends, strict=True)]

        note(f"{kind} open {path!r} {steps}")
        self.finds(path, lambda: self.do(kind, work), expected)

    @rule(kind=kinds, path=paths)
    def stat(self, kind: str, path: str) -> None:
        def known() -> Object:
            found: opendal.types.Metadata = self.call(kind, "stat", path)
            there = self._there[path]
            assert found.content_length == len(there.data)
            assert found.is_file
            described = there.content_type is not None
            # rclone notes a time of its own where it makes a copy.
            given = {k: v for k, v in (found.user_metadata or {}).items() if k != "mtime"}
            return replace(
                there,
                content_type=found.content_type if described else None,
                user_metadata=tuple(sorted(given.items())),
            )

        self.finds(path, known, lambda there: there)

    @rule(kind=kinds, path=paths)
    def exists(self, kind: str, path: str) -> None:
        assert self.call(kind, "exists", path) == (path in self._there)

    @rule(
        kind=kinds,
        directory=st.sampled_from(DIRECTORIES),
        recursive=st.booleans(),
        limit=st.sampled_from([None, 1, 2, 1000]),
        stat=st.booleans(),
    )
    def list_directory(
        self, kind: str, directory: str, recursive: bool, limit: int | None, stat: bool
    ) -> None:
        options: dict[str, Any] = {"recursive": recursive, "stat": stat}
        if limit:
            options["limit"] = limit
        note(f"{kind} list {directory!r} {options}")
        found = self.do(kind, lambda ops: ops.entries(directory, **options))
        files = {entry.path: entry for entry in found if entry.is_file}
        below = [path for path in self._there if path.startswith(directory)]
        expected = {path for path in below if recursive or "/" not in path[len(directory) :]}
        assert set(files) == expected
        assert len(found) == len({entry.path for entry in found})
        if stat:
            lengths = {path: entry.metadata.content_length for path, entry in files.items()}
            assert lengths == {path: len(self._there[path].data) for path in expected}

    @rule(path=paths, others=st.lists(paths, max_size=6))
    def many_at_once(self, path: str, others: list[str]) -> None:
        async def work(ops: Calls) -> list[Any]:
            calls = [ops.read(other) for other in others]
            return await asyncio.gather(ops.exists(path), *calls, return_exceptions=True)

        exists, *read = self.do("async", work)
        assert exists == (path in self._there)
        for other, answer in zip(others, read, strict=True):
            if other in self._there:
                assert answer == self._there[other].data
            else:
                assert isinstance(answer, FileNotFoundError)

    # Moving and deleting

    @precondition(lambda self: self.can("copy"))
    @rule(kind=kinds, source=paths, to=paths)
    def copy(self, kind: str, source: str, to: str) -> None:
        if source == to:
            with pytest.raises(opendal.exceptions.IsSameFile):
                self.call(kind, "copy", source, to)
        elif source not in self._there:
            with pytest.raises(FileNotFoundError):
                self.call(kind, "copy", source, to)
        else:
            self.call(kind, "copy", source, to)
            self._there[to] = self._there[source]

    @precondition(lambda self: self.can("rename"))
    @rule(kind=kinds, source=paths, to=paths)
    def rename(self, kind: str, source: str, to: str) -> None:
        if source == to:
            with pytest.raises(opendal.exceptions.IsSameFile):
                self.call(kind, "rename", source, to)
        elif source not in self._there:
            with pytest.raises(FileNotFoundError):
                self.call(kind, "rename", source, to)
        else:
            self.call(kind, "rename", source, to)
            self._there[to] = self._there.pop(source)

    @rule(kind=kinds, path=paths)
    def delete(self, kind: str, path: str) -> None:
        self.call(kind, "delete", path)
        self._there.pop(path, None)

    @rule(kind=kinds, some=st.lists(paths, max_size=5))
    def delete_many(self, kind: str, some: list[str]) -> None:
        self.call(kind, "delete_many", some)
        for path in some:
            self._there.pop(path, None)

    @rule(kind=kinds, directory=st.sampled_from(DIRECTORIES[1:]))
    def remove_all(self, kind: str, directory: str) -> None:
        self.call(kind, "remove_all", directory)
        for path in [path for path in self._there if path.startswith(directory)]:
            del self._there[path]

    @precondition(lambda self: self.can("read_with_if_match"))
    @rule(kind=kinds, path=paths, data=data)
    def read_what_was_changed(self, kind: str, path: str, data: bytes) -> None:
        if path not in self._there:
            return
        etag = self.call(kind, "stat", path).etag
        assert self.call(kind, "read", path, if_match=etag) == self._there[path].data
        self.write(kind, path, data + b"!")
        with pytest.raises(ConditionNotMatch):
            self.call(kind, "read", path, if_match=etag)


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_diverges_from_the_model(name: str, request: pytest.FixtureRequest) -> None:
    numbered = itertools.count()
    with tempfile.TemporaryDirectory() as directory:

        class OnService(Model):
            @staticmethod
            def new() -> Service:
                number = next(numbered)
                if name == "memory":
                    return Service("memory", {})
                if name == "fs":
                    return Service("fs", {"root": Path(directory, str(number))})
                service: Service = request.getfixturevalue(name.replace("-", "_"))
                return replace(service, config={**service.config, "root": f"/{number}/"})

        run_state_machine_as_test(
            OnService,
            settings=settings(
                max_examples=EXAMPLES[name] * TIMES,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
