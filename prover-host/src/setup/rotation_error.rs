//! `RotationError`: why a setup cannot be changed.

use rpp_verifier::{MinisignKeyId, Role, SetupError};

/// Why a setup cannot be changed like that.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// A file is missing, or a client would refuse what it says.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The key is of another chain.
    #[error(
        "the key {key} is of chain {got}, and the setup of chain {expected}: ask its owner for one of that chain"
    )]
    OtherChain {
        /// The Ed25519 half.
        key: MinisignKeyId,
        /// The chain of the setup.
        expected: u32,
        /// That of the key.
        got: u32,
    },
    /// No role has the key.
    #[error("no role has the key {key}: `prover-host setup status` lists them")]
    UnknownKey {
        /// The Ed25519 half.
        key: MinisignKeyId,
    },
    /// The circuit is not listed.
    #[error(
        "circuits.json does not list {circuit}: give name and version, as `prover-host setup status` lists them"
    )]
    UnknownCircuit {
        /// The circuit.
        circuit: String,
    },
    /// The checkpoint is behind the present one.
    #[error(
        "the header at height {got} is behind that at {min}, which is there: checkpoints only move forward"
    )]
    Behind {
        /// Height of the present one.
        min: u32,
        /// Height of the other one.
        got: u32,
    },
    /// A root was to be left out.
    #[error(
        "clients walk from root to root, and none may be skipped: the next one has the next version, whatever its keys have signed"
    )]
    RootAbove,
    /// Versions were to be left out up to one that no key signs, or the last one.
    #[error(
        "--above {role}={above}: a {role} key signs no version above {max}, so that none would be left; give {} at most",
        max - 1
    )]
    Above {
        /// The role.
        role: Role,
        /// What was given.
        above: u32,
        /// Its last version.
        max: u32,
    },
    /// The file has no version left.
    #[error(
        "{role} has had its last version, {max}: replace all keys of the role, and begin a new setup"
    )]
    Exhausted {
        /// The role.
        role: Role,
        /// Its last version.
        max: u32,
    },
    /// Nothing changes.
    #[error("nothing is to be changed: see `prover-host setup rotate --help`")]
    Nothing,
}

impl RotationError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Setup(error) => error.code(),
            Self::OtherChain { .. } => "setup-chain",
            Self::UnknownKey { .. } => "setup-unknown-key",
            Self::UnknownCircuit { .. } => "setup-circuit-missing",
            Self::Behind { .. } => "setup-checkpoint-behind",
            Self::Above { .. } | Self::Exhausted { .. } => "setup-version-range",
            Self::RootAbove => "setup-root-skipped",
            Self::Nothing => "setup-nothing-to-change",
        }
    }
}
