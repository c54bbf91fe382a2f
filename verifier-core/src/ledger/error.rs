//! Why operations, blocks of them, and lists of accounts are refused.

use crate::signature::SignatureError;

/// Why an operation is not valid on a root: one variant per rule, in the order of the checks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// O1: the operation is for another chain.
    #[error("the operation is for chain {got}, not for chain {expected}")]
    ChainId {
        /// The chain that it was applied on.
        expected: u32,
        /// The chain that it names.
        got: u32,
    },
    /// O2: the account that signs does not exist.
    #[error("there is no account {index}")]
    UnknownAccount {
        /// Its number.
        index: u32,
    },
    /// O2, of a registration: the account exists already.
    #[error("account {index} is taken: draw another number, and sign with the next leaf")]
    Taken {
        /// Its number.
        index: u32,
    },
    /// O3: the key is not the account's, or not the one that the registration names.
    #[error("the key that signed is not that of account {index}")]
    Key {
        /// The account.
        index: u32,
    },
    /// O4: the nonce is below the account's.
    #[error("nonce {got} is used up, the account's next is {next}")]
    NonceUsed {
        /// The account's nonce.
        next: u32,
        /// The operation's nonce.
        got: u32,
    },
    /// O5: no nonce could follow.
    #[error("nonce {got} is above {max}, the last one")]
    NoncePastEnd {
        /// The largest nonce of an operation.
        max: u32,
        /// The operation's nonce.
        got: u32,
    },
    /// O6: the account does not hold amount and fee.
    #[error("the balance is {balance}, amount and fee are {needed}")]
    Balance {
        /// What the account holds.
        balance: u64,
        /// Amount and fee together.
        needed: u128,
    },
    /// O7: the account that receives does not exist.
    #[error("there is no account {index} to receive")]
    UnknownReceiver {
        /// Its number.
        index: u32,
    },
    /// O8: the receiver's balance would not fit in 64 bits.
    #[error("account {index} cannot hold that much")]
    ReceiverFull {
        /// The receiver.
        index: u32,
    },
    /// O9: the signature does not verify at the leaf of the nonce.
    #[error("at leaf {leaf}: {source}")]
    Signature {
        /// The leaf that has to sign.
        leaf: u32,
        /// What is wrong with the signature.
        source: SignatureError,
    },
}

impl OperationError {
    /// Returns the stable code, the same in every language and over HTTP.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ChainId { .. } => "operation-chain-id",
            Self::UnknownAccount { .. } => "operation-unknown-account",
            Self::Taken { .. } => "operation-taken",
            Self::Key { .. } => "operation-key",
            Self::NonceUsed { .. } => "operation-nonce-used",
            Self::NoncePastEnd { .. } => "operation-nonce-past-end",
            Self::Balance { .. } => "operation-balance",
            Self::UnknownReceiver { .. } => "operation-unknown-receiver",
            Self::ReceiverFull { .. } => "operation-receiver-full",
            Self::Signature { source, .. } => source.code(),
        }
    }
}

/// Why a list of operations is not the body of a block: one variant per rule, in the order of the
/// checks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockOperationsError {
    /// B1: there are too many operations.
    #[error("{got} operations, at most {max} allowed")]
    TooMany {
        /// Most operations allowed.
        max: u32,
        /// Operations given.
        got: usize,
    },
    /// B2: there are too many registrations.
    #[error("{got} registrations, at most {max} allowed")]
    TooManyRegistrations {
        /// Most registrations allowed.
        max: u32,
        /// Registrations given.
        got: usize,
    },
    /// B3: an operation is not valid on the root that the one before it left.
    #[error("operation {position}: {source}")]
    Operation {
        /// Its place in the block.
        position: usize,
        /// The rule that it breaks.
        source: OperationError,
    },
    /// B4: the proposer's account does not exist.
    #[error("there is no account {index} to take the fees")]
    UnknownProposer {
        /// Its number.
        index: u32,
    },
    /// B5: the proposer's balance would not fit in 64 bits.
    #[error("account {index} cannot hold the fees")]
    ProposerFull {
        /// The proposer's account.
        index: u32,
    },
}

impl BlockOperationsError {
    /// Returns the stable code; that of the operation's rule if it is about one.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooMany { .. } => "block-operations",
            Self::TooManyRegistrations { .. } => "block-registrations",
            Self::Operation { source, .. } => source.code(),
            Self::UnknownProposer { .. } => "block-unknown-proposer",
            Self::ProposerFull { .. } => "block-proposer-full",
        }
    }
}

/// Why a list of accounts is not the state of a genesis.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SupplyError {
    /// Two accounts have one number.
    #[error("account {index} is listed twice")]
    Twice {
        /// The number.
        index: u32,
    },
    /// An account's key would have signed nonces that it has not reached.
    #[error("account {index} has a key offset above its nonce")]
    KeyOffset {
        /// The account.
        index: u32,
    },
    /// The sum of the balances does not fit in 64 bits.
    #[error("the balances do not sum to a number of 64 bits")]
    Overflow,
}

impl SupplyError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Twice { .. } => "supply-twice",
            Self::KeyOffset { .. } => "supply-key-offset",
            Self::Overflow => "supply-overflow",
        }
    }
}
