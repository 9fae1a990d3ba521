//! The keywords of each operation, once: their names, their types, and what a service must be
//! able to do to honour them. Sync and async methods, files and presigning all read them here.

use std::collections::HashMap;

use opendal::options as core;
use opendal::raw::Timestamp;
use opendal::{BytesRange, Capability};
use opendal_rules::nearest;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::arguments::{self, Count, Header, Place, Positive, Value, Workers};
use crate::error::Error;
use crate::source::Part;

/// The `**options` of a method.
pub type Keywords<'a, 'py> = &'a Bound<'py, PyDict>;

/// A group of keywords.
pub trait Group: Default {
    const NAMES: &'static [&'static str];

    /// Takes the value of a keyword of this group.
    fn set(&mut self, operation: &str, key: &str, value: &Bound<'_, PyAny>) -> Result<(), Error>;

    /// Refuses what the service cannot honour, before anything is sent.
    fn check(&self, capability: &Capability) -> Result<(), Error>;

    /// Reads keywords; those that are None count as not given.
    fn parse(operation: &str, keywords: Option<Keywords<'_, '_>>) -> Result<Self, Error> {
        let mut group = Self::default();
        let Some(keywords) = keywords else { return Ok(group) };
        for (key, value) in keywords {
            let key = key
                .cast_into::<PyString>()
                .map_err(|_| Error::argument(format!("{operation}(): keywords must be str")))?;
            let key = arguments::utf8(&key)?;
            if !Self::NAMES.contains(&key) {
                return Err(unknown::<Self>(operation, key, &[]));
            }
            if !value.is_none() {
                group.set(operation, key, &value)?;
            }
        }
        Ok(group)
    }
}

/// Refuses keywords of a group that an operation does not take.
pub fn refuse<G: Group>(
    operation: &str,
    keywords: Keywords<'_, '_>,
    without: &[&str],
) -> Result<(), Error> {
    for key in without {
        if keywords.contains(key)? {
            return Err(unknown::<G>(operation, key, without));
        }
    }
    Ok(())
}

/// Whether any keyword has a value.
pub fn are_given(keywords: Option<Keywords<'_, '_>>) -> bool {
    keywords.is_some_and(|keywords| keywords.iter().any(|(_, value)| !value.is_none()))
}

fn unknown<G: Group>(operation: &str, key: &str, without: &[&str]) -> Error {
    let names = G::NAMES.iter().copied().filter(|name| !without.contains(name));
    let hint = nearest::hint(key, names);
    Error::argument(format!("{operation}() has no keyword '{key}'{hint}"))
}

macro_rules! group {
    ($(#[$meta:meta])* $name:ident { $($field:ident: $kind:ty $(=> $able:ident)?),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        pub struct $name { $(pub $field: Option<$kind>,)* }

        impl Group for $name {
            const NAMES: &'static [&'static str] = &[$(stringify!($field)),*];

            fn set(
                &mut self,
                operation: &str,
                key: &str,
                value: &Bound<'_, PyAny>,
            ) -> Result<(), Error> {
                match key {
                    $(stringify!($field) => {
                        self.$field = Some(arguments::value(operation, key, value)?);
                    })*
                    _ => {}
                }
                Ok(())
            }

            #[allow(unused_variables, reason = "some groups ask for no ability")]
            fn check(&self, capability: &Capability) -> Result<(), Error> {
                $($(
                    if self.$field.as_ref().is_some_and(Value::asks) && !capability.$able {
                        return Err(Error::unsupported(concat!(
                            "this service cannot honour '", stringify!($field), "'"
                        )));
                    }
                )?)*
                Ok(())
            }
        }
    };
}

group! {
    /// READ.
    Read {
        version: Header => read_with_version,
        if_match: Header => read_with_if_match,
        if_none_match: Header => read_with_if_none_match,
        if_modified_since: Timestamp => read_with_if_modified_since,
        if_unmodified_since: Timestamp => read_with_if_unmodified_since,
        offset: Count,
        size: Count,
        suffix: Count => read_with_suffix,
        concurrent: Workers,
        chunk: Positive,
        gap: Count,
        prefetch: Count,
        content_type: Header => read_with_override_content_type,
        cache_control: Header => read_with_override_cache_control,
        content_disposition: Header => read_with_override_content_disposition,
    }
}

group! {
    /// STAT.
    Stat {
        version: Header => stat_with_version,
        if_match: Header => stat_with_if_match,
        if_none_match: Header => stat_with_if_none_match,
        if_modified_since: Timestamp => stat_with_if_modified_since,
        if_unmodified_since: Timestamp => stat_with_if_unmodified_since,
        content_type: Header => stat_with_override_content_type,
        cache_control: Header => stat_with_override_cache_control,
        content_disposition: Header => stat_with_override_content_disposition,
    }
}

group! {
    /// WRITE.
    Write {
        append: bool => write_can_append,
        if_not_exists: bool => write_with_if_not_exists,
        chunk: Positive,
        concurrent: Workers,
        cache_control: Header => write_with_cache_control,
        content_type: Header => write_with_content_type,
        content_disposition: Header => write_with_content_disposition,
        content_encoding: Header => write_with_content_encoding,
        if_match: Header => write_with_if_match,
        if_none_match: Header => write_with_if_none_match,
        user_metadata: HashMap<String, String> => write_with_user_metadata,
    }
}

group! {
    /// LIST. How far `recursive` reaches is emulated where a service lists by level.
    List {
        limit: Positive,
        page_size: Positive,
        max_items: Count,
        stat: bool,
        start_after: Place => list_with_start_after,
        recursive: bool,
        versions: bool => list_with_versions,
        deleted: bool => list_with_deleted,
    }
}

group! {
    /// LIST without `recursive`.
    Scan {
        limit: Positive,
        page_size: Positive,
        max_items: Count,
        stat: bool,
        start_after: Place => list_with_start_after,
        versions: bool => list_with_versions,
        deleted: bool => list_with_deleted,
    }
}

group! {
    /// DELETE.
    Delete {
        version: Header => delete_with_version,
        recursive: bool,
        if_match: Header => delete_with_if_match,
    }
}

group! {
    /// COPY. Conditions look at the target.
    Copy {
        if_not_exists: bool => copy_with_if_not_exists,
        if_match: Header => copy_with_if_match,
        source_version: Header => copy_with_source_version,
        concurrent: Workers,
        chunk: Positive,
    }
}

group! {
    /// RENAME. The condition looks at the target.
    Rename {
        if_not_exists: bool => rename_with_if_not_exists,
    }
}

group! {
    /// RESTORE. The condition looks at what is at the path now.
    Restore {
        version: Header => restore_with_version,
        if_not_exists: bool => restore_with_if_not_exists,
    }
}

group! {
    /// COMPOSE. Conditions look at the target.
    Compose {
        if_not_exists: bool => compose_with_if_not_exists,
        if_match: Header => compose_with_if_match,
        if_none_match: Header => compose_with_if_none_match,
        concurrent: Workers,
        cache_control: Header => compose_with_cache_control,
        content_type: Header => compose_with_content_type,
        content_disposition: Header => compose_with_content_disposition,
        content_encoding: Header => compose_with_content_encoding,
        user_metadata: HashMap<String, String> => compose_with_user_metadata,
    }
}

/// No object has more bytes: services count them in signed 64-bit numbers.
pub const LARGEST: u64 = i64::MAX.unsigned_abs();

impl Read {
    /// Whether the answer's headers are to be other than the object's.
    pub fn overrides(&self) -> bool {
        self.content_type.is_some()
            || self.cache_control.is_some()
            || self.content_disposition.is_some()
    }

    /// The same version and conditions for a stat, as far as the service has them there.
    pub fn stat(&self, able: &Capability) -> core::StatOptions {
        let keep = |option: &Option<Header>, able: bool| {
            option.as_ref().filter(|_| able).map(|header| header.0.clone())
        };
        core::StatOptions {
            version: keep(&self.version, able.stat_with_version),
            if_match: keep(&self.if_match, able.stat_with_if_match),
            if_none_match: keep(&self.if_none_match, able.stat_with_if_none_match),
            if_modified_since: self.if_modified_since.filter(|_| able.stat_with_if_modified_since),
            if_unmodified_since: self
                .if_unmodified_since
                .filter(|_| able.stat_with_if_unmodified_since),
            ..Default::default()
        }
    }

    /// Which part was asked for.
    pub fn part(&self) -> Result<Part, Error> {
        match (self.suffix, self.offset.or(self.size)) {
            (Some(suffix), None) => Ok(Part::Suffix(suffix.0)),
            (None, _) => Ok(Part::Range {
                offset: self.offset.map_or(0, |offset| offset.0),
                size: self.size.map(|size| size.0),
            }),
            (Some(_), Some(_)) => {
                Err(Error::value("'suffix' is an end of its own: it excludes 'offset' and 'size'"))
            }
        }
    }

    /// Whether nothing but a part of the object is asked for.
    pub fn is_plain(&self) -> bool {
        let Self {
            version, if_match, if_none_match, if_modified_since, if_unmodified_since, ..
        } = self;
        let conditions = [version, if_match, if_none_match].iter().any(|text| text.is_some());
        let times = [if_modified_since, if_unmodified_since].iter().any(|time| time.is_some());
        !(conditions || times || self.overrides() || self.asks_for_parts() || self.gap.is_some())
    }

    /// Whether the caller says in which parts to read.
    pub fn asks_for_parts(&self) -> bool {
        self.chunk.is_some() || self.concurrent.is_some() || self.prefetch.is_some()
    }
}

/// The same read, with parts fetched ahead.
pub fn in_advance(read: &core::ReadOptions, prefetch: Count) -> core::ReaderOptions {
    core::ReaderOptions {
        version: read.version.clone(),
        if_match: read.if_match.clone(),
        if_none_match: read.if_none_match.clone(),
        if_modified_since: read.if_modified_since,
        if_unmodified_since: read.if_unmodified_since,
        concurrent: read.concurrent,
        chunk: read.chunk,
        gap: read.gap,
        prefetch: prefetch.get(),
        ..Default::default()
    }
}

impl From<Read> for core::ReaderOptions {
    fn from(read: Read) -> Self {
        let prefetch = read.prefetch.unwrap_or(Count(0));
        in_advance(&read.into(), prefetch)
    }
}

impl From<Read> for core::ReadOptions {
    fn from(read: Read) -> Self {
        Self {
            range: read.part().map_or_else(|_| BytesRange::default(), Part::range),
            version: read.version.map(|header| header.0),
            if_match: read.if_match.map(|header| header.0),
            if_none_match: read.if_none_match.map(|header| header.0),
            if_modified_since: read.if_modified_since,
            if_unmodified_since: read.if_unmodified_since,
            concurrent: read.concurrent.map_or(0, Workers::get),
            chunk: read.chunk.map(Positive::get),
            gap: read.gap.map(Count::get),
            override_content_type: read.content_type.map(|header| header.0),
            override_cache_control: read.cache_control.map(|header| header.0),
            override_content_disposition: read.content_disposition.map(|header| header.0),
            ..Default::default()
        }
    }
}

impl From<Stat> for core::StatOptions {
    fn from(stat: Stat) -> Self {
        Self {
            version: stat.version.map(|header| header.0),
            if_match: stat.if_match.map(|header| header.0),
            if_none_match: stat.if_none_match.map(|header| header.0),
            if_modified_since: stat.if_modified_since,
            if_unmodified_since: stat.if_unmodified_since,
            override_content_type: stat.content_type.map(|header| header.0),
            override_cache_control: stat.cache_control.map(|header| header.0),
            override_content_disposition: stat.content_disposition.map(|header| header.0),
            ..Default::default()
        }
    }
}

impl From<Write> for core::WriteOptions {
    fn from(write: Write) -> Self {
        Self {
            append: write.append.unwrap_or_default(),
            if_not_exists: write.if_not_exists.unwrap_or_default(),
            chunk: write.chunk.map(Positive::get),
            concurrent: write.concurrent.map_or(0, Workers::get),
            cache_control: write.cache_control.map(|header| header.0),
            content_type: write.content_type.map(|header| header.0),
            content_disposition: write.content_disposition.map(|header| header.0),
            content_encoding: write.content_encoding.map(|header| header.0),
            if_match: write.if_match.map(|header| header.0),
            if_none_match: write.if_none_match.map(|header| header.0),
            user_metadata: write.user_metadata,
            ..Default::default()
        }
    }
}

impl List {
    /// What the service is asked for: all but how many entries, and with what, are taken.
    pub fn into_core(self, able: &Capability) -> Result<core::ListOptions, Error> {
        if self.limit.is_some() && self.page_size.is_some() {
            let message = "limit and page_size are two names of one thing: give one of them";
            return Err(Error::argument(message));
        }
        let versions = self.versions.unwrap_or_default();
        let limit = self.limit.or(self.page_size).map(Positive::get);
        // Who wants few entries need not wait for a whole page. Among versions many may be passed
        // over, which would take a request each.
        let few = self.max_items.map(|most| most.get().max(16)).filter(|most| *most < 1000);
        let few = few.filter(|_| able.list_with_limit && !versions);
        Ok(core::ListOptions {
            limit: limit.or(few),
            start_after: self.start_after.filter(Value::asks).map(|place| place.0),
            recursive: self.recursive.unwrap_or_default(),
            versions,
            deleted: self.deleted.unwrap_or_default(),
        })
    }
}

impl From<Scan> for List {
    fn from(scan: Scan) -> Self {
        let Scan { limit, page_size, max_items, stat, start_after, versions, deleted } = scan;
        let recursive = Some(true);
        Self { limit, page_size, max_items, stat, start_after, recursive, versions, deleted }
    }
}

impl From<Delete> for core::DeleteOptions {
    fn from(delete: Delete) -> Self {
        Self {
            version: delete.version.map(|header| header.0),
            recursive: delete.recursive.unwrap_or_default(),
            if_match: delete.if_match.map(|header| header.0),
            ..Default::default()
        }
    }
}

impl From<Copy> for core::CopyOptions {
    fn from(copy: Copy) -> Self {
        Self {
            if_not_exists: copy.if_not_exists.unwrap_or_default(),
            if_match: copy.if_match.map(|header| header.0),
            source_version: copy.source_version.map(|header| header.0),
            concurrent: copy.concurrent.map_or(0, Workers::get),
            chunk: copy.chunk.map(Positive::get),
            ..Default::default()
        }
    }
}

impl From<Rename> for core::RenameOptions {
    fn from(rename: Rename) -> Self {
        Self { if_not_exists: rename.if_not_exists.unwrap_or_default() }
    }
}

impl From<Restore> for core::RestoreOptions {
    fn from(restore: Restore) -> Self {
        Self {
            version: restore.version.map(|header| header.0),
            if_not_exists: restore.if_not_exists.unwrap_or_default(),
        }
    }
}

impl From<Compose> for core::ComposeOptions {
    fn from(compose: Compose) -> Self {
        Self {
            if_not_exists: compose.if_not_exists.unwrap_or_default(),
            if_match: compose.if_match.map(|header| header.0),
            if_none_match: compose.if_none_match.map(|header| header.0),
            concurrent: compose.concurrent.map_or(0, Workers::get),
            cache_control: compose.cache_control.map(|header| header.0),
            content_type: compose.content_type.map(|header| header.0),
            content_disposition: compose.content_disposition.map(|header| header.0),
            content_encoding: compose.content_encoding.map(|header| header.0),
            user_metadata: compose.user_metadata,
            ..Default::default()
        }
    }
}
