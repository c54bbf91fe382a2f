//! `SignSteps`: the points between two writes of signing, so that a test can stop a signer at each of them.

use std::fmt;
use std::sync::Arc;

/// A point between two writes of signing a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignStep {
    /// Version and SHA-256 are in the key file.
    Reserved,
    /// They are in the log as well, and nothing is signed.
    Logged,
    /// The file is signed, and the key file still has the secret of its version.
    Signed,
    /// The key file has the signature, and not the secret; nobody has seen the signature.
    Saved,
}

impl SignStep {
    /// Every step, in their order.
    pub const ALL: [Self; 4] = [Self::Reserved, Self::Logged, Self::Signed, Self::Saved];
}

/// The signer was stopped at a step, as if it had been killed there.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("stopped at the step {0:?}")]
pub struct SignStopped(pub SignStep);

/// Who hears of each step, and may stop the signer there; by default nobody.
#[derive(Clone, Default)]
pub struct SignSteps(Option<Arc<Watch>>);

type Watch = dyn Fn(SignStep) -> Result<(), SignStopped> + Send + Sync;

impl SignSteps {
    /// Calls `watch` at each step; an error from it stops the signer there.
    pub fn watched(
        watch: impl Fn(SignStep) -> Result<(), SignStopped> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(watch)))
    }

    pub(super) fn reached(&self, step: SignStep) -> Result<(), SignStopped> {
        self.0.as_ref().map_or(Ok(()), |watch| watch(step))
    }
}

impl fmt::Debug for SignSteps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SignSteps").field(&self.0.is_some()).finish()
    }
}
