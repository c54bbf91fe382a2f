//! `SignerError`: why a key of the setup did not sign.

use std::path::PathBuf;

use rpp_key_file::{KeyFileError, RandomError, SealError};
use rpp_verifier::{FileDigest, Role, SetupFault, SetupSignError};

use super::sign_steps::SignStopped;
use crate::files::FileError;

/// Why a key of the setup was not made or opened, or did not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// A file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The key file cannot be used.
    #[error("{}: {cause}", path.display())]
    KeyFile {
        /// The key file.
        path: PathBuf,
        /// What is wrong with it.
        cause: KeyFileError,
    },
    /// The system gives no random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// Something is there already.
    #[error("{} is there already, and no key is ever written over: choose another name", path.display())]
    Exists {
        /// What is there.
        path: PathBuf,
    },
    /// The name is that of a file beside another key.
    #[error(
        "{} ends in {ending}, as a file beside another key does, or one that somebody puts in its place: choose a name with \
         another ending, such as .key",
        path.display()
    )]
    Name {
        /// Where the key was to be made.
        path: PathBuf,
        /// How the name ends.
        ending: &'static str,
    },
    /// Another process has the key open.
    #[error("another process is using {}: wait until it is done", path.display())]
    InUse {
        /// The key file.
        path: PathBuf,
    },
    /// The key is not this process's any more: another one may have signed with it.
    #[error(
        "{} is not signed with any more: {why}. Nothing was signed; see that nobody else is using the key, then run the \
         command again",
        path.display()
    )]
    NotHeld {
        /// The key file.
        path: PathBuf,
        /// What shows it.
        why: &'static str,
    },
    /// The key file has another name as well.
    #[error(
        "{0} has another name as well, a hard link such as a backup makes, and each would sign without knowing of the other: \
         remove the other one; or make this one a file of its own with `cp -p {0} {0}.own` and `mv {0}.own {0}`, and keep the \
         other one as a backup that signs nothing",
        path.display()
    )]
    Linked {
        /// The key file.
        path: PathBuf,
    },
    /// Others can read the key file, or write it.
    #[error(
        "{0} is open to others than its owner, by its mode {mode:o}: run `chmod 600 {0}`; if they may have read it, replace \
         the key",
        path.display()
    )]
    Permissions {
        /// The key file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The key file is not the newest one: it may have signed what it does not know of.
    #[error(
        "{} may be an old copy: {why}. Two files signed as one version would let others sign a third. If it was restored \
         from a backup, get the newest setup that was published, and run `prover-host setup sign` on it with \
         --restored: the key then signs only versions above all of those; or replace the key",
        path.display()
    )]
    Restored {
        /// The key file.
        path: PathBuf,
        /// What shows it.
        why: &'static str,
    },
    /// The key has signed another file as this version.
    #[error(
        "this key has signed another file as version {version}, and signs each version once: put that file back, or \
         prepare version {next} on a copy of what is published now, with `prover-host setup rotate --above {role}={}`",
        next - 1
    )]
    VersionSigned {
        /// The role of the key.
        role: Role,
        /// The version.
        version: u32,
        /// The next one.
        next: u32,
    },
    /// The key has signed another root as this version.
    #[error(
        "this key has signed another draft of root.{version}.json, and signs each version once. No root may be skipped, so another \
         version does not help: find the draft whose SHA-256 is {sha256}, and have the others sign that one; a devnet has it in \
         .setup-root, beside its setup, or in .setup-prepared. If enough of them have, publish its folder with \
         `prover-host setup publish`, which keeps what was published meanwhile"
    )]
    RootSigned {
        /// The version.
        version: u32,
        /// SHA-256 of the one that was signed.
        sha256: FileDigest,
    },
    /// The key does not sign this version of the root any more.
    #[error(
        "this key signs no root before version {next} any more, and no root may be skipped: root.{version}.json needs \
         enough signatures of the other root keys; where they are too few, a new setup has to begin"
    )]
    RootPassed {
        /// The version of the file.
        version: u32,
        /// The first one that the key signs.
        next: u32,
    },
    /// The version is one that the key does not sign any more.
    #[error(
        "this key signs nothing before version {next} any more, and the file is version {version}: prepare a later one \
         on a copy of what is published now, with `prover-host setup rotate --above {role}={}`",
        next - 1
    )]
    VersionPassed {
        /// The role of the key.
        role: Role,
        /// The version of the file.
        version: u32,
        /// The first one that the key signs.
        next: u32,
    },
    /// The key has no version left.
    #[error("this key has no version left to sign: replace it with `prover-host setup rotate`")]
    Exhausted,
    /// The file is not one that the key signs.
    #[error("a {role} key of chain {chain_id} does not sign this file: {fault}")]
    Content {
        /// The role of the key.
        role: Role,
        /// Its chain.
        chain_id: u32,
        /// What is wrong with the file.
        fault: SetupFault,
    },
    /// One of the keys refuses.
    #[error(transparent)]
    Sign(#[from] SetupSignError),
    /// A test stopped it.
    #[error(transparent)]
    Stopped(#[from] SignStopped),
}

impl SignerError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::File(error) => error.code(),
            Self::KeyFile { cause, .. } => cause.code(),
            Self::Random(error) => error.code(),
            Self::Exists { .. } => "setup-key-exists",
            Self::Name { .. } => "setup-key-name",
            Self::InUse { .. } => "setup-key-in-use",
            Self::NotHeld { .. } => "setup-key-not-held",
            Self::Linked { .. } => "setup-key-linked",
            Self::Permissions { .. } => "setup-key-permissions",
            Self::Restored { .. } => "setup-key-restored",
            Self::VersionSigned { .. } | Self::RootSigned { .. } => "setup-key-version-signed",
            Self::VersionPassed { .. } | Self::RootPassed { .. } => "setup-key-version-passed",
            Self::Exhausted => "setup-key-exhausted",
            Self::Content { fault, .. } => fault.code(),
            Self::Sign(error) => error.code(),
            Self::Stopped(_) => "internal",
        }
    }

    pub(super) fn sealing(error: SealError, path: PathBuf) -> Self {
        match error {
            SealError::KeyFile(cause) => Self::KeyFile { path, cause },
            SealError::Random(error) => Self::Random(error),
        }
    }
}
