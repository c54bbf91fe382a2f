//! `Erased`: an AIR without its type, whose declared degree the verifier uses.
//!
//! Plonky3's verifier is generic over the AIR; behind one `dyn` it is compiled once for all
//! circuits.
//!
//! It also evaluates the constraints twice: at the out-of-domain point, and symbolically, to infer
//! the number of quotient chunks from their degree. The symbolic pass costs more than the other, in
//! time and in the size of a wasm module, only to find a number that the verifying key fixes: step
//! V12 requires exactly that many chunks, and a test compares each AIR's declared degree with the
//! symbolic one. Here the symbolic evaluation is empty, so the declared degree decides; at the
//! out-of-domain point the AIR's own constraints are evaluated.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use p3_air::symbolic::SymbolicAirBuilder;
use p3_air::{Air, BaseAir, BoundaryPublic};
use p3_matrix::dense::RowMajorMatrix;
use p3_uni_stark::VerifierConstraintFolder;

use super::Config;
use crate::hash::Val;

/// An AIR of any type that a verifier can evaluate.
pub trait VerifierAir: BaseAir<Val> {
    /// Evaluates the constraints at the out-of-domain point.
    fn eval_verifier(&self, folder: &mut VerifierConstraintFolder<'_, Config>);
}

impl<A> VerifierAir for A
where
    A: BaseAir<Val> + for<'a> Air<VerifierConstraintFolder<'a, Config>>,
{
    fn eval_verifier(&self, folder: &mut VerifierConstraintFolder<'_, Config>) {
        self.eval(folder);
    }
}

/// An AIR whose [`BaseAir::max_constraint_degree`] is the degree of its constraints.
#[derive(Clone, Copy)]
pub(super) struct Erased<'a>(pub(super) &'a dyn VerifierAir);

/// Forwards every method except the constraints: falling back to a default in place of the AIR's
/// own method would change what is verified.
impl BaseAir<Val> for Erased<'_> {
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

impl Air<SymbolicAirBuilder<Val>> for Erased<'_> {
    fn eval(&self, _builder: &mut SymbolicAirBuilder<Val>) {}
}

impl<'f> Air<VerifierConstraintFolder<'f, Config>> for Erased<'_> {
    fn eval(&self, folder: &mut VerifierConstraintFolder<'f, Config>) {
        self.0.eval_verifier(folder);
    }
}
