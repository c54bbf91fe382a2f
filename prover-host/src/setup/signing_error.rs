//! `SigningError`: why a folder is not signed.

use rpp_verifier::{FileDigest, MinisignKeyId, Role, SetupError, SetupFileName};

use super::signer_error::SignerError;
use super::status::Date;
use crate::files::FileError;

/// Why a folder is not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// A file of the setup is missing, or not one.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The key does not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// A signature cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The root does not name the key.
    #[error(
        "root.{root}.json does not name {key} as a {role} key: add its .pub file with `prover-host setup rotate --add-key`, \
         or sign with another key"
    )]
    NotNamed {
        /// The key.
        key: MinisignKeyId,
        /// Its role.
        role: Role,
        /// The version of the newest root.
        root: u32,
    },
    /// It is not one of the files that the signer has agreed to sign.
    #[error(
        "{file} has SHA-256 {sha256}, which is none of those given with --expect: compare it with the other signers before you \
         sign it"
    )]
    NotExpected {
        /// The file.
        file: SetupFileName,
        /// Its SHA-256.
        sha256: FileDigest,
    },
    /// A file that the signer has agreed to sign is not there.
    #[error(
        "no file in the folder has SHA-256 {sha256}, which was given with --expect: it is not the folder that was compared, or the \
         digest is mistyped. Nothing was signed"
    )]
    ExpectedMissing {
        /// The SHA-256.
        sha256: FileDigest,
    },
    /// The file was issued by a clock that was ahead.
    #[error(
        "{file} was issued on {}, more than a day after what the clock of this machine shows. If that is right, clients refuse the \
         file, and no root may be skipped: prepare it again, on a machine whose clock is right. If it is this clock that is \
         behind, sign with --clock-behind",
        Date(*issued)
    )]
    IssuedAhead {
        /// The file.
        file: SetupFileName,
        /// When it was issued, in milliseconds since the Unix epoch.
        issued: u64,
    },
    /// The version is far above the last one that the key has signed.
    #[error(
        "{file} is version {version}, but the last one that this key knows of is {last}. Each version is signed once, and \
         whoever signs the last one ends the role: see that version {} was published, then say so with --above {}",
        version - 1, most.min(&(version - 1))
    )]
    Leap {
        /// The file.
        file: SetupFileName,
        /// Its version.
        version: u32,
        /// The last one that the key has signed, or is said to have been published.
        last: u32,
        /// The most that may be said to have been published.
        most: u32,
    },
    /// So many versions are said to have been published that few are left.
    #[error(
        "--above {above} leaves few of the {max} versions that a {role} key has, so that a typing error would end the role: \
         give {most} at most; a role that is so far along needs a new setup"
    )]
    Above {
        /// The role.
        role: Role,
        /// What was given.
        above: u32,
        /// The most that may be given.
        most: u32,
        /// The last version of the role.
        max: u32,
    },
    /// A draft of a root is in the folder, which the key could not sign any more.
    #[error(
        "with --restored, this key gives up version {version} of the root for good, but not enough keys have signed \
         root.{version}.json yet, and no root may be skipped: run it with --restored on the newest setup that was \
         published, and sign this one after that; if the lost copy may have signed another draft of it, replace the key"
    )]
    RestoredOnDraft {
        /// The version of the draft.
        version: u32,
    },
}

impl SigningError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Setup(error) => error.code(),
            Self::Signer(error) => error.code(),
            Self::File(error) => error.code(),
            Self::NotNamed { .. } => "setup-unknown-key",
            Self::NotExpected { .. } => "setup-not-expected",
            Self::ExpectedMissing { .. } => "setup-expected-missing",
            Self::IssuedAhead { .. } => "setup-issued-ahead",
            Self::Leap { .. } => "setup-version-leap",
            Self::Above { .. } => "setup-above",
            Self::RestoredOnDraft { .. } => "setup-restored-on-draft",
        }
    }
}
