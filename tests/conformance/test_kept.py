"""What is given along with an object is kept with it."""

import pytest
from calls import Calls


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("content_type", "text/x-odd"),
        ("content_disposition", "inline"),
        ("content_encoding", "x-odd"),
        ("cache_control", "no-store"),
    ],
)
async def test_what_is_given_with_an_object_is_kept(ops: Calls, option: str, value: str) -> None:
    ops.needs(f"write_with_{option}")
    await ops.write("a", b"1", **{option: value})
    assert getattr(await ops.stat("a"), option) == value


async def test_user_metadata_is_kept(ops: Calls) -> None:
    ops.needs("write_with_user_metadata")
    await ops.write("a", b"1", user_metadata={"colour": "blue", "size": "12"})
    told = (await ops.stat("a")).user_metadata
    # HTTP names have no case, and servers spell them as they like.
    assert {name.lower(): value for name, value in told.items()} == {"colour": "blue", "size": "12"}
