"""Every keyword of every operation, in an asynchronous program."""

import asyncio
from datetime import UTC, datetime, timedelta

import opendal
from here import CONFIG, SCHEME, SERVICE, awaited, can, here

DATA = b"0123456789" * 1000
BEFORE = datetime.now(UTC) - timedelta(days=2)
AFTER = datetime.now(UTC) + timedelta(days=2)


async def ranges(op: opendal.AsyncOperator) -> None:
    assert await op.read("a", offset=5, size=10) == b"5678901234"
    assert await op.read("a", offset=9998) == b"89"
    assert await op.read("a", chunk=1024, concurrent=2, gap=4096, prefetch=1) == DATA
    await op.write("parts", DATA, chunk=5 << 20, concurrent=2)
    assert await op.read("parts") == DATA


async def conditions(op: opendal.AsyncOperator) -> None:
    etag = (await op.stat("a")).etag or '"none"'
    if can(op, "read_with_if_match") and can(op, "read_with_if_unmodified_since"):
        assert await op.read("a", if_match=etag, if_unmodified_since=AFTER) == DATA
        assert await op.read("a", if_none_match='"other"', if_modified_since=BEFORE) == DATA
        assert await awaited(op.read("a", if_match='"other"')) == "ConditionNotMatch"
        assert await awaited(op.read("a", if_none_match=etag)) == "ConditionNotMatch"
        assert await awaited(op.read("a", if_modified_since=AFTER)) == "ConditionNotMatch"
        assert await awaited(op.read("a", if_unmodified_since=BEFORE)) == "ConditionNotMatch"
    if can(op, "stat_with_if_match") and can(op, "stat_with_if_unmodified_since"):
        assert (await op.stat("a", if_match=etag, if_unmodified_since=AFTER)).is_file
        assert (await op.stat("a", if_none_match='"other"', if_modified_since=BEFORE)).is_file
        assert await awaited(op.stat("a", if_match='"other"')) == "ConditionNotMatch"
    if can(op, "read_with_override_content_type"):
        overridden = await op.read(
            "a", content_type="text/x-odd", cache_control="no-store", content_disposition="inline"
        )
        assert overridden == DATA
    if can(op, "read_with_override_content_type") and SERVICE != "s3-moto":
        await op.stat(
            "a", content_type="text/x-odd", cache_control="no-store", content_disposition="inline"
        )


async def writing(op: opendal.AsyncOperator) -> None:
    if can(op, "write_with_content_type"):
        await op.write("typed", b"1", content_type="text/x-odd")
        assert (await op.stat("typed")).content_type == "text/x-odd"
    if can(op, "write_with_cache_control") and can(op, "write_with_content_disposition"):
        await op.write("told", b"1", cache_control="no-store", content_disposition="attachment")
        assert (await op.stat("told")).content_disposition == "attachment"
    if can(op, "write_with_content_encoding"):
        await op.write("packed", b"1", content_encoding="gzip")
        assert (await op.stat("packed")).content_encoding == "gzip"
    if can(op, "write_with_user_metadata"):
        await op.write("owned", b"1", user_metadata={"owner": "me"})
        assert (await op.stat("owned")).user_metadata == {"owner": "me"}
    if can(op, "write_with_if_not_exists"):
        await op.write("new", b"1", if_not_exists=True)
        again = await awaited(op.write("new", b"2", if_not_exists=True))
        assert again == here("error of if_not_exists")
    if can(op, "write_with_if_match"):
        await op.write("a", DATA, if_match=(await op.stat("a")).etag)
        assert await awaited(op.write("a", b"", if_match='"other"')) == "ConditionNotMatch"
    if can(op, "write_with_if_none_match"):
        assert await awaited(op.write("a", b"", if_none_match="*")) in {
            "ConditionNotMatch",
            "ConditionalCreateFailed",
        }
    if can(op, "write_can_append") and SCHEME != "s3":
        await op.write("log", b"one,")
        await op.write("log", b"two", append=True)
        assert await op.read("log") == b"one,two"


async def listing(op: opendal.AsyncOperator) -> None:
    await asyncio.gather(*(op.write(f"many/{number}", b"1") for number in range(5)))
    names = {entry.path async for entry in await op.list("many/", limit=2)}
    assert {f"many/{number}" for number in range(5)} <= names
    assert names >= {entry.path async for entry in await op.scan("many/", limit=2)}
    if can(op, "list_with_start_after"):
        late = {entry.path async for entry in await op.list("many/", start_after="many/2")}
        assert late == {"many/3", "many/4"}
        assert {e.path async for e in await op.scan("many/", start_after="many/2")} == late
    assert "many/0" in {entry.path async for entry in await op.list("", recursive=True)}


async def versions(op: opendal.AsyncOperator) -> None:
    if can(op, "read_with_version") and (await op.stat("a")).version:
        await op.write("kept", b"old")
        old = (await op.stat("kept")).version
        await op.write("kept", b"new")
        assert await op.read("kept", version=old) == b"old"
        assert (await op.stat("kept", version=old)).content_length == 3
        if can(op, "list_with_versions"):
            assert len([entry async for entry in await op.list("kept", versions=True)]) == 2
            assert len([entry async for entry in await op.scan("kept", versions=True)]) == 2
        if can(op, "list_with_deleted"):
            await op.delete("kept")
            assert [entry async for entry in await op.list("kept", deleted=True)]
            assert [entry async for entry in await op.scan("kept", deleted=True)]
        await op.delete("kept", version=old)
    if can(op, "delete_with_recursive"):
        await op.delete("many/", recursive=True)
        assert not await op.exists("many/0")
    if SCHEME == "memory":
        refused = await awaited(op.delete("a", if_match='"other"'))
        assert refused in {None, "Unsupported", "ConditionNotMatch"}


async def main() -> None:
    op = opendal.AsyncOperator(SCHEME, **CONFIG)
    await op.write("a", DATA)
    await ranges(op)
    await conditions(op)
    await writing(op)
    await listing(op)
    await versions(op)


asyncio.run(main())
