//! Hash-based signatures: generalized XMSS with target-sum Winternitz over Poseidon2.
//!
//! The scheme is that of Drake, Khovratovich, Kudinov and Wagner, eprint 2025/055, in the form of
//! the leanSig instances. A key is a Merkle tree over one-time leaves. A leaf has 78 hash chains of
//! four positions each. A signature reveals each chain at the position given by a digit of the
//! message digest. Only digests whose digits sum to the target are signed: to turn a signature of
//! one into a signature of another, at least one chain would have to be walked backwards.
//!
//! A leaf signs only one message. Signing two reveals two positions of many chains and makes
//! forgeries cheap. A verifier cannot detect this, so the signer has to prevent it.

mod encoding;
#[cfg(feature = "signer")]
mod keygen;
mod leaf;
#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
pub(crate) mod open_key;
mod public_key;
#[cfg(feature = "signer")]
mod ratchet;
#[cfg(feature = "signer")]
mod secret_key;
mod wire;

#[cfg(feature = "signer")]
pub(crate) use self::encoding::encode;
pub use self::encoding::{digits, message_digest};
pub use self::leaf::{chain_end, chain_step, leaf_digest, slot_digest};
pub use self::public_key::{KeyPurpose, PublicKey, SignatureError};
#[cfg(feature = "signer")]
pub use self::secret_key::{SecretKey, SignError};
pub use self::wire::Signature;
use crate::hash::Val;

/// Elements of a key's public parameter.
pub const PARAMETER_ELEMENTS: usize = 5;
/// Hash chains of a leaf, one per digit of a message digest.
pub const CHAINS: usize = 78;
/// Elements of one value of a chain.
pub const CHAIN_ELEMENTS: usize = 4;
/// Elements of a signature's randomizer.
pub const RANDOMIZER_ELEMENTS: usize = 7;
/// The sum of a message digest's digits: verifying takes 86 chain steps, and about one digest in
/// 3,500 can be signed.
pub const TARGET_SUM: u32 = 148;
/// Digits taken from one element of a message digest: its low 26 bits.
pub const DIGITS_PER_ELEMENT: usize = 13;
/// Number of positions of a chain; digits are below it.
pub const BASE: u32 = 4;

/// One value of a hash chain.
pub type ChainValue = [Val; CHAIN_ELEMENTS];

#[cfg(all(test, feature = "signer"))]
mod tests;
