"""A service wheel that is not of opendal's own repository.

It gives the scheme `memory`, for which opendal has no wheel, classes with typed keywords. What it
needs is in any service wheel: two subclasses that name each other as `twin`, one object that holds
them, and the entry point in `pyproject.toml`.
"""

from typing import TYPE_CHECKING, ClassVar

from opendal import AsyncOperator, Operator
from opendal.services import Service

__all__ = ["SERVICE", "AsyncMemoryOperator", "MemoryOperator"]


class MemoryOperator(Operator):
    """A store in the memory of this process."""

    twin: ClassVar[type[AsyncOperator]]

    def __init__(self, *, root: str = "/", versions: bool = False) -> None:
        """Make an empty store.

        Args:
            root: what every path starts from.
            versions: whether what is overwritten or deleted is kept.
        """
        super().__init__("memory", root=root, versions=versions)

    # What is a class of one's own may have methods of one's own, which layers and pickles keep.
    def size(self) -> int:
        """Add up the lengths of all objects, in bytes."""
        entries = self.list("", recursive=True)
        return sum(entry.metadata.content_length for entry in entries if entry.is_file)

    if TYPE_CHECKING:

        def to_async_operator(self) -> "AsyncMemoryOperator": ...


class AsyncMemoryOperator(AsyncOperator):
    """The same for event loops."""

    twin: ClassVar[type[Operator]] = MemoryOperator

    def __init__(self, *, root: str = "/", versions: bool = False) -> None:
        """Make an empty store.

        Args:
            root: what every path starts from.
            versions: whether what is overwritten or deleted is kept.
        """
        super().__init__("memory", root=root, versions=versions)

    if TYPE_CHECKING:

        def to_operator(self) -> MemoryOperator: ...


MemoryOperator.twin = AsyncMemoryOperator
SERVICE = Service(MemoryOperator, AsyncMemoryOperator, schemes=("memory",))
