//! `SignerError`: why a signer did not sign.

use rpp_key_file::{KeyFileError, RandomError};
use rpp_verifier::{DecodeError, OperationHash, SignError};

use crate::store::StoreError;

/// Why a signer did not do what it was asked to. It returned no signature; what it reserved may be signed, and
/// sent, by another handle to its store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// The store cannot be read or written. Nothing was reserved, or settled.
    #[error("cannot {} the key file: {}", .0.action, .0.detail)]
    Store(#[from] StoreError),
    /// The store could not be read or written after the operation was chosen, or while it was settled or given up:
    /// that may be done or not. It may be signed, and sent, by whoever opens the store: [`pending`] and
    /// [`last`] tell.
    ///
    /// [`pending`]: super::Signer::pending
    /// [`last`]: super::SignerStatus::last
    #[error("cannot {} the key file, operation {operation} may be under way: {}", .cause.action, .cause.detail)]
    Interrupted {
        /// Its hash.
        operation: OperationHash,
        /// What the store said.
        #[source]
        cause: StoreError,
    },
    /// The key file cannot be used.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// There are no random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The key cannot sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The store holds no key.
    #[error("there is no key here: make one, or restore one")]
    NoKey,
    /// The store holds a key already, which would be lost.
    #[error("there is a key here already, which is not replaced")]
    Exists,
    /// Other handles to the store were quicker, again and again.
    #[error("another handle to this key is busy: try again")]
    Contended,
    /// An operation is under way. Send it again, until the account shows that it was taken, or give it up.
    #[error("operation {operation} is still under way: send it again, or give it up")]
    Pending {
        /// Its hash.
        operation: OperationHash,
    },
    /// The account shows what became of the operation that is under way. [`settle`](super::Signer::settle)
    /// with this account clears it; look whether it was taken before anything like it is signed again.
    #[error("operation {operation} is settled by this account: take note of that first")]
    Unsettled {
        /// Its hash.
        operation: OperationHash,
    },
    /// The operation was reserved, and then another handle went on: it may be signed, sent and taken. Signing
    /// again would do it twice.
    #[error(
        "another handle to this key went on with operation {operation}: look what became of it"
    )]
    Overtaken {
        /// Its hash.
        operation: OperationHash,
    },
    /// A change of key is under way. It can be [signed again](super::Signer::rekey_again), not given up.
    #[error("a change of key is under way: send it again, or sign it again with another fee")]
    RekeyPending,
    /// A registration is under way: a second one could make a second account. It ends once an account is shown at
    /// its number, this key's or another one's.
    #[error("a registration is under way: send it again until there is an account at its number")]
    RegistrationPending,
    /// What was named is not under way.
    #[error("this is not under way")]
    NothingPending,
    /// The leaf of this nonce has been given to another operation, or skipped.
    #[error("leaf {leaf} is used up, the next one is {next}")]
    LeafUsed {
        /// The leaf.
        leaf: u32,
        /// The first leaf that is free.
        next: u32,
    },
    /// The nonce is from before the account had this key.
    #[error("nonce {nonce} is from before the key, whose first is {first}")]
    NonceUsed {
        /// The nonce.
        nonce: u32,
        /// The key's first one.
        first: u32,
    },
    /// The leaf of this nonce is an eighth of all, or more, past the first that is free: those between would be lost.
    #[error("leaf {leaf} would skip too many, those below {end} can be chosen")]
    LeafAhead {
        /// The leaf.
        leaf: u32,
        /// Where the leaves end that can be chosen.
        end: u32,
    },
    /// The last leaves are kept for a change of key.
    #[error("the last leaves are kept to change the key, which {left} of them can do: do that")]
    RekeyOnly {
        /// How many changes of key the key can still sign.
        left: u32,
    },
    /// No leaf is left for this.
    #[error("the key has no leaf left for this")]
    Exhausted,
    /// The key comes from words or a copy, or another copy has signed: it can only be changed for a new one, at
    /// leaves of its own.
    #[error(
        "another copy of this key may have signed: all it can do is give the account a new key"
    )]
    Restored,
    /// The account is not known well enough to change a restored key: another copy may have done so since.
    #[error("the account is known as of {age_ms} ms ago, at most {max_ms} ms allowed")]
    StaleAccount {
        /// Age of the header that it was verified under.
        age_ms: u64,
        /// The largest age allowed.
        max_ms: u64,
    },
    /// The header that the account was verified under is ahead of the clock, which must then be wrong.
    #[error(
        "the account is known as of {ahead_ms} ms ahead of the clock, at most {max_ms} ms allowed"
    )]
    FutureAccount {
        /// How far it is ahead.
        ahead_ms: u64,
        /// The most that is allowed.
        max_ms: u64,
    },
    /// The new key is the present one.
    #[error("the new key is the present one")]
    SameKey,
    /// The account, or the new key, is of another chain.
    #[error("this is for chain {got}, the key for chain {expected}")]
    ChainId {
        /// The key's chain.
        expected: u32,
        /// The other chain.
        got: u32,
    },
    /// The key has no account yet.
    #[error("the key has no account yet: register one")]
    NoAccount,
    /// The key has an account already.
    #[error("the key has account {index} already")]
    Registered {
        /// The account's number.
        index: u32,
    },
    /// A restored key does not know which account is its own: anybody can give an account any key.
    #[error("which account is the key's has to be named: it was written down with the words")]
    AccountUnnamed,
    /// Account and key agree, but nothing shows that this is the account that the key signs for: anybody can
    /// give an account any key. Its owner can [say so](super::Signer::vouch_for_account).
    #[error("nothing shows that account {index} is the one that the key signs for")]
    AccountUnproven {
        /// The account's number.
        index: u32,
    },
    /// This is another account than the key's.
    #[error("account {got} is not the key's, which is {expected}")]
    OtherAccount {
        /// The key's account.
        expected: u32,
        /// The other one.
        got: u32,
    },
    /// Another key signs for the account.
    #[error("as of block {height}, another key signs for account {index}")]
    OtherKey {
        /// The account.
        index: u32,
        /// The height that it is known at.
        height: u32,
    },
    /// The account does not hold amount and fee.
    #[error("the balance is {balance}, amount and fee are {needed}")]
    Balance {
        /// What the account holds, in the chain's smallest unit.
        balance: u64,
        /// Amount and fee together.
        needed: u128,
    },
    /// No nonce is left.
    #[error("the account has no nonce left")]
    NoncePastEnd,
}

impl SignerError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Store(cause) | Self::Interrupted { cause, .. } => cause.code(),
            Self::KeyFile(error) => error.code(),
            Self::Random(error) => error.code(),
            Self::Sign(error) => error.code(),
            Self::NoKey => "signer-no-key",
            Self::Exists => "signer-exists",
            Self::Contended => "signer-contended",
            Self::Pending { .. } => "signer-pending",
            Self::Unsettled { .. } => "signer-unsettled",
            Self::Overtaken { .. } => "signer-overtaken",
            Self::RekeyPending => "signer-rekey-pending",
            Self::RegistrationPending => "signer-registration-pending",
            Self::NothingPending => "signer-nothing-pending",
            Self::LeafUsed { .. } => "signer-leaf-used",
            Self::NonceUsed { .. } => "signer-nonce-used",
            Self::LeafAhead { .. } => "signer-leaf-ahead",
            Self::RekeyOnly { .. } => "signer-rekey-only",
            Self::Exhausted => "signer-exhausted",
            Self::Restored => "signer-restored",
            Self::StaleAccount { .. } => "signer-stale-account",
            Self::FutureAccount { .. } => "signer-future-account",
            Self::SameKey => "signer-same-key",
            Self::ChainId { .. } => "signer-chain-id",
            Self::NoAccount => "signer-no-account",
            Self::Registered { .. } => "signer-registered",
            Self::AccountUnnamed => "signer-account-unnamed",
            Self::AccountUnproven { .. } => "signer-account-unproven",
            Self::OtherAccount { .. } => "signer-other-account",
            Self::OtherKey { .. } => "signer-other-key",
            Self::Balance { .. } => "signer-balance",
            Self::NoncePastEnd => "signer-nonce-past-end",
        }
    }
}

impl SignerError {
    /// Returns the operation that is under way, or may be: whoever lost an answer looks what became of it before
    /// anything like it is signed.
    #[must_use]
    pub const fn operation(&self) -> Option<&OperationHash> {
        match self {
            Self::Interrupted { operation, .. }
            | Self::Pending { operation }
            | Self::Unsettled { operation }
            | Self::Overtaken { operation } => Some(operation),
            _ => None,
        }
    }

    /// Names what may be under way where the store fails.
    pub(super) fn about(self, operation: Option<OperationHash>) -> Self {
        match (self, operation) {
            (Self::Store(cause), Some(operation)) => Self::Interrupted { operation, cause },
            (error, _) => error,
        }
    }
}

impl From<DecodeError> for SignerError {
    fn from(error: DecodeError) -> Self {
        Self::KeyFile(error.into())
    }
}
