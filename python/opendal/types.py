"""The values that operators give and take."""

from opendal._core.types import (
    AsyncLister,
    AsyncReadStream,
    Buffer,
    Entries,
    Entry,
    EntryMode,
    Lister,
    Metadata,
    PresignedRequest,
    ReadStream,
)

# Type checkers take this name for true; importing `typing` for it would cost most of our import.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from opendal.options import ConfigValue, CredentialProvider, ReadableBuffer, WritableBuffer
else:

    def __getattr__(name):
        """Fetch what is for annotations only when it is first used: it needs `typing`."""
        if name in ("ConfigValue", "CredentialProvider", "ReadableBuffer", "WritableBuffer"):
            from opendal import options  # noqa: PLC0415

            return getattr(options, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        return sorted({*globals(), *__all__})


__all__ = [
    "AsyncLister",
    "AsyncReadStream",
    "Buffer",
    "ConfigValue",
    "CredentialProvider",
    "Entries",
    "Entry",
    "EntryMode",
    "Lister",
    "Metadata",
    "PresignedRequest",
    "ReadStream",
    "ReadableBuffer",
    "WritableBuffer",
]
