//! What is stored under a path.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use opendal::raw::{OpCompose, OpWrite};
use opendal::{Buffer, Metadata, MetadataBuilder};

/// An object, or one version of it. It never changes.
pub(crate) struct Object {
    pub(crate) content: Buffer,
    pub(crate) metadata: Metadata,
}

/// What an object has besides its bytes, as the writer says it.
#[derive(Clone, Default)]
pub(crate) struct Attributes {
    content_type: Option<String>,
    content_disposition: Option<String>,
    content_encoding: Option<String>,
    cache_control: Option<String>,
    user_metadata: Option<Vec<(String, String)>>,
}

macro_rules! attributes_of {
    ($($operation:ty),*) => {$(
        impl From<&$operation> for Attributes {
            fn from(options: &$operation) -> Self {
                let owned = |value: Option<&str>| value.map(str::to_owned);
                Self {
                    content_type: owned(options.content_type()),
                    content_disposition: owned(options.content_disposition()),
                    content_encoding: owned(options.content_encoding()),
                    cache_control: owned(options.cache_control()),
                    user_metadata: options.user_metadata().map(|metadata| {
                        let pairs = metadata.into_iter();
                        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
                    }),
                }
            }
        }
    )*};
}
attributes_of!(OpWrite, OpCompose);

impl Attributes {
    /// Those that an object has.
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let owned = |value: Option<&str>| value.map(str::to_owned);
        Self {
            content_type: owned(metadata.content_type()),
            content_disposition: owned(metadata.content_disposition()),
            content_encoding: owned(metadata.content_encoding()),
            cache_control: owned(metadata.cache_control()),
            user_metadata: metadata.user_metadata().map(|metadata| {
                let pairs = metadata.into_iter();
                pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
            }),
        }
    }

    /// These, and what they leave out from `others`.
    pub(crate) fn or(self, others: Self) -> Self {
        Self {
            content_type: self.content_type.or(others.content_type),
            content_disposition: self.content_disposition.or(others.content_disposition),
            content_encoding: self.content_encoding.or(others.content_encoding),
            cache_control: self.cache_control.or(others.cache_control),
            user_metadata: self.user_metadata.or(others.user_metadata),
        }
    }

    pub(crate) fn put(&self, metadata: &mut MetadataBuilder) {
        let Self { content_type, content_disposition, content_encoding, cache_control, .. } = self;
        if let Some(value) = content_type {
            metadata.content_type(value);
        }
        if let Some(value) = content_disposition {
            metadata.content_disposition(value);
        }
        if let Some(value) = content_encoding {
            metadata.content_encoding(value);
        }
        if let Some(value) = cache_control {
            metadata.cache_control(value);
        }
        if let Some(pairs) = &self.user_metadata {
            metadata.user_metadata(pairs.iter().cloned());
        }
    }
}

/// One content after another. Neighbours are joined as they grow, so that an object which is
/// appended to byte by byte has few parts, and each byte is copied a few times only.
pub(crate) fn join(contents: impl IntoIterator<Item = Buffer>) -> Buffer {
    let mut parts: Vec<Bytes> = Vec::new();
    for part in contents.into_iter().flatten().filter(|part| !part.is_empty()) {
        parts.push(part);
        while let [.., before, last] = parts.as_slice()
            && last.len() >= before.len()
            && before.len() < LONG
        {
            let mut joined = BytesMut::with_capacity(before.len() + last.len());
            joined.extend_from_slice(before);
            joined.extend_from_slice(last);
            parts.truncate(parts.len() - 2);
            parts.push(joined.freeze());
        }
    }
    match parts.len() {
        0 => Buffer::new(),
        1 => Buffer::from(parts.swap_remove(0)),
        _ => Buffer::from(Arc::<[Bytes]>::from(parts)),
    }
}

/// Parts of this length are not worth being joined.
const LONG: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_byte_by_byte_has_few_parts() {
        let mut whole = Vec::new();
        let mut grown = Buffer::new();
        for byte in 0..=u8::MAX {
            for _ in 0..16 {
                whole.push(byte);
                grown = join([grown, Buffer::from(vec![byte])]);
            }
        }
        assert_eq!(grown.to_vec(), whole);
        assert!(grown.count() <= 13);
    }

    #[test]
    fn long_parts_are_not_copied() {
        let part = Bytes::from(vec![7; LONG]);
        let joined = join([Buffer::from(part.clone()), Buffer::new(), Buffer::from(part.clone())]);
        let parts: Vec<_> = joined.collect();
        assert_eq!(parts.len(), 2);
        assert!(parts.iter().all(|each| each.as_ptr() == part.as_ptr()));
    }
}
