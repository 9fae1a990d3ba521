"""Real types reach the service: each test observes what the operator does with them."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import opendal
import pytest
from opendal.exceptions import ConfigInvalid, InvalidArgument
from opendal_fs_service import FsOperator
from opendal_s3_service import S3AsyncOperator, S3Operator


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the credentials and regions of whoever runs the tests out of them."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)


def s3(**options: Any) -> S3Operator:
    given = {"bucket": "photos", "region": "eu-central-1", **options}
    return S3Operator(access_key_id="AKIDEXAMPLE", secret_access_key="hush-hush", **given)


def host(op: opendal.Operator) -> str | None:
    return urlsplit(op.presign_read("a.jpg", 60).url).hostname


class Folder(os.PathLike[str]):
    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


@pytest.mark.parametrize("kind", [str, Path, Folder])
def test_a_path_is_a_root(tmp_path: Path, kind: type) -> None:
    FsOperator(root=kind(tmp_path)).write("a.txt", b"hello")
    assert (tmp_path / "a.txt").read_bytes() == b"hello"


def test_a_bool_is_a_switch() -> None:
    assert (
        host(s3()) == host(s3(enable_virtual_host_style=False)) == "s3.eu-central-1.amazonaws.com"
    )
    assert host(s3(enable_virtual_host_style=True)) == "photos.s3.eu-central-1.amazonaws.com"


def test_an_option_that_is_none_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    assert host(s3(region=None, root=None)) == "s3.us-west-2.amazonaws.com"


def test_a_duration_is_seconds_or_a_timedelta() -> None:
    quarter = s3(assume_role_duration_seconds=timedelta(minutes=15))
    assert quarter == s3(assume_role_duration_seconds=900)
    assert quarter == s3(assume_role_duration_seconds=900.0)
    assert quarter != s3(assume_role_duration_seconds=901)


@pytest.mark.parametrize("duration", [-1, 0.5, timedelta(milliseconds=1), float("nan"), 1e30])
def test_a_duration_that_is_no_count_of_seconds_is_refused(duration: float | timedelta) -> None:
    with pytest.raises(ConfigInvalid, match="assume_role_duration_seconds") as caught:
        s3(assume_role_duration_seconds=duration)
    assert isinstance(caught.value, ValueError)


def test_a_mapping_is_a_map() -> None:
    tags: Mapping[str, str] = {"team": "photos", "cost": "a,b=c"}
    assert s3(assume_role_session_tags=tags) == s3(assume_role_session_tags=dict(tags))
    assert s3(assume_role_session_tags=tags) != s3(assume_role_session_tags={"team": "photos"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"bucket": b"photos"},
        {"skip_signature": "perhaps"},
        {"skip_signature": 2},
        {"bucket": "photos/2024"},
        {"bucket": "s3://photos"},
        {"assume_role_duration_seconds": object()},
        {"assume_role_session_tags": {"team": 1}},
        {"assume_role_session_tags": "team"},
    ],
    ids=str,
)
def test_a_wrong_type_or_value_is_refused_by_name(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises((InvalidArgument, ConfigInvalid), match=name) as caught:
        s3(**wrong)
    assert "\n" not in str(caught.value)
    assert "hush-hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "keywords", "near"),
    [
        (("photos",), {}, "did you mean bucket="),
        ((), {"anon": True}, "did you mean 'skip_signature'"),
        ((), {"prefix": "a"}, "did you mean 'root'"),
        ((), {"buckt": "a"}, "did you mean 'bucket'"),
    ],
)
def test_a_call_as_of_another_package_names_the_right_keyword(
    given: tuple[str, ...], keywords: dict[str, Any], near: str
) -> None:
    with pytest.raises(InvalidArgument, match=near):
        S3Operator(*given, **keywords)


def test_a_missing_bucket_is_named() -> None:
    with pytest.raises(ConfigInvalid, match="bucket"):
        S3Operator(region="eu-central-1")


def test_a_missing_root_is_named() -> None:
    with pytest.raises(ConfigInvalid, match="root"):
        FsOperator()


def test_both_twins_take_the_same() -> None:
    options: dict[str, Any] = {
        "bucket": "photos",
        "region": "eu-central-1",
        "root": Path("2026"),
        "enable_virtual_host_style": True,
        "assume_role_duration_seconds": timedelta(hours=1),
    }
    assert S3AsyncOperator(**options).to_operator() == S3Operator(**options)


def test_a_typed_mapping_is_as_good_as_keywords() -> None:
    config = opendal.config.S3Config(
        scheme="s3",
        bucket="photos",
        region="eu-central-1",
        enable_virtual_host_style=True,
        assume_role_duration_seconds=timedelta(hours=1),
    )
    made = opendal.Operator.from_config(config)
    assert type(made) is S3Operator
    assert made.name == "photos"
