"""What the machine says of a cloud: variables and files, as its users have them already."""

import pickle
from pathlib import Path
from typing import Any

import opendal
import pytest
from opendal.exceptions import ConfigInvalid, PermissionDenied
from servers import AzuriteServer, GcsServer, RcloneServer

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@pytest.fixture(scope="module")
def server(rclone: RcloneServer) -> RcloneServer:
    rclone.create_bucket("environment")
    return rclone


@pytest.fixture
def aws(tmp_path: Path, server: RcloneServer, monkeypatch: pytest.MonkeyPatch) -> RcloneServer:
    """Amazon's two files, with all that S3 wants in the profile `work`."""
    config, credentials = tmp_path / "config", tmp_path / "credentials"
    config.write_text(
        f"[profile work]\nregion = eu-west-1\nendpoint_url = {server.url}\n\n"
        "[profile own]\nregion = eu-west-1\nservices = mine\nsource_profile = work\n\n"
        f"[services mine]\ns3 =\n  endpoint_url = {server.url}\n"
    )
    login = f"aws_access_key_id={server.access_key}\naws_secret_access_key={server.secret_key}\n"
    credentials.write_text(f"[work]\n{login}[own]\n{login}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return server


def _goes(uri: str, **options: Any) -> None:
    with opendal.open(f"{uri}/a b.txt", "w", **options) as file:
        file.write("hello")
    assert opendal.open(f"{uri}/a b.txt", "r", **options).read() == "hello"


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("profile", ["work", "own"])
def test_a_profile_is_all_that_s3_wants(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _goes("s3://environment", profile=profile)
    monkeypatch.setenv("AWS_PROFILE", profile)
    _goes("s3://environment")


@pytest.mark.usefixtures("aws")
def test_a_profile_that_is_asked_for_wins_over_the_keys_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in KEYS:
        monkeypatch.setenv(name, "wrong")
    _goes("s3://environment", profile="work")
    monkeypatch.setenv("AWS_PROFILE", "work")
    with pytest.raises(PermissionDenied):
        _goes("s3://environment")


@pytest.mark.usefixtures("aws")
def test_a_profile_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigInvalid, match="no profile 'wrok'; did you mean 'work'"):
        opendal.Operator("s3", bucket="environment", profile="wrok")


def test_s3_has_a_variable_of_its_own(aws: RcloneServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", aws.url)
    for name, value in zip(KEYS, (aws.access_key, aws.secret_key), strict=True):
        monkeypatch.setenv(name, value)
    _goes("s3://environment")
    # One that is set to nothing is not set.
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "")
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    _goes("s3://environment")


def test_a_pickle_has_nothing_of_the_environment(aws: RcloneServer) -> None:
    op = opendal.Operator("s3", bucket="environment", profile="work")
    assert aws.secret_key.encode() not in pickle.dumps(op)
    # It is another machine's that counts where it is read.
    op = pickle.loads(pickle.dumps(op))
    op.write("pickled", b"")


def test_a_missing_region_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigInvalid, match=r"region=.*AWS_REGION"):
        opendal.Operator("s3", bucket="b")
    monkeypatch.setenv("AWS_REGION", "")
    with pytest.raises(ConfigInvalid, match="AWS_REGION"):
        opendal.Operator("s3", bucket="b")


def test_without_credentials_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    op = opendal.Operator("s3", bucket="b", region="r", endpoint="http://127.0.0.1:1")
    with pytest.raises(PermissionDenied, match=r"no credentials were found.* skip_signature") as it:
        op.read("a")
    assert not it.value.temporary


def test_gcs_goes_to_its_emulator(fake_gcs: GcsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_gcs.create_bucket("environment")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", fake_gcs.url.removeprefix("http://"))
    _goes("gs://environment")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", fake_gcs.url)
    _goes("gs://environment")


def test_credentials_of_google_that_are_none_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key.json"
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    with pytest.raises(ConfigInvalid, match=r"GOOGLE_APPLICATION_CREDENTIALS names .* be read"):
        opendal.Operator("gcs", bucket="b")
    path.write_text("[]")
    with pytest.raises(ConfigInvalid, match="no credentials of Google's"):
        opendal.Operator("gcs", bucket="b")
    opendal.Operator("gcs", bucket="b", token="t")
    opendal.Operator("gcs", bucket="b", credential_provider=dict)
    with pytest.raises(ConfigInvalid, match="in base64"):
        opendal.Operator("gcs", bucket="b", credential='{"type": "service_account"}')
    with pytest.raises(ConfigInvalid, match="skip_signature"):
        opendal.Operator("gcs", bucket="b", token="anon")


def test_azure_has_its_account_from_the_environment(
    azurite: AzuriteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    azurite.create_container("environment")
    text = (
        f"AccountName={azurite.account};AccountKey={azurite.key};BlobEndpoint={azurite.endpoint}/;"
    )
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", text)
    _goes("az://environment")
    monkeypatch.delenv("AZURE_STORAGE_CONNECTION_STRING")
    with pytest.raises(ConfigInvalid, match="the account is not known"):
        opendal.open("az://environment/a b.txt")
    # As the program `az` calls them.
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", azurite.account)
    monkeypatch.setenv("AZURE_STORAGE_KEY", azurite.key)
    _goes("az://environment", endpoint=azurite.endpoint)
    # The key of one account is not tried on another.
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "other")
    with pytest.raises(PermissionDenied, match="no credentials"):
        opendal.open("az://environment/a b.txt", endpoint=azurite.endpoint)


def test_the_data_lake_and_files_have_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "me")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "a2V5")
    opendal.Operator.from_uri("abfs://f/a")
    opendal.Operator("azfile", share_name="s")


def test_no_message_shows_a_secret_of_the_environment(
    azurite: AzuriteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"AccountName={azurite.account};AccountKey=hush*;BlobEndpoint={azurite.endpoint}"
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", text)
    with pytest.raises(ConfigInvalid, match="account_key") as caught:
        opendal.Operator("azblob", container="c")
    assert "hush" not in str(caught.value)
