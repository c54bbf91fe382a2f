//! Suite 1: BabyBear and its degree-5 extension, Keccak-256 commitments, FRI.

use p3_baby_bear::BabyBear;
use p3_challenger::{HashChallenger, SerializingChallenger32};
use p3_commit::ExtensionMmcs;
use p3_dft::Radix2DitParallel;
use p3_field::extension::BinomialExtensionField;
use p3_fri::{FriParameters, TwoAdicFriPcs};
use p3_keccak::Keccak256Hash;
use p3_merkle_tree::MerkleTreeMmcs;
use p3_symmetric::{CompressionFunctionFromHasher, SerializingHasher};
use p3_uni_stark::StarkConfig;

use crate::hash::Digest;

/// Number of the suite.
pub const SUITE: u16 = 1;

/// Degree of the challenge field over the base field; degree 4 would prove fewer than 128 bits.
pub const EXTENSION_DEGREE: usize = 5;
/// The field of the challenges.
pub type Challenge = BinomialExtensionField<BabyBear, EXTENSION_DEGREE>;
type FieldHash = SerializingHasher<Keccak256Hash>;
type Compress = CompressionFunctionFromHasher<Keccak256Hash, 2, 32>;
/// The commitment to a trace: a Keccak-256 Merkle tree with digests of 32 bytes.
pub type ValMmcs = MerkleTreeMmcs<BabyBear, u8, FieldHash, Compress, 2, 32>;
type ChallengeMmcs = ExtensionMmcs<BabyBear, Challenge, ValMmcs>;
type Challenger = SerializingChallenger32<BabyBear, HashChallenger<u8, Keccak256Hash, 32>>;
type Pcs = TwoAdicFriPcs<BabyBear, Radix2DitParallel<BabyBear>, ValMmcs, ChallengeMmcs>;
/// Plonky3's configuration of the suite.
pub type Config = StarkConfig<Pcs, Challenge, Challenger>;

/// Collision resistance of a Keccak-256 digest, in bits.
#[cfg(any(test, feature = "hazmat"))]
pub(crate) const COMMITMENT_COLLISION_BITS: usize = 128;

/// The parameters of FRI; they come from a verifying key, never from a proof.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StarkParameters {
    /// Log2 of the ratio of evaluation domain to trace length.
    pub log_blowup: u32,
    /// Log2 of the length of the final polynomial.
    pub log_final_poly_len: u32,
    /// Log2 of the largest folding arity.
    pub max_log_arity: u32,
    /// How many positions are opened.
    pub num_queries: u32,
    /// Grinding before the challenge that batches the openings, in bits.
    pub batch_proof_of_work_bits: u32,
    /// Grinding before each folding challenge, in bits.
    pub commit_proof_of_work_bits: u32,
    /// Grinding before the queries, in bits.
    pub query_proof_of_work_bits: u32,
    /// Grinding before the out-of-domain point, in bits.
    pub ood_proof_of_work_bits: u32,
    /// Height of the Merkle caps: a commitment is 2^`cap_height` digests.
    pub cap_height: u32,
}

impl StarkParameters {
    /// How many parameters there are.
    pub const COUNT: usize = 9;

    /// The parameters of the production circuits.
    pub const PRODUCTION: Self = Self {
        log_blowup: 3,
        log_final_poly_len: 5,
        max_log_arity: 3,
        num_queries: 80,
        batch_proof_of_work_bits: 18,
        commit_proof_of_work_bits: 12,
        query_proof_of_work_bits: 16,
        ood_proof_of_work_bits: 4,
        cap_height: 4,
    };

    /// Parameters for fast tests; they prove nothing.
    #[cfg(any(test, feature = "hazmat"))]
    pub const TEST: Self = Self {
        num_queries: 4,
        batch_proof_of_work_bits: 1,
        commit_proof_of_work_bits: 1,
        query_proof_of_work_bits: 1,
        ood_proof_of_work_bits: 1,
        ..Self::PRODUCTION
    };

    /// Returns the parameters in the order of the fields.
    #[must_use]
    pub const fn to_array(&self) -> [u32; Self::COUNT] {
        [
            self.log_blowup,
            self.log_final_poly_len,
            self.max_log_arity,
            self.num_queries,
            self.batch_proof_of_work_bits,
            self.commit_proof_of_work_bits,
            self.query_proof_of_work_bits,
            self.ood_proof_of_work_bits,
            self.cap_height,
        ]
    }

    /// Returns the FRI parameters over `mmcs`.
    #[must_use]
    pub(crate) const fn fri<M>(&self, mmcs: M) -> FriParameters<M> {
        FriParameters {
            log_blowup: widen(self.log_blowup),
            log_final_poly_len: widen(self.log_final_poly_len),
            max_log_arity: widen(self.max_log_arity),
            num_queries: widen(self.num_queries),
            batch_proof_of_work_bits: widen(self.batch_proof_of_work_bits),
            commit_proof_of_work_bits: widen(self.commit_proof_of_work_bits),
            query_proof_of_work_bits: widen(self.query_proof_of_work_bits),
            mmcs,
        }
    }

    /// Returns Plonky3's configuration; its transcript starts from `seed`.
    #[must_use]
    pub(crate) fn config(&self, seed: &Digest) -> Config {
        let compress = Compress::new(Keccak256Hash);
        let mmcs = ValMmcs::new(
            FieldHash::new(Keccak256Hash),
            compress,
            widen(self.cap_height),
        );
        let fri = self.fri(ChallengeMmcs::new(mmcs.clone()));
        let pcs = Pcs::new(Radix2DitParallel::default(), mmcs, fri);
        let challenger = Challenger::from_hasher(seed.to_bytes().to_vec(), Keccak256Hash);
        Config::new(pcs, challenger).with_ood_proof_of_work_bits(widen(self.ood_proof_of_work_bits))
    }
}

/// Widens a parameter; a `usize` has at least 32 bits on every target.
#[expect(clippy::as_conversions, reason = "`usize::try_from` is not const")]
pub const fn widen(x: u32) -> usize {
    x as usize
}
