//! CRC-32C by the names that the S3 service knows it by.
//!
//! The crate that it was written for brings the tables of every CRC there is, 0.7 MB that no
//! compression makes less, and a C interface that our extension would show to the whole process.

/// The algorithms that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrcAlgorithm {
    /// CRC-32C, as iSCSI has it (RFC 3720, appendix B.4).
    Crc32Iscsi,
}

/// A checksum of bytes that come one after another.
#[derive(Debug, Clone)]
pub struct Digest(u32);

impl Digest {
    #[must_use]
    pub fn new(algorithm: CrcAlgorithm) -> Self {
        match algorithm {
            CrcAlgorithm::Crc32Iscsi => Self(0),
        }
    }

    pub fn update(&mut self, data: &[u8]) {
        self.0 = crc32c::crc32c_append(self.0, data);
    }

    /// The checksum in the lower half.
    #[must_use]
    pub fn finalize(&self) -> u64 {
        u64::from(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of CRC-32C, and the examples of RFC 3720, appendix B.4.
    #[test]
    fn is_crc_32c() {
        let of = |parts: &[&[u8]]| {
            let mut digest = Digest::new(CrcAlgorithm::Crc32Iscsi);
            for part in parts {
                digest.update(part);
            }
            digest.finalize()
        };
        assert_eq!(of(&[b"123456789"]), 0xe306_9283);
        assert_eq!(of(&[b"1234", b"", b"56789"]), 0xe306_9283);
        assert_eq!(of(&[&[0; 32]]), 0x8a91_36aa);
        assert_eq!(of(&[&[0xff; 32]]), 0x62a8_ab43);
    }
}
