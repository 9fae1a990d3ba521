"""What the operations give: entries, metadata, capabilities."""

import json
from datetime import UTC, datetime, timedelta

import opendal
from here import CONFIG, SCHEME, here
from opendal.capability import Capability
from opendal.types import Entry, EntryMode, Metadata

op = opendal.Operator(SCHEME, **CONFIG)
op.write("dir/file", b"12345")

metadata = op.stat("dir/file")
assert isinstance(metadata, Metadata)
assert metadata.content_length == 5
assert metadata.mode == EntryMode.File
assert metadata.is_file is True
assert metadata.is_dir is False
for told in (
    metadata.content_type,
    metadata.content_encoding,
    metadata.content_disposition,
    metadata.content_md5,
    metadata.etag,
    metadata.version,
):
    assert told is None or isinstance(told, str)
assert metadata.user_metadata is None or isinstance(metadata.user_metadata, dict)
assert "content_length" in repr(metadata) or "Metadata" in repr(metadata)
if metadata.last_modified is not None:
    assert isinstance(metadata.last_modified, datetime)
    assert metadata.last_modified.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - metadata.last_modified) < timedelta(hours=1)
assert op.stat("dir/").is_dir
assert op.stat("dir/").mode == EntryMode.Dir
assert (op.stat("dir/file") == op.stat("dir/file")) is here("values are equal")

(entry,) = [entry for entry in op.list("dir/") if entry.path != "dir/"]
assert isinstance(entry, Entry)
assert entry.path == "dir/file"
assert entry.name == "file"
assert entry.metadata.is_file
assert str(entry)
assert "dir/file" in repr(entry)
(directory,) = [entry for entry in op.list("") if entry.path == "dir/"]
assert directory.name == "dir/"
assert directory.metadata.is_dir

assert EntryMode.File.is_file()
assert not EntryMode.File.is_dir()
assert EntryMode.Dir.is_dir()
assert not EntryMode.Unknown.is_dir()
assert not EntryMode.Unknown.is_file()
assert EntryMode.File != EntryMode.Dir
assert len({EntryMode.File, EntryMode.Dir, EntryMode.Unknown, EntryMode.File}) == 3
assert sorted(int(mode) for mode in (EntryMode.File, EntryMode.Dir, EntryMode.Unknown)) == [0, 1, 2]

capability = op.capability()
assert isinstance(capability, Capability)
flags = {
    "stat": capability.stat,
    "stat_with_if_match": capability.stat_with_if_match,
    "stat_with_if_none_match": capability.stat_with_if_none_match,
    "stat_with_if_modified_since": capability.stat_with_if_modified_since,
    "stat_with_if_unmodified_since": capability.stat_with_if_unmodified_since,
    "stat_with_version": capability.stat_with_version,
    "read": capability.read,
    "read_with_if_match": capability.read_with_if_match,
    "read_with_if_none_match": capability.read_with_if_none_match,
    "read_with_if_modified_since": capability.read_with_if_modified_since,
    "read_with_if_unmodified_since": capability.read_with_if_unmodified_since,
    "read_with_override_cache_control": capability.read_with_override_cache_control,
    "read_with_override_content_disposition": capability.read_with_override_content_disposition,
    "read_with_override_content_type": capability.read_with_override_content_type,
    "read_with_version": capability.read_with_version,
    "write": capability.write,
    "write_can_append": capability.write_can_append,
    "write_can_empty": capability.write_can_empty,
    "write_can_multi": capability.write_can_multi,
    "write_with_cache_control": capability.write_with_cache_control,
    "write_with_content_disposition": capability.write_with_content_disposition,
    "write_with_content_encoding": capability.write_with_content_encoding,
    "write_with_content_type": capability.write_with_content_type,
    "write_with_if_match": capability.write_with_if_match,
    "write_with_if_none_match": capability.write_with_if_none_match,
    "write_with_if_not_exists": capability.write_with_if_not_exists,
    "write_with_user_metadata": capability.write_with_user_metadata,
    "create_dir": capability.create_dir,
    "delete": capability.delete,
    "delete_with_recursive": capability.delete_with_recursive,
    "delete_with_version": capability.delete_with_version,
    "copy": capability.copy,
    "rename": capability.rename,
    "list": capability.list,
    "list_with_deleted": capability.list_with_deleted,
    "list_with_limit": capability.list_with_limit,
    "list_with_recursive": capability.list_with_recursive,
    "list_with_start_after": capability.list_with_start_after,
    "list_with_versions": capability.list_with_versions,
    "presign": capability.presign,
    "presign_delete": capability.presign_delete,
    "presign_read": capability.presign_read,
    "presign_stat": capability.presign_stat,
    "presign_write": capability.presign_write,
    "shared": capability.shared,
}
assert all(isinstance(flag, bool) for flag in flags.values())
limits = (
    capability.write_multi_max_size,
    capability.write_multi_min_size,
    capability.write_total_max_size,
)
assert all(limit is None or isinstance(limit, int) for limit in limits)
assert len(flags) + len(limits) == 48
for ability in ("stat", "read", "write", "delete", "list"):
    assert flags[ability], ability
assert json.dumps(flags)
assert not hasattr(capability, "no_such_ability")
assert hasattr(capability, "read_with_suffix") is here("further flags")
