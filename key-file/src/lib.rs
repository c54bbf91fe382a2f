//! Files with secret keys, which a passphrase opens: how a wallet's key rests, and that of a signer of the setup.
//!
//! A [`Lock`] is made once, with a passphrase, and seals records from then on, so that saving one costs no
//! Argon2. What is in a record, and where the file lies, is its owner's. Section 27 of `docs/PROTOCOL.md` has the layout.

mod error;
mod lock;
mod passphrase;
mod random;

pub use self::error::{KeyFileError, SealError};
pub use self::lock::{Lock, Record, TAG_BYTES};
pub use self::passphrase::{Cost, Passphrase};
#[cfg(not(target_arch = "wasm32"))]
pub use self::random::SystemRandom;
pub use self::random::{Random, RandomError};
