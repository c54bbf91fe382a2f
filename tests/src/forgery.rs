//! Proof files that no honest prover makes.

use p3_baby_bear::BabyBear;
use p3_matrix::dense::RowMajorMatrix;
use p3_uni_stark::prove;
use rpp_verifier::air::consensus::{ConsensusAir, WIDTH};
use rpp_verifier::key::{CONSENSUS_MIN_LOG_ROWS, VerifyingKey};
use rpp_verifier::statement::ConsensusStatement;
use rpp_verifier::suite::Config;

type StarkProof = p3_uni_stark::Proof<Config>;

/// Returns a proof file for `statement` from a trace of zeros, in which nobody voted.
///
/// Everything that does not look at the constraints holds: the openings belong to the commitments, and
/// the quotient has a low degree.
///
/// # Panics
///
/// If Plonky3 refuses the trace; with debug assertions it does.
#[must_use]
pub fn proof_of_nothing(statement: &ConsensusStatement) -> Vec<u8> {
    let key = VerifyingKey::consensus(statement.chain_id);
    let config = key.parameters().config(&key.transcript_seed());
    let trace = vec![BabyBear::default(); WIDTH << CONSENSUS_MIN_LOG_ROWS];
    let trace = RowMajorMatrix::new(trace, WIDTH);
    let (air, public_values) = (ConsensusAir::default(), statement.public_values());
    let stark = prove(&config, &air, trace, &public_values);
    file(&stark.expect("a prover that asks no questions"))
}

/// Returns the proof file with one element moved from a list to the next, whose lengths the key fixes.
///
/// # Panics
///
/// If `honest` is no proof file.
#[must_use]
pub fn reshaped(honest: &[u8]) -> Vec<u8> {
    let mut stark: StarkProof =
        postcard::from_bytes(&honest[PAYLOAD..]).expect("the payload of a proof file");
    if let [first, second, ..] = stark.opened_values.quotient_chunks.as_mut_slice() {
        second.splice(0..0, first.pop());
    }
    file(&stark)
}

/// Returns the file: section 11 of `docs/PROTOCOL.md`.
fn file(stark: &StarkProof) -> Vec<u8> {
    let payload = postcard::to_allocvec(stark).expect("a vector takes any proof");
    let length = u32::try_from(payload.len()).expect("a short proof");
    let mut file = b"RPPF\x01\x00\x01\x00\x01\x00\x00\x00".to_vec();
    file.extend(length.to_le_bytes());
    file.extend(payload);
    file
}

/// Where the payload of a proof file begins.
pub const PAYLOAD: usize = 16;
