//! The compiled services: their schemes, and what their configuration takes.

#[path = "generated.rs"]
mod generated;

use crate::nearest;

/// A service, and every option of its configuration.
#[derive(Debug)]
pub struct Service {
    pub scheme: &'static str,
    /// Further schemes that mean the same service.
    pub aliases: &'static [&'static str],
    /// What a URI says, part by part; see [`crate::uri`].
    pub uri: &'static str,
    /// How many bytes an object may have, where the service of the core does not say so.
    pub largest: Option<usize>,
    /// An object appears whole at the end of its write, or not at all.
    pub atomic: bool,
    /// What a credential provider may give, by the names of options; empty where there can be none.
    pub credentials: &'static [&'static str],
    pub options: &'static [ServiceOption],
}

/// The keyword that takes a credential provider, besides the options.
pub const CREDENTIAL_PROVIDER: &str = "credential_provider";

/// What other packages call an option, where no likeness tells.
const ELSEWHERE: [(&str, &[&str]); 15] = [
    ("root", &["prefix", "path", "base_path", "basepath"]),
    ("skip_signature", &["anon", "anonymous", "unsigned", "no_sign_request"]),
    ("access_key_id", &["key", "access_key"]),
    ("secret_access_key", &["secret", "secret_key"]),
    ("session_token", &["security_token"]),
    ("enable_request_payer", &["requester_pays"]),
    ("bucket", &["container"]),
    ("container", &["bucket", "filesystem"]),
    ("filesystem", &["bucket", "container"]),
    ("share_name", &["share", "bucket", "container"]),
    ("endpoint", &["host", "url", "base_url", "server", "use_ssl", "allow_http", "client_kwargs"]),
    ("user", &["username", "login"]),
    ("username", &["login"]),
    ("key", &["key_filename", "private_key", "identity_file"]),
    ("connection_string", &["dsn", "url", "uri", "host"]),
];

/// One option of a service.
#[derive(Debug)]
pub struct ServiceOption {
    pub name: &'static str,
    /// Further keys that the service reads as this option.
    pub aliases: &'static [&'static str],
    pub kind: Kind,
    /// Must not appear in a repr, a message or a log line.
    pub secret: bool,
    /// The service cannot be set up without it.
    pub required: bool,
    /// The version of opendal-core that deprecated it.
    pub deprecated: Option<&'static str>,
}

/// What an option's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Text that names a file or a prefix: whatever is like a path will do.
    Path,
    Bool,
    Integer,
    Float,
    /// Text by text. The service's own parser takes no string for it.
    Map,
    /// Text, joined by commas.
    List,
    /// A span of time of which the service takes whole seconds.
    Seconds,
    /// A span of time that the service reads as ISO 8601 writes it: `PT1.5S`.
    Duration,
}

impl Service {
    /// The names of all that configures it.
    pub fn keywords(&self) -> impl Iterator<Item = &'static str> {
        let provider = (!self.credentials.is_empty()).then_some(CREDENTIAL_PROVIDER);
        self.options.iter().map(|option| option.name).chain(provider)
    }

    /// What to say after an unknown keyword: which is meant, among these others too.
    #[must_use]
    pub fn hint(&self, key: &str, others: impl Iterator<Item = &'static str>) -> String {
        if key == "storage_options" {
            return "; pass each of its entries as a keyword".to_owned();
        }
        let has = |name: &str| self.options.iter().any(|option| option.name == name);
        if key == "connection_string" && has("account_key") {
            return "; its parts are account_name, account_key and endpoint, and whole it is read \
                    from AZURE_STORAGE_CONNECTION_STRING"
                .to_owned();
        }
        self.elsewhere(key).map_or_else(
            || nearest::hint(key, self.keywords().chain(others)),
            |name| format!("; did you mean '{name}'?"),
        )
    }

    /// The option that other packages call so.
    #[must_use]
    pub fn elsewhere(&self, key: &str) -> Option<&'static str> {
        let is_ours = |name: &str| self.options.iter().any(|option| option.name == name);
        let found = ELSEWHERE.iter().find(|(name, theirs)| is_ours(name) && theirs.contains(&key));
        found.map(|(name, _)| *name)
    }

    /// The option called `key`, by its name or another name for it, in any case.
    pub fn option(&self, key: &str) -> Option<&'static ServiceOption> {
        self.options.iter().find(|option| option.is_called(key))
    }

    fn is_called(&self, scheme: &str) -> bool {
        same(self.scheme, scheme) || self.aliases.iter().any(|alias| same(alias, scheme))
    }
}

impl ServiceOption {
    fn is_called(&self, key: &str) -> bool {
        self.name.eq_ignore_ascii_case(key)
            || self.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(key))
    }
}

/// The compiled service of this scheme or alias, in any case; `_` is as good as `-`.
pub fn find(scheme: &str) -> Option<&'static Service> {
    generated::SERVICES.iter().find(|service| service.is_called(scheme))
}

/// The schemes of all compiled services, in alphabetical order and without aliases.
pub fn schemes() -> impl Iterator<Item = &'static str> {
    generated::SERVICES.iter().map(|service| service.scheme)
}

/// The schemes of all compiled services, and their aliases.
pub fn names() -> impl Iterator<Item = &'static str> {
    let names = |service: &'static Service| {
        std::iter::once(service.scheme).chain(service.aliases.iter().copied())
    };
    generated::SERVICES.iter().flat_map(names)
}

fn same(ours: &str, given: &str) -> bool {
    let fold = |byte: u8| {
        if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() }
    };
    ours.bytes().map(fold).eq(given.bytes().map(fold))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme_of(name: &str) -> Option<&'static str> {
        find(name).map(|service| service.scheme)
    }

    #[test]
    fn a_service_is_found_by_scheme_and_alias_in_any_case() {
        assert_eq!(scheme_of("s3"), Some("s3"));
        assert_eq!(scheme_of("S3"), Some("s3"));
        assert_eq!(scheme_of("File"), Some("fs"));
        assert_eq!(scheme_of("s4"), None);
        assert_eq!(scheme_of(""), None);
    }

    #[test]
    fn an_underscore_is_a_hyphen() {
        assert!(same("hdfs-native", "HDFS_Native"));
        assert!(!same("hdfs-native", "hdfsnative"));
    }

    #[test]
    fn an_option_is_found_by_name_and_alias_in_any_case() {
        let s3 = find("s3").expect("s3 is compiled");
        for key in ["bucket", "BUCKET", "aws_bucket", "AWS_Bucket_Name"] {
            assert_eq!(s3.option(key).map(|option| option.name), Some("bucket"), "{key}");
        }
        assert!(s3.option("buket").is_none());
    }

    #[test]
    fn a_name_of_other_packages_hints_at_ours() {
        let hint = |scheme, key| find(scheme).expect("a service").hint(key, std::iter::empty());
        assert_eq!(hint("s3", "anon"), "; did you mean 'skip_signature'?");
        assert_eq!(hint("s3", "key"), "; did you mean 'access_key_id'?");
        assert_eq!(hint("sftp", "username"), "; did you mean 'user'?");
        assert_eq!(hint("s3", "buket"), "; did you mean 'bucket'?");
        assert_eq!(hint("s3", "storage_options"), "; pass each of its entries as a keyword");
        assert_eq!(hint("s3", "colour"), "");
        for (name, _) in ELSEWHERE {
            let has = |service: &Service| service.options.iter().any(|option| option.name == name);
            assert!(generated::SERVICES.iter().any(has), "{name}");
        }
    }

    #[test]
    fn options_know_their_kind_and_their_secrets() {
        let s3 = find("s3").expect("s3 is compiled");
        let option = |key| s3.option(key).expect("an option of s3");
        assert!(option("secret_access_key").secret);
        assert!(!option("region").secret);
        assert_eq!(option("assume_role_duration_seconds").kind, Kind::Seconds);
        assert_eq!(option("assume_role_session_tags").kind, Kind::Map);
        assert_eq!(option("allow_anonymous").deprecated, Some("0.57.0"));
    }

    #[test]
    fn no_name_means_two_things() {
        for service in generated::SERVICES {
            let names = service.options.iter().flat_map(|option| {
                std::iter::once(option.name).chain(option.aliases.iter().copied())
            });
            let mut seen = std::collections::HashSet::new();
            for name in names {
                assert!(seen.insert(name), "{}: {name} stands there twice", service.scheme);
            }
        }
        let mut sorted: Vec<_> = schemes().collect();
        sorted.sort_unstable();
        assert!(schemes().eq(sorted), "schemes are in order");
    }
}
