//! `FileDigest`: the SHA-256 of a file, which names it.

use core::fmt;
use core::str::FromStr;

use crate::codec::DecodeError;

/// The SHA-256 of a file, what `sha256sum` prints. This crate compares such names and computes none.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct FileDigest(pub [u8; FileDigest::BYTES]);

impl FileDigest {
    /// How many bytes it has.
    pub const BYTES: usize = 32;
}

impl fmt::Display for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for FileDigest {
    type Err = DecodeError;

    /// Decodes 64 lower-case hexadecimal digits: one file has one name.
    fn from_str(text: &str) -> Result<Self, DecodeError> {
        let not_hex = DecodeError::NotHex { field: "SHA-256" };
        let mut bytes = [0; Self::BYTES];
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(not_hex);
        }
        hex::decode_to_slice(text, &mut bytes).map_err(|_| not_hex)?;
        Ok(Self(bytes))
    }
}
