//! `Steps`: the points between two writes, so that a test can stop the devnet at each of them.

use std::fmt;
use std::sync::Arc;

/// A point between two writes of making and signing a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// The keys and the genesis of a new chain are drawn, and nothing is saved.
    GenesisDrawn,
    /// The new chain is saved.
    GenesisSaved,
    /// The set after the next one is made, with its new keys, and nothing of it is saved.
    SetDrawn,
    /// The set is saved, and the keys that it retires are erased.
    SetSaved,
    /// The header is decided, and nothing of it is saved.
    Proposed,
    /// The header is saved, and with it that each voter's leaf signs it and nothing else.
    ProposalSaved,
    /// The votes are made, and the keys are on disk as they were before.
    Signed,
    /// The keys are saved as they are after, and the log still holds them as they were before.
    StatesSaved,
    /// The log is empty, and the votes may go out.
    SecretsErased,
}

impl Step {
    /// Every step, in their order.
    pub const ALL: [Self; 9] = [
        Self::GenesisDrawn,
        Self::GenesisSaved,
        Self::SetDrawn,
        Self::SetSaved,
        Self::Proposed,
        Self::ProposalSaved,
        Self::Signed,
        Self::StatesSaved,
        Self::SecretsErased,
    ];
}

/// The devnet was stopped at a step, as if it had been killed there.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("stopped at the step {0:?}")]
pub struct Stopped(pub Step);

/// Who hears of each step, and may stop the devnet there; by default nobody.
#[derive(Clone, Default)]
pub struct Steps(Option<Arc<Watch>>);

type Watch = dyn Fn(Step) -> Result<(), Stopped> + Send + Sync;

impl Steps {
    /// Calls `watch` at each step; an error from it stops the devnet there.
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
