//! The signed setup: what is verified, on which chain, and who says so.
//!
//! STARKs need no ceremony. What a client needs to know is which circuits count, with which constants, and which chain
//! it follows from where. Three files say so, each signed by the keys of its own role, and each signature is two: one
//! by Ed25519, so that the program `minisign` verifies every file, and one by the hash-based scheme of this crate, so
//! that nothing between a vote and a browser rests on a curve. The files, roles and attacks are those of The Update
//! Framework; `docs/PROTOCOL.md` numbers the rules.

mod borrowed;
mod bundle;
mod canonical;
mod chain_file;
mod checkpoint;
mod circuit_file;
mod circuits;
mod envelope;
mod error;
mod fields;
mod hash_half;
mod kept;
mod memory;
mod minisign;
mod pin;
mod restore;
mod role;
mod root;
#[cfg(feature = "signer")]
mod sign;
mod signed;
#[cfg(all(test, feature = "signer"))]
mod tests;
mod trust;
mod verified;
mod walk;

pub use self::bundle::SetupBundle;
pub use self::canonical::JsonFormError;
pub use self::chain_file::ChainFile;
pub use self::checkpoint::CheckpointFile;
pub use self::circuits::{CircuitsFile, ListedCircuit, ListedFile, NamedHeader, Release};
pub use self::envelope::{Envelope, Parsed, SETUP_SPEC, SetupFile};
pub use self::error::{ContentError, SetupError, SetupFault, SetupFileName, SignatureFault};
pub use self::fields::FieldError;
pub use self::hash_half::{HashHalf, setup_message};
#[cfg(feature = "signer")]
pub use self::minisign::MinisignSecret;
pub use self::minisign::{MinisignError, MinisignKey, MinisignKeyError, MinisignKeyId};
pub use self::pin::{ParsePinError, PinnedKeys, RootFingerprint, RootPin};
pub use self::restore::RestoreError;
pub use self::role::{Role, RoleKeys, SetupKey};
pub use self::root::{Delegation, RootFile};
#[cfg(feature = "signer")]
pub use self::sign::{SetupSecret, SetupSignError};
pub use self::signed::{MAX_ISSUED_AHEAD_MS, SetupSignature, SignedFile};
pub use self::trust::SetupTrust;
pub use self::verified::{CircuitError, SignedBy, VerifiedSetup};

use sha2::{Digest as _, Sha256};

use crate::wire::FileDigest;

/// Returns the SHA-256 of a file, what `sha256sum` prints.
#[must_use]
pub fn sha256(file: &[u8]) -> FileDigest {
    FileDigest(Sha256::digest(file).into())
}
