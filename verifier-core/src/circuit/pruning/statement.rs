//! `PruningStatement`: what a proof of a range of headers is about.

use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use crate::chain::{Header, HeaderHash};
use crate::gadget::public_values::public_values;
use crate::hash::{Digest, Val, empty_nodes, u32_limbs};
use crate::limits::{HISTORY_DEPTH, MAX_PRUNED};
use crate::stark::{Statement, StatementFault};

/// "`headers` headers of this chain, 2^k of them and the first at a multiple of that, follow each other from the one at `start` to the
/// parent of the one at `end`. The history of the one at `end` is that of the one at `start` with exactly their hashes after it. Their operations' roots, in order, lead from
/// one fold to the other."
///
/// It is about the headers at both ends as [`PruningStatement::new`] takes it from them: a caller hashes both, and trusts the one at `end` for
/// other reasons. The limbs of a header between are those of a preimage that this one leads to, and are not checked again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PruningStatement {
    /// The chain.
    pub chain_id: u32,
    /// The height of the first header.
    pub start_height: u32,
    /// Its hash.
    pub start_hash: HeaderHash,
    /// Its history: all before it.
    pub start_history: Digest,
    /// The height of the header after the last one.
    pub end_height: u32,
    /// The hash of its parent, which is the last one.
    pub last_hash: HeaderHash,
    /// Its history: all up to the last one.
    pub end_history: Digest,
    /// The fold over the blocks before the first one.
    pub fold_before: Digest,
    /// The fold over those and the range.
    pub fold_after: Digest,
}

public_values! {
    /// The public values of [`PruningStatement`], each number but `last_index` and `path` as two limbs of 16 bits.
    pub struct PublicValues {
        /// Chain id.
        chain_id: [2],
        /// Height of the first header.
        start_height: [2],
        /// Its hash.
        start_hash: [8],
        /// Its history root.
        start_history: [8],
        /// Height of the header after the last.
        end_height: [2],
        /// Hash of the last.
        last_hash: [8],
        /// History root of the header after it.
        end_history: [8],
        /// The fold before.
        fold_before: [8],
        /// The fold after.
        fold_after: [8],
        /// How many headers there are, less one.
        last_index: [1],
        /// The subtree of that many vacant leaves.
        vacant: [8],
        /// The subtree's place in the history tree: its bits, lowest first, then [`END_OF_PATH`], then zeros.
        path: [33],
    }
}

/// What stands behind the last bit of a path: no bit.
pub(crate) const END_OF_PATH: u32 = 2;

impl PruningStatement {
    /// Number of public values.
    pub const PUBLIC_VALUES: usize = PublicValues::COUNT;

    /// Returns the statement about the headers from `start` on and before `end`, between two folds.
    ///
    /// # Errors
    ///
    /// [`PruningStatementError`].
    pub fn new(
        start: &Header,
        end: &Header,
        [fold_before, fold_after]: [Digest; 2],
    ) -> Result<Self, PruningStatementError> {
        if start.chain_id != end.chain_id {
            return Err(PruningStatementError::Chain);
        }
        let statement = Self {
            chain_id: start.chain_id,
            start_height: start.height,
            start_hash: start.hash(),
            start_history: start.history_root,
            end_height: end.height,
            last_hash: HeaderHash(end.parent_hash),
            end_history: end.history_root,
            fold_before,
            fold_after,
        };
        statement.level().ok_or(PruningStatementError::Range)?;
        if start.height == 0 && fold_before != Digest::ZERO {
            return Err(PruningStatementError::Fold);
        }
        Ok(statement)
    }

    /// Returns whether a proof can be about the headers from a height on and before another.
    #[must_use]
    pub fn is_range(start_height: u32, end_height: u32) -> bool {
        let headers = end_height.checked_sub(start_height);
        headers.is_some_and(|headers| {
            headers.is_power_of_two()
                && headers <= MAX_PRUNED
                && start_height.is_multiple_of(headers)
        })
    }

    /// Returns k of a range of 2^k headers from a multiple of that on; none of any other range.
    pub(super) fn level(&self) -> Option<u32> {
        let is_range = Self::is_range(self.start_height, self.end_height);
        is_range.then(|| (self.end_height - self.start_height).trailing_zeros())
    }

    /// Returns the subtree of as many vacant leaves.
    pub(super) fn vacant(&self) -> Digest {
        let (vacant, _) = empty_nodes::<HISTORY_DEPTH>();
        let level = self.level().and_then(|level| usize::try_from(level).ok());
        vacant
            .get(level.unwrap_or_default())
            .copied()
            .unwrap_or_default()
    }

    /// Returns the subtree's place: the bits of the height from its level on, the mark behind them, and zeros.
    pub(super) fn path(&self) -> [Val; 33] {
        let level = self.level().unwrap_or_default();
        let bits = 32_u32.saturating_sub(level);
        let mut all = 0..;
        core::array::from_fn(|_| match all.next().unwrap_or(u32::MAX) {
            bit if bit == bits => Val::new(END_OF_PATH),
            bit if bit < bits => Val::new(self.start_height >> (level + bit) & 1),
            _ => Val::ZERO,
        })
    }
}

/// V13: the range is none that a proof can be about.
const RANGE: StatementFault = StatementFault {
    code: "pruning-range",
    message: "the range is not of 2^k headers, at most 1,024, from a multiple of that on",
};

/// V13: nothing was folded before the genesis.
const FOLD: StatementFault = StatementFault {
    code: "pruning-fold",
    message: "the fold before the genesis is not zero",
};

impl Statement for PruningStatement {
    #[cfg(feature = "json")]
    type Document = super::PruningJson;

    #[cfg(feature = "json")]
    fn document(&self) -> super::PruningJson {
        self.into()
    }

    fn chain_id(&self) -> u32 {
        self.chain_id
    }

    fn check(&self) -> Result<(), StatementFault> {
        self.level().ok_or(RANGE)?;
        if self.start_height == 0 && self.fold_before != Digest::ZERO {
            return Err(FOLD);
        }
        Ok(())
    }

    fn public_values(&self) -> Vec<Val> {
        // Of no range, a statement is refused before its values are used.
        let level = self.level().unwrap_or_default();
        PublicValues {
            chain_id: u32_limbs(self.chain_id),
            start_height: u32_limbs(self.start_height),
            start_hash: self.start_hash.0.0,
            start_history: self.start_history.0,
            end_height: u32_limbs(self.end_height),
            last_hash: self.last_hash.0.0,
            end_history: self.end_history.0,
            fold_before: self.fold_before.0,
            fold_after: self.fold_after.0,
            last_index: [Val::new((1 << level) - 1)],
            vacant: self.vacant().0,
            path: self.path(),
        }
        .into_vec()
    }
}

/// Why two headers and two folds do not make a statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PruningStatementError {
    /// The headers are of two chains.
    #[error("the headers are of two chains")]
    Chain,
    /// The range is none that a proof can be about.
    #[error("the range is not of 2^k headers, at most 1,024, from a multiple of that on")]
    Range,
    /// Nothing was folded before the genesis.
    #[error("the fold before the genesis is not zero")]
    Fold,
}

impl PruningStatementError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Chain => "header-chain-id",
            Self::Range => RANGE.code,
            Self::Fold => FOLD.code,
        }
    }
}
