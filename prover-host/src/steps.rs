//! `Steps`: the points between two writes, so that a test can stop the host at each of them.

use std::fmt;
use std::sync::Arc;

/// A point between two writes of storing a block and its proofs, of retiring proofs, of pruning blocks, or of making a span of epochs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// The block is saved with its witnesses, and nobody has seen it.
    BlockSaved,
    /// The block is served as signed, and its operations still wait as well.
    BlockServed,
    /// The proof is made and verified, and nothing of it is saved.
    Proven,
    /// The proof is in its file, and no block lists it.
    ProofWritten,
    /// The block lists its proof, and nobody has seen it.
    ProofSaved,
    /// The block is served as proven.
    ProofServed,
    /// Operations are saved as waiting, and nobody was told.
    OperationSaved,
    /// Proofs are served no longer, and still saved.
    ProofsUnserved,
    /// They are saved as retired, and their files are there.
    RetiredSaved,
    /// The file of one of them is deleted.
    RetiredDeleted,
    /// The proof of a range of blocks is on disk and verified, and nothing says that they are pruned.
    RangeVerified,
    /// What is proven about them is served no longer, and still saved.
    RangeUnserved,
    /// It is saved that they are pruned, and they are there.
    RangeSaved,
    /// The operations of some of them are deleted.
    BodiesDeleted,
    /// The file of a proof about one of them is deleted.
    ProofDeleted,
    /// The proofs about some of them are saved no longer.
    ProofsForgotten,
    /// It is saved that nothing is left to delete of them.
    RangePruned,
    /// It is saved which epochs a span has, and nothing of it is made.
    SpanSaved,
}

impl Step {
    /// Every step of a block, in their order.
    pub const ALL: [Self; 6] = [
        Self::BlockSaved,
        Self::BlockServed,
        Self::Proven,
        Self::ProofWritten,
        Self::ProofSaved,
        Self::ProofServed,
    ];
    /// Every step of pruning a range of blocks, in their order.
    pub const PRUNING: [Self; 7] = [
        Self::RangeVerified,
        Self::RangeUnserved,
        Self::RangeSaved,
        Self::BodiesDeleted,
        Self::ProofDeleted,
        Self::ProofsForgotten,
        Self::RangePruned,
    ];
    /// Every step of making a span, in their order.
    pub const SPAN: [Self; 5] = [
        Self::SpanSaved,
        Self::Proven,
        Self::ProofWritten,
        Self::ProofSaved,
        Self::ProofServed,
    ];
    /// Every step of retiring proofs, in their order.
    pub const RETIRING: [Self; 3] = [
        Self::ProofsUnserved,
        Self::RetiredSaved,
        Self::RetiredDeleted,
    ];
}

/// The host was stopped at a step, as if it had been killed there.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("stopped at the step {0:?}")]
pub struct Stopped(pub Step);

/// Who hears of each step, and may stop the host there; by default nobody.
#[derive(Clone, Default)]
pub struct Steps(Option<Arc<Watch>>);

type Watch = dyn Fn(Step) -> Result<(), Stopped> + Send + Sync;

impl Steps {
    /// Calls `watch` at each step; an error from it stops the host there.
    pub fn watched(watch: impl Fn(Step) -> Result<(), Stopped> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(watch)))
    }

    pub(crate) fn reached(&self, step: Step) -> Result<(), Stopped> {
        self.0.as_ref().map_or(Ok(()), |watch| watch(step))
    }
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Steps").field(&self.0.is_some()).finish()
    }
}
