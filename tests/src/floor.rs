//! The floor to compare against: Plonky3's own Poseidon2 AIR.
//!
//! One permutation a row and nothing beside it, without S-box registers, under the commitment and
//! the FRI parameters of suite 1. A statement over as many permutations cannot be proven faster.

use p3_baby_bear::{
    BABYBEAR_POSEIDON2_RC_16_EXTERNAL_FINAL, BABYBEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL,
    BABYBEAR_POSEIDON2_RC_16_INTERNAL, BabyBear, GenericPoseidon2LinearLayersBabyBear,
};
use p3_challenger::{HashChallenger, SerializingChallenger32};
use p3_commit::ExtensionMmcs;
use p3_dft::Radix2DitParallel;
use p3_field::extension::BinomialExtensionField;
use p3_fri::{FriParameters, TwoAdicFriPcs};
use p3_keccak::{Keccak256Hash, KeccakF, VECTOR_LEN};
use p3_merkle_tree::MerkleTreeMmcs;
use p3_poseidon2_air::{Poseidon2Air, RoundConstants};
use p3_symmetric::{CompressionFunctionFromHasher, PaddingFreeSponge, SerializingHasher};
use p3_uni_stark::{StarkConfig, prove, verify};

use crate::timings::Timings;

/// Proves 2^`log_rows` permutations `runs` times and returns how long each proof took, the
/// trace's generation included.
///
/// # Panics
///
/// If a proof cannot be made or does not verify: then the floor is no floor.
#[must_use]
pub fn prove_permutations(log_rows: u32, runs: usize) -> Timings {
    let config = config();
    let air = Permutations::new(RoundConstants::new(
        BABYBEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL,
        BABYBEAR_POSEIDON2_RC_16_INTERNAL,
        BABYBEAR_POSEIDON2_RC_16_EXTERNAL_FINAL,
    ));
    let mut timings = Timings::default();
    for _ in 0..runs {
        let proof = timings.time(|| {
            let trace = air.generate_random_trace_rows(1 << log_rows, LOG_BLOWUP);
            prove(&config, &air, trace, &[]).expect("the trace satisfies the AIR")
        });
        verify(&config, &air, &proof, &[]).expect("the proof is of the AIR");
    }
    timings
}

fn config() -> Config {
    let sponge = Sponge::new(KeccakF {});
    let (hash, compress) = (SerializingHasher::new(sponge), Compress::new(sponge));
    let commitment = Commitment::new(hash, compress, CAP_HEIGHT);
    let fri = FriParameters {
        log_blowup: LOG_BLOWUP,
        log_final_poly_len: 5,
        max_log_arity: 3,
        num_queries: 80,
        batch_proof_of_work_bits: 18,
        commit_proof_of_work_bits: 12,
        query_proof_of_work_bits: 16,
        mmcs: ExtensionMmcs::new(commitment.clone()),
    };
    let pcs = Pcs::new(Radix2DitParallel::default(), commitment, fri);
    let challenger = Challenger::from_hasher(vec![0; 32], Keccak256Hash {});
    Config::new(pcs, challenger).with_ood_proof_of_work_bits(4)
}

type Permutations = Poseidon2Air<BabyBear, GenericPoseidon2LinearLayersBabyBear, 16, 7, 0, 4, 13>;
type Challenge = BinomialExtensionField<BabyBear, 5>;
type Sponge = PaddingFreeSponge<KeccakF, 25, 17, 4>;
type Compress = CompressionFunctionFromHasher<Sponge, 2, 4>;
type Commitment = MerkleTreeMmcs<
    [BabyBear; VECTOR_LEN],
    [u64; VECTOR_LEN],
    SerializingHasher<Sponge>,
    Compress,
    2,
    4,
>;
type Pcs = TwoAdicFriPcs<
    BabyBear,
    Radix2DitParallel<BabyBear>,
    Commitment,
    ExtensionMmcs<BabyBear, Challenge, Commitment>,
>;
type Challenger = SerializingChallenger32<BabyBear, HashChallenger<u8, Keccak256Hash, 32>>;
type Config = StarkConfig<Pcs, Challenge, Challenger>;

const LOG_BLOWUP: usize = 3;
const CAP_HEIGHT: usize = 4;
