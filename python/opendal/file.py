"""Open objects: files of bytes, synchronous and asynchronous."""

from opendal._core.file import AsyncFile, File

__all__ = ["AsyncFile", "File"]
