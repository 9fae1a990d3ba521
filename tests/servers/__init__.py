"""Real servers for tests and demonstrations, and a proxy that makes them fail on demand.

Each server listens on a free loopback port of its own choice, keeps its data in a temporary
directory and is gone when its ``with`` block ends, however that happens.
"""

from .moto import MotoServer, moto_server
from .proxy import FaultProxy
from .rclone import RcloneServer, rclone_server
from .relay import ForwardProxy, Listener, tls_front

__all__ = [
    "FaultProxy",
    "ForwardProxy",
    "Listener",
    "MotoServer",
    "RcloneServer",
    "moto_server",
    "rclone_server",
    "tls_front",
]
