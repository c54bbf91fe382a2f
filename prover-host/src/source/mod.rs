//! `BlockSource`: where signed blocks come from, and what their proofs are made from.

#[cfg(feature = "devnet")]
mod devnet;

use std::error::Error;

use rpp_verifier::{Certificate, Header, ProofKey};

/// A chain's node, as the prover sees it: the devnet is one, an operator's own node another.
///
/// A node gives what a block's proofs are made from together with the block, as bytes, and may forget
/// it then: the host keeps both in one commit, so that every proof that is due can be made, however
/// often the host ends before.
pub trait BlockSource: Send + 'static {
    /// Why there is no next block.
    type Error: Error + Send + Sync + 'static;

    /// Returns the chain that the blocks are of.
    fn chain(&self) -> ChainInfo;

    /// Returns the signed child of `parent`, as soon as there is one.
    ///
    /// `parent` is the newest block that the host has saved. It may be asked for again: then the
    /// process ended before the child was saved, and the same child is to be returned.
    ///
    /// Dropped while it waits, it is not called again: the host is shutting down.
    fn child_of(
        &mut self,
        parent: &Header,
    ) -> impl Future<Output = Result<SourceBlock, Self::Error>> + Send;
}

/// A chain: its numbers, and the genesis header that binds them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChainInfo {
    /// The chain's number.
    pub chain_id: u32,
    /// Blocks in an epoch.
    pub epoch_length: u32,
    /// Milliseconds that are aimed for between two blocks.
    pub block_time_ms: u32,
    /// The genesis header.
    pub genesis: Header,
}

/// A signed block, and the proofs that are due for it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SourceBlock {
    /// The header.
    pub header: Header,
    /// Who signed it.
    pub certificate: Certificate,
    /// The proofs to make, each with its witness.
    pub due: Vec<DueProof>,
}

/// A proof to make.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DueProof {
    /// Which proof it is.
    pub key: ProofKey,
    /// What it is made from, in the encoding of its circuit.
    pub witness: Vec<u8>,
}
