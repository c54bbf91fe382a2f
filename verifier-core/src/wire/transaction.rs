//! `TransactionStatus`: what `/v1/transactions/{hash}` serves.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::Document;
use super::document::{is_name, read_name, write_length};
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::hash::{Digest, MerklePath};
use crate::ledger::{OperationHash, SignedOperation, TxPath};
use crate::limits::{MAX_CODE_BYTES, MAX_OPERATION_BYTES, MAX_OPERATIONS, TX_DEPTH};

/// What became of an operation, by the word of a host.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one is made at a time, and most are of the largest kind"
)]
pub enum TransactionStatus {
    /// It waits for a block, which is no promise that one takes it.
    Pending {
        /// The operation.
        signed: SignedOperation,
        /// Height of the newest block when the host took it.
        height: u32,
    },
    /// A block has it: to be checked with [`OperationHash::is_in_block`].
    Included {
        /// The operation.
        signed: SignedOperation,
        /// Height of the block.
        height: u32,
        /// Its position there.
        position: u32,
        /// How many operations the block has.
        count: u32,
        /// Its path in the tree of them.
        path: TxPath,
    },
    /// A block has it, which the host has pruned: the operation itself is gone here, and what is left shows whoever has it that it was
    /// in the block.
    Pruned {
        /// The operation's hash.
        hash: OperationHash,
        /// Height of the block.
        height: u32,
        /// Its position there.
        position: u32,
        /// How many operations the block has.
        count: u32,
        /// Its path in the tree of them.
        path: TxPath,
    },
    /// The host took it, and then dropped it.
    Dropped {
        /// The operation's hash.
        hash: OperationHash,
        /// Height of the newest block when it was dropped.
        height: u32,
        /// Why.
        code: DropCode,
    },
}

const PENDING: u32 = 0;
const INCLUDED: u32 = 1;
const DROPPED: u32 = 2;
const PRUNED: u32 = 3;

impl TransactionStatus {
    /// Returns the hash of the operation.
    #[must_use]
    pub fn hash(&self) -> OperationHash {
        match self {
            Self::Pending { signed, .. } | Self::Included { signed, .. } => signed.hash(),
            Self::Pruned { hash, .. } | Self::Dropped { hash, .. } => *hash,
        }
    }
}

/// State and height, then the fields of the state.
impl Document for TransactionStatus {
    const FORMAT: Format = Format {
        what: "transaction",
        magic: *b"RPPZ",
        version: 1,
        max_bytes: Format::PREFIX_BYTES
            + 8
            + (4 + MAX_OPERATION_BYTES)
            + 8
            + TX_DEPTH * Digest::BYTES,
    };

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let state = r.u32_in(PENDING, PRUNED, "state")?;
        let height = r.u32("height")?;
        Ok(match state {
            PENDING => Self::Pending {
                signed: SignedOperation::read(r)?,
                height,
            },
            INCLUDED => Self::Included {
                signed: SignedOperation::read(r)?,
                height,
                position: r.u32_in(0, MAX_OPERATIONS - 1, "position")?,
                count: r.u32_in(1, MAX_OPERATIONS, "number of operations")?,
                path: MerklePath(r.digests("operation path")?),
            },
            PRUNED => Self::Pruned {
                hash: OperationHash(r.digest("operation hash")?),
                height,
                position: r.u32_in(0, MAX_OPERATIONS - 1, "position")?,
                count: r.u32_in(1, MAX_OPERATIONS, "number of operations")?,
                path: MerklePath(r.digests("operation path")?),
            },
            _ => Self::Dropped {
                hash: OperationHash(r.digest("operation hash")?),
                height,
                code: read_name(r, MAX_CODE_BYTES, "code")?,
            },
        })
    }

    fn write(&self, w: &mut Writer) {
        match self {
            Self::Pending { signed, height } => {
                w.u32(PENDING);
                w.u32(*height);
                signed.write(w);
            }
            Self::Included {
                signed,
                height,
                position,
                count,
                path,
            } => {
                w.u32(INCLUDED);
                w.u32(*height);
                signed.write(w);
                w.u32(*position);
                w.u32(*count);
                path.0.iter().for_each(|digest| w.digest(digest));
            }
            Self::Pruned {
                hash,
                height,
                position,
                count,
                path,
            } => {
                w.u32(PRUNED);
                w.u32(*height);
                w.digest(&hash.0);
                w.u32(*position);
                w.u32(*count);
                path.0.iter().for_each(|digest| w.digest(digest));
            }
            Self::Dropped { hash, height, code } => {
                w.u32(DROPPED);
                w.u32(*height);
                w.digest(&hash.0);
                write_length(w, code.0.len());
                w.bytes(code.0.as_bytes());
            }
        }
    }
}

/// The code of the rule by which a host dropped an operation, which a reader need not know.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct DropCode(String);

/// The text is not a code.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a code is 1 to {MAX_CODE_BYTES} lower-case letters, digits and hyphens")]
pub struct DropCodeError;

impl DropCode {
    /// Returns the code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DropCode {
    type Err = DropCodeError;

    fn from_str(text: &str) -> Result<Self, DropCodeError> {
        let is_code = is_name(text, MAX_CODE_BYTES);
        is_code.then(|| Self(text.to_owned())).ok_or(DropCodeError)
    }
}

impl fmt::Display for DropCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
