//! Step V12: the lists of a proof have the lengths that the key requires.

use alloc::vec;

use super::{EXTENSION_DEGREE, Key, StarkProof, VerifierAir, VerifyError, widen};

impl Key {
    /// V12: the lists of the proof have the lengths that the key requires. For the siblings of a
    /// folding row and the digests of a multiproof, Plonky3 derives and checks the lengths itself
    /// before it reads them.
    pub(super) fn check_shape(
        &self,
        air: &dyn VerifierAir,
        proof: &StarkProof,
    ) -> Result<(), VerifyError> {
        let width = air.width();
        let chunk_columns = vec![EXTENSION_DEGREE; quotient_chunks(air)];
        let parameters = self.parameters();
        let cap = 1 << parameters.cap_height;
        let queries = widen(parameters.num_queries);
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
        if air.main_next_row_columns().is_empty() {
            absent("trace at the next point", opened.trace_next.is_some())?;
        } else {
            expect_len(
                "trace at the next point",
                width,
                opened.trace_next.as_ref().map_or(0, |row| row.len()),
            )?;
        }
        absent("preprocessed trace", opened.preprocessed.is_some())?;
        absent("random polynomial", opened.random.is_some())?;
        expect_len("quotient chunks", chunk_columns.len(), chunks.len())?;
        for chunk in chunks {
            expect_len("quotient chunk", EXTENSION_DEGREE, chunk.len())?;
        }
        expect_len("input openings", 2, opening.input_openings.len())?;
        for (input, columns) in opening
            .input_openings
            .iter()
            .zip([[width].as_slice(), &chunk_columns])
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
        let parameters = self.parameters();
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
}

/// Returns the number of chunks of the quotient polynomial: one less than the degree of the
/// constraints, rounded up to a power of two.
fn quotient_chunks(air: &dyn VerifierAir) -> usize {
    let degree = air.max_constraint_degree().unwrap_or(0).max(2);
    (degree - 1).next_power_of_two()
}

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
