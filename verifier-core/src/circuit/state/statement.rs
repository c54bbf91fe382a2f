//! `StateStatement`: what a proof of a block's operations is about.

use alloc::vec::Vec;

use crate::chain::{Header, SetOpening, SetPath, Validator};
use crate::gadget::public_values::public_values;
use crate::hash::{Digest, Val, u32_limbs};
use crate::limits::MAX_VALIDATORS;
use crate::stark::Statement;

/// "The operations of `tx_root`, in their order, each valid on the root that the one before left, lead from
/// one root of the accounts to the other; their fees reach the account `proposer`, which exists; no value is
/// made or lost. There are at most 256 operations, and at most 16 of them are registrations."
///
/// It takes for granted that everything under `before` is a well-formed account, put there by the genesis or by
/// a block with such a proof. Of a root that holds anything else, nothing is said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StateStatement {
    /// The chain of the operations.
    pub chain_id: u32,
    /// The root of the accounts before the block.
    pub before: Digest,
    /// The root after it.
    pub after: Digest,
    /// The block's operations.
    pub tx_root: Digest,
    /// The account that the proposer's leaf in the validator set names.
    pub proposer: u32,
}

public_values! {
    /// The public values of [`StateStatement`], each number as two limbs of 16 bits.
    pub struct PublicValues {
        /// Chain id.
        chain_id: [2],
        /// Root of the accounts before.
        before: [8],
        /// Root of the accounts after.
        after: [8],
        /// The operations.
        tx_root: [8],
        /// The proposer's account.
        proposer: [2],
    }
}

impl StateStatement {
    /// Number of public values.
    pub const PUBLIC_VALUES: usize = PublicValues::COUNT;

    /// Returns the statement about the block of `header`, a child of `parent`, whose proposer is `validator`
    /// in the set that `set` opens.
    ///
    /// # Errors
    ///
    /// [`StateStatementError`]: trust in the header's hash is then not trust in what is given beside it.
    pub fn new(
        header: &Header,
        parent: &Header,
        set: &SetOpening,
        validator: &Validator,
        path: &SetPath,
    ) -> Result<Self, StateStatementError> {
        if parent.hash().0 != header.parent_hash {
            return Err(StateStatementError::ParentHash);
        }
        if set.set_root() != header.validator_set_root {
            return Err(StateStatementError::SetOpening);
        }
        // Above the most there can be, places repeat.
        let is_set = usize::try_from(set.n).is_ok_and(|n| n <= MAX_VALIDATORS);
        let is_member = is_set && header.proposer < set.n;
        if !is_member || path.root(validator.leaf(), header.proposer) != set.root {
            return Err(StateStatementError::Proposer);
        }
        Ok(Self {
            chain_id: header.chain_id,
            before: parent.state_root,
            after: header.state_root,
            tx_root: header.tx_root,
            proposer: validator.account,
        })
    }
}

impl Statement for StateStatement {
    #[cfg(feature = "json")]
    type Document = super::StateJson;

    #[cfg(feature = "json")]
    fn document(&self) -> super::StateJson {
        self.into()
    }

    fn chain_id(&self) -> u32 {
        self.chain_id
    }

    fn public_values(&self) -> Vec<Val> {
        PublicValues {
            chain_id: u32_limbs(self.chain_id),
            before: self.before.0,
            after: self.after.0,
            tx_root: self.tx_root.0,
            proposer: u32_limbs(self.proposer),
        }
        .into_vec()
    }
}

/// Why a header and what is given beside it do not make a statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StateStatementError {
    /// The parent does not hash to the header's parent hash.
    #[error("the parent does not hash to the header's parent hash")]
    ParentHash,
    /// The opening is not that of the header's validator-set root.
    #[error("the opening of the validator set does not hash to the header's root")]
    SetOpening,
    /// The validator is not the one at the header's proposer in the set.
    #[error("the validator is not the header's proposer")]
    Proposer,
}

impl StateStatementError {
    /// Returns the stable code; the same as that of a header rule where there is one.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ParentHash => "header-parent-hash",
            Self::SetOpening => "header-set-opening",
            Self::Proposer => "state-proposer",
        }
    }
}
