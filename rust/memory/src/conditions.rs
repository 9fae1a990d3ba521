//! Whether the conditions of a call hold for the object that it meets.
//!
//! What several of them mean together is RFC 9110, section 13.2.2: a time counts only where no
//! etag was given.

use opendal::raw::{OpCompose, OpCopy, OpDelete, OpRead, OpStat, OpWrite, Timestamp};
use opendal::{Error, ErrorKind, Result};

use crate::object::Object;

/// Conditions, as a call has them.
#[derive(Default)]
#[allow(clippy::struct_field_names, reason = "they are called as opendal calls them")]
pub(crate) struct Conditions<'a> {
    if_match: Option<&'a str>,
    if_none_match: Option<&'a str>,
    if_version_match: Option<&'a str>,
    if_version_not_match: Option<&'a str>,
    if_modified_since: Option<Timestamp>,
    if_unmodified_since: Option<Timestamp>,
    if_not_exists: bool,
}

macro_rules! conditions_of {
    ($($operation:ty: $($field:ident),+;)*) => {$(
        impl<'a> From<&'a $operation> for Conditions<'a> {
            fn from(options: &'a $operation) -> Self {
                Self {
                    if_match: options.if_match(),
                    if_none_match: options.if_none_match(),
                    if_version_match: options.if_version_match(),
                    if_version_not_match: options.if_version_not_match(),
                    $($field: options.$field(),)+
                    ..Self::default()
                }
            }
        }
    )*};
}
conditions_of! {
    OpStat: if_modified_since, if_unmodified_since;
    OpRead: if_modified_since, if_unmodified_since;
    OpWrite: if_not_exists;
    OpCopy: if_not_exists;
    OpCompose: if_not_exists;
}

impl<'a> From<&'a OpDelete> for Conditions<'a> {
    fn from(options: &'a OpDelete) -> Self {
        Self {
            if_match: options.if_match(),
            if_none_match: options.if_none_match(),
            if_version_match: options.if_version_match(),
            if_version_not_match: options.if_version_not_match(),
            ..Self::default()
        }
    }
}

impl Conditions<'_> {
    /// Nothing may be there yet.
    pub(crate) fn new_only(if_not_exists: bool) -> Self {
        Self { if_not_exists, ..Self::default() }
    }

    /// Whether they hold for what is to be replaced or deleted; there may be nothing.
    pub(crate) fn check(&self, found: Option<&Object>) -> Result<()> {
        match found {
            Some(_) if self.if_not_exists => Err(failed("the object exists")),
            Some(object) => self.check_found(object),
            None if self.if_match.is_some() || self.if_version_match.is_some() => {
                Err(failed("there is no object that could match"))
            }
            None => Ok(()),
        }
    }

    /// Whether they hold for an object.
    pub(crate) fn check_found(&self, object: &Object) -> Result<()> {
        let metadata = &object.metadata;
        let (etag, version) = (metadata.etag(), metadata.version());
        if self.if_match.is_some_and(|wanted| !same_etag(wanted, etag)) {
            return Err(failed("the object has another etag"));
        }
        if self.if_version_match.is_some_and(|wanted| Some(wanted) != version) {
            return Err(failed("the object has another version"));
        }
        if self.if_none_match.is_some_and(|unwanted| same_etag(unwanted, etag)) {
            return Err(failed("the object has that etag"));
        }
        if self.if_version_not_match.is_some_and(|unwanted| Some(unwanted) == version) {
            return Err(failed("the object has that version"));
        }
        let Some(modified) = metadata.last_modified() else { return Ok(()) };
        let since = self.if_unmodified_since.filter(|_| self.if_match.is_none());
        if since.is_some_and(|since| modified > since) {
            return Err(failed("the object was modified since then"));
        }
        let since = self.if_modified_since.filter(|_| self.if_none_match.is_none());
        if since.is_some_and(|since| modified <= since) {
            return Err(failed("the object was not modified since then"));
        }
        Ok(())
    }
}

/// Whether an object's etag is one of those asked for: `*`, or a list of them, with or without
/// their quotes.
fn same_etag(asked: &str, etag: Option<&str>) -> bool {
    let bare = |etag: &str| etag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    let Some(etag) = etag.map(bare) else { return false };
    asked.trim() == "*" || asked.split(',').any(|asked| bare(asked) == etag)
}

fn failed(message: &'static str) -> Error {
    Error::new(ErrorKind::ConditionNotMatch, message).set_permanent()
}
