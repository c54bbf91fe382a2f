//! `Checkpoint`: a header that its owner trusts, named on the command line.

use std::str::FromStr;

use rpp_verifier::header::HeaderHash;

/// Height and hash of a trusted header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    /// Its height.
    pub height: u32,
    /// Its hash.
    pub hash: HeaderHash,
}

/// The text is not `HEIGHT:HASH`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a checkpoint is HEIGHT:HASH, with 64 lower-case hexadecimal digits")]
pub struct CheckpointError;

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let (height, hash) = text.split_once(':').ok_or(CheckpointError)?;
        let height = height.parse().map_err(|_| CheckpointError)?;
        let hash = HeaderHash(hash.parse().map_err(|_| CheckpointError)?);
        Ok(Self { height, hash })
    }
}
