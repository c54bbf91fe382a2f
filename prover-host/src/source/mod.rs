//! `BlockSource`: where signed blocks come from, and what their proofs are made from.

#[cfg(feature = "devnet")]
mod devnet;

use std::error::Error;

use rpp_verifier::{Certificate, Header, ProofKey};
use tokio::sync::watch;

/// A chain's node, as the prover sees it: for example the devnet, or an operator's own node.
///
/// A node hands over the witnesses of a block's proofs together with the block, as bytes, and may
/// then forget them: the host stores both in one commit, so every proof that is due can be made,
/// however often the host is restarted first.
pub trait BlockSource: Send + 'static {
    /// Why there is no next block.
    type Error: Error + Send + Sync + 'static;

    /// Returns the chain that the blocks belong to.
    fn chain(&self) -> ChainInfo;

    /// Returns the signed child of `parent`, as soon as there is one.
    ///
    /// `parent` is the newest block that the host has saved. If the same parent is passed again,
    /// the child was not saved, or there was an error, and the same child must be returned.
    ///
    /// If the future is dropped while waiting, this is not called again: the host is shutting down.
    fn child_of(
        &mut self,
        parent: &Header,
    ) -> impl Future<Output = Result<SourceBlock, Self::Error>> + Send;

    /// Returns what [`BlockSource::child_of`] is waiting for, as it changes, where an operator has to know
    /// of it; `None` while nothing keeps the source. A host is not ready meanwhile.
    fn waits(&self) -> Option<watch::Receiver<Option<String>>> {
        None
    }

    /// Returns whether the same question may be answered later, without anybody mending anything: the
    /// disk is full, or the node is away. The host then asks again, and is not ready until it is.
    fn is_passing(error: &Self::Error) -> bool;
}

/// A chain: its numbers, and the genesis header that binds them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChainInfo {
    /// The chain's id.
    pub chain_id: u32,
    /// Blocks per epoch.
    pub epoch_length: u32,
    /// The target time between two blocks, in milliseconds.
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
