//! `KnownDegree`: an AIR whose degree the verifier takes as declared.
//!
//! Plonky3's verifier evaluates the constraints twice: at the out-of-domain point, and symbolically
//! to infer from their degree how many chunks the quotient has. The second costs more than the
//! first, in time and in the size of a wasm module, for a number that is a constant of the
//! verifying key: step V12 asks for just as many chunks, and a test holds the declared degree of
//! each AIR against the symbolic one. Here the symbolic evaluation is empty, so that the declared
//! degree decides; the constraints at the out-of-domain point are the AIR's own.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use p3_air::symbolic::SymbolicAirBuilder;
use p3_air::{Air, BaseAir, BoundaryPublic};
use p3_matrix::dense::RowMajorMatrix;
use p3_uni_stark::VerifierConstraintFolder;

use crate::field::Val;
use crate::suite::Config;

/// An AIR whose [`BaseAir::max_constraint_degree`] is the degree of its constraints.
#[derive(Clone, Debug)]
pub(crate) struct KnownDegree<A>(pub(crate) A);

/// Everything but the constraints, method by method: a default in place of the AIR's own would
/// change what is verified.
impl<A: BaseAir<Val>> BaseAir<Val> for KnownDegree<A> {
    fn width(&self) -> usize {
        self.0.width()
    }

    fn preprocessed_trace(&self) -> Option<RowMajorMatrix<Val>> {
        self.0.preprocessed_trace()
    }

    fn preprocessed_width(&self) -> usize {
        self.0.preprocessed_width()
    }

    fn num_periodic_columns(&self) -> usize {
        self.0.num_periodic_columns()
    }

    fn periodic_columns(&self) -> Cow<'_, [Vec<Val>]> {
        self.0.periodic_columns()
    }

    fn periodic_values(&self, row_index: usize) -> Vec<Val> {
        self.0.periodic_values(row_index)
    }

    fn periodic_columns_matrix(&self) -> Option<RowMajorMatrix<Val>> {
        self.0.periodic_columns_matrix()
    }

    fn main_next_row_columns(&self) -> Vec<usize> {
        self.0.main_next_row_columns()
    }

    fn preprocessed_next_row_columns(&self) -> Vec<usize> {
        self.0.preprocessed_next_row_columns()
    }

    fn num_constraints(&self) -> Option<usize> {
        self.0.num_constraints()
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        self.0.max_constraint_degree()
    }

    fn num_public_values(&self) -> usize {
        self.0.num_public_values()
    }

    fn public_boundary_io(&self) -> &[BoundaryPublic] {
        self.0.public_boundary_io()
    }

    fn assumes_boolean_trace(&self) -> bool {
        self.0.assumes_boolean_trace()
    }
}

impl<A: BaseAir<Val>> Air<SymbolicAirBuilder<Val>> for KnownDegree<A> {
    fn eval(&self, _builder: &mut SymbolicAirBuilder<Val>) {}
}

impl<'a, A> Air<VerifierConstraintFolder<'a, Config>> for KnownDegree<A>
where
    A: Air<VerifierConstraintFolder<'a, Config>> + BaseAir<Val>,
{
    fn eval(&self, folder: &mut VerifierConstraintFolder<'a, Config>) {
        self.0.eval(folder);
    }
}
