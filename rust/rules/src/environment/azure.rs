//! Azure's: the account, its credentials, and both in a connection string.

use super::{Machine, Options, has, is_unsigned, set};

/// A service: what it is called in its addresses, and in a connection string.
pub struct Kind(&'static str, &'static str);

pub const BLOB: Kind = Kind("blob", "BlobEndpoint");
pub const DFS: Kind = Kind("dfs", "DfsEndpoint");
pub const FILE: Kind = Kind("file", "FileEndpoint");

/// Of a service principal: options of the data lake alone. The others read these themselves.
const PRINCIPAL: [(&str, &str); 4] = [
    ("tenant_id", "AZURE_TENANT_ID"),
    ("client_id", "AZURE_CLIENT_ID"),
    ("client_secret", "AZURE_CLIENT_SECRET"),
    ("authority_host", "AZURE_AUTHORITY_HOST"),
];

/// The account that every copy of the emulator has; its key is no secret.
const EMULATED: &str = "AccountName=devstoreaccount1;\
    AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;\
    BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1";

pub fn add(options: &mut Options, machine: Machine<'_>, kind: &Kind) -> Result<(), String> {
    if let Some(token) = options.get_mut("sas_token") {
        *token = bare(token);
    }
    let is_given =
        ["account_key", "sas_token", "client_secret"].iter().any(|name| has(options, name));
    let wants_credentials = machine.credentials && !is_given && !is_unsigned(options);
    let is_placed = has(options, "endpoint") || has(options, "account_name");
    if !is_placed && let Some(text) = machine.first(&["AZURE_STORAGE_CONNECTION_STRING"]) {
        return connect(options, &text, kind, wants_credentials);
    }
    let named = machine.first(&["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT"]);
    if !has(options, "endpoint") {
        set(options, "account_name", named.clone());
        let account = options.get("account_name").filter(|account| !account.is_empty());
        let endpoint = account.map(|account| address(account, kind, "core.windows.net"));
        set(options, "endpoint", endpoint);
    }
    if !has(options, "endpoint") {
        return Err("the account is not known: pass account_name=... or endpoint=..., or set \
                    AZURE_STORAGE_ACCOUNT_NAME or AZURE_STORAGE_CONNECTION_STRING"
            .to_owned());
    }
    if !wants_credentials {
        return Ok(());
    }
    // The credentials of one account are nothing to another.
    let account = options.get("account_name").cloned().or_else(|| account_of(options));
    if named.is_some() && account.is_some() && named != account {
        return Ok(());
    }
    if let Some(account) = account.or(named) {
        let key = machine.first(&["AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_KEY"]);
        if key.is_some() {
            set(options, "account_name", Some(account));
            set(options, "account_key", key);
            return Ok(());
        }
    }
    if let Some(token) = machine.first(&["AZURE_STORAGE_SAS_TOKEN"]) {
        set(options, "sas_token", Some(bare(&token)));
    } else if kind.0 == DFS.0 {
        for (option, variable) in PRINCIPAL {
            set(options, option, machine.first(&[variable]));
        }
    }
    Ok(())
}

/// Takes a connection string apart.
fn connect(options: &mut Options, text: &str, kind: &Kind, secrets: bool) -> Result<(), String> {
    let says = |text: &str, wanted: &str| {
        text.split(';').filter_map(|part| part.split_once('=')).find_map(|(name, value)| {
            name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().to_owned())
        })
    };
    let is_emulated =
        says(text, "UseDevelopmentStorage").is_some_and(|it| it.eq_ignore_ascii_case("true"));
    let text = if is_emulated { EMULATED } else { text };
    let name = says(text, "AccountName");
    let usual = || {
        let suffix = says(text, "EndpointSuffix");
        let suffix = suffix.as_deref().unwrap_or("core.windows.net");
        name.as_deref().map(|account| address(account, kind, suffix))
    };
    let endpoint = says(text, kind.1).or_else(|| if is_emulated { None } else { usual() });
    let Some(endpoint) = endpoint else {
        return Err(format!(
            "AZURE_STORAGE_CONNECTION_STRING has neither AccountName nor {} in it",
            kind.1
        ));
    };
    set(options, "endpoint", Some(endpoint.trim_end_matches('/').to_owned()));
    set(options, "account_name", name);
    if secrets {
        set(options, "account_key", says(text, "AccountKey"));
        set(options, "sas_token", says(text, "SharedAccessSignature").map(|token| bare(&token)));
    }
    Ok(())
}

fn address(account: &str, Kind(kind, _): &Kind, suffix: &str) -> String {
    format!("https://{account}.{kind}.{suffix}")
}

/// The account that an address names: by its host, or as an emulator does, by its path.
fn account_of(options: &Options) -> Option<String> {
    let (_, rest) = options.get("endpoint")?.split_once("://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let first = host.split('.').next().filter(|_| host.ends_with(".core.windows.net"));
    let account = first.unwrap_or_else(|| path.split('/').next().unwrap_or_default());
    (!account.is_empty()).then(|| account.to_owned())
}

/// Without the question mark that a portal shows before it.
fn bare(token: &str) -> String {
    token.strip_prefix('?').unwrap_or(token).to_owned()
}
