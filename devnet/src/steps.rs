//! `Steps`: the points between two writes, so that a test can stop the devnet at each of them.

use std::fmt;
use std::sync::Arc;

/// A point between two writes while a block is made and signed, or something is given away.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// The configuration of a new chain is saved, and none of its keys is drawn.
    ConfigSaved,
    /// A key of a new chain is saved.
    KeySaved,
    /// The genesis of a new chain is drawn, and nothing of it is saved yet.
    GenesisDrawn,
    /// The new chain is saved, but not yet how far it has signed.
    GenesisSaved,
    /// The set after the next one is made, with its new keys, and nothing of it is saved yet.
    SetDrawn,
    /// The set is saved, and the keys that it retires are erased.
    SetSaved,
    /// The header is decided, and nothing of it is saved yet.
    Proposed,
    /// The header is saved, together with the record that each voter's leaf signs it and nothing
    /// else.
    ProposalSaved,
    /// The file beside the database says that the header may be signed.
    Marked,
    /// The votes are made, but the keys on disk are still the old ones.
    Signed,
    /// The new keys are saved, but the log still holds the old ones.
    StatesSaved,
    /// The log is empty, and the votes may go out.
    SecretsErased,
    /// The file beside the database says that a leaf of the faucet may sign, and no message is saved.
    GiftMarked,
    /// It is saved what a leaf of the faucet signs.
    GiftSaved,
    /// The gift is signed, but the faucet's key on disk is still the old one.
    GiftSigned,
    /// The new key is saved, the log is empty, and the gift may go out.
    GiftErased,
}

impl Step {
    /// Every step of making and signing a block, in order.
    pub const ALL: [Self; 12] = [
        Self::ConfigSaved,
        Self::KeySaved,
        Self::GenesisDrawn,
        Self::GenesisSaved,
        Self::SetDrawn,
        Self::SetSaved,
        Self::Proposed,
        Self::ProposalSaved,
        Self::Marked,
        Self::Signed,
        Self::StatesSaved,
        Self::SecretsErased,
    ];
    /// Every step of giving, in order.
    pub const GIVING: [Self; 4] = [
        Self::GiftMarked,
        Self::GiftSaved,
        Self::GiftSigned,
        Self::GiftErased,
    ];
}

/// The devnet was stopped at a step, as if it had been killed there.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("stopped at the step {0:?}")]
pub struct Stopped(pub Step);

/// The observer of each step, which may stop the devnet there; none by default.
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
