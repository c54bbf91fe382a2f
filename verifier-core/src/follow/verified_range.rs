//! `VerifiedRange`: blocks up to a trusted header whose operations one digest binds, though nobody may keep them.

use super::claim::ClaimError;
use super::{RangeCircuit, TrustedHeader};
use crate::chain::{Header, fold_block};
use crate::circuit::pruning::PruningStatement;
use crate::hash::Digest;
use crate::stark::{Key, Verified};

/// Blocks that follow each other up to a trusted header, and the fold of their operations' roots, proven in one range or in
/// several that meet; only [`TrustedHeader::range`] and [`VerifiedRange::before`] make one.
///
/// Nothing is said about who signed these headers, nor about the accounts: the trusted header names them as its history.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct VerifiedRange {
    start: TrustedHeader,
    end: TrustedHeader,
    fold_before: Digest,
    fold_after: Digest,
    proofs: u32,
}

impl TrustedHeader {
    /// Returns what has to be proven about the blocks from `start` to before this header, between two folds.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Range`].
    pub fn range_statement(
        &self,
        start: &Header,
        folds: [Digest; 2],
    ) -> Result<PruningStatement, ClaimError> {
        Ok(PruningStatement::new(start, self.header(), folds)?)
    }

    /// Returns the blocks from `start` to before this header as a range, if `verified` proves that.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Range`]; [`ClaimError::NotProven`] if `verified` is for another statement than [`TrustedHeader::range_statement`]
    /// makes, or under another key than that of the circuit for this chain.
    pub fn range(
        &self,
        start: &Header,
        verified: &Verified<RangeCircuit>,
    ) -> Result<VerifiedRange, ClaimError> {
        let proven = verified.statement();
        let folds = [proven.fold_before, proven.fold_after];
        let statement = self.range_statement(start, folds)?;
        let key = Key::of::<RangeCircuit>(self.header().chain_id);
        // A key with weaker parameters makes verified statements as well.
        if *proven != statement || *verified.key_digest() != key.digest() {
            return Err(ClaimError::NotProven);
        }
        Ok(VerifiedRange {
            start: self.also(start, statement.start_hash),
            end: self.clone(),
            fold_before: statement.fold_before,
            fold_after: statement.fold_after,
            proofs: 1,
        })
    }
}

impl VerifiedRange {
    /// Returns this range with the one from `start` to its own first block before it, if `verified` proves that one, up to the fold that
    /// this one starts from.
    ///
    /// # Errors
    ///
    /// As [`TrustedHeader::range`]; [`ClaimError::NotProven`] as well if that range ends at another fold.
    pub fn before(
        self,
        start: &Header,
        verified: &Verified<RangeCircuit>,
    ) -> Result<Self, ClaimError> {
        let earlier = self.start.range(start, verified)?;
        if earlier.fold_after != self.fold_before {
            return Err(ClaimError::NotProven);
        }
        Ok(Self {
            start: earlier.start,
            fold_before: earlier.fold_before,
            proofs: self.proofs.saturating_add(1),
            ..self
        })
    }

    /// Returns the header of the first block: it is trusted because the one at the end is.
    pub const fn start(&self) -> &TrustedHeader {
        &self.start
    }

    /// Returns the trusted header after the last block.
    pub const fn end(&self) -> &TrustedHeader {
        &self.end
    }

    /// Returns the fold over the blocks before the first one: zero where that is the genesis. Elsewhere the proofs show what it
    /// leads to, and not what led to it.
    #[must_use]
    pub const fn fold_before(&self) -> &Digest {
        &self.fold_before
    }

    /// Returns the fold over those and the range.
    #[must_use]
    pub const fn fold_after(&self) -> &Digest {
        &self.fold_after
    }

    /// Returns how many proofs show the range.
    #[must_use]
    pub const fn proofs(&self) -> u32 {
        self.proofs
    }

    /// Returns whether `tx_roots` are the roots over the operations of exactly these blocks, in order.
    #[must_use]
    pub fn has_operations(&self, tx_roots: &[Digest]) -> bool {
        let heights = self.start.header().height..self.end.header().height;
        let fold = heights
            .zip(tx_roots)
            .fold(self.fold_before, |fold, (height, root)| {
                fold_block(&fold, height, root)
            });
        let blocks = self
            .end
            .header()
            .height
            .abs_diff(self.start.header().height);
        u32::try_from(tx_roots.len()) == Ok(blocks) && fold == self.fold_after
    }
}
