//! `ChainFile`: the chain that a setup is for.

use alloc::vec::Vec;

use super::canonical::Value;
use super::envelope::{SETUP_SPEC, open};
use super::error::{ContentError, SetupFault};
use super::fields::FieldError;
use crate::chain::HeaderHash;
use crate::limits::{MAX_OPERATIONS, MAX_REGISTRATIONS, MIN_EPOCH_LENGTH};

/// What `chain.json` says: the rules of a chain and its genesis, which bind each other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ChainFile {
    /// The chain's number.
    pub chain_id: u32,
    /// Hash of the genesis header.
    pub genesis_hash: HeaderHash,
    /// Blocks in an epoch.
    pub epoch_length: u32,
}

impl ChainFile {
    /// Most bytes of the file.
    pub const MAX_BYTES: usize = 1 << 10;

    /// Returns the bytes of the file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Value::object([
            ("chain_id", Value::Integer(self.chain_id.into())),
            ("epoch_length", Value::Integer(self.epoch_length.into())),
            ("genesis_hash", Value::text(self.genesis_hash)),
            ("max_operations", Value::Integer(MAX_OPERATIONS.into())),
            (
                "max_registrations",
                Value::Integer(MAX_REGISTRATIONS.into()),
            ),
            ("spec", Value::Integer(SETUP_SPEC.into())),
            ("type", Value::text(TYPE)),
        ])
        .encode()
    }

    /// Decodes a file whose SHA-256 is trusted.
    ///
    /// # Errors
    ///
    /// [`SetupFault`].
    pub fn decode(bytes: &[u8], chain_id: u32) -> Result<Self, SetupFault> {
        let (max, got) = (Self::MAX_BYTES, bytes.len());
        if got > max {
            return Err(SetupFault::TooLong { max, got });
        }
        let mut fields = open(bytes, TYPE)?;
        let (expected, got) = (chain_id, fields.u32("chain_id")?);
        if got != expected {
            return Err(SetupFault::Chain { expected, got });
        }
        let file = Self {
            chain_id,
            genesis_hash: HeaderHash(fields.parsed("genesis_hash")?),
            epoch_length: fields.u32("epoch_length")?,
        };
        if file.epoch_length < MIN_EPOCH_LENGTH {
            let field = "epoch_length";
            return Err(FieldError::Value { field }.into());
        }
        for (what, expected) in [
            ("max_operations", MAX_OPERATIONS),
            ("max_registrations", MAX_REGISTRATIONS),
        ] {
            let got = fields.u32(what)?;
            if got != expected {
                let limits = ContentError::Limits {
                    what,
                    expected,
                    got,
                };
                return Err(limits.into());
            }
        }
        fields.finish()?;
        Ok(file)
    }
}

const TYPE: &str = "chain";
