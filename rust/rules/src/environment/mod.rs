//! What the environment says of a service, where the options do not: the variables and files that
//! the tools of a cloud share, and that the services of the core do not read themselves.

mod aws;
mod azure;
mod google;
mod profiles;

use std::collections::HashMap;

pub type Options = HashMap<String, String>;

/// Where it is read: the variables and the files of a machine.
#[derive(Clone, Copy)]
pub struct Machine<'a> {
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The content of a file; a `~` at its beginning is the home directory.
    pub file: &'a dyn Fn(&str) -> Option<String>,
    /// Whether credentials are wanted of it, and not those of a provider.
    pub credentials: bool,
}

impl Machine<'_> {
    /// The first of these variables that is set, and not to nothing.
    fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| (self.variable)(name).filter(|value| !value.is_empty()))
    }
}

/// Adds to the options of a service what the machine says. What is given stays.
///
/// # Errors
///
/// One line that says what is wrong there, and quotes no secret.
pub fn add(scheme: &str, options: &mut Options, machine: Machine<'_>) -> Result<(), String> {
    match scheme {
        "s3" => aws::add(options, machine),
        "gcs" => google::add(options, machine),
        "azblob" => azure::add(options, machine, &azure::BLOB),
        "azdls" => azure::add(options, machine, &azure::DFS),
        "azfile" => azure::add(options, machine, &azure::FILE),
        _ => Ok(()),
    }
}

fn has(options: &Options, name: &str) -> bool {
    options.get(name).is_some_and(|value| !value.is_empty())
}

fn is_on(options: &Options, name: &str) -> bool {
    options.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn is_unsigned(options: &Options) -> bool {
    is_on(options, "skip_signature") || is_on(options, "allow_anonymous")
}

/// Sets an option that is not given.
fn set(options: &mut Options, name: &str, value: Option<String>) {
    if let Some(value) = value.filter(|value| !value.is_empty())
        && !has(options, name)
    {
        options.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests;
