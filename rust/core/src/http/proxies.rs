//! The proxies that the environment names. The client would read the variables by itself, but
//! takes no notice of what it does not understand, and then goes the direct way.

use std::env;

use reqwest::{NoProxy, Proxy, Url};

use crate::error::Error;

/// The proxies for plain and for encrypted HTTP, in this order.
pub fn from_environment() -> Result<Vec<Proxy>, Error> {
    let exempt = variable("NO_PROXY").map(|(_, exempt)| exempt).unwrap_or_default();
    if exempt.split(',').any(|entry| entry.trim() == "*") {
        return Ok(Vec::new());
    }
    let all = variable("ALL_PROXY");
    let mut proxies = Vec::new();
    for (name, made) in
        [("HTTP_PROXY", Proxy::http::<Url> as fn(Url) -> _), ("HTTPS_PROXY", Proxy::https)]
    {
        let Some((name, value)) = variable(name).or_else(|| all.clone()) else { continue };
        // What is set and empty means none, also beside ALL_PROXY.
        if !value.is_empty() {
            let proxy = made(url(&name, &value)?).map_err(|_| refused(&name))?;
            proxies.push(proxy.no_proxy(NoProxy::from_string(&exempt)));
        }
    }
    Ok(proxies)
}

/// A variable and its name as it was found: in small letters first, as curl and Python do it.
fn variable(name: &str) -> Option<(String, String)> {
    // A web server puts the header `Proxy` of its client there for a CGI program.
    let forged = name == "HTTP_PROXY" && env::var_os("REQUEST_METHOD").is_some();
    let names = [Some(name.to_ascii_lowercase()), (!forged).then(|| name.to_owned())];
    names.into_iter().flatten().find_map(|name| {
        let value = env::var_os(&name)?.to_string_lossy().trim().to_owned();
        Some((name, value))
    })
}

fn url(name: &str, value: &str) -> Result<Url, Error> {
    let full = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let url = Url::parse(&full).map_err(|_| refused(name))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        scheme if scheme.starts_with("socks") => {
            Err(Error::value(format!("{name} names a SOCKS proxy; only HTTP proxies can be used")))
        }
        _ => Err(refused(name)),
    }
}

/// The value may hold a password.
fn refused(name: &str) -> Error {
    Error::value(format!("{name} must be the URL of a proxy, as in http://proxy.example:3128"))
}
