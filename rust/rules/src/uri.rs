//! What a URI says of an operator: which option each of its parts is.
//!
//! A service's table names the options in the order of the URI's parts, between slashes. The first
//! stands before the path:
//!
//! - `bucket`: a name, alone;
//! - `https:endpoint`: an address, which gets this scheme, or with `*` the scheme of the URI; a user
//!   and a password may stand before it, where the service has options for them;
//! - `azure:container`: a name, or `name@account.host`, or an address with the name as first segment;
//!   a query with a signature in it (`sig`) is the `sas_token`, but for options;
//! - `sql:connection_string`: the URI itself, which then has no other part;
//! - nothing: no host, only a path.
//!
//! The following ones take a segment of the path each, and `root` whatever is left of it. An option
//! that is a number takes only a segment that is one.

use std::collections::BTreeMap;

use crate::service::{Kind, Service};

/// Options by name, and the path that is left: the root of an operator, or what an object is called.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Uri {
    pub options: BTreeMap<&'static str, String>,
    pub path: String,
}

/// Reads a URI, whose scheme has led to this service.
///
/// # Errors
///
/// One line that says what is wrong, and quotes neither a user nor a value.
pub fn read(service: &'static Service, uri: &str) -> Result<Uri, String> {
    let (scheme, rest) = uri.split_once("://").unwrap_or((uri, ""));
    let scheme = scheme.to_ascii_lowercase();
    if rest.contains('#') {
        return Err("a URI of an operator has no fragment; write '#' as '%23'".to_owned());
    }
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut read = Reading { service, uri: Uri::default() };
    if let Some(option) = service.uri.strip_prefix("sql:") {
        let strange = read.query(query, false)?;
        let query = if strange.is_empty() { String::new() } else { format!("?{strange}") };
        read.set(option, format!("{}://{place}{query}", service.scheme))?;
        return Ok(read.uri);
    }
    let (authority, path) = place.split_once('/').unwrap_or((place, ""));
    let path = decode(path)?;
    let mut path = path.trim_start_matches('/');
    let (first, others) = service.uri.split_once('/').unwrap_or((service.uri, ""));
    if let Some(name) = first.strip_prefix("azure:") {
        if !read.azure(name, authority)? {
            path = read.segment(name, path)?;
        }
    } else if let Some((prefix, endpoint)) = first.split_once(':') {
        let prefix = if prefix == "*" { &scheme } else { prefix };
        read.endpoint(prefix, endpoint, authority)?;
    } else if first.is_empty() {
        read.no_host(&scheme, authority)?;
    } else {
        read.name(first, authority)?;
    }
    for option in others.split('/').filter(|option| !matches!(*option, "" | "root")) {
        path = read.segment(option, path)?;
    }
    path.clone_into(&mut read.uri.path);
    if first.starts_with("azure:") && query.split('&').any(|pair| pair.starts_with("sig=")) {
        // Azure hands out addresses whose query is the token.
        let token = read.query(query, false)?;
        read.set("sas_token", token)?;
    } else {
        read.query(query, true)?;
    }
    Ok(read.uri)
}

struct Reading {
    service: &'static Service,
    uri: Uri,
}

impl Reading {
    fn set(&mut self, name: &str, value: String) -> Result<(), String> {
        let option = self.service.option(name).ok_or_else(|| self.unknown(name))?;
        if self.uri.options.insert(option.name, value).is_some() {
            return Err(format!("the URI gives the option '{}' twice", option.name));
        }
        Ok(())
    }

    fn unknown(&self, key: &str) -> String {
        let hint = self.service.hint(key, std::iter::empty());
        let mend = if !hint.is_empty() {
            hint.as_str()
        } else if self.service.uri.starts_with("*:") {
            "; an address with a query of the server's own cannot be opened"
        } else {
            "; what follows '?' are options, so in a name write '%3F'"
        };
        format!("{} has no option '{key}'{mend}", self.service.scheme)
    }

    fn no_host(&self, scheme: &str, host: &str) -> Result<(), String> {
        match host {
            "" | "localhost" => Ok(()),
            _ if host.contains('@') => {
                Err(format!("a URI of {} has no user and no host", self.service.scheme))
            }
            _ => {
                let mend = format!("did you mean {scheme}:///...?");
                Err(format!("{scheme}://{host}/... names a host; {mend}"))
            }
        }
    }

    /// A name alone.
    fn name(&mut self, option: &str, host: &str) -> Result<(), String> {
        if host.contains(['@', ':']) {
            return Err(format!(
                "a URI of {} has the {option} alone before its path; keys and the endpoint are \
                 options",
                self.service.scheme
            ));
        }
        check_host(host)?;
        if host.is_empty() { Ok(()) } else { self.set(option, host.to_owned()) }
    }

    /// An address, and who asks there.
    fn endpoint(&mut self, prefix: &str, option: &str, authority: &str) -> Result<(), String> {
        let (who, host) = match authority.rsplit_once('@') {
            Some((who, host)) => (Some(who), host),
            None => (None, authority),
        };
        check_host(host)?;
        if host.is_empty() && who.is_none() {
            return Ok(());
        }
        if host.is_empty() {
            return Err("the URI has no host after its user".to_owned());
        }
        self.set(option, format!("{prefix}://{host}"))?;
        let Some(who) = who else { return Ok(()) };
        let (user, password) = match who.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (who, None),
        };
        if !user.is_empty() {
            self.set_first(&["user", "username", "user_name"], decode(user)?)?;
        }
        match password {
            Some(password) => self.set_first(&["password"], decode(password)?),
            None => Ok(()),
        }
    }

    fn set_first(&mut self, names: &[&str], value: String) -> Result<(), String> {
        match names.iter().find(|name| self.service.option(name).is_some()) {
            Some(name) => self.set(name, value),
            None => Err(format!("a URI of {} has no {}", self.service.scheme, names[0])),
        }
    }

    /// Says whether the name stands there; else it is the first segment of the path.
    fn azure(&mut self, option: &str, authority: &str) -> Result<bool, String> {
        let (name, host) = match authority.rsplit_once('@') {
            Some((name, host)) => (name, host),
            None if authority.contains(['.', ':']) => ("", authority),
            None => (authority, ""),
        };
        if !name.is_empty() {
            self.name(option, name)?;
        }
        self.endpoint("https", "endpoint", host)?;
        // Elsewhere, as at an emulator, the host says nothing of the account.
        if let Some((account, _)) = host.split_once('.')
            && account.contains(|c: char| c.is_ascii_alphabetic())
        {
            self.set("account_name", account.to_owned())?;
        }
        Ok(!name.is_empty())
    }

    /// Takes the first segment of the path, if it can be this option, and gives what is left.
    fn segment<'a>(&mut self, option: &str, path: &'a str) -> Result<&'a str, String> {
        let (segment, rest) = path.split_once('/').unwrap_or((path, ""));
        let is_number = self.service.option(option).is_some_and(|o| o.kind == Kind::Integer);
        if segment.is_empty() || (is_number && segment.parse::<i64>().is_err()) {
            return Ok(path);
        }
        self.set(option, segment.to_owned())?;
        Ok(rest.trim_start_matches('/'))
    }

    /// Takes the options of a query. Others are refused, or given back.
    fn query(&mut self, query: &str, all: bool) -> Result<String, String> {
        let mut strange: Vec<&str> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let Some((key, value)) = pair.split_once('=') else {
                // It may be the end of a secret with a bare '&' in it.
                let message = "the query of a URI is made of option=value; write '?' as '%3F' and '&' \
                               as '%26'";
                return Err(message.to_owned());
            };
            match self.service.option(key) {
                Some(option) => self.set(option.name, decode(&value.replace('+', " "))?)?,
                None if all => return Err(self.unknown(key)),
                None => strange.push(pair),
            }
        }
        Ok(strange.join("&"))
    }
}

/// What no host and no name of a store has in it. A leading `-` would be an option of `ssh`.
fn check_host(host: &str) -> Result<(), String> {
    let bad = |c: char| c.is_whitespace() || c.is_control() || "\"<>\\^`{|}%".contains(c);
    if host.contains(bad) || host.starts_with('-') {
        return Err("the URI's host has a character that no host has".to_owned());
    }
    Ok(())
}

/// `%20` and the like are what they stand for; a lone `%` stays.
fn decode(text: &str) -> Result<String, String> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).and_then(|two| std::str::from_utf8(two).ok());
        let digits = digits.filter(|two| two.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) if bytes[at] == b'%' => {
                decoded.push(byte);
                at += 3;
            }
            _ => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).map_err(|_| "the URI has bytes that are not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service;

    fn parsed(uri: &str) -> Result<(Vec<String>, String), String> {
        let scheme = uri.split("://").next().unwrap_or_default();
        let service = service::find(scheme).expect("a compiled service");
        let Uri { options, path } = read(service, uri)?;
        Ok((options.iter().map(|(name, value)| format!("{name}={value}")).collect(), path))
    }

    fn says(uri: &str, options: &[&str], path: &str) {
        let (found, rest) = parsed(uri).unwrap_or_else(|problem| panic!("{uri}: {problem}"));
        assert_eq!(
            (found, rest.as_str()),
            (options.iter().map(|o| (*o).to_owned()).collect(), path)
        );
    }

    fn refused(uri: &str, what: &str) {
        let problem = parsed(uri).expect_err(uri);
        assert!(problem.contains(what), "{uri}: {problem}");
    }

    #[test]
    fn a_name_stands_before_the_path() {
        says("s3://b/a/b%20c/", &["bucket=b"], "a/b c/");
        says("s3a://b", &["bucket=b"], "");
        says("gs://b//x?token=a+b%2B", &["bucket=b", "token=a b+"], "x");
        refused("s3://k:s@b/x", "the bucket alone");
        refused("s3://b:9000/x", "the bucket alone");
        refused("s3://b?bucket=c", "'bucket' twice");
        refused("s3://b?buckt=c", "did you mean 'bucket'?");
        refused("s3://b/a#c", "no fragment");
        refused("s3://b c/x", "no host has");
        refused("s3://b/%ff", "not UTF-8");
    }

    #[test]
    fn a_service_of_this_machine_has_no_host() {
        says("fs:///srv/data", &[], "srv/data");
        says("file://localhost/srv", &[], "srv");
        says("memory://", &[], "");
        refused("fs://srv/data", "did you mean fs:///...?");
        refused("fs://me:word@srv/data", "no user and no host");
    }

    #[test]
    fn an_address_gets_its_scheme_and_its_user() {
        says("https://h:8080/a", &["endpoint=https://h:8080"], "a");
        says("http://u:p%40@h/a", &["endpoint=http://h", "password=p@", "username=u"], "a");
        says("ftp://u:p@h/a", &["endpoint=ftp://h", "password=p", "user=u"], "a");
        says("webdav://h/dav", &["endpoint=https://h"], "dav");
        says("sftp://u@h:22/home/u", &["endpoint=ssh://h:22", "user=u"], "home/u");
        says("rediss://h/2/a", &["db=2", "endpoint=rediss://h"], "a");
        says("redis://[::1]:1/a/2", &["endpoint=redis://[::1]:1"], "a/2");
        refused("sftp://u:p@h/", "has no password");
        refused("alluxio://u@h/", "has no user");
        refused("sftp://-oProxyCommand=x/", "no host has");
    }

    #[test]
    fn azure_is_written_in_three_ways() {
        let full =
            ["account_name=acc", "container=c", "endpoint=https://acc.blob.core.windows.net"];
        says("az://c/a/b", &["container=c"], "a/b");
        says("wasbs://c@acc.blob.core.windows.net/a", &full, "a");
        says("azblob://acc.blob.core.windows.net/c/a", &full, "a");
        let full =
            ["account_name=acc", "endpoint=https://acc.dfs.core.windows.net", "filesystem=f"];
        says("abfss://f@acc.dfs.core.windows.net/a/b", &full, "a/b");
        says("azdls://127.0.0.1:1/f", &["endpoint=https://127.0.0.1:1", "filesystem=f"], "");
    }

    #[test]
    fn further_parts_are_segments_of_the_path() {
        says("github://who/what/a/b", &["owner=who", "repo=what"], "a/b");
        says("cloudflare-kv://a/n", &["account_id=a", "namespace_id=n"], "");
    }

    #[test]
    fn a_database_is_reached_by_its_own_uri() {
        says(
            "postgres://u:p@h:5432/db?sslmode=require&table=t&root=a",
            &["connection_string=postgresql://u:p@h:5432/db?sslmode=require", "root=a", "table=t"],
            "",
        );
        says(
            "sqlite:///tmp/a.db?table=t",
            &["connection_string=sqlite:///tmp/a.db", "table=t"],
            "",
        );
    }
}
