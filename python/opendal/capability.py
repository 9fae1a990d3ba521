"""What a service can do."""

from opendal._core.capability import Capability

__all__ = ["Capability"]
