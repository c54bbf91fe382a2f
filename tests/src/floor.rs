//! The floor to compare against: Plonky3's own Poseidon2 AIR.
//!
//! One permutation per row and nothing else, without S-box registers, under the commitment and the
//! FRI parameters of suite 1. No statement over as many permutations can be proven faster.

use p3_baby_bear::{
    BABYBEAR_POSEIDON2_RC_16_EXTERNAL_FINAL, BABYBEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL,
    BABYBEAR_POSEIDON2_RC_16_INTERNAL, BabyBear, GenericPoseidon2LinearLayersBabyBear,
};
use p3_poseidon2_air::{Poseidon2Air, RoundConstants};
use p3_uni_stark::{prove, verify};

use rpp_verifier::hazmat::config;
use rpp_verifier::{Digest, StarkParameters};

use crate::timings::Timings;

/// Proves 2^`log_rows` permutations `runs` times and returns how long each proof took, including
/// trace generation.
///
/// # Panics
///
/// If a proof cannot be made or does not verify, in which case the comparison would be worthless.
#[must_use]
pub fn prove_permutations(log_rows: u32, runs: usize) -> Timings {
    let parameters = StarkParameters::PRODUCTION;
    let config = config(&parameters, &Digest::ZERO);
    let air = Permutations::new(RoundConstants::new(
        BABYBEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL,
        BABYBEAR_POSEIDON2_RC_16_INTERNAL,
        BABYBEAR_POSEIDON2_RC_16_EXTERNAL_FINAL,
    ));
    // Room for the low-degree extension, as in the consensus trace.
    let spare_bits = usize::try_from(parameters.log_blowup).expect("a u32 fits a usize");
    let mut timings = Timings::default();
    for _ in 0..runs {
        let proof = timings.time(|| {
            let trace = air.generate_random_trace_rows(1 << log_rows, spare_bits);
            prove(&config, &air, trace, &[]).expect("the trace satisfies the AIR")
        });
        verify(&config, &air, &proof, &[]).expect("the proof is of the AIR");
    }
    timings
}

type Permutations = Poseidon2Air<BabyBear, GenericPoseidon2LinearLayersBabyBear, 16, 7, 0, 4, 13>;
