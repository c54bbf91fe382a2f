//! What a signer gives: `Outgoing`, `SignerStatus`.

use rpp_verifier::{Digest, OperationHash, SignedOperation};

use super::super::contents::Contents;
use super::super::leaves::{Leaves, Standing};

/// An operation that is signed and stored, ready to be sent as often as needed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct Outgoing {
    signed: SignedOperation,
    hash: OperationHash,
    leaves: Leaves,
}

/// Where a signer stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SignerStatus {
    /// The chain of its key.
    pub chain_id: u32,
    /// The id of its key.
    pub key_id: Digest,
    /// The number of its account, once that was shown to it, or its owner named it.
    pub account: Option<u32>,
    /// What it knows about its own leaves.
    pub standing: Standing,
    /// How many leaves it has left.
    pub leaves: Leaves,
    /// The first leaf that was given to nothing; a restored key draws one from there on.
    pub next_leaf: u32,
    /// The nonce that this leaf signs, once an account was shown to it.
    pub next_nonce: Option<u32>,
    /// The operation that is under way.
    pub pending: Option<OperationHash>,
    /// The one that was under way before, and is settled or given up: whoever was cut off before they were told
    /// looks here.
    pub last: Option<OperationHash>,
}

impl Outgoing {
    pub(super) fn new(signed: SignedOperation, leaves: Leaves) -> Self {
        let hash = signed.hash();
        Self {
            signed,
            hash,
            leaves,
        }
    }

    /// Returns the bytes to send, the same each time.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.signed.to_bytes()
    }

    /// Returns the signed operation.
    #[must_use]
    pub const fn signed(&self) -> &SignedOperation {
        &self.signed
    }

    /// Returns the operation's hash, by which it is found in a block.
    #[must_use]
    pub const fn hash(&self) -> &OperationHash {
        &self.hash
    }

    /// Returns how many leaves the key has left after it: from nine tenths on, it is time for a new key.
    #[must_use]
    pub const fn leaves(&self) -> Leaves {
        self.leaves
    }
}

impl SignerStatus {
    pub(super) fn of(contents: &Contents) -> Self {
        Self {
            chain_id: contents.key.chain_id(),
            key_id: contents.key_id(),
            account: contents.account.index(),
            standing: contents.standing,
            leaves: contents.leaves(),
            next_leaf: contents.next_leaf(),
            next_nonce: contents.next_nonce(),
            pending: contents.pending(),
            last: contents.last,
        }
    }
}
