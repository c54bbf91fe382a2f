//! The operations of a block: their root, and what they do one after the other.

use alloc::vec::Vec;

use super::{Accounts, BlockOperationsError, Operation, OperationHash, SignedOperation};
use crate::chain::tx_root;
use crate::hash::{Digest, MerklePath, MerkleTree};
use crate::limits::{MAX_OPERATIONS, MAX_REGISTRATIONS, TX_DEPTH};

/// A path in the tree of a block's operations.
pub type TxPath = MerklePath<TX_DEPTH>;

/// The tree over the operations of one block: at 0 to count − 1, all else vacant.
#[derive(Clone, Debug)]
pub struct TxTree {
    tree: MerkleTree<TX_DEPTH>,
    count: u32,
}

impl TxTree {
    /// Builds the tree over operations, in the order of their block.
    ///
    /// # Errors
    ///
    /// [`BlockOperationsError::TooMany`].
    pub fn new(operations: &[OperationHash]) -> Result<Self, BlockOperationsError> {
        let count = checked_count(operations.len())?;
        let leaves = operations.iter().map(|operation| operation.0);
        let tree = MerkleTree::new(leaves.collect::<Vec<_>>());
        Ok(Self { tree, count })
    }

    /// Returns what a header has as its `tx_root`.
    #[must_use]
    pub fn tx_root(&self) -> Digest {
        tx_root(self.count, &self.tree.root())
    }

    /// Returns how many operations there are.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Returns the path of the operation at `position`, below 256.
    #[must_use]
    pub fn path(&self, position: u32) -> TxPath {
        self.tree.path(position)
    }
}

impl OperationHash {
    /// Returns whether `path` proves that this is operation `position` of the `count` under a header's
    /// `tx_root`.
    #[must_use]
    pub fn is_in_block(&self, position: u32, path: &TxPath, count: u32, root: &Digest) -> bool {
        let possible = position < count && count <= MAX_OPERATIONS;
        possible && tx_root(count, &path.root(self.0, position)) == *root
    }
}

/// Returns the accounts after a block of operations whose fees go to the account `proposer`.
///
/// # Errors
///
/// The first rule that is broken, in the order of the variants of [`BlockOperationsError`].
pub fn apply_block(
    accounts: &Accounts,
    chain_id: u32,
    operations: &[SignedOperation],
    proposer: u32,
) -> Result<Accounts, BlockOperationsError> {
    checked_count(operations.len())?;
    let registrations = operations
        .iter()
        .filter(|signed| matches!(signed.operation, Operation::Register(_)));
    let got = registrations.count();
    let max = MAX_REGISTRATIONS;
    if u32::try_from(got).is_ok_and(|got| got > max) {
        return Err(BlockOperationsError::TooManyRegistrations { max, got });
    }
    let mut fees = 0_u128;
    let mut accounts = accounts.clone();
    for (position, signed) in operations.iter().enumerate() {
        let applied = accounts.apply(chain_id, signed);
        let applied =
            applied.map_err(|source| BlockOperationsError::Operation { position, source })?;
        fees += u128::from(applied.fee);
        accounts = applied.accounts;
    }
    accounts.with_fees(proposer, fees)
}

impl Accounts {
    /// B4, B5: returns the accounts after the fees of a block went to the account `proposer`, for whoever
    /// applies the block's operations one by one.
    ///
    /// # Errors
    ///
    /// [`BlockOperationsError::UnknownProposer`] or [`BlockOperationsError::ProposerFull`].
    pub fn with_fees(&self, proposer: u32, fees: u128) -> Result<Self, BlockOperationsError> {
        let index = proposer;
        let account = self.get(index);
        let account = account.ok_or(BlockOperationsError::UnknownProposer { index })?;
        let credited = u64::try_from(fees)
            .ok()
            .and_then(|fees| account.credited(fees));
        let credited = credited.ok_or(BlockOperationsError::ProposerFull { index })?;
        Ok(self.with(index, credited))
    }
}

fn checked_count(got: usize) -> Result<u32, BlockOperationsError> {
    let max = MAX_OPERATIONS;
    let count = u32::try_from(got).ok().filter(|&count| count <= max);
    count.ok_or(BlockOperationsError::TooMany { max, got })
}
