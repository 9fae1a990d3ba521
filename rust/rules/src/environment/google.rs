//! Google's: where an emulator listens, and the file that has credentials.

use super::{Machine, Options, has, is_on, is_unsigned, set};

const FILE: &str = "GOOGLE_APPLICATION_CREDENTIALS";

pub fn add(options: &mut Options, machine: Machine<'_>) -> Result<(), String> {
    let is_given = ["token", "credential", "credential_path"].iter().any(|name| has(options, name));
    let asks = !is_on(options, "disable_config_load");
    let host = machine.first(&["STORAGE_EMULATOR_HOST"]).filter(|_| asks);
    if let Some(host) = host
        && !has(options, "endpoint")
    {
        let endpoint = if host.contains("://") { host } else { format!("http://{host}") };
        set(options, "endpoint", Some(endpoint.trim_end_matches('/').to_owned()));
        // An emulator knows nobody, and no real credentials are sent to one unasked.
        if machine.credentials && !is_given {
            set(options, "skip_signature", Some("true".to_owned()));
        }
    }
    if options.get("token").is_some_and(|token| token == "anon") {
        return Err("token=\"anon\" is no token; for what is public pass skip_signature".to_owned());
    }
    if !machine.credentials || is_unsigned(options) || has(options, "token") {
        return Ok(());
    }
    if let Some(text) = options.get("credential").filter(|text| !text.is_empty()) {
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=\r\n".contains(&byte);
        return if text.trim().bytes().all(is_base64) {
            Ok(())
        } else {
            Err("'credential' is the content of a file in base64; for the file pass \
                 credential_path=..."
                .to_owned())
        };
    }
    let given = options.get("credential_path").filter(|path| !path.is_empty());
    let of_variable = || machine.first(&[FILE]).filter(|_| asks).map(|path| (FILE, path));
    match given.map(|path| ("credential_path", path.clone())).or_else(of_variable) {
        None => Ok(()),
        // The service would go on to the next place and say nothing.
        Some((who, path)) => match (machine.file)(&path) {
            None => Err(format!("{who} names {path:?}, a file that cannot be read")),
            Some(text) if !text.contains("\"type\"") => {
                Err(format!("{who} names {path:?}, in which there are no credentials of Google's"))
            }
            Some(_) => Ok(()),
        },
    }
}
