//! The V steps of `docs/PROTOCOL.md`, from a decoded proof to a verified statement.

use p3_air::BaseAir;
use p3_uni_stark::{VerificationError, verify};

use crate::air::consensus::ConsensusAir;
use crate::air::known_degree::KnownDegree;
use crate::digest::Digest;
use crate::error::VerifyError;
use crate::key::{HASH_BITS, VerifyingKey};
use crate::proof::{CircuitId, Proof, StarkProof};
use crate::statement::{ConsensusStatement, Statement};
use crate::suite::{EXTENSION_DEGREE, widen};

/// A statement whose proof this process has checked; only [`VerifyingKey::verify`] makes one.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct VerifiedStatement {
    statement: Statement,
    circuit: CircuitId,
    key_digest: Digest,
    stark_bits: u32,
}

impl VerifiedStatement {
    /// Returns the statement.
    #[must_use]
    pub const fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Returns the circuit that proved it.
    #[must_use]
    pub const fn circuit(&self) -> CircuitId {
        self.circuit
    }

    /// Returns the digest of the key that it was verified under.
    #[must_use]
    pub const fn key_digest(&self) -> &Digest {
        &self.key_digest
    }

    /// Returns the proven soundness of the proof, in bits.
    #[must_use]
    pub const fn stark_bits(&self) -> u32 {
        self.stark_bits
    }

    /// Returns the collision resistance of the state hash, in bits.
    #[must_use]
    pub const fn hash_bits(&self) -> u32 {
        HASH_BITS
    }

    /// Returns the version of the signed setup that names the key: none while keys are constants.
    #[must_use]
    pub const fn setup_version(&self) -> Option<u32> {
        None
    }
}

impl VerifyingKey {
    /// Checks that `proof` proves `statement` under this key: steps V9 to V16.
    ///
    /// The caller computes the statement from headers that it has, and checks the header rules.
    ///
    /// # Errors
    ///
    /// The first rule that `proof` breaks, in the order of the V steps.
    pub fn verify(
        &self,
        statement: Statement,
        proof: &Proof,
    ) -> Result<VerifiedStatement, VerifyError> {
        let Statement::Consensus(consensus) = &statement;
        self.check_circuit(CircuitId::Consensus)?;
        self.check_circuit(proof.circuit())?;
        if consensus.chain_id != self.chain_id {
            let (expected, got) = (self.chain_id, consensus.chain_id);
            return Err(VerifyError::WrongChain { expected, got });
        }
        self.check_height(proof.stark())?;
        self.check_shape(proof.stark())?;
        if !consensus.has_quorum() {
            let (signed, total) = (consensus.signed_power, consensus.set.total_power);
            return Err(VerifyError::BelowThreshold { signed, total });
        }
        self.check_stark(consensus, proof.stark())?;
        Ok(VerifiedStatement {
            circuit: self.circuit,
            key_digest: self.digest(),
            stark_bits: self.stark_bits,
            statement,
        })
    }

    /// V9: key, statement and proof are of one circuit.
    fn check_circuit(&self, circuit: CircuitId) -> Result<(), VerifyError> {
        if circuit == self.circuit {
            return Ok(());
        }
        let (expected, got) = (self.circuit.number(), circuit.number());
        Err(VerifyError::WrongCircuit { expected, got })
    }

    /// V11: the trace height, which the prover chooses, is one that the key allows.
    fn check_height(&self, proof: &StarkProof) -> Result<(), VerifyError> {
        let got = u32::try_from(proof.degree_bits).unwrap_or(u32::MAX);
        let (min, max) = (self.min_log_rows, self.max_log_rows);
        if (min..=max).contains(&got) {
            return Ok(());
        }
        Err(VerifyError::TraceHeight { min, max, got })
    }

    /// V12: the lists of the proof have the lengths that the key asks for. Siblings of a folding row
    /// and the digests of a multiproof are derived and counted by Plonky3, before it reads them.
    fn check_shape(&self, proof: &StarkProof) -> Result<(), VerifyError> {
        let width = BaseAir::width(&ConsensusAir::default());
        let cap = 1 << self.parameters.cap_height;
        let queries = widen(self.parameters.num_queries);
        let opened = &proof.opened_values;
        let opening = &proof.opening_proof;
        let chunks = &opened.quotient_chunks;
        let absent = |what, present: bool| expect_len(what, 0, usize::from(present));

        expect_len("trace commitment", cap, proof.commitments.trace.num_roots())?;
        expect_len(
            "quotient commitment",
            cap,
            proof.commitments.quotient_chunks.num_roots(),
        )?;
        absent("random commitment", proof.commitments.random.is_some())?;
        expect_len("trace at zeta", width, opened.trace_local.len())?;
        expect_len(
            "trace at the next point",
            width,
            opened.trace_next.as_ref().map_or(0, |row| row.len()),
        )?;
        absent("preprocessed trace", opened.preprocessed.is_some())?;
        absent("random polynomial", opened.random.is_some())?;
        expect_len("quotient chunks", QUOTIENT_CHUNKS, chunks.len())?;
        for chunk in chunks {
            expect_len("quotient chunk", EXTENSION_DEGREE, chunk.len())?;
        }
        expect_len("input openings", 2, opening.input_openings.len())?;
        for (input, columns) in opening
            .input_openings
            .iter()
            .zip([[width].as_slice(), &[EXTENSION_DEGREE; QUOTIENT_CHUNKS]])
        {
            expect_len("opened rows", queries, input.opened_values.len())?;
            for rows in &input.opened_values {
                expect_len("opened matrices", columns.len(), rows.len())?;
                for (row, &columns) in rows.iter().zip(columns) {
                    expect_len("opened row", columns, row.len())?;
                }
            }
        }
        self.check_folding_shape(proof)
    }

    /// The folding rounds: their number follows from the height and the parameters.
    fn check_folding_shape(&self, proof: &StarkProof) -> Result<(), VerifyError> {
        let opening = &proof.opening_proof;
        let parameters = &self.parameters;
        let log_rows = u32::try_from(proof.degree_bits).unwrap_or(u32::MAX);
        let folded = log_rows.saturating_sub(parameters.log_final_poly_len);
        let rounds = widen(folded.div_ceil(parameters.max_log_arity));
        let queries = widen(parameters.num_queries);
        expect_len(
            "folding commitments",
            rounds,
            opening.commit_phase_commits.len(),
        )?;
        expect_len(
            "folding witnesses",
            rounds,
            opening.commit_pow_witnesses.len(),
        )?;
        expect_len(
            "folding openings",
            rounds,
            opening.commit_phase_openings.len(),
        )?;
        for (commitment, step) in opening
            .commit_phase_commits
            .iter()
            .zip(&opening.commit_phase_openings)
        {
            expect_len(
                "folding commitment",
                1 << parameters.cap_height,
                commitment.num_roots(),
            )?;
            expect_len("folding queries", queries, step.sibling_values.len())?;
        }
        expect_len(
            "final polynomial",
            1 << parameters.log_final_poly_len,
            opening.final_poly.len(),
        )
    }

    /// V14 to V16: Plonky3's verifier.
    fn check_stark(
        &self,
        statement: &ConsensusStatement,
        proof: &StarkProof,
    ) -> Result<(), VerifyError> {
        let config = self.parameters.config(&self.transcript_seed());
        let public_values = statement.public_values();
        verify(
            &config,
            &KnownDegree(ConsensusAir::default()),
            proof,
            &public_values,
        )
        .map_err(|error| match error {
            VerificationError::OodEvaluationMismatch { .. } => VerifyError::ConstraintMismatch,
            VerificationError::InvalidOodPowWitness => VerifyError::ProofOfWork,
            _ => VerifyError::Opening,
        })
    }
}

/// Chunks of the quotient polynomial: the next power of two above a degree of 7.
const QUOTIENT_CHUNKS: usize = 8;

fn expect_len(what: &'static str, expected: usize, got: usize) -> Result<(), VerifyError> {
    if got == expected {
        Ok(())
    } else {
        Err(VerifyError::Shape {
            what,
            expected,
            got,
        })
    }
}
