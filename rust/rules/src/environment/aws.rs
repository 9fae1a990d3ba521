//! Amazon's: a profile's region, address, keys and role, and the variables for S3 alone.

use super::profiles::Profiles;
use super::{Machine, Options, has, is_on, is_unsigned, set};
use crate::nearest;

const KEYS: [(&str, &str); 3] = [
    ("access_key_id", "aws_access_key_id"),
    ("secret_access_key", "aws_secret_access_key"),
    ("session_token", "aws_session_token"),
];

/// The options of a role, and what a profile calls them.
const ROLE: [(&str, &str); 4] = [
    ("role_arn", "role_arn"),
    ("external_id", "external_id"),
    ("role_session_name", "role_session_name"),
    ("assume_role_duration_seconds", "duration_seconds"),
];

pub fn add(options: &mut Options, machine: Machine<'_>) -> Result<(), String> {
    set(options, "region", machine.first(&["AWS_REGION", "AWS_DEFAULT_REGION"]));
    if !is_on(options, "disable_config_load") {
        let variables =
            ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AWS_S3_ENDPOINT"];
        set(options, "endpoint", machine.first(&variables));
        add_profile(options, machine)?;
    }
    if has(options, "region") {
        return Ok(());
    }
    Err("s3 needs a region: pass region=..., or set AWS_REGION, or the region of the profile in \
         ~/.aws/config; servers other than Amazon's mostly take any, such as us-east-1"
        .to_owned())
}

fn add_profile(options: &mut Options, machine: Machine<'_>) -> Result<(), String> {
    let profiles = Profiles::read(machine);
    let has_keys = has(options, "access_key_id") && has(options, "secret_access_key");
    let has_variables = machine.first(&["AWS_ACCESS_KEY_ID"]).is_some()
        && machine.first(&["AWS_SECRET_ACCESS_KEY"]).is_some();
    let wants_credentials = machine.credentials && !has_keys && !is_unsigned(options);
    let given = options.get("profile").filter(|name| !name.is_empty()).cloned();
    let is_given = given.is_some();
    let named = given.or_else(|| machine.first(&["AWS_PROFILE"]));
    // Variables win over a profile that is another variable's, not over one that is an option.
    let is_used = wants_credentials && (is_given || !has_variables);
    if let Some(name) = &named
        && (is_given || is_used)
        && !profiles.has(name)
    {
        let hint = nearest::hint(name, profiles.names());
        return Err(format!("the files of AWS have no profile '{name}'{hint}"));
    }
    let name = named.unwrap_or_else(|| "default".to_owned());
    set(options, "region", profiles.get(&name, "region"));
    set(options, "endpoint", profiles.endpoint(&name));
    if !is_used {
        return Ok(());
    }
    let mut source = name.clone();
    if let Some(role) = profiles.get(&name, "role_arn")
        && !has(options, "role_arn")
    {
        source = role_source(&profiles, &name, &role)?;
        for (option, key) in ROLE {
            set(options, option, profiles.get(&name, key));
        }
        options.insert("profile".to_owned(), source.clone());
    }
    let says = |key| profiles.get(&source, key).is_some();
    if says("credential_process") && !says("aws_access_key_id") {
        return Err(format!(
            "the credential_process of the profile '{source}' is not run: pass a \
             credential_provider that runs it"
        ));
    }
    if is_given {
        for (option, key) in KEYS {
            set(options, option, profiles.get(&source, key));
        }
    }
    Ok(())
}

/// The profile whose credentials ask for the role of another.
fn role_source(profiles: &Profiles, name: &str, role: &str) -> Result<String, String> {
    let says = |key| profiles.get(name, key).is_some();
    if says("mfa_serial") {
        return Err(format!(
            "the profile '{name}' wants a code of its mfa_serial, for which nobody can be asked: \
             pass a credential_provider"
        ));
    }
    if says("web_identity_token_file") {
        return Err(format!(
            "the web_identity_token_file of the profile '{name}' is not read: set \
             AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN={role} instead"
        ));
    }
    let Some(source) = profiles.get(name, "source_profile") else { return Ok(name.to_owned()) };
    if !profiles.has(&source) {
        let hint = nearest::hint(&source, profiles.names());
        return Err(format!(
            "the profile '{name}' has the source_profile '{source}', which is not there{hint}"
        ));
    }
    if source != name && profiles.get(&source, "role_arn").is_some() {
        return Err(format!(
            "the profile '{name}' has a role whose source_profile '{source}' has a role too; one \
             after the other is not possible: pass a credential_provider"
        ));
    }
    Ok(source)
}
