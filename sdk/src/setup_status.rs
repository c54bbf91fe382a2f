//! `SetupStatus`: who signed what, until when.

use rpp_verifier::{Envelope, MinisignKeyId, Role, RootFingerprint, SignedBy, VerifiedSetup};

/// The setup of a client: who signed what, until when.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SetupStatus {
    /// The version of the setup, which verdicts name: that of `circuits.json`.
    pub version: u32,
    /// Version and SHA-256 of `root.json`, to be compared with its signers by other ways.
    pub root: RootFingerprint,
    /// When the first of its files expires, in milliseconds since the Unix epoch.
    pub expires_ms: u64,
    /// Its files: `root.json`, `circuits.json` and `checkpoint.json`.
    pub files: [FileStatus; 3],
}

/// A signed file of a setup.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileStatus {
    /// The role whose keys sign it.
    pub role: Role,
    /// Its version.
    pub version: u32,
    /// When it was made, in milliseconds since the Unix epoch.
    pub issued_ms: u64,
    /// From when on it is not valid any more, in milliseconds since the Unix epoch.
    pub expires_ms: u64,
    /// How many keys have to sign.
    pub threshold: u32,
    /// The keys that have signed, as `minisign` prints them; empty for a root that was pinned as it is.
    pub signers: Vec<MinisignKeyId>,
}

impl From<&VerifiedSetup> for SetupStatus {
    fn from(setup: &VerifiedSetup) -> Self {
        Self {
            version: setup.version(),
            root: setup.root_fingerprint(),
            expires_ms: setup.expires(),
            files: setup.files().map(FileStatus::from),
        }
    }
}

impl From<SignedBy<'_>> for FileStatus {
    fn from(file: SignedBy<'_>) -> Self {
        let Envelope {
            version,
            issued,
            expires,
            ..
        } = file.envelope;
        Self {
            role: file.role,
            version,
            issued_ms: issued,
            expires_ms: expires,
            threshold: file.threshold,
            signers: file.signers.to_vec(),
        }
    }
}
