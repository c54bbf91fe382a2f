//! The wallet: an account's key, how it rests, and what it signs.
//!
//! A [`Signer`] holds the key. It is given [verified accounts](rpp_verifier::VerifiedAccount) only, signs one message at each
//! leaf, and keeps its key file in a [`SignerStore`]. Nothing here asks a host anything.

mod account_key;
mod before;
mod contents;
mod entropy;
#[cfg(all(feature = "file", not(target_arch = "wasm32")))]
mod file_signer_store;
mod leaves;
mod record;
mod signer;
mod signer_store;

#[cfg(not(target_arch = "wasm32"))]
pub use rpp_key_file::SystemRandom;
pub use rpp_key_file::{Cost, KeyFileError, Passphrase, Random, RandomError};

pub use self::account_key::{AccountKey, RestoredKey};
pub use self::entropy::{Entropy, Words, WordsError};
#[cfg(all(feature = "file", not(target_arch = "wasm32")))]
pub use self::file_signer_store::FileSignerStore;
pub use self::leaves::{Leaves, Standing};
pub use self::signer::{Outgoing, Payment, Settled, Signer, SignerError, SignerStatus};
pub use self::signer_store::{MemorySignerStore, SignerStore, Swap};
