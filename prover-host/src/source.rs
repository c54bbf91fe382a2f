//! `BlockSource`: where signed blocks come from.

use std::error::Error;
use std::sync::Arc;

use rpp_verifier::{Digest, Header, PublicKey, Signature, ValidatorSet};

/// A chain's node, as the prover sees it: the devnet is one, an operator's own node another.
pub trait BlockSource: Send + 'static {
    /// Why there is no next block.
    type Error: Error + Send + Sync + 'static;

    /// Returns the child of the block before, as soon as it is signed.
    ///
    /// It is called again when that block is saved, and not before. A block that was returned and
    /// not saved, because the process ended, is the first one after the next start.
    ///
    /// Dropped while it waits, it is not called again: the host is shutting down.
    fn next_block(&mut self) -> impl Future<Output = Result<SignedBlock, Self::Error>> + Send;
}

/// A block and all that its proof is made from.
#[derive(Clone, Debug)]
pub struct SignedBlock {
    /// The header.
    pub header: Header,
    /// The set that signs it.
    pub set: Arc<ValidatorSet>,
    /// The slot secret that the proposer showed.
    pub reveal: Digest,
    /// The votes for it, by increasing index.
    pub votes: Vec<Vote>,
}

/// One validator's vote.
#[derive(Clone, Debug)]
pub struct Vote {
    /// Index of the validator in the set.
    pub index: u32,
    /// Its key.
    pub public_key: PublicKey,
    /// Its signature of the vote message, at the leaf of the slot.
    pub signature: Signature,
}
