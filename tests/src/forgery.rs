//! Proof files that no honest prover would make.

use p3_matrix::dense::RowMajorMatrix;
use rpp_verifier::hazmat::{CONSENSUS_WIDTH, Circuit, StarkProof, Val, prove_trace, public_values};
use rpp_verifier::{Consensus, ConsensusStatement, Prover};

/// Returns a proof file for `statement` from a trace of zeros, in which nobody voted.
///
/// Everything that does not depend on the constraints holds: the openings match the commitments,
/// and the quotient has a low degree.
///
/// # Panics
///
/// If Plonky3 refuses the trace, which it does with debug assertions.
#[must_use]
pub fn proof_of_nothing(statement: &ConsensusStatement) -> Vec<u8> {
    let rows = 1 << Consensus::KEY.min_log_rows;
    let trace = RowMajorMatrix::new(
        vec![Val::default(); CONSENSUS_WIDTH * rows],
        CONSENSUS_WIDTH,
    );
    let prover = Prover::<Consensus>::new(statement.chain_id);
    let proof = prove_trace(&prover, trace, &public_values(statement));
    proof.expect("a prover that asks no questions").to_bytes()
}

/// Returns the proof file with one element moved from one list to the next; the key fixes both
/// lengths.
///
/// # Panics
///
/// If `honest` is not a valid proof file.
#[must_use]
pub fn reshaped(honest: &[u8]) -> Vec<u8> {
    let mut stark: StarkProof =
        postcard::from_bytes(&honest[PAYLOAD..]).expect("the payload of a proof file");
    if let [first, second, ..] = stark.opened_values.quotient_chunks.as_mut_slice() {
        second.splice(0..0, first.pop());
    }
    file(&stark)
}

/// Returns the proof file, as specified in section 11 of `docs/PROTOCOL.md`.
fn file(stark: &StarkProof) -> Vec<u8> {
    let payload = postcard::to_allocvec(stark).expect("a vector takes any proof");
    let length = u32::try_from(payload.len()).expect("a short proof");
    let mut file = b"RPPF\x01\x00\x01\x00\x01\x00\x00\x00".to_vec();
    file.extend(length.to_le_bytes());
    file.extend(payload);
    file
}

/// Offset of the payload in a proof file.
pub const PAYLOAD: usize = 16;
