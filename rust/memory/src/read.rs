//! Reading.

use std::sync::Arc;

use opendal::raw::{OpRead, RpRead, oio};
use opendal::{Buffer, BytesRange, Metadata, Result};

use crate::conditions::Conditions;
use crate::object::Object;
use crate::store::Store;

/// An object to be read: the one that was there when it was asked for.
pub struct MemoryReader {
    object: Arc<Object>,
    metadata: Metadata,
}

impl MemoryReader {
    pub(crate) fn new(store: &Store, path: &str, options: &OpRead) -> Result<Self> {
        let object = store.look().find(path, options.version())?;
        Conditions::from(options).check_found(&object)?;
        let metadata = overridden(
            object.metadata.clone(),
            options.override_content_type(),
            options.override_cache_control(),
            options.override_content_disposition(),
        );
        Ok(Self { object, metadata })
    }

    pub(crate) fn part(&self, range: BytesRange) -> Result<(Metadata, Buffer)> {
        let content = &self.object.content;
        let part = content.slice(range.to_content_range(content.len())?);
        Ok((self.metadata.clone(), part))
    }
}

impl oio::Read for MemoryReader {
    async fn open(&self, range: BytesRange) -> Result<(RpRead, Box<dyn oio::ReadStreamDyn>)> {
        let (metadata, part) = self.part(range)?;
        Ok((RpRead::new(metadata), Box::new(part)))
    }

    async fn read(&self, range: BytesRange) -> Result<(RpRead, Buffer)> {
        let (metadata, part) = self.part(range)?;
        Ok((RpRead::new(metadata), part))
    }
}

/// Metadata as an answer with other headers would tell it.
pub(crate) fn overridden(
    metadata: Metadata,
    content_type: Option<&str>,
    cache_control: Option<&str>,
    content_disposition: Option<&str>,
) -> Metadata {
    if content_type.or(cache_control).or(content_disposition).is_none() {
        return metadata;
    }
    let mut metadata = metadata.into_builder();
    if let Some(value) = content_type {
        metadata.content_type(value);
    }
    if let Some(value) = cache_control {
        metadata.cache_control(value);
    }
    if let Some(value) = content_disposition {
        metadata.content_disposition(value);
    }
    metadata.build()
}
