//! Hash-based signatures: generalized XMSS with target-sum Winternitz over Poseidon2.
//!
//! Drake, Khovratovich, Kudinov and Wagner, eprint 2025/055, in the shape of the leanSig instances:
//! a key is a Merkle tree over one-time leaves. A leaf has 78 hash chains of four positions each. A
//! signature shows each chain at the position that a digit of the message digest names. Only
//! digests whose digits sum to the target are signed, so that no two of them compare: to sign a
//! second one, at least one chain would have to be walked backwards.
//!
//! One leaf signs one message. Two messages at one leaf show two positions of many chains, and make
//! forgeries cheap; no verifier can see it, so keeping to one is for the signer.

mod encoding;
#[cfg(feature = "signer")]
mod keygen;
mod leaf;
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
/// Hash chains of a leaf, one for each digit of a message digest.
pub const CHAINS: usize = 78;
/// Elements of one value of a chain.
pub const CHAIN_ELEMENTS: usize = 4;
/// Elements of a signature's randomizer.
pub const RANDOMIZER_ELEMENTS: usize = 7;
/// What the digits of a message digest sum to: 86 chain steps are left to verify, and one digest in
/// about 3,500 can be signed.
pub const TARGET_SUM: u32 = 148;
/// Digits that one element of a message digest gives: its low 26 bits.
pub const DIGITS_PER_ELEMENT: usize = 13;
/// Positions of a chain; digits are below it.
pub const BASE: u32 = 4;

/// One value of a hash chain.
pub type ChainValue = [Val; CHAIN_ELEMENTS];

#[cfg(all(test, feature = "signer"))]
mod tests;
