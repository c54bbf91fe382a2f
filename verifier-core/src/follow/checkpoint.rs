//! `Checkpoint`: a header that its owner trusts by its hash.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::chain::{ChainParams, Header, HeaderHash, ParamsError};
use crate::codec::{DecodeError, Reader, Writer};
use crate::follow::{HeaderError, TrustedChain};

/// Height, hash and timestamp of a header that its owner trusts, and the chain's epoch length.
///
/// As text it is `HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    /// Height of the header.
    pub height: u32,
    /// Hash of the header.
    pub hash: HeaderHash,
    /// Timestamp of the header, in milliseconds since the Unix epoch.
    pub timestamp_ms: u64,
    /// Number of blocks in an epoch. Only the genesis binds it, and a host that could choose it
    /// could let an old set sign for longer.
    pub epoch_length: u32,
}

/// Why a client cannot start from a checkpoint and the header offered for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The header does not have the checkpoint's hash, or breaks a rule of its own.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The checkpoint's epoch length is invalid.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// The header has the checkpoint's hash but another height or timestamp, so the checkpoint is
    /// wrong.
    #[error("the checkpoint's {what} does not match the header with that hash")]
    Label {
        /// What differs.
        what: &'static str,
    },
}

impl CheckpointError {
    /// Returns the stable code, the same in every language and over HTTP.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Header(error) => error.code(),
            Self::Params(error) => error.code(),
            Self::Label { .. } => "checkpoint-label",
        }
    }
}

/// The text is not `HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a checkpoint is HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH, decimal numbers and 64 lower-case \
     hexadecimal digits"
)]
pub struct ParseCheckpointError;

impl ParseCheckpointError {
    /// Returns the stable code, the same in every language.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "bad-checkpoint"
    }
}

impl Checkpoint {
    /// How many bytes the encoding has.
    pub const BYTES: usize = 48;

    /// Returns the checkpoint of a header that the caller trusts.
    #[must_use]
    pub fn of(header: &Header, epoch_length: u32) -> Self {
        Self {
            height: header.height,
            hash: header.hash(),
            timestamp_ms: header.timestamp_ms,
            epoch_length,
        }
    }

    /// Starts a chain at `header`, which may come from anywhere: only its hash is trusted.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Params`], the first rule that [`TrustedChain::new`] finds broken, or
    /// [`CheckpointError::Label`].
    pub fn start(&self, header: &Header) -> Result<TrustedChain, CheckpointError> {
        let params = ChainParams::new(header.chain_id, self.epoch_length)?;
        let chain = TrustedChain::new(params, header, &self.hash)?;
        let label = |what| Err(CheckpointError::Label { what });
        match chain.head() {
            head if head.height != self.height => label("height"),
            head if head.timestamp_ms != self.timestamp_ms => label("timestamp"),
            _ => Ok(chain),
        }
    }

    /// Returns the 48-byte form: height (`u32`, little-endian), hash, timestamp (`u64`), epoch
    /// length (`u32`).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(Self::BYTES);
        w.u32(self.height);
        w.digest(&self.hash.0);
        w.u64(self.timestamp_ms);
        w.u32(self.epoch_length);
        w.finish()
    }

    /// Decodes the 48-byte form.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`], [`DecodeError::TrailingBytes`] or
    /// [`DecodeError::NonCanonicalElement`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        let checkpoint = Self::read(&mut r)?;
        r.finish()?;
        Ok(checkpoint)
    }

    /// Takes the 48-byte form off the front of `r`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] or [`DecodeError::NonCanonicalElement`].
    pub fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            height: r.u32("checkpoint height")?,
            hash: HeaderHash(r.digest("checkpoint hash")?),
            timestamp_ms: r.u64("checkpoint timestamp")?,
            epoch_length: r.u32("epoch length")?,
        })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            height,
            hash,
            timestamp_ms,
            epoch_length,
        } = self;
        write!(f, "{height}:{hash}:{timestamp_ms}:{epoch_length}")
    }
}

impl FromStr for Checkpoint {
    type Err = ParseCheckpointError;

    fn from_str(text: &str) -> Result<Self, ParseCheckpointError> {
        let parsed = parse(text).ok_or(ParseCheckpointError)?;
        // `+1` and `01` parse as numbers too, but a checkpoint has exactly one text.
        if parsed.to_string() == text {
            return Ok(parsed);
        }
        Err(ParseCheckpointError)
    }
}

fn parse(text: &str) -> Option<Checkpoint> {
    let mut parts = text.split(':');
    let checkpoint = Checkpoint {
        height: parts.next()?.parse().ok()?,
        hash: HeaderHash(parts.next()?.parse().ok()?),
        timestamp_ms: parts.next()?.parse().ok()?,
        epoch_length: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(checkpoint)
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::*;
    use crate::chain::genesis;
    use crate::hash::Digest;

    fn header() -> Header {
        genesis(
            7,
            4,
            1_700_000_000_000,
            Digest::ZERO,
            Digest::ZERO,
            Digest::ZERO,
        )
    }

    #[test]
    fn text_and_bytes_are_canonical() {
        let checkpoint = Checkpoint::of(&header(), 4);
        assert_eq!(checkpoint.to_string().parse(), Ok(checkpoint));
        assert_eq!(
            Checkpoint::from_bytes(&checkpoint.to_bytes()),
            Ok(checkpoint)
        );
        assert_eq!(checkpoint.to_bytes().len(), Checkpoint::BYTES);
        for bad in [
            format!("+{checkpoint}"),
            format!("0{checkpoint}"),
            format!("{checkpoint}:"),
            format!("{checkpoint} "),
            checkpoint.to_string().to_uppercase().replace("0:", "0:F"),
            "0:00:1:4".into(),
            String::new(),
        ] {
            assert_eq!(
                bad.parse::<Checkpoint>(),
                Err(ParseCheckpointError),
                "{bad}"
            );
        }
    }

    #[test]
    fn rejects_a_header_that_it_does_not_name() {
        let checkpoint = Checkpoint::of(&header(), 4);
        assert!(checkpoint.start(&header()).is_ok());
        let mut other = header();
        other.timestamp_ms += 1;
        let refused = Err(CheckpointError::Header(HeaderError::TrustedHash));
        assert_eq!(checkpoint.start(&other), refused);
        let later = Checkpoint {
            timestamp_ms: 1,
            ..checkpoint
        };
        let refused = Err(CheckpointError::Label { what: "timestamp" });
        assert_eq!(later.start(&header()), refused);
        let higher = Checkpoint {
            height: 1,
            ..checkpoint
        };
        let refused = Err(CheckpointError::Label { what: "height" });
        assert_eq!(higher.start(&header()), refused);
        let shorter = Checkpoint {
            epoch_length: 1,
            ..checkpoint
        };
        let refused = Err(CheckpointError::Params(ParamsError::EpochLength {
            min: 2,
            got: 1,
        }));
        assert_eq!(shorter.start(&header()), refused);
    }
}
