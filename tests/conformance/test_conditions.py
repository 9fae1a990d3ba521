"""What is asked for only under a condition happens only under that condition."""

from datetime import UTC, datetime, timedelta

import pytest
from calls import Calls
from opendal.exceptions import (
    ConditionalCreateFailed,
    ConditionNotMatch,
)


async def test_conditions_on_the_etag(ops: Calls) -> None:
    ops.needs("read_with_if_match", "stat_with_if_match", "read_with_if_none_match")
    await ops.write("a", b"1")
    etag = (await ops.stat("a")).etag
    assert await ops.read("a", if_match=etag) == b"1"
    assert (await ops.stat("a", if_match=etag)).content_length == 1
    assert await ops.read("a", if_none_match='"another"') == b"1"
    for call in (
        ops.read("a", if_match='"another"'),
        ops.stat("a", if_match='"another"'),
        ops.read("a", if_none_match=etag),
        ops.stat("a", if_none_match=etag),
    ):
        with pytest.raises(ConditionNotMatch):
            await call


async def test_conditions_on_the_time(ops: Calls) -> None:
    ops.needs("read_with_if_modified_since", "read_with_if_unmodified_since")
    await ops.write("a", b"1")
    past = datetime.now(UTC) - timedelta(days=1)
    future = datetime.now(UTC) + timedelta(days=1)
    assert await ops.read("a", if_modified_since=past) == b"1"
    assert await ops.read("a", if_unmodified_since=future) == b"1"
    with pytest.raises(ConditionNotMatch):
        await ops.read("a", if_unmodified_since=past)
    just_after = (await ops.stat("a")).last_modified + timedelta(seconds=1)
    with pytest.raises(ConditionNotMatch):
        await ops.read("a", if_modified_since=just_after)


async def test_conditions_on_writing(ops: Calls) -> None:
    ops.needs("write_with_if_match")
    await ops.write("a", b"1")
    etag = (await ops.stat("a")).etag
    with pytest.raises(ConditionNotMatch):
        await ops.write("a", b"2", if_match='"another"')
    assert await ops.read("a") == b"1"
    await ops.write("a", b"3", if_match=etag)
    assert await ops.read("a") == b"3"


async def test_creating_only(ops: Calls) -> None:
    ops.needs("write_with_if_not_exists")
    await ops.write("a", b"1", if_not_exists=True)
    with pytest.raises(FileExistsError) as caught:
        await ops.write("a", b"2", if_not_exists=True)
    assert isinstance(caught.value, ConditionalCreateFailed)
    assert await ops.read("a") == b"1"


async def test_conditions_on_deleting(ops: Calls) -> None:
    ops.needs("delete_with_if_match")
    await ops.write("a", b"1")
    with pytest.raises(ConditionNotMatch):
        await ops.delete("a", if_match='"another"')
    assert await ops.read("a") == b"1"
