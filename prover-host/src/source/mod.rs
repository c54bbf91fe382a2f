//! `BlockSource`: where signed blocks come from, and what their proofs are made from.

#[cfg(feature = "devnet")]
mod devnet;
mod faucet;
mod on_request;

use std::error::Error;
use std::sync::Arc;

use rpp_verifier::{
    Accounts, Bitmap, Certificate, Header, MAX_OPERATIONS, MAX_REGISTRATIONS, ProofKey, SetPath,
    SignedOperation, Validator, ValidatorSet,
};
use tokio::sync::watch;

pub use self::faucet::{Faucet, FaucetError, Gift};
pub use self::on_request::OnRequest;

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

    /// Returns the accounts that the chain starts with: their root is the `state_root` of the genesis.
    fn genesis_accounts(&self) -> Accounts;

    /// Returns the signed child of `parent`, as soon as there is one.
    ///
    /// `state` holds the accounts after `parent`: a source refuses others than those of
    /// `parent.state_root`. From `pool` it takes what the block is to contain, when it decides the
    /// block and not before. It applies each operation itself and leaves out what `state` does not
    /// allow, whatever the pool says of it.
    ///
    /// `parent` is the newest block that the host has saved. If the same parent is passed again,
    /// the child was not saved, or there was an error, and the same child must be returned.
    ///
    /// If the future is dropped while waiting, this is not called again: the host is shutting down.
    fn child_of(
        &mut self,
        parent: &Header,
        state: &Accounts,
        pool: &dyn Candidates,
    ) -> impl Future<Output = Result<SourceBlock, Self::Error>> + Send;

    /// Returns what gives funds away, where the chain has one.
    fn faucet(&self) -> Option<Arc<dyn Faucet>> {
        None
    }

    /// Returns what [`BlockSource::child_of`] is waiting for, as it changes, where an operator has to know
    /// of it; `None` while nothing keeps the source. A host is not ready meanwhile.
    fn waits(&self) -> Option<watch::Receiver<Option<String>>> {
        None
    }

    /// Returns whether the same question may be answered later, without anybody mending anything: the
    /// disk is full, or the node is away. The host then asks again, and is not ready until it is.
    fn is_passing(error: &Self::Error) -> bool;
}

/// Operations that wait for a block.
///
/// The host keeps them, since wallets send them to the host.
pub trait Candidates: Send + Sync {
    /// Returns operations for one block, at most as many as it has room for: the best first, but those
    /// of one account by increasing nonce. They stay where they are until a block contains them.
    fn best(&self, room: BlockRoom) -> Vec<Arc<SignedOperation>>;
}

/// How many operations a block has room for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BlockRoom {
    /// All operations, registrations among them.
    pub operations: u32,
    /// Registrations, which pay nothing.
    pub registrations: u32,
}

impl BlockRoom {
    /// What the rules of a chain allow: B1 and B2.
    pub const EMPTY_BLOCK: Self = Self {
        operations: MAX_OPERATIONS,
        registrations: MAX_REGISTRATIONS,
    };
}

/// No operations, for a chain that has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCandidates;

impl Candidates for NoCandidates {
    fn best(&self, _: BlockRoom) -> Vec<Arc<SignedOperation>> {
        Vec::new()
    }
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

#[cfg(test)]
impl ChainInfo {
    /// Returns a chain whose genesis holds nothing.
    pub(crate) fn example() -> Self {
        let (chain_id, epoch_length, zero) = (1, 4, rpp_verifier::Digest::ZERO);
        Self {
            chain_id,
            epoch_length,
            block_time_ms: 1,
            genesis: rpp_verifier::genesis(chain_id, epoch_length, 0, zero, zero, zero),
        }
    }
}

/// A signed block, and the proofs that are due for it.
#[derive(Clone, Debug)]
pub struct SourceBlock {
    /// The header.
    pub header: Header,
    /// Who signed it.
    pub certificate: Certificate,
    /// The set that signs it.
    pub set: Arc<ValidatorSet>,
    /// Who voted for its parent, as the header says.
    pub parent_votes: Bitmap,
    /// The operations, in the order of the header's `tx_root`.
    pub operations: Vec<SignedOperation>,
    /// Who proposed it, and so which account gets the fees.
    pub proposer: ProposerSeat,
    /// The proofs to make, each with its witness. Of those about the block, the one whose circuit has the
    /// lowest number shows that it was signed: it alone moves the head.
    pub due: Vec<DueProof>,
}

/// The member of a validator set that proposed a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ProposerSeat {
    /// The member.
    pub validator: Validator,
    /// Its path in the tree of the set, at the header's `proposer`.
    pub path: SetPath,
}

/// A proof to make.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DueProof {
    /// Which proof it is.
    pub key: ProofKey,
    /// What it is made from, in the encoding of its circuit.
    pub witness: Vec<u8>,
}
