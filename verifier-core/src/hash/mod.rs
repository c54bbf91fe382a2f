//! The state hash and everything built on it: field, domains, sponge, digests, Merkle trees.
//!
//! Apart from `gadget::permutation`, nothing outside this folder depends on the permutation.

mod codec;
mod digest;
mod domain;
mod field;
mod merkle;
mod sponge;

pub use self::digest::Digest;
pub use self::domain::Domain;
pub use self::field::{Val, u32_limbs, u64_limbs};
pub use self::merkle::{MerklePath, MerkleTree, empty_nodes, empty_root, fold_path};
pub use self::sponge::{
    RATE, SBOX_DEGREE, Sponge, WIDTH, compress, compress_packed, hash, permute,
};
