//! Services whose requests are signed one by one: they take new credentials as they go.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use opendal::{Configurator, Operator, services};
use reqsign_aws_v4::Credential as AwsCredential;
use reqsign_azure_storage::Credential as AzureCredential;
use reqsign_core::time::Timestamp;
use reqsign_core::{Context, ProvideCredential, ProvideCredentialChain};
use reqsign_google::{Credential as GoogleCredential, Token};

use super::Credentials;
use super::given::Given;
use crate::config::Source;
use crate::error::Error;

/// The service whose requests are signed with what was given last; none if it is no such service.
pub fn operator(
    source: &Source,
    credentials: &Arc<Credentials>,
) -> Option<opendal::Result<Operator>> {
    macro_rules! signed {
        ($config:ty, $sign:expr) => {
            source.of_core(false).and_then(<$config>::from_iter).and_then(|config| {
                let signed = Signed(Arc::clone(credentials), $sign);
                let chain = ProvideCredentialChain::new().push(signed);
                Operator::new(config.into_builder().credential_provider_chain(chain))
            })
        };
    }
    Some(match source.scheme.as_str() {
        "s3" => signed!(services::S3Config, aws),
        "gcs" => signed!(services::GcsConfig, google),
        "azblob" => signed!(services::AzblobConfig, azure),
        "azdls" => signed!(services::AzdlsConfig, azure),
        _ => return None,
    })
}

/// Whether the service signs each request with what was given last. A key of Azure's it keeps for ever.
pub fn takes(source: &Source, given: &Given) -> bool {
    match source.scheme.as_str() {
        "s3" | "gcs" => true,
        "azblob" | "azdls" => !given.options.contains_key("account_key"),
        _ => false,
    }
}

/// Whether what was given is enough to sign with.
pub fn check(source: &Source, given: &Given) -> Result<(), Error> {
    let (enough, needed) = match source.scheme.as_str() {
        "s3" => (aws(source, given).is_some(), "access_key_id and secret_access_key"),
        "azblob" | "azdls" => {
            (azure(source, given).is_some(), "sas_token, token, or account_name and account_key")
        }
        _ => return Ok(()),
    };
    if enough {
        return Ok(());
    }
    Err(Error::value(format!("the credential provider must return {needed}")))
}

/// Gives the signer of a service what it signs with.
struct Signed<C>(Arc<Credentials>, fn(&Source, &Given) -> Option<C>);

impl<C> fmt::Debug for Signed<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<C: Send + Sync + Unpin + 'static> ProvideCredential for Signed<C> {
    type Credential = C;

    /// The layer had the provider asked, if that was needed, before the request was made.
    async fn provide_credential(&self, _: &Context) -> reqsign_core::Result<Option<C>> {
        let given = self.0.state.lock().given.clone();
        Ok(given.and_then(|given| self.1(&self.0.source, &given)))
    }
}

fn aws(_: &Source, given: &Given) -> Option<AwsCredential> {
    Some(AwsCredential {
        access_key_id: given.options.get("access_key_id")?.clone(),
        secret_access_key: given.options.get("secret_access_key")?.clone(),
        session_token: given.options.get("session_token").cloned(),
        expires_in: given.expires.and_then(timestamp),
    })
}

fn google(_: &Source, given: &Given) -> Option<GoogleCredential> {
    Some(GoogleCredential::with_token(Token {
        access_token: given.options.get("token")?.clone(),
        expires_at: given.expires.and_then(timestamp),
    }))
}

fn azure(source: &Source, given: &Given) -> Option<AzureCredential> {
    let (options, expires) = (&given.options, given.expires.and_then(timestamp));
    if let Some(token) = options.get("token") {
        return Some(AzureCredential::with_bearer_token(token, expires));
    }
    if let Some(token) = options.get("sas_token") {
        return Some(AzureCredential::SasToken { token: token.clone(), expires_at: expires });
    }
    let name = options.get("account_name").or_else(|| source.options.get("account_name"))?;
    Some(AzureCredential::with_shared_key(name, options.get("account_key")?))
}

fn timestamp(moment: SystemTime) -> Option<Timestamp> {
    let since = moment.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Timestamp::from_millisecond(i64::try_from(since.as_millis()).ok()?).ok()
}
