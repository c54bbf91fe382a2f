//! `Random`: where a wallet's random bytes come from.

/// A source of random bytes that nobody can foresee: keys, nonces and account numbers come from it.
pub trait Random {
    /// Fills `bytes`.
    ///
    /// # Errors
    ///
    /// [`RandomError`]; what is in `bytes` is then used for nothing.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// The system gives no random bytes.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the system gives no random bytes: {detail}")]
pub struct RandomError {
    /// The system's own message, for people.
    pub detail: String,
}

impl RandomError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "random-failed"
    }
}

/// The operating system's generator.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

#[cfg(not(target_arch = "wasm32"))]
impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(|e| RandomError {
            detail: e.to_string(),
        })
    }
}
