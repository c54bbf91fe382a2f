//! `SetupError`: why a setup is refused, and which file of it.

use alloc::string::String;
use core::fmt;

use super::canonical::JsonFormError;
use super::fields::FieldError;
use super::minisign::{MinisignError, MinisignKeyError};
use super::role::Role;
use crate::codec::DecodeError;
use crate::lasting::Lasting;
use crate::signature::SignatureError;

/// Why a setup is refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{file}: {fault}")]
pub struct SetupError {
    /// The file that breaks a rule.
    pub file: SetupFileName,
    /// The rule.
    pub fault: SetupFault,
}

/// A file of a setup.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SetupFileName {
    /// The root file of a version.
    Root {
        /// The version.
        version: u32,
    },
    /// `circuits.json`.
    Circuits,
    /// `checkpoint.json`.
    Checkpoint,
    /// `chain.json`.
    Chain,
    /// The file of a circuit.
    Circuit {
        /// Its name and version, such as `consensus-1`.
        name: String,
    },
}

impl fmt::Display for SetupFileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root { version } => write!(f, "root.{version}.json"),
            Self::Circuits => f.write_str("circuits.json"),
            Self::Checkpoint => f.write_str("checkpoint.json"),
            Self::Chain => f.write_str("chain.json"),
            Self::Circuit { name } => write!(f, "{name}.json"),
        }
    }
}

/// The rule that a file of a setup breaks, in the order of the checks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupFault {
    /// It is longer than any of its kind.
    #[error("{got} bytes, at most {max} are read")]
    TooLong {
        /// Most bytes.
        max: usize,
        /// Its bytes.
        got: usize,
    },
    /// Its SHA-256 is not the one that is pinned or listed: it is another file.
    #[error("its SHA-256 is not the one that was pinned or listed: it is another file")]
    Digest,
    /// Its length is not the listed one.
    #[error("{got} bytes, but {expected} are listed")]
    Length {
        /// The listed bytes.
        expected: u64,
        /// Its bytes.
        got: u64,
    },
    /// Too few keys of the role have signed it. Where signatures came that do not count, the first of them says why.
    #[error("{got} of the {needed} {role} signatures that are needed{}", Because(*.first))]
    Signatures {
        /// The role.
        role: Role,
        /// How many keys have to sign.
        needed: u32,
        /// How many have signed.
        got: u32,
        /// Why the first of the others does not count.
        first: Option<SignatureFault>,
    },
    /// It is not in the canonical form.
    #[error(transparent)]
    Form(#[from] JsonFormError),
    /// It is a file of another type.
    #[error("a file of another type, expected {expected}")]
    Type {
        /// The type that was asked for.
        expected: &'static str,
    },
    /// It follows another version of the specification.
    #[error("specification {got}, expected {expected}: this program is too old or too new for it")]
    Spec {
        /// The version that this program reads.
        expected: u32,
        /// Its version.
        got: u64,
    },
    /// It is of another chain.
    #[error("of the chain {got}, expected {expected}")]
    Chain {
        /// The chain that was asked for.
        expected: u32,
        /// Its chain.
        got: u32,
    },
    /// What is signed is another version than it says.
    #[error("it says version {file}, but its signatures are of version {signed}")]
    SignedVersion {
        /// The version that it says.
        file: u32,
        /// The version that was signed.
        signed: u32,
    },
    /// Its version is 0, or above the highest that its keys can sign.
    #[error("version {got}, but versions of this file are 1 to {max}")]
    VersionRange {
        /// The highest version.
        max: u32,
        /// Its version.
        got: u32,
    },
    /// A version of `root.json` was left out: each names the keys that sign the next.
    #[error("version {got}, but {expected} comes next: no root may be skipped")]
    RootSkipped {
        /// The version that comes next.
        expected: u32,
        /// Its version.
        got: u32,
    },
    /// It is older than one that was verified before.
    #[error(
        "version {got}, but version {seen} was seen before: your provider is behind, or serves an old file"
    )]
    Rollback {
        /// The version that was verified before.
        seen: u32,
        /// Its version.
        got: u32,
    },
    /// It is older than `root.json` allows.
    #[error("version {got}, but the root allows none before {min}")]
    BelowMinimum {
        /// The lowest version.
        min: u32,
        /// Its version.
        got: u32,
    },
    /// Another file with this version was verified before.
    #[error(
        "another file was signed as version {version} before: its signers contradict themselves"
    )]
    TwoContents {
        /// The version of both.
        version: u32,
    },
    /// It is not valid any more.
    #[error(
        "it expired {} ago: ask its signers for a newer one, or your provider to serve it",
        Lasting(now.saturating_sub(*expires))
    )]
    Expired {
        /// When it expired, in milliseconds since the Unix epoch.
        expires: u64,
        /// The clock, in milliseconds since the Unix epoch.
        now: u64,
    },
    /// It was issued more than a day after the time that the clock shows.
    #[error("it was issued {} after the time that this clock shows: check the clock", Lasting(issued.saturating_sub(*now)))]
    IssuedAhead {
        /// When it was issued, in milliseconds since the Unix epoch.
        issued: u64,
        /// The clock, in milliseconds since the Unix epoch.
        now: u64,
    },
    /// It expires before it was issued, or is valid for longer than its role may sign.
    #[error("valid for {got} ms, but a {role} file is valid for at most {max} ms")]
    Lifetime {
        /// The role.
        role: Role,
        /// The longest time.
        max: u64,
        /// Its time; 0 if it expires before it is issued.
        got: u64,
    },
    /// What it says is invalid.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// There is no such file in what was answered.
    #[error("it is missing")]
    Missing,
}

/// Why a signature does not count, where one came.
struct Because(Option<SignatureFault>);

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(fault) => write!(f, "; one does not count: {fault}"),
            None => Ok(()),
        }
    }
}

/// Why a signature does not count.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureFault {
    /// One half of it is missing.
    #[error("its {half} half is missing")]
    HalfMissing {
        /// Which.
        half: &'static str,
    },
    /// The Ed25519 half is invalid.
    #[error(transparent)]
    Minisign(#[from] MinisignError),
    /// It is by a key that the root does not name.
    #[error("the root does not name the key that signed it")]
    UnknownKey,
    /// It is by a key of another role.
    #[error("it is by a key of the role {role}")]
    OtherRole {
        /// The role of the key.
        role: Role,
    },
    /// The same key has signed twice.
    #[error("a key that has signed already")]
    SignedTwice,
    /// The file of the hash-based half cannot be decoded.
    #[error("its hash-based half: {0}")]
    HashEncoding(DecodeError),
    /// The hash-based half is by another key than the one beside the Ed25519 key.
    #[error("its hash-based half is by another key")]
    HashKey,
    /// The hash-based half does not sign this file, version and role.
    #[error("its hash-based half: {0}")]
    Hash(SignatureError),
}

impl SignatureFault {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::HalfMissing { .. } => "setup-half-missing",
            Self::Minisign(error) => error.code(),
            Self::UnknownKey => "setup-unknown-key",
            Self::OtherRole { .. } => "setup-other-role",
            Self::SignedTwice => "setup-signed-twice",
            Self::HashEncoding(_) => "setup-hash-encoding",
            Self::HashKey => "setup-hash-key",
            Self::Hash(_) => "setup-hash-signature",
        }
    }
}

/// What is wrong with what a signed file says.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// Its fields are not those of its type.
    #[error(transparent)]
    Fields(#[from] FieldError),
    /// An Ed25519 key is invalid.
    #[error("a key: {0}")]
    Key(#[from] MinisignKeyError),
    /// A role has a key twice, or two keys that share a half.
    #[error("a role names a key twice")]
    KeyTwice,
    /// A key, or one half of it, has two roles.
    #[error("a key has two roles")]
    KeyInTwoRoles,
    /// A threshold is 0, or above the number of keys.
    #[error("{threshold} of {keys} keys have to sign")]
    Threshold {
        /// How many have to sign.
        threshold: u32,
        /// How many keys there are.
        keys: usize,
    },
    /// A role's lowest version is below that of the root before.
    #[error("the lowest version of {role} goes back from {before} to {got}")]
    MinimumLowered {
        /// The role.
        role: Role,
        /// The lowest version in the root before.
        before: u32,
        /// The lowest version here.
        got: u32,
    },
    /// A circuit or a released file is listed twice, or they are out of order.
    #[error("{what} are listed twice or out of order")]
    Order {
        /// What.
        what: &'static str,
    },
    /// A circuit is active for no height.
    #[error("version {version} of circuit {number} is active for no height")]
    NoHeights {
        /// Number of the circuit.
        number: u16,
        /// Its version.
        version: u32,
    },
    /// The limits of the chain are not those of this program.
    #[error(
        "{what} {got}, but this program has {expected}: it is too old or too new for the chain"
    )]
    Limits {
        /// Which limit.
        what: &'static str,
        /// That of this program.
        expected: u32,
        /// That of the file.
        got: u32,
    },
    /// The circuit has this number and version here, with other constants: two programs mean different things by it.
    #[error(
        "version {version} of circuit {number} is not what this program verifies by these numbers"
    )]
    CircuitDiffers {
        /// Number of the circuit.
        number: u16,
        /// Its version.
        version: u32,
    },
    /// The circuit is not listed.
    #[error("the circuit {circuit}, which this client needs, is not listed")]
    CircuitMissing {
        /// The circuit.
        circuit: &'static str,
    },
    /// The checkpoint is on another chain than the genesis, the one in `circuits.json`, or one that was taken before.
    #[error(
        "the checkpoint is on another chain: at height {height} it has another hash than the genesis, circuits.json or \
         a checkpoint that was seen before"
    )]
    OtherCheckpoint {
        /// The height of both.
        height: u32,
    },
    /// The checkpoint is behind the one in `circuits.json`, or one that was taken before: lower, or not later.
    #[error(
        "the checkpoint at height {got} is behind the one in circuits.json, or one that was seen before, at {min}"
    )]
    CheckpointBehind {
        /// Height of the other one.
        min: u32,
        /// Height of the checkpoint.
        got: u32,
    },
    /// `checkpoint.json` goes with a later version of another file: what is served beside it is out of date.
    #[error(
        "the checkpoint goes with version {min} of {role} or later, but version {got} is served: the provider \
         holds files back"
    )]
    OutOfDate {
        /// The role of the other file.
        role: Role,
        /// The lowest version that it goes with.
        min: u32,
        /// The version that is served.
        got: u32,
    },
    /// The header of a checkpoint is from after the file was issued.
    #[error("its header is from {timestamp_ms} ms, after the file was issued at {issued} ms")]
    CheckpointAhead {
        /// Time of the header.
        timestamp_ms: u64,
        /// When the file was issued.
        issued: u64,
    },
}

impl ContentError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Fields(error) => error.code(),
            Self::Key(error) => error.code(),
            Self::KeyTwice => "setup-key-twice",
            Self::KeyInTwoRoles => "setup-key-in-two-roles",
            Self::Threshold { .. } => "setup-threshold",
            Self::MinimumLowered { .. } => "setup-minimum-lowered",
            Self::Order { .. } => "setup-order",
            Self::NoHeights { .. } => "setup-no-heights",
            Self::Limits { .. } => "setup-limits",
            Self::CircuitDiffers { .. } => "setup-circuit-differs",
            Self::CircuitMissing { .. } => "setup-circuit-missing",
            Self::OtherCheckpoint { .. } => "setup-other-checkpoint",
            Self::CheckpointBehind { .. } => "setup-checkpoint-behind",
            Self::OutOfDate { .. } => "setup-out-of-date",
            Self::CheckpointAhead { .. } => "setup-checkpoint-ahead",
        }
    }
}

impl SetupFault {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "setup-too-long",
            Self::Digest => "setup-digest",
            Self::Length { .. } => "setup-length",
            Self::Signatures { first: None, .. } => "setup-too-few-keys",
            Self::Signatures {
                first: Some(fault), ..
            } => fault.code(),
            Self::Form(error) => error.code(),
            Self::Type { .. } => "setup-type",
            Self::Spec { .. } => "setup-spec",
            Self::Chain { .. } => "setup-chain",
            Self::SignedVersion { .. } => "setup-signed-version",
            Self::VersionRange { .. } => "setup-version-range",
            Self::RootSkipped { .. } => "setup-root-skipped",
            Self::Rollback { .. } => "setup-rollback",
            Self::BelowMinimum { .. } => "setup-below-minimum",
            Self::TwoContents { .. } => "setup-two-contents",
            Self::Expired { .. } => "setup-expired",
            Self::IssuedAhead { .. } => "setup-issued-ahead",
            Self::Lifetime { .. } => "setup-lifetime",
            Self::Content(error) => error.code(),
            Self::Missing => "setup-missing-file",
        }
    }
}

impl SetupError {
    /// Returns the stable code, the same in every language.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.fault.code()
    }
}
