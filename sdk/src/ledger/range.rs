//! Blocks that are proven to follow each other, whether or not anybody keeps them.

use rpp_verifier::{
    CIRCUITS, Key, MAX_PRUNED, Proof, ProofKey, RangeCircuit, RangeProof, Route, Subject,
    TrustedHeader, Verified, VerifiedRange,
};

use super::Ledger;
use super::history::check;
use crate::error::{AnswerError, Error};
use crate::transport::Transport;

impl<T: Transport> Ledger<'_, T> {
    /// The most blocks that [`Ledger::range`] is about.
    pub const MAX_RANGE: u32 = 65_536;

    /// Returns that the blocks from `first` to `last`, both included, follow each other, and what binds their operations: proven in ranges of
    /// 2^k blocks, at most 1,024, each of which leads to the next and the last one to a header that is trusted as [`Ledger::ancestor`] says. There has
    /// to be a block after `last`.
    ///
    /// Proofs are asked for one after the other, the highest first, and the provider makes those that are not there.
    ///
    /// # Errors
    ///
    /// [`Error::History`] and [`Error::AboveHead`] before anybody is asked; after [`Error::Claim`], [`Error::Verify`] and [`Error::Answer`] the
    /// provider lied, unless the error is transient. Until a proof is there the code is `provider-busy`, and the caller asks again.
    pub async fn range(&self, first: u32, last: u32) -> Result<VerifiedRange, Error> {
        check(first, last, Self::MAX_RANGE)?;
        let head = self.under.header().height;
        if last >= head {
            let height = last.saturating_add(1);
            return Err(Error::AboveHead { height, head });
        }
        let mut end = self.ancestor(last.saturating_add(1)).await?;
        let mut range: Option<VerifiedRange> = None;
        loop {
            let start = start(first, end.header().height);
            let (served, verified) = self.range_before(start, &end).await?;
            let whole = match range {
                None => end.range(&served.start, &verified)?,
                Some(later) => later.before(&served.start, &verified)?,
            };
            end = whole.start().clone();
            if end.header().height <= first {
                return Ok(whole);
            }
            range = Some(whole);
        }
    }

    /// Returns the range from a height to before a trusted header, and what its proof proves: that it begins where the provider says.
    async fn range_before(
        &self,
        first: u32,
        end: &TrustedHeader,
    ) -> Result<(RangeProof, Verified<RangeCircuit>), Error> {
        let chain_id = self.under.params().chain_id();
        let height = end.header().height;
        let key = self.keys.key::<RangeCircuit>(chain_id, height)?;
        let last = height.saturating_sub(1);
        let subject = Subject::Range { first, last };
        let circuit = Key::of::<RangeCircuit>(chain_id).circuit();
        let proof = self.requested(ProofKey { circuit, subject }).await?;
        let served: RangeProof = self.ask(&Route::Pruning { first, last }).await?;
        let (expected, got) = (first, served.start.height);
        if got != expected {
            return Err(AnswerError::OtherHeight { expected, got }.into());
        }
        let folds = [served.fold_before, served.fold_after];
        let statement = end.range_statement(&served.start, folds)?;
        let proof = Proof::from_bytes(&proof, &CIRCUITS)?;
        let verified = key.verify(statement, &proof)?;
        Ok((served, verified))
    }
}

/// Returns where the longest range before `end` starts that one proof can be about, not before `first`.
fn start(first: u32, end: u32) -> u32 {
    let most = end.saturating_sub(first).min(MAX_PRUNED);
    // A range starts at a multiple of its length, and so does the next one.
    let level = most
        .checked_ilog2()
        .unwrap_or_default()
        .min(end.trailing_zeros());
    end.saturating_sub(1 << level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_as_long_as_one_proof_can_be_about() {
        let starts = |first: u32, mut end: u32| {
            let mut starts = Vec::new();
            while end > first {
                end = start(first, end);
                starts.push(end);
            }
            starts
        };
        assert_eq!(starts(0, 1), [0]);
        assert_eq!(starts(0, 7), [6, 4, 0]);
        assert_eq!(starts(3, 8), [4, 3]);
        assert_eq!(starts(0, 3072), [2048, 1024, 0]);
        assert_eq!(starts(1023, 2050), [2048, 1024, 1023]);
        assert_eq!(starts(u32::MAX - 2, u32::MAX), [u32::MAX - 1, u32::MAX - 2]);
    }
}
