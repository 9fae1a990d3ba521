"""Modules, groups of keywords, settings of services and schemes, by their names."""

import sys
from typing import get_args

import opendal
from here import here
from opendal import (
    capability,
    config,
    exceptions,
    file,
    layers,
    operator,
    options,
    services,
    types,
)
from opendal.options import (
    DeleteKwargs,
    ListKwargs,
    OpenKwargs,
    ReadKwargs,
    StatKwargs,
    WriteKwargs,
)

assert isinstance(opendal.__version__, str)
for module in (capability, config, exceptions, file, layers, operator, options, services, types):
    assert sys.modules[module.__name__] is module
for cls in (
    operator.Operator,
    operator.AsyncOperator,
    file.File,
    file.AsyncFile,
    types.Entry,
    types.EntryMode,
    types.Metadata,
    types.PresignedRequest,
    capability.Capability,
    layers.Layer,
    services.Scheme,
):
    assert getattr(sys.modules[cls.__module__], cls.__name__) is cls

read: ReadKwargs = {"offset": 1, "size": 2, "concurrent": 1, "chunk": 1024, "gap": 1}
write: WriteKwargs = {"chunk": 1 << 20, "concurrent": 1}
listing: ListKwargs = {"limit": 10, "recursive": True}
stat: StatKwargs = {}
delete: DeleteKwargs = {}
opening: OpenKwargs = {"chunk": 1024}
op = opendal.Operator("memory")
op.write("a", b"123", **write)
assert op.read("a", **read) == b"23"
assert op.stat("a", **stat).content_length == 3
assert [entry.path for entry in op.list("a", **listing)] == ["a"]
with op.open("a", "rb", **opening) as opened:
    assert opened.read() == b"123"
op.delete("a", **delete)
conditions = {"version", "if_match", "if_none_match", "if_modified_since", "if_unmodified_since"}
answers = {"content_type", "cache_control", "content_disposition"}
assert set(StatKwargs.__annotations__) >= conditions | answers
assert set(ReadKwargs.__annotations__) >= conditions | answers | set(read) | {"prefetch"}
assert set(WriteKwargs.__annotations__) >= answers | set(write) | {
    "append",
    "content_encoding",
    "if_match",
    "if_none_match",
    "if_not_exists",
    "user_metadata",
}
assert set(ListKwargs.__annotations__) >= set(listing) | {"start_after", "versions", "deleted"}
assert set(DeleteKwargs.__annotations__) >= {"version", "recursive", "if_match"}
assert set(OpenKwargs.__annotations__) >= {*ReadKwargs.__annotations__, "append", "user_metadata"}

memory = config.MemoryConfig(scheme="memory", root="/")
local = config.FsConfig(scheme="fs", root="/tmp", atomic_write_dir="/tmp")
cloud = config.S3Config(
    scheme="s3",
    bucket="b",
    root="/",
    region="r",
    endpoint="http://127.0.0.1:1",
    access_key_id="a",
    secret_access_key="s",
    session_token="t",
    profile="p",
    role_arn="arn",
    role_session_name="name",
    external_id="id",
    assume_role_duration_seconds=900,
    assume_role_session_tags="{}",
    allow_anonymous=False,
    skip_signature=False,
    batch_max_operations=100,
    delete_max_size=100,
    checksum_algorithm="crc32c",
    default_acl="private",
    default_storage_class="STANDARD",
    disable_config_load=True,
    disable_ec2_metadata=True,
    disable_list_objects_v2=False,
    disable_stat_with_override=False,
    disable_write_with_if_match=False,
    enable_request_payer=False,
    enable_versioning=False,
    enable_virtual_host_style=False,
    enable_write_with_append=False,
    server_side_encryption="AES256",
    server_side_encryption_aws_kms_key_id="k",
    server_side_encryption_customer_algorithm="AES256",
    server_side_encryption_customer_key="k",
    server_side_encryption_customer_key_md5="m",
)
for made in (memory, local, cloud):
    assert type(made) is dict
    assert {type(made)} == {dict}
assert set(cloud) <= set(config.S3Config.__annotations__)
assert set(local) <= set(config.FsConfig.__annotations__)
assert set(memory) <= set(config.MemoryConfig.__annotations__)
assert config.S3Config in get_args(config.ServiceConfig)

Scheme = services.Scheme
members = (
    ("AliyunDrive", "aliyun-drive"),
    ("Alluxio", "alluxio"),
    ("Azblob", "azblob"),
    ("Azdls", "azdls"),
    ("Azfile", "azfile"),
    ("B2", "b2"),
    ("Cacache", "cacache"),
    ("Cos", "cos"),
    ("Dashmap", "dashmap"),
    ("Dropbox", "dropbox"),
    ("Fs", "fs"),
    ("Ftp", "ftp"),
    ("Gcs", "gcs"),
    ("GcsGrpc", "gcs-grpc"),
    ("Gdrive", "gdrive"),
    ("Ghac", "ghac"),
    ("Gridfs", "gridfs"),
    ("HdfsNative", "hdfs-native"),
    ("Hf", "hf"),
    ("Http", "http"),
    ("Ipfs", "ipfs"),
    ("Ipmfs", "ipmfs"),
    ("Koofr", "koofr"),
    ("Memcached", "memcached"),
    ("Memory", "memory"),
    ("MiniMoka", "mini-moka"),
    ("Moka", "moka"),
    ("Mongodb", "mongodb"),
    ("Mysql", "mysql"),
    ("Obs", "obs"),
    ("Onedrive", "onedrive"),
    ("Oss", "oss"),
    ("Persy", "persy"),
    ("Postgresql", "postgresql"),
    ("Redb", "redb"),
    ("Redis", "redis"),
    ("S3", "s3"),
    ("Seafile", "seafile"),
    ("Sled", "sled"),
    ("Sqlite", "sqlite"),
    ("Swift", "swift"),
    ("Tos", "tos"),
    ("Upyun", "upyun"),
    ("VercelArtifacts", "vercel-artifacts"),
    ("Webdav", "webdav"),
    ("Webhdfs", "webhdfs"),
    ("YandexDisk", "yandex-disk"),
)
assert len(members) == 47
compiled = [(name, value) for name, value in members if hasattr(Scheme, name)]
assert len(compiled) == here("schemes")
for name, value in compiled:
    member = getattr(Scheme, name)
    assert member.value == value
    assert member.name == name
    assert isinstance(int(member), int)
assert len({getattr(Scheme, name) for name, _ in compiled}) == len(compiled)
assert Scheme.Fs != Scheme.S3
assert Scheme.Memory == Scheme.Memory
