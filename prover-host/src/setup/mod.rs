//! The signed setup on disk: its folder, the keys that sign it, and what is served of it.

mod content;
mod folder;
mod follows;
mod key_record;
mod keygen;
mod log;
mod name;
mod own_keys;
mod place_lock;
mod plan;
mod public_key;
mod release;
mod rotation;
mod shelf;
mod sign_steps;
mod signer;
mod signer_error;
mod signing;
mod status;
#[cfg(test)]
mod tests;
mod verify;

pub use self::folder::{PlaceError, SetupFolder};
pub use self::follows::{check_clients, check_follows, keep_newer_checkpoint};
pub use self::keygen::generate;
pub use self::name::{EntryName, Half, OtherName, has_both_halves, role_of};
pub use self::own_keys::{Kept, OwnKeys, OwnKeysError};
pub use self::place_lock::PlaceLock;
pub use self::plan::Plan;
pub use self::public_key::{PublicKeyError, PublicKeyFile};
pub use self::release::{ReleaseError, check_release};
pub use self::rotation::{Rotation, RotationError};
pub use self::shelf::{ServedSetup, Shelf, ShelfError};
pub use self::sign_steps::{SignStep, SignSteps, SignStopped};
pub use self::signer::Signer;
pub use self::signer_error::SignerError;
pub use self::signing::{Due, Signing, SigningError, highest_version};
pub use self::status::{Date, FileStatus, ListedStatus, SetupStatus, Signers, warning_ms};
pub use self::verify::{MismatchError, check_headers, check_host, unlisted, verify_folder};
