//! Digests as JavaScript writes them.

use rpp_verifier::Digest;

use crate::error::Failure;

/// Returns the digest of 64 lower-case hexadecimal digits.
pub(crate) fn digest(text: &str) -> Result<Digest, Failure> {
    text.parse().map_err(|error| Failure::config(&error))
}
