"""What a service can do is what it says, and what the table says."""

from datetime import UTC, datetime

import pytest
from calls import Calls, Service
from opendal.exceptions import Unsupported
from suite import assert_can_what_the_table_says

SOON = datetime(2100, 1, 1, tzinfo=UTC)


async def test_a_service_can_do_what_the_table_says(ops: Calls, service: Service) -> None:
    assert_can_what_the_table_says(ops.op, service.name)


@pytest.mark.parametrize(
    ("call", "option", "value", "ability"),
    [
        ("read", "version", "1", "read_with_version"),
        ("read", "if_match", '"1"', "read_with_if_match"),
        ("read", "if_none_match", '"1"', "read_with_if_none_match"),
        ("read", "if_modified_since", SOON, "read_with_if_modified_since"),
        ("read", "if_unmodified_since", SOON, "read_with_if_unmodified_since"),
        ("read", "content_type", "x/y", "read_with_override_content_type"),
        ("stat", "version", "1", "stat_with_version"),
        ("stat", "if_match", '"1"', "stat_with_if_match"),
        ("write", "append", True, "write_can_append"),
        ("write", "content_type", "x/y", "write_with_content_type"),
        ("write", "content_encoding", "x", "write_with_content_encoding"),
        ("write", "if_match", '"1"', "write_with_if_match"),
        ("write", "if_none_match", '"1"', "write_with_if_none_match"),
        ("write", "user_metadata", {"a": "b"}, "write_with_user_metadata"),
        ("delete", "version", "1", "delete_with_version"),
        ("delete", "if_match", '"1"', "delete_with_if_match"),
        ("list", "versions", True, "list_with_versions"),
        ("list", "deleted", True, "list_with_deleted"),
    ],
)
async def test_what_a_service_lacks_is_refused(
    ops: Calls, call: str, option: str, value: object, ability: str
) -> None:
    if getattr(ops.capability(), ability):
        pytest.skip(f"{ops.op.scheme} can {ability}")
    # Where there is no such call at all, that is what the refusal speaks of.
    ops.needs(call)
    await ops.write("a", b"1")
    data = (b"2",) if call == "write" else ()
    with pytest.raises(Unsupported, match=option):
        await getattr(ops, call)("a", *data, **{option: value})
    assert await ops.read("a") == b"1"
