//! `PoolRefusal`: why an operation may not wait.

use rpp_verifier::OperationError;

/// Why an operation may not wait.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PoolRefusal {
    /// It is not valid on the newest state, or not together with what waits of its account.
    #[error(transparent)]
    Invalid(OperationError),
    /// Another one waits with this account and nonce, by this key or for this number; or a change of key
    /// is involved, which replaces another one only if it pays a tenth more.
    #[error(
        "another operation of this account with this nonce waits, or a change of its key, which only another \
         one replaces that pays a tenth more, or another registration by this key or for this number"
    )]
    Conflict,
    /// There is no room.
    #[error("as many operations wait as this host keeps, in all or of this account")]
    Full,
}
