//! `ProofId`: the SHA-256 of a proof file.

use std::array::TryFromSliceError;
use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rpp_verifier::FileDigest;
use sha2::{Digest, Sha256};

/// The SHA-256 of a proof file, as `sha256sum` prints it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ProofId([u8; 32]);

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a proof id has 64 lower-case hexadecimal digits")]
pub struct ProofIdError;

impl ProofId {
    /// Returns the id of the file with these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the value of `ETag`.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("\"{self}\"")
    }

    /// Returns the value of `Repr-Digest` (RFC 9530).
    #[must_use]
    pub fn repr_digest(&self) -> String {
        format!("sha-256=:{}:", BASE64_STANDARD.encode(self.0))
    }
}

impl From<FileDigest> for ProofId {
    fn from(digest: FileDigest) -> Self {
        Self(digest.0)
    }
}

impl TryFrom<&[u8]> for ProofId {
    type Error = TryFromSliceError;

    fn try_from(bytes: &[u8]) -> Result<Self, TryFromSliceError> {
        bytes.try_into().map(Self)
    }
}

impl fmt::Display for ProofId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for ProofId {
    type Err = ProofIdError;

    fn from_str(text: &str) -> Result<Self, ProofIdError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| ProofIdError)?;
        // Each id has exactly one text form, so that a cache holds it once.
        let id = Self(bytes);
        if id.to_string() == text {
            return Ok(id);
        }
        Err(ProofIdError)
    }
}
