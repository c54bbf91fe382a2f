//! Why the parameters of a chain or its genesis were rejected: one variant per rule.

/// Why the parameters of a chain are invalid.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParamsError {
    /// An epoch needs at least two blocks: its last header names the next set, the others do not.
    #[error("an epoch has {got} blocks, at least {min} needed")]
    EpochLength {
        /// Minimum number of blocks in an epoch.
        min: u32,
        /// Number of blocks requested.
        got: u32,
    },
}

impl ParamsError {
    /// Returns the stable code, the same in every language and over HTTP.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EpochLength { .. } => "epoch-length",
        }
    }
}

/// Why a header is not the genesis of a chain, in the order of the checks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GenesisError {
    /// It does not have the chain's genesis hash.
    #[error("the header does not have the chain's genesis hash")]
    Hash,
    /// Its version is not supported.
    #[error("the genesis has an unsupported version")]
    Version,
    /// It belongs to another chain.
    #[error("the genesis is for another chain id")]
    ChainId,
    /// Its height, slot or proposer is not zero.
    #[error("the height, slot and proposer of a genesis must be zero")]
    Position,
    /// Its parent hash is not the hash of the chain parameters.
    #[error("the genesis was made for other chain parameters")]
    Params,
    /// It does not repeat its own set as the next one.
    #[error("the next validator set of the genesis differs from its own set")]
    NextSet,
    /// It has operations, votes or a history.
    #[error("a genesis must have no operations, no votes and no history")]
    NotEmpty,
}

impl GenesisError {
    /// Returns the stable code, the same in every language and over HTTP.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Hash => "genesis-hash",
            Self::Version => "genesis-version",
            Self::ChainId => "genesis-chain-id",
            Self::Position => "genesis-position",
            Self::Params => "genesis-params",
            Self::NextSet => "genesis-next-set",
            Self::NotEmpty => "genesis-not-empty",
        }
    }
}
