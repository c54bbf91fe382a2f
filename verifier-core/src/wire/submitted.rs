//! `Submitted`: what `POST /v1/transactions` answers.

use super::Document;
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::hash::Digest;
use crate::ledger::OperationHash;

/// The host has an operation, durably, and it waits for a block or is in one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Submitted {
    /// Its hash: to ask what becomes of it.
    pub hash: OperationHash,
}

impl Document for Submitted {
    const FORMAT: Format = Format {
        what: "submitted operation",
        magic: *b"RPPQ",
        version: 1,
        max_bytes: Format::PREFIX_BYTES + Digest::BYTES,
    };

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let hash = OperationHash(r.digest("operation hash")?);
        Ok(Self { hash })
    }

    fn write(&self, w: &mut Writer) {
        w.digest(&self.hash.0);
    }
}
