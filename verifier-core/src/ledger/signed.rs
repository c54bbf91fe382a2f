//! `SignedOperation`: an operation with the key and the signature that authorise it.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;

use super::{Operation, OperationHash};
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::limits::MAX_OPERATION_BYTES;
use crate::signature::{PublicKey, Signature};

/// An operation on one chain, as a wallet sends it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedOperation {
    /// The chain that it is for.
    pub chain_id: u32,
    /// What it does.
    pub operation: Operation,
    /// The key that signed.
    pub public_key: PublicKey,
    /// Its signature of the operation's hash.
    pub signature: Signature,
}

impl SignedOperation {
    const FORMAT: Format = Format {
        what: "operation",
        magic: *b"RPPO",
        version: 1,
        max_bytes: MAX_OPERATION_BYTES,
    };

    /// Returns the hash of the operation: the message that the key signs.
    #[must_use]
    pub fn hash(&self) -> OperationHash {
        self.operation.hash(self.chain_id)
    }

    /// Returns the encoding: magic, version, chain id, kind, the fields of the operation, public key,
    /// signature.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::open(&Self::FORMAT, MAX_OPERATION_BYTES);
        w.u32(self.chain_id);
        self.operation.write(&mut w);
        w.bytes(&self.public_key.to_bytes());
        w.bytes(&self.signature.to_bytes());
        w.finish()
    }

    /// Decodes what [`SignedOperation::to_bytes`] returns, and checks nothing else: only
    /// [`Accounts::apply`](super::Accounts::apply) says whether the operation is valid.
    ///
    /// # Errors
    ///
    /// The first rule of the encoding that is broken: [`DecodeError::OutOfRange`] if the kind is not 1
    /// to 3, or the leaf of a registration in no tree, or another [`DecodeError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::open(bytes, &Self::FORMAT)?;
        let chain_id = r.u32("chain_id")?;
        let operation = Operation::read(&mut r)?;
        Ok(Self {
            chain_id,
            operation,
            public_key: PublicKey::from_bytes(r.bytes(PublicKey::BYTES, "public_key")?)?,
            signature: Signature::from_bytes(r.rest())?,
        })
    }

    /// Takes what [`SignedOperation::write`] appends.
    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let most = u32::try_from(MAX_OPERATION_BYTES).unwrap_or(u32::MAX);
        let length = r.u32_in(0, most, "operation length")?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        Self::from_bytes(r.bytes(length, "operation")?)
    }

    /// Appends the length of the encoding, and the encoding.
    pub(crate) fn write(&self, w: &mut Writer) {
        let bytes = self.to_bytes();
        w.u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        w.bytes(&bytes);
    }
}
