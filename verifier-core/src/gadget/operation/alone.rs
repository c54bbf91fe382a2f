//! One operation alone in a trace: what a circuit about one operation consists of.

use core::marker::PhantomData;

use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::{Kind, OperationCols, OperationInputs, OperationRow, assert_operation};
use crate::gadget::bits::assert_bits;
use crate::gadget::columns::columns;
use crate::gadget::permutation::{self, PermutationAir, assert_permutation, permutation_air};
use crate::gadget::row::{assert_all_eq, sum};
use crate::gadget::signature::{
    Kind as SignatureKind, SignatureCols, SignatureInputs, assert_signature,
};
use crate::hash::{Domain, Val};

columns! {
    /// The column that such a circuit adds.
    pub struct EndCols, EndCells, EndPlaces {
        /// The row after the operation. One-hot, together with the kinds of signature and operation.
        end: cell,
    }
}

/// Width of the trace.
pub const WIDTH: usize = permutation::COLUMNS
    + SignatureCols::<()>::WIDTH
    + OperationCols::<()>::WIDTH
    + EndCols::<()>::WIDTH;

/// One row of the trace.
#[derive(Clone, Copy, Debug)]
pub struct AloneRow<'a, T> {
    /// All but the end.
    pub operation: OperationRow<'a, T>,
    /// The row after the operation.
    pub end: &'a T,
}

impl<'a, T: Copy> AloneRow<'a, T> {
    /// Reads a row.
    ///
    /// # Panics
    ///
    /// If it is not [`WIDTH`] columns wide.
    #[must_use]
    pub fn new(mut row: &'a [T]) -> Self {
        assert_eq!(row.len(), WIDTH, "a row of an operation");
        let row = &mut row;
        let operation = OperationRow::take(row);
        let EndCols { end } = EndCols::take(row);
        Self { operation, end }
    }
}

/// What a circuit says about its operation.
#[derive(Clone, Debug)]
pub struct AloneInputs<E> {
    /// The chain's id in two limbs.
    pub chain_id: [E; 2],
    /// The hash of the operation.
    pub hash: [E; 8],
    /// The root of the accounts before it.
    pub before: [E; 8],
    /// The root after it, if the circuit says what it is.
    pub after: Option<[E; 8]>,
    /// Whether the operation is a registration; else it is one of the others.
    pub registers: bool,
}

/// How a circuit about one operation reads its public values.
pub trait AlonePublic {
    /// How many there are.
    const COUNT: usize;

    /// Reads them.
    fn read<V: Copy + Into<E>, E>(values: &[V]) -> AloneInputs<E>;
}

/// The AIR of a circuit about one operation.
pub struct AloneAir<P> {
    permutation: PermutationAir,
    public: PhantomData<fn() -> P>,
}

impl<P> Clone for AloneAir<P> {
    fn clone(&self) -> Self {
        Self {
            permutation: self.permutation.clone(),
            public: PhantomData,
        }
    }
}

impl<P> Default for AloneAir<P> {
    fn default() -> Self {
        Self {
            permutation: permutation_air(),
            public: PhantomData,
        }
    }
}

/// Largest degree of a constraint.
pub const MAX_CONSTRAINT_DEGREE: usize = 8;

impl<P: AlonePublic> BaseAir<Val> for AloneAir<P> {
    fn width(&self) -> usize {
        WIDTH
    }

    fn num_public_values(&self) -> usize {
        P::COUNT
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(MAX_CONSTRAINT_DEGREE)
    }
}

impl<P: AlonePublic, AB: AirBuilder<F = Val>> Air<AB> for AloneAir<P> {
    fn eval(&self, builder: &mut AB) {
        self.eval_phases(builder, &mut |_, _| {});
    }
}

impl<P: AlonePublic> AloneAir<P> {
    /// Evaluates the constraints: the trace is one operation, from its first row to End, and padding.
    /// Calls `phase` before each group of constraints with its name.
    pub(crate) fn eval_phases<AB: AirBuilder<F = Val>>(
        &self,
        builder: &mut AB,
        phase: &mut impl FnMut(&AB, &'static str),
    ) {
        let main = builder.main();
        let row = AloneRow::new(main.current_slice());
        let next = AloneRow::new(main.next_slice());
        let inputs: AloneInputs<AB::Expr> = P::read(builder.public_values());

        phase(builder, "assert_permutation");
        assert_permutation(&self.permutation, builder);
        phase(builder, "assert_kinds");
        assert_kinds(builder, &row, &next);
        phase(builder, "assert_ends_of_trace");
        assert_ends_of_trace(builder, &row, &inputs);
        let message = core::array::from_fn(|i| row.operation.signature.cols.state[8 + i].into());
        let check = SignatureInputs {
            message,
            chain_id: inputs.chain_id.clone(),
            key_domain: Domain::KeyAccount,
            detour: AB::Expr::ZERO,
        };
        let (signature, next_signature) = (&row.operation.signature, &next.operation.signature);
        assert_signature(builder, signature, next_signature, &check, phase);
        let applied = OperationInputs {
            chain_id: inputs.chain_id,
            hashed: next_signature.cols.is(SignatureKind::Message0).into(),
            done: (*next.end).into(),
            collector: None,
        };
        assert_operation(builder, &row.operation, &next.operation, &applied, phase);
    }
}

/// Exactly one kind is set, or none: padding, which only End and padding come before. Degree 2.
fn assert_kinds<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &AloneRow<'_, AB::Var>,
    next: &AloneRow<'_, AB::Var>,
) {
    let AloneRow { operation, end } = row;
    assert_bits(builder, operation.signature.cols.kind);
    assert_bits(builder, operation.cols.kind);
    builder.assert_bool(**end);
    let any = any_kind::<AB>(row);
    let next_any = any_kind::<AB>(next);
    builder.assert_bool(any.clone());
    let mut when = builder.when_transition();
    when.when(AB::Expr::ONE - any.clone() + **end)
        .assert_zero(next_any);
    builder.when_last_row().assert_eq(any, **end);
}

/// What the trace starts from, what is signed, and what it ends with. Degree 2.
fn assert_ends_of_trace<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &AloneRow<'_, AB::Var>,
    inputs: &AloneInputs<AB::Expr>,
) {
    let AloneRow { operation, end } = row;
    let registers = AB::Expr::from_bool(inputs.registers);
    let mut when = builder.when_first_row();
    when.assert_one(operation.is(Kind::Start));
    when.assert_eq(*operation.cols.register, registers);
    assert_all_eq(
        &mut when,
        operation.cols.root,
        inputs.before.iter().cloned(),
    );
    let check = &operation.signature.cols;
    let mut when = builder.when(check.is(SignatureKind::Message0));
    assert_all_eq(&mut when, &check.state[8..], inputs.hash.iter().cloned());
    if let Some(after) = &inputs.after {
        let mut when = builder.when(**end);
        assert_all_eq(&mut when, operation.cols.root, after.iter().cloned());
    }
}

/// One where any kind is set. Degree 1.
fn any_kind<AB: AirBuilder>(row: &AloneRow<'_, AB::Var>) -> AB::Expr {
    let AloneRow { operation, end } = row;
    sum::<AB>(operation.signature.cols.kind) + sum::<AB>(operation.cols.kind) + **end
}

#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
pub use self::trace::alone_start;
#[cfg(feature = "prover")]
pub use self::trace::{AloneCells, alone_rows, alone_trace, alone_trace_with};

#[cfg(feature = "prover")]
mod trace {
    use alloc::vec::Vec;

    use p3_field::PrimeCharacteristicRing;
    use p3_matrix::dense::RowMajorMatrix;

    use super::{EndCells, Kind, SignatureKind, WIDTH};
    use crate::gadget::meddle::{Honest, Meddle};
    use crate::gadget::operation::trace::turn;
    use crate::gadget::operation::{
        Detour, OperationCells, OperationPlan, OperationTrace, credit_rows, payer_rows, start_rows,
    };
    use crate::gadget::permutation;
    use crate::gadget::rows::{Rows, TraceCells, assemble};
    use crate::gadget::signature::{SignatureCells, SignatureTrace};
    use crate::gadget::update::UpdateTrace;
    use crate::gadget::walk::WalkCells;
    use crate::hash::{Digest, Val};
    use crate::ledger::SignedOperation;
    use crate::signature::CHAINS;

    type State = [Val; 16];

    /// The columns beside the permutation as values of a trace.
    #[derive(Clone, Debug, Default)]
    pub struct AloneCells {
        /// Those of the signature check.
        pub signature: SignatureCells,
        /// Those of the operation.
        pub operation: OperationCells,
        /// The end.
        pub end: EndCells,
    }

    impl TraceCells for AloneCells {
        const WIDTH: usize = WIDTH - permutation::COLUMNS;

        fn write(&self, mut row: &mut [Val]) {
            self.signature.write(&mut row);
            self.operation.write(&mut row);
            self.end.write(&mut row);
        }

        fn select(&mut self, place: usize) {
            self.signature.kind = Default::default();
            self.operation.kind = Default::default();
            self.end.end = Val::ZERO;
            let kinds = self.signature.kind.iter_mut();
            let kinds = kinds
                .chain(&mut self.operation.kind)
                .chain([&mut self.end.end]);
            for selector in kinds.skip(place).take(1) {
                *selector = Val::ONE;
            }
        }

        #[cfg(any(test, feature = "hazmat"))]
        fn cell(&mut self, place: usize) -> &mut Val {
            let cells = self.signature.iter_mut().chain(self.operation.iter_mut());
            let mut cells = cells.chain(self.end.iter_mut());
            cells.nth(place).expect("a cell of a row")
        }
    }

    impl<M: Meddle<AloneCells>> SignatureTrace for Rows<AloneCells, M> {
        fn cells(&mut self) -> &mut SignatureCells {
            &mut self.cells.signature
        }

        fn push(&mut self, kind: SignatureKind, input: &mut State) -> State {
            self.push_kind(kind.place(), input)
        }

        fn pairs(&self) -> usize {
            self.meddler.pairs().unwrap_or(CHAINS / 2)
        }

        fn steps(&self, pair: usize) -> Option<Vec<(usize, u8)>> {
            self.meddler.steps(pair)
        }
    }

    impl<M: Meddle<AloneCells>> OperationTrace for Rows<AloneCells, M> {
        fn detour(&self) -> Detour {
            self.meddler.detour()
        }

        fn operation(&mut self) -> &mut OperationCells {
            &mut self.cells.operation
        }

        fn push_operation(&mut self, kind: Kind, input: &mut State) -> State {
            self.push_kind(SignatureKind::COUNT + kind.place(), input)
        }
    }

    impl<M: Meddle<AloneCells>> UpdateTrace for Rows<AloneCells, M> {
        fn walk(&mut self) -> WalkCells<'_> {
            self.cells.signature.walk()
        }

        fn other(&mut self) -> &mut [Val; 8] {
            &mut self.cells.operation.node
        }

        fn push(&mut self, second: bool, input: &mut State) -> State {
            let kind = if second { Kind::NewPath } else { Kind::OldPath };
            self.push_operation(kind, input)
        }

        fn level_done(&mut self) {
            let AloneCells {
                signature,
                operation,
                ..
            } = &mut self.cells;
            turn(signature.walk(), &mut operation.high);
        }
    }

    /// Returns the number of rows before padding.
    #[must_use]
    pub fn alone_rows(signed: &SignedOperation) -> usize {
        OperationPlan::rows(signed) + 1
    }

    /// Returns the trace of one operation on `root`, with room for an extension by 2^`log_blowup`.
    #[must_use]
    pub fn alone_trace(
        plan: &OperationPlan<'_>,
        root: &Digest,
        log_blowup: usize,
    ) -> RowMajorMatrix<Val> {
        alone_trace_with(plan, root, AloneCells::default(), Honest, log_blowup)
    }

    /// [`alone_trace`] that starts with other cells, and somebody who meddles with each row.
    pub fn alone_trace_with<M: Meddle<AloneCells>>(
        plan: &OperationPlan<'_>,
        root: &Digest,
        cells: AloneCells,
        meddler: M,
        log_blowup: usize,
    ) -> RowMajorMatrix<Val> {
        let mut rows = alone_start(plan, root, cells, meddler);
        payer_rows(&mut rows, plan);
        if let Some(receiver) = &plan.receiver {
            let [_, _, a0, a1, a2, a3, ..] = rows.cells.operation.body;
            credit_rows(&mut rows, receiver, [a0, a1, a2, a3]);
        }
        let end = SignatureKind::COUNT + Kind::COUNT;
        let _ = rows.push_kind(end, &mut [Val::ZERO; 16]);
        assemble(&[rows], log_blowup)
    }

    /// Returns the rows of [`alone_trace_with`] before those of the signature check.
    pub fn alone_start<M: Meddle<AloneCells>>(
        plan: &OperationPlan<'_>,
        root: &Digest,
        mut cells: AloneCells,
        meddler: M,
    ) -> Rows<AloneCells, M> {
        for (cell, root) in cells.operation.root.iter_mut().zip(root.0) {
            *cell += root;
        }
        let mut rows = Rows::new(cells, meddler);
        let _ = start_rows(&mut rows, plan);
        rows
    }
}
