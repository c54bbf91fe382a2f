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
    /// Blocks of an epoch: no header but the genesis binds it, and a host that could choose it would
    /// let an old set sign for longer.
    pub epoch_length: u32,
}

/// The text is not `HEIGHT:HASH:EPOCH_LENGTH`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a checkpoint is HEIGHT:HASH:EPOCH_LENGTH, with 64 lower-case hexadecimal digits")]
pub struct CheckpointError;

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let (height, rest) = text.split_once(':').ok_or(CheckpointError)?;
        let (hash, epoch_length) = rest.split_once(':').ok_or(CheckpointError)?;
        let height = height.parse().map_err(|_| CheckpointError)?;
        let hash = HeaderHash(hash.parse().map_err(|_| CheckpointError)?);
        let epoch_length = epoch_length.parse().map_err(|_| CheckpointError)?;
        Ok(Self {
            height,
            hash,
            epoch_length,
        })
    }
}
