"""Real servers for tests and demonstrations, and a proxy that makes them fail on demand.

Each server listens on a free loopback port of its own choice, keeps its data in a temporary
directory and is gone when its ``with`` block ends, however that happens.
"""

from .azurite import AzuriteServer, azurite_server
from .etcd import EtcdServer, etcd_server
from .ftp import FtpServer, ftp_server
from .gcs import GcsServer, gcs_server
from .hdfs import HdfsServer, hdfs_server
from .mariadb import MariadbServer, mariadb_server
from .memcached import MemcachedServer, memcached_server, memcached_with_login
from .moto import MotoServer, moto_server
from .nginx import NginxServer, nginx_server
from .postgresql import PostgresServer, postgres_server
from .process import Address, scratch
from .programs import NotInstalled
from .proxy import FaultProxy
from .rclone import RcloneServer, RcloneWebdav, rclone_server, rclone_webdav
from .redis import RedisServer, redis_cluster, redis_server
from .relay import ForwardProxy, Listener, tls_front
from .s3 import S3Server
from .sftp import SftpServer, sftp_server
from .toxiproxy import ToxiproxyServer, toxiproxy_server
from .versity import VersityServer, versity_server
from .wsgidav import WsgidavServer, wsgidav_server

__all__ = [
    "Address",
    "AzuriteServer",
    "EtcdServer",
    "FaultProxy",
    "ForwardProxy",
    "FtpServer",
    "GcsServer",
    "HdfsServer",
    "Listener",
    "MariadbServer",
    "MemcachedServer",
    "MotoServer",
    "NginxServer",
    "NotInstalled",
    "PostgresServer",
    "RcloneServer",
    "RcloneWebdav",
    "RedisServer",
    "S3Server",
    "SftpServer",
    "ToxiproxyServer",
    "VersityServer",
    "WsgidavServer",
    "azurite_server",
    "etcd_server",
    "ftp_server",
    "gcs_server",
    "hdfs_server",
    "mariadb_server",
    "memcached_server",
    "memcached_with_login",
    "moto_server",
    "nginx_server",
    "postgres_server",
    "rclone_server",
    "rclone_webdav",
    "redis_cluster",
    "redis_server",
    "scratch",
    "sftp_server",
    "tls_front",
    "toxiproxy_server",
    "versity_server",
    "wsgidav_server",
]
