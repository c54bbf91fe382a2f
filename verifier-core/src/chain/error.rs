//! Why the parameters of a chain or its genesis were rejected: one variant for each rule.

/// Why numbers are no rules of a chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParamsError {
    /// An epoch's last header names the next set and another one does not.
    #[error("an epoch of {got} blocks, at least {min} needed")]
    EpochLength {
        /// Fewest blocks of an epoch.
        min: u32,
        /// Blocks asked for.
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
    /// It does not have the hash that names the chain.
    #[error("the genesis has another hash")]
    Hash,
    /// Its version is another one.
    #[error("the genesis has another version")]
    Version,
    /// It belongs to another chain.
    #[error("the genesis has another chain id")]
    ChainId,
    /// Its height, slot or proposer is not zero.
    #[error("the height, slot and proposer of a genesis are zero")]
    Position,
    /// Its parent hash is not the hash of the chain's rules.
    #[error("the genesis binds other rules")]
    Params,
    /// It does not repeat its set as the next one.
    #[error("the genesis names another next set")]
    NextSet,
    /// It has operations, votes or a history.
    #[error("a genesis has no operations, no votes and no history")]
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
