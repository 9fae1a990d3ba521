"""The least configuration of every service: what it cannot do without."""

from typing import Any

ACCOUNT = {"account_name": "me", "account_key": "aHVzaA=="}
KEYS = {"access_key_id": "id", "secret_access_key": "hush"}
TOKEN = {"access_token": "hush"}

# Making an operator asks no server.
LEAST: dict[str, dict[str, Any]] = {
    "aliyun-drive": TOKEN,
    "alluxio": {"endpoint": "http://127.0.0.1:1"},
    "azblob": {"container": "c", "endpoint": "http://127.0.0.1:1", **ACCOUNT},
    "azdls": {"filesystem": "f", "endpoint": "http://127.0.0.1:1", **ACCOUNT},
    "azfile": {"share_name": "s", "endpoint": "http://127.0.0.1:1", **ACCOUNT},
    "b2": {"bucket": "b", "bucket_id": "1", "application_key_id": "id", "application_key": "hush"},
    "cloudflare-kv": {"api_token": "hush", "account_id": "a", "namespace_id": "n"},
    "cos": {"bucket": "b", "endpoint": "http://127.0.0.1:1"},
    "d1": {"token": "hush", "account_id": "a", "database_id": "d", "table": "t"},
    "dbfs": {"endpoint": "http://127.0.0.1:1", "token": "hush"},
    "dropbox": TOKEN,
    "etcd": {},
    "fs": {"root": "."},
    "ftp": {"endpoint": "ftp://127.0.0.1:1"},
    "gcs": {"bucket": "b"},
    "gdrive": TOKEN,
    "ghac": {"endpoint": "http://127.0.0.1:1", "runtime_token": "hush"},
    "github": {"owner": "o", "repo": "r"},
    "http": {"endpoint": "http://127.0.0.1:1"},
    "ipfs": {"endpoint": "http://127.0.0.1:1", "root": "/ipfs/Qm"},
    "ipmfs": {},
    "koofr": {"endpoint": "http://127.0.0.1:1", "email": "a@b", "password": "hush"},
    "lakefs": {
        "endpoint": "http://127.0.0.1:1",
        "repository": "r",
        "username": "u",
        "password": "hush",
    },
    "memcached": {"endpoint": "tcp://127.0.0.1:1"},
    "memory": {},
    "mysql": {"connection_string": "mysql://127.0.0.1:1/d", "table": "t"},
    "obs": {"bucket": "b", "endpoint": "http://127.0.0.1:1"},
    "onedrive": TOKEN,
    "oss": {"bucket": "b", "endpoint": "http://127.0.0.1:1"},
    "pcloud": {"endpoint": "http://127.0.0.1:1", "username": "u", "password": "hush"},
    "postgresql": {"connection_string": "postgresql://127.0.0.1:1/d", "table": "t"},
    "redis": {"endpoint": "redis://127.0.0.1:1"},
    "s3": {"bucket": "b", "region": "r"},
    "seafile": {
        "endpoint": "http://127.0.0.1:1",
        "repo_name": "r",
        "username": "u",
        "password": "hush",
    },
    "sftp": {"endpoint": "ssh://127.0.0.1:1"},
    "sqlite": {"connection_string": "sqlite::memory:", "table": "t"},
    "swift": {"endpoint": "http://127.0.0.1:1", "container": "c", "token": "hush"},
    "tos": {"bucket": "b", "region": "r", **KEYS},
    "upyun": {"bucket": "b", "operator": "o", "password": "hush"},
    "vercel-artifacts": TOKEN,
    "vercel-blob": {"token": "hush"},
    "webdav": {"endpoint": "http://127.0.0.1:1"},
    "webhdfs": {},
    "yandex-disk": TOKEN,
}
