//! A released file, compared with the one that a setup pins.

use rpp_verifier::{FileDigest, Release, VerifiedSetup};

/// Why a file is not the one that a setup pins.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReleaseError {
    /// The setup pins no file of this name.
    #[error(
        "version {version} of the setup pins no {name}, so that it was compared with nothing; pinned are: {}",
        pinned.join(", ")
    )]
    NotPinned {
        /// The name.
        name: String,
        /// The version of the setup.
        version: u32,
        /// What it pins.
        pinned: Vec<String>,
    },
    /// It is another file.
    #[error(
        "what was given as {name} has SHA-256 {given}, but version {version} of the setup pins {pinned}: it is of another \
         release, or was changed"
    )]
    Differs {
        /// The name.
        name: String,
        /// SHA-256 of what was given.
        given: FileDigest,
        /// That of what the setup pins.
        pinned: FileDigest,
        /// The version of the setup.
        version: u32,
    },
}

impl ReleaseError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotPinned { .. } => "release-not-pinned",
            Self::Differs { .. } => "release-differs",
        }
    }
}

/// Checks that a file is the one that a setup pins under its name.
///
/// It shows nothing about what runs: whoever serves a page may serve another file to others.
///
/// # Errors
///
/// [`ReleaseError`].
pub fn check_release(setup: &VerifiedSetup, given: &Release) -> Result<(), ReleaseError> {
    let version = setup.version();
    let pinned = setup.releases();
    let Some(pinned) = pinned.iter().find(|pinned| pinned.name == given.name) else {
        return Err(ReleaseError::NotPinned {
            name: given.name.clone(),
            version,
            pinned: pinned.iter().map(|pinned| pinned.name.clone()).collect(),
        });
    };
    if pinned == given {
        return Ok(());
    }
    Err(ReleaseError::Differs {
        name: given.name.clone(),
        given: given.file.sha256,
        pinned: pinned.file.sha256,
        version,
    })
}
