//! What is known of a service: the facts of its Rust configuration and our own words for them.

/// What the Rust configuration of a service says.
#[derive(Debug)]
pub struct RustConfig {
    pub scheme: String,
    /// Every scheme under which the crate registers it, its own included.
    pub schemes: Vec<String>,
    pub fields: Vec<Field>,
}

#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub aliases: Vec<String>,
    pub kind: Kind,
    pub default: Value,
    /// The version that deprecated it.
    pub deprecated: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Text in Rust, a path in Python.
    Path,
    Bool,
    Integer,
    Float,
    Map,
    List,
    /// An integer in Rust, a duration in Python.
    Seconds,
    Duration,
}

/// A default that Rust has and Python can have too.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    None,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    /// An empty map or list.
    Empty,
}

/// A service as it is generated: facts and words together.
#[derive(Debug)]
pub struct Service {
    pub scheme: String,
    pub aliases: Vec<String>,
    pub title: String,
    pub summary: String,
    /// What else one should know before the service is chosen.
    pub note: String,
    /// Arguments of the constructor that make a working example.
    pub example: String,
    /// What a URI says, part by part: options by name; see `opendal_rules::uri`.
    pub uri: String,
    /// How many bytes an object may have, where the service does not say so itself.
    pub largest: Option<u64>,
    pub wheel: bool,
    /// An object appears whole at the end of its write, or not at all.
    pub atomic: bool,
    /// What a credential provider may give, by the names of options; empty where there can be none.
    pub credentials: Vec<String>,
    /// In the order of the Rust configuration, the deprecated ones last.
    pub options: Vec<ServiceOption>,
}

#[derive(Debug)]
pub struct ServiceOption {
    pub field: Field,
    /// The field's kind, or the richer one that its table names.
    pub kind: Kind,
    /// Empty where the service has no wheel and its table says nothing.
    pub description: String,
    pub secret: bool,
    /// The service cannot be set up without it.
    pub required: bool,
}

impl ServiceOption {
    /// A URL may hold a password.
    pub fn may_hold_a_secret(&self) -> bool {
        self.secret || ["endpoint", "url", "uri"].iter().any(|part| self.field.name.contains(part))
    }
}

impl Service {
    /// The scheme in camel case: the member of `Scheme`, the beginning of every class name.
    pub fn camel(&self) -> String {
        self.scheme
            .split('-')
            .map(|word| {
                let (first, rest) = word.split_at(1.min(word.len()));
                first.to_uppercase() + rest
            })
            .collect()
    }

    /// The scheme as a Python name.
    pub fn module(&self) -> String {
        self.scheme.replace('-', "_")
    }

    /// The Python package inside the wheel.
    pub fn package(&self) -> String {
        format!("opendal_{}_service", self.module())
    }

    /// The wheel's name.
    pub fn distribution(&self) -> String {
        format!("opendal-{}-service", self.scheme)
    }

    /// What the keyword `credential_provider` means, where there is one.
    pub fn credential_words(&self) -> Option<String> {
        let quoted: Vec<_> = self.credentials.iter().map(|name| format!("`{name}`")).collect();
        let (last, others) = quoted.split_last()?;
        let names = match others {
            [] => last.clone(),
            others => format!("{} or {last}", others.join(", ")),
        };
        Some(format!(
            "A function, `async def` or not, that is called without arguments for credentials, and \
             again before they expire. It returns a mapping with {names}, and with `expires_at`, an \
             aware datetime, if they expire. What it gives wins over the options."
        ))
    }

    /// The scheme and its aliases.
    pub fn schemes(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.scheme).chain(&self.aliases).map(String::as_str)
    }
}
