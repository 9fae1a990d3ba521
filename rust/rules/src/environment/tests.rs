use super::*;

const CONFIG: &str = "
# The usual one.
[default]
region = eu-west-1   # Ireland
output = json

[profile work]
region=eu-central-1
endpoint_url = https://jobs.example.com
s3 =
  addressing_style = path
  region = none

[profile \"own\"]
services = here
region = us-west-2

[profile reader]
role_arn = arn:aws:iam::1:role/reader
source_profile = work
external_id = x
duration_seconds = 900

[profile twice]
role_arn = arn:aws:iam::1:role/twice
source_profile = reader

[profile code]
role_arn = arn:aws:iam::1:role/code
source_profile = work
mfa_serial = 1

[profile program]
credential_process = /bin/keys

[services here]
s3 =
    endpoint_url = http://here:9000
dynamodb =
    endpoint_url = http://elsewhere
";

const CREDENTIALS: &str = "
[work]
aws_access_key_id = WORKKEY
aws_secret_access_key = a#b;c=
";

fn added(
    scheme: &str,
    given: &[(&str, &str)],
    variables: &[(&str, &str)],
) -> Result<Vec<String>, String> {
    let pairs = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let mut options: Options = pairs.collect();
    let variable = |name: &str| {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    };
    let file = |path: &str| match path {
        "~/.aws/config" | "/elsewhere" => Some(CONFIG.to_owned()),
        "~/.aws/credentials" => Some(CREDENTIALS.to_owned()),
        "/key.json" => Some("{\"type\": \"service_account\"}".to_owned()),
        "/empty.json" => Some("{}".to_owned()),
        _ => None,
    };
    add(scheme, &mut options, Machine { variable: &variable, file: &file, credentials: true })?;
    let mut said: Vec<_> = options.iter().map(|(name, value)| format!("{name}={value}")).collect();
    said.sort();
    Ok(said)
}

fn says(scheme: &str, given: &[(&str, &str)], variables: &[(&str, &str)], wanted: &[&str]) {
    assert_eq!(added(scheme, given, variables).as_deref(), Ok(&own(wanted)[..]), "{variables:?}");
}

fn own(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn refused(scheme: &str, given: &[(&str, &str)], variables: &[(&str, &str)], what: &str) {
    let problem = added(scheme, given, variables).expect_err(what);
    assert!(problem.contains(what), "{problem}");
}

#[test]
fn s3_has_the_region_and_the_address_of_a_profile() {
    says("s3", &[], &[], &["region=eu-west-1"]);
    says("s3", &[], &[("AWS_REGION", "x"), ("AWS_DEFAULT_REGION", "y")], &["region=x"]);
    says("s3", &[], &[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "y")], &["region=y"]);
    says("s3", &[("region", "z")], &[("AWS_REGION", "x")], &["region=z"]);
    let work = ["endpoint=https://jobs.example.com", "region=eu-central-1"];
    says("s3", &[], &[("AWS_PROFILE", "work")], &work);
    let own = ["endpoint=http://here:9000", "region=us-west-2"];
    says("s3", &[], &[("AWS_PROFILE", "own"), ("AWS_CONFIG_FILE", "/elsewhere")], &own);
    refused("s3", &[], &[("AWS_CONFIG_FILE", "/missing")], "needs a region");
    refused("s3", &[("disable_config_load", "true")], &[], "needs a region");
}

#[test]
fn s3_has_its_own_variable_first() {
    let both = [("AWS_ENDPOINT_URL", "http://a"), ("AWS_ENDPOINT_URL_S3", "http://b")];
    says("s3", &[], &both, &["endpoint=http://b", "region=eu-west-1"]);
    says("s3", &[], &both[..1], &["endpoint=http://a", "region=eu-west-1"]);
    let given = [("endpoint", "http://c"), ("region", "x")];
    says("s3", &given, &both, &["endpoint=http://c", "region=x"]);
    let off = [("disable_config_load", "true"), ("region", "x")];
    says("s3", &off, &both, &["disable_config_load=true", "region=x"]);
}

#[test]
fn a_profile_that_is_an_option_wins_over_variables() {
    let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];
    let work = [
        "access_key_id=WORKKEY",
        "endpoint=https://jobs.example.com",
        "profile=work",
        "region=eu-central-1",
        "secret_access_key=a#b;c=",
    ];
    says("s3", &[("profile", "work")], &keys, &work);
    let [key, secret] = keys;
    let variable = [key, secret, ("AWS_PROFILE", "work")];
    says("s3", &[], &variable, &["endpoint=https://jobs.example.com", "region=eu-central-1"]);
}

#[test]
fn a_profile_may_have_a_role() {
    let role = [
        "assume_role_duration_seconds=900",
        "external_id=x",
        "profile=work",
        "region=us",
        "role_arn=arn:aws:iam::1:role/reader",
    ];
    says("s3", &[("region", "us")], &[("AWS_PROFILE", "reader")], &role);
    let given = [("region", "us"), ("profile", "reader")];
    let keys = ["access_key_id=WORKKEY", "secret_access_key=a#b;c="];
    let mut wanted = own(&[&role[..], &keys[..]].concat());
    wanted.sort();
    assert_eq!(added("s3", &given, &[]), Ok(wanted));
    refused("s3", &[("profile", "twice")], &[], "one after the other");
    refused("s3", &[("profile", "code")], &[], "credential_provider");
    refused("s3", &[], &[("AWS_PROFILE", "program")], "is not run");
}

#[test]
fn a_profile_that_is_not_there_is_refused() {
    refused("s3", &[("profile", "wrok")], &[], "did you mean 'work'?");
    refused("s3", &[], &[("AWS_PROFILE", "wrok")], "did you mean 'work'?");
    // It is not asked for anything but its region.
    let unsigned = [("skip_signature", "true"), ("region", "x")];
    says("s3", &unsigned, &[("AWS_PROFILE", "wrok")], &["region=x", "skip_signature=true"]);
}

#[test]
fn gcs_has_an_emulator() {
    let host = [("STORAGE_EMULATOR_HOST", "localhost:4443")];
    says("gcs", &[], &host, &["endpoint=http://localhost:4443", "skip_signature=true"]);
    let url = [("STORAGE_EMULATOR_HOST", "https://h:1/")];
    says("gcs", &[("token", "t")], &url, &["endpoint=https://h:1", "token=t"]);
    says("gcs", &[("endpoint", "https://h")], &host, &["endpoint=https://h"]);
    says("gcs", &[], &[], &[]);
}

#[test]
fn a_file_of_google_is_one() {
    let file = |path| [("GOOGLE_APPLICATION_CREDENTIALS", path)];
    says("gcs", &[], &file("/key.json"), &[]);
    says("gcs", &[("token", "t")], &file("/missing"), &["token=t"]);
    says(
        "gcs",
        &[("disable_config_load", "true")],
        &file("/missing"),
        &["disable_config_load=true"],
    );
    refused("gcs", &[], &file("/missing"), "names \"/missing\", a file that cannot be read");
    refused("gcs", &[], &file("/empty.json"), "no credentials of Google's");
    refused("gcs", &[("credential_path", "/missing")], &[], "credential_path names");
    says("gcs", &[("credential", "e30=")], &file("/missing"), &["credential=e30="]);
    refused("gcs", &[("credential", "{\"type\": 1}")], &[], "in base64");
}

#[test]
fn azure_has_an_account_and_its_key() {
    let named = [("AZURE_STORAGE_ACCOUNT", "me"), ("AZURE_STORAGE_KEY", "a2V5")];
    let me = ["account_key=a2V5", "account_name=me", "endpoint=https://me.blob.core.windows.net"];
    says("azblob", &[], &named, &me);
    says("azblob", &[("account_name", "me")], &named[1..], &me);
    says("azblob", &[("endpoint", "https://me.blob.core.windows.net")], &named[1..], &me);
    let emulator = [("endpoint", "http://127.0.0.1:10000/me")];
    let at = ["account_key=a2V5", "account_name=me", "endpoint=http://127.0.0.1:10000/me"];
    says("azblob", &emulator, &named[1..], &at);
    // Nothing of one account goes to another.
    let you = ["account_name=you", "endpoint=https://you.dfs.core.windows.net"];
    says("azdls", &[("account_name", "you")], &named, &you);
}

#[test]
fn azure_has_a_token_or_a_principal() {
    let named = ("AZURE_STORAGE_ACCOUNT_NAME", "me");
    let token = [named, ("AZURE_STORAGE_SAS_TOKEN", "?sv=1&sig=x")];
    let me =
        ["account_name=me", "endpoint=https://me.file.core.windows.net", "sas_token=sv=1&sig=x"];
    says("azfile", &[], &token, &me);
    let principal = [named, ("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c")];
    let me = ["account_name=me", "client_id=c", "endpoint=https://me.dfs.core.windows.net"];
    says("azdls", &[], &principal, &[&me[..], &["tenant_id=t"]].concat());
    let given = [("sas_token", "?a=b"), ("endpoint", "http://h/me")];
    says("azblob", &given, &[], &["endpoint=http://h/me", "sas_token=a=b"]);
    refused("azblob", &[], &[], "the account is not known");
}

#[test]
fn azure_has_a_connection_string() {
    let text = "DefaultEndpointsProtocol=https;AccountName=me;AccountKey=a2V5==;\
                EndpointSuffix=core.chinacloudapi.cn";
    let string = [("AZURE_STORAGE_CONNECTION_STRING", text)];
    let rest = ["account_key=a2V5==", "account_name=me"];
    let dfs = ["endpoint=https://me.dfs.core.chinacloudapi.cn"];
    says("azdls", &[], &string, &[&rest[..], &dfs[..]].concat());
    let text = "BlobEndpoint=http://h:1/me/;SharedAccessSignature=sv=1&sig=x%3D";
    let string = [("AZURE_STORAGE_CONNECTION_STRING", text)];
    says("azblob", &[], &string, &["endpoint=http://h:1/me", "sas_token=sv=1&sig=x%3D"]);
    refused("azfile", &[], &string, "neither AccountName nor FileEndpoint");
    let you = ["account_name=you", "endpoint=https://you.blob.core.windows.net"];
    says("azblob", &[("account_name", "you")], &string, &you);
    let string = [("AZURE_STORAGE_CONNECTION_STRING", "UseDevelopmentStorage=true")];
    let made = added("azblob", &[], &string).expect("an emulator");
    assert!(made.contains(&"endpoint=http://127.0.0.1:10000/devstoreaccount1".to_owned()));
}
