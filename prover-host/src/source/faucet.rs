//! `Faucet`: gives funds away, on a chain that is for trying things out.

use std::error::Error;
use std::pin::Pin;

use rpp_verifier::SignedOperation;

/// Gives funds away.
///
/// Whoever calls it puts the operation into the pool, as if a wallet had sent it.
pub trait Faucet: Send + Sync {
    /// Returns the number of the account that it gives from.
    fn account(&self) -> u32;

    /// Returns what each gift moves, in the chain's smallest unit.
    fn amount(&self) -> u64;

    /// Signs a transfer to the account `to`; leaf and message are on disk before it is signed.
    ///
    /// Each call uses up a nonce of the account, whether a block ever contains the transfer or not: check
    /// first that `to` exists.
    fn give(&self, to: u32) -> Gift<'_>;
}

/// A gift to come.
pub type Gift<'a> = Pin<Box<dyn Future<Output = Result<SignedOperation, FaucetError>> + Send + 'a>>;

/// Why a faucet gives nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaucetError {
    /// It has given as much as it may before the next block.
    #[error("the faucet has given as much as it may before the next block: try again after it")]
    Busy,
    /// Its key has signed with all of its leaves.
    #[error("the faucet has given all that its key can sign")]
    UsedUp,
    /// Its key cannot be saved; the same may work later if `is_passing`.
    #[error("the faucet cannot sign: {source}")]
    Unavailable {
        /// What is wrong.
        source: Box<dyn Error + Send + Sync>,
        /// Whether the same may work later, without anybody mending anything.
        is_passing: bool,
    },
}
