"""What a service can do."""

from typing import final

__all__ = ["Capability"]

@final
class Capability:
    """What an operator can do with its service, with its layers counted in.

    A flag is a bool; a limit is an int, or None where there is none.

    Example:
        if op.capability().presign_read:
            link = op.presign_read("photo.jpg", 3600).url
    """

    @property
    def stat(self) -> bool:
        """The service can tell what is at a path."""
    @property
    def stat_with_if_match(self) -> bool:
        """`stat` can go ahead only for a given etag."""
    @property
    def stat_with_if_none_match(self) -> bool:
        """`stat` can go ahead only for another etag."""
    @property
    def stat_with_if_version_match(self) -> bool:
        """`stat` can go ahead only for a given version."""
    @property
    def stat_with_if_version_not_match(self) -> bool:
        """`stat` can go ahead only for another version."""
    @property
    def stat_with_if_modified_since(self) -> bool:
        """`stat` can go ahead only if changed since a time."""
    @property
    def stat_with_if_unmodified_since(self) -> bool:
        """`stat` can go ahead only if not changed since a time."""
    @property
    def stat_with_override_cache_control(self) -> bool:
        """`stat` can choose the cache control of the answer."""
    @property
    def stat_with_override_content_disposition(self) -> bool:
        """`stat` can choose the content disposition of the answer."""
    @property
    def stat_with_override_content_type(self) -> bool:
        """`stat` can choose the content type of the answer."""
    @property
    def stat_with_version(self) -> bool:
        """`stat` can ask about one version."""
    @property
    def read(self) -> bool:
        """The service can read objects."""
    @property
    def read_with_if_match(self) -> bool:
        """`read` can go ahead only for a given etag."""
    @property
    def read_with_if_none_match(self) -> bool:
        """`read` can go ahead only for another etag."""
    @property
    def read_with_if_version_match(self) -> bool:
        """`read` can go ahead only for a given version."""
    @property
    def read_with_if_version_not_match(self) -> bool:
        """`read` can go ahead only for another version."""
    @property
    def read_with_if_modified_since(self) -> bool:
        """`read` can go ahead only if changed since a time."""
    @property
    def read_with_if_unmodified_since(self) -> bool:
        """`read` can go ahead only if not changed since a time."""
    @property
    def read_with_override_cache_control(self) -> bool:
        """`read` can choose the cache control of the answer."""
    @property
    def read_with_override_content_disposition(self) -> bool:
        """`read` can choose the content disposition of the answer."""
    @property
    def read_with_override_content_type(self) -> bool:
        """`read` can choose the content type of the answer."""
    @property
    def read_with_version(self) -> bool:
        """`read` can read one version."""
    @property
    def read_with_suffix(self) -> bool:
        """Reading can ask for the last bytes without the size being known."""
    @property
    def write(self) -> bool:
        """The service can write objects."""
    @property
    def write_atomic(self) -> bool:
        """An object appears whole at the end of its write, or not at all.

        Also where the writer is killed. It is not said of `append`, nor on `ftp` and `sftp` of
        a write with a condition.
        """
    @property
    def write_can_multi(self) -> bool:
        """An object can be written in several parts."""
    @property
    def write_can_empty(self) -> bool:
        """An object may be empty."""
    @property
    def write_can_append(self) -> bool:
        """`write` can add to an object that is there."""
    @property
    def write_can_copy_from(self) -> bool:
        """A write can take ranges of other objects, without a download."""
    @property
    def write_with_content_type(self) -> bool:
        """`write` can set the content type."""
    @property
    def write_with_content_disposition(self) -> bool:
        """`write` can set the content disposition."""
    @property
    def write_with_content_encoding(self) -> bool:
        """`write` can set the content encoding."""
    @property
    def write_with_cache_control(self) -> bool:
        """`write` can set the cache control."""
    @property
    def write_with_if_match(self) -> bool:
        """`write` can go ahead only for a given etag."""
    @property
    def write_with_if_none_match(self) -> bool:
        """`write` can go ahead only for another etag."""
    @property
    def write_with_if_version_match(self) -> bool:
        """`write` can go ahead only for a given version."""
    @property
    def write_with_if_version_not_match(self) -> bool:
        """`write` can go ahead only for another version."""
    @property
    def write_with_if_not_exists(self) -> bool:
        """`write` can insist that nothing is there yet."""
    @property
    def write_with_user_metadata(self) -> bool:
        """`write` can keep own names and values with the object."""
    @property
    def write_multi_max_size(self) -> int | None:
        """Most bytes of one part of a write; None is no limit."""
    @property
    def write_multi_min_size(self) -> int | None:
        """Fewest bytes of one part of a write, the last one excepted; None is no limit."""
    @property
    def write_total_max_size(self) -> int | None:
        """Most bytes of one object; None is no limit."""
    @property
    def create_dir(self) -> bool:
        """The service can make directories."""
    @property
    def delete(self) -> bool:
        """The service can delete objects."""
    @property
    def delete_with_version(self) -> bool:
        """`delete` can delete one version."""
    @property
    def delete_with_recursive(self) -> bool:
        """`delete` can delete all that begins with a path."""
    @property
    def delete_with_if_match(self) -> bool:
        """`delete` can go ahead only for a given etag."""
    @property
    def delete_with_if_none_match(self) -> bool:
        """`delete` can go ahead only for another etag."""
    @property
    def delete_with_if_version_match(self) -> bool:
        """`delete` can go ahead only for a given version."""
    @property
    def delete_with_if_version_not_match(self) -> bool:
        """`delete` can go ahead only for another version."""
    @property
    def delete_max_size(self) -> int | None:
        """How many objects one request can delete; None is no limit."""
    @property
    def copy(self) -> bool:
        """The service can copy objects by itself."""
    @property
    def copy_with_if_not_exists(self) -> bool:
        """`copy` can insist that nothing is at the target yet."""
    @property
    def copy_with_if_match(self) -> bool:
        """`copy` can go ahead only for a given etag of the target."""
    @property
    def copy_with_if_none_match(self) -> bool:
        """`copy` can go ahead only for another etag of the target."""
    @property
    def copy_with_if_version_match(self) -> bool:
        """`copy` can go ahead only for a given version of the target."""
    @property
    def copy_with_if_version_not_match(self) -> bool:
        """`copy` can go ahead only for another version of the target."""
    @property
    def copy_with_source_version(self) -> bool:
        """`copy` can copy one version of the source."""
    @property
    def copy_can_multi(self) -> bool:
        """A large object can be copied in parts, by the service itself."""
    @property
    def copy_multi_max_size(self) -> int | None:
        """Most bytes of one part of a copy; None is no limit."""
    @property
    def copy_multi_min_size(self) -> int | None:
        """Fewest bytes of one part of a copy; None is no limit."""
    @property
    def compose(self) -> bool:
        """The service can join whole objects into one by itself."""
    @property
    def compose_with_content_type(self) -> bool:
        """Joining can set the content type."""
    @property
    def compose_with_content_disposition(self) -> bool:
        """Joining can set the content disposition."""
    @property
    def compose_with_content_encoding(self) -> bool:
        """Joining can set the content encoding."""
    @property
    def compose_with_cache_control(self) -> bool:
        """Joining can set the cache control."""
    @property
    def compose_with_user_metadata(self) -> bool:
        """Joining can keep own names and values with the object."""
    @property
    def compose_with_if_match(self) -> bool:
        """Joining can go ahead only for a given etag of the target."""
    @property
    def compose_with_if_none_match(self) -> bool:
        """Joining can go ahead only for another etag of the target."""
    @property
    def compose_with_if_version_match(self) -> bool:
        """Joining can go ahead only for a given version of the target."""
    @property
    def compose_with_if_version_not_match(self) -> bool:
        """Joining can go ahead only for another version of the target."""
    @property
    def compose_with_if_not_exists(self) -> bool:
        """Joining can insist that nothing is at the target yet."""
    @property
    def compose_with_source_version(self) -> bool:
        """Joining can take one version of a source."""
    @property
    def compose_with_source_if_match(self) -> bool:
        """Joining can insist on the etag of a source."""
    @property
    def restore(self) -> bool:
        """The service can bring a deleted object back."""
    @property
    def restore_with_version(self) -> bool:
        """Bringing back can choose the version."""
    @property
    def restore_with_if_not_exists(self) -> bool:
        """Bringing back can insist that nothing is there."""
    @property
    def rename(self) -> bool:
        """The service can rename objects."""
    @property
    def rename_with_if_not_exists(self) -> bool:
        """`rename` can insist that nothing is at the target yet."""
    @property
    def list(self) -> bool:
        """The service can list what is below a path."""
    @property
    def list_with_limit(self) -> bool:
        """`list` can say how many entries a request gives."""
    @property
    def list_with_start_after(self) -> bool:
        """`list` can begin after a path."""
    @property
    def list_with_recursive(self) -> bool:
        """`list` can go into directories."""
    @property
    def list_with_versions(self) -> bool:
        """`list` can give every version."""
    @property
    def list_with_deleted(self) -> bool:
        """`list` can give deleted objects."""
    @property
    def presign(self) -> bool:
        """The service can sign requests for others to send."""
    @property
    def presign_read(self) -> bool:
        """The service can sign a `read` for others to send."""
    @property
    def presign_stat(self) -> bool:
        """The service can sign a `stat` for others to send."""
    @property
    def presign_write(self) -> bool:
        """The service can sign a `write` for others to send."""
    @property
    def presign_delete(self) -> bool:
        """The service can sign a `delete` for others to send."""
    @property
    def shared(self) -> bool:
        """Other processes and machines see the same store."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
