//! What each row of the state trace must satisfy.

use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::columns::{Kind, Row, WIDTH};
use super::statement::PublicValues;
use crate::gadget::bits::{assert_bits, weighted_sum};
use crate::gadget::limbs::assert_base4;
use crate::gadget::operation::{
    Collector, Kind as OperationKind, OperationInputs, assert_operation,
};
use crate::gadget::permutation::{PermutationAir, assert_permutation, permutation_air};
use crate::gadget::row::{assert_all_eq, sum};
use crate::gadget::signature::{Kind as SignatureKind, SignatureInputs, assert_signature};
use crate::gadget::sponge::{self, Block, squeeze};
use crate::gadget::{update, walk};
use crate::hash::{Digest, Domain, RATE, Val, empty_root};
use crate::limits::{MAX_REGISTRATIONS, TX_DEPTH};

/// The AIR of [`StateStatement`](super::StateStatement).
#[derive(Clone)]
pub struct StateAir {
    permutation: PermutationAir,
    /// Root of the tree of no operations.
    no_txs: Digest,
}

impl Default for StateAir {
    fn default() -> Self {
        Self {
            permutation: permutation_air(),
            no_txs: empty_root::<TX_DEPTH>(),
        }
    }
}

/// Largest degree of a constraint.
pub const MAX_CONSTRAINT_DEGREE: usize = 8;

impl BaseAir<Val> for StateAir {
    fn width(&self) -> usize {
        WIDTH
    }

    fn num_public_values(&self) -> usize {
        PublicValues::COUNT
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(MAX_CONSTRAINT_DEGREE)
    }
}

impl<AB: AirBuilder<F = Val>> Air<AB> for StateAir {
    fn eval(&self, builder: &mut AB) {
        self.eval_phases(builder, &mut |_, _| {});
    }
}

impl StateAir {
    /// Evaluates the constraints, and calls `phase` before each group of them with its name.
    pub(crate) fn eval_phases<AB: AirBuilder<F = Val>>(
        &self,
        builder: &mut AB,
        phase: &mut impl FnMut(&AB, &'static str),
    ) {
        let main = builder.main();
        let row = Row::new(main.current_slice());
        let next = Row::new(main.next_slice());
        let public = PublicValues::<AB::Expr>::read(builder.public_values());

        phase(builder, "assert_permutation");
        assert_permutation(&self.permutation, builder);
        phase(builder, "assert_kinds");
        assert_kinds(builder, &row, &next);
        phase(builder, "assert_first_row");
        assert_first_row(builder, &row, &public, &self.no_txs);
        let check = SignatureInputs {
            message: hash::<AB>(&row),
            chain_id: public.chain_id.clone(),
            key_domain: Domain::KeyAccount,
            detour: AB::Expr::ZERO,
        };
        let (signature, next_signature) = (&row.operation.signature, &next.operation.signature);
        assert_signature(builder, signature, next_signature, &check, phase);
        let applied = OperationInputs {
            chain_id: public.chain_id.clone(),
            hashed: next.is(Kind::OldTx).into(),
            done: done::<AB>(&next),
            collector: Some(Collector {
                is_row: (*row.own.collects).into(),
                carries: next.is(Kind::Fees).into(),
                index: public.proposer.clone(),
                credit: row.own.fees.map(Into::into),
            }),
        };
        assert_operation(builder, &row.operation, &next.operation, &applied, phase);
        phase(builder, "assert_txs_path");
        assert_txs_path(builder, &row, &next);
        phase(builder, "assert_counts");
        assert_counts(builder, &row, &next);
        phase(builder, "assert_collects");
        assert_collects(builder, &row, &next);
        phase(builder, "assert_end");
        assert_end(builder, &row, &next, &public);
    }
}

/// Exactly one kind is set, or none: padding, which only End and padding come before. Degree 2.
fn assert_kinds<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    assert_bits(builder, row.operation.signature.cols.kind);
    assert_bits(builder, row.operation.cols.kind);
    assert_bits(builder, row.own.kind);
    let any = any_kind::<AB>(row);
    let next_any = any_kind::<AB>(next);
    builder.assert_bool(any.clone());
    let is_end = row.is(Kind::End);
    let mut when = builder.when_transition();
    when.when(AB::Expr::ONE - any.clone() + is_end)
        .assert_zero(next_any);
    builder.when_last_row().assert_eq(any, is_end);
}

/// The first row starts an operation or the proposer's account; nothing is counted. Degree 3.
fn assert_first_row<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
    no_txs: &Digest,
) {
    let mut when = builder.when_first_row();
    when.assert_one(starts::<AB>(row));
    assert_all_eq(
        &mut when,
        row.operation.cols.root,
        public.before.iter().cloned(),
    );
    assert_all_eq(&mut when, row.own.txs, no_txs.0.map(Into::into));
    when.assert_zero(*row.own.count);
    when.assert_zero(*row.own.registrations);
    for &limb in row.own.fees {
        when.assert_zero(limb);
    }
}

/// The hash of an operation takes the next place in the tree of operations, which was vacant; it stays
/// in `state`, and the signature check over it follows. Degree 4.
fn assert_txs_path<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    let (cols, next_cols) = (&row.operation.cols, &next.operation.cols);
    let (levels, next_levels) = (row.update().walk, next.update().walk);
    let next_input = next.operation.signature.permutation.input;
    let hash = squeeze::<AB>(&row.operation.signature.permutation);

    // After the last block of the hash.
    let last = (AB::Expr::ONE - *cols.rekey) * row.operation.is(OperationKind::Op1)
        + row.operation.is(OperationKind::Op2);
    let mut when = builder.when_transition();
    let mut when_starts = when.when(last);
    let vacant = core::array::from_fn(|_| AB::Expr::ZERO);
    walk::assert_child(&mut when_starts, next_input, &next_levels, &vacant);
    walk::assert_starts(&mut when_starts, &next_levels);
    assert_all_eq(&mut when_starts, next_cols.node, hash);

    let mut when_path = when.when(row.is(Kind::OldTx) + row.is(Kind::NewTx));
    let state = self::hash::<AB>(row);
    assert_all_eq(
        &mut when_path,
        &next.operation.signature.cols.state[8..],
        state,
    );
    let mut when_old = when.when(row.is(Kind::OldTx));
    when_old.assert_one(next.is(Kind::NewTx));
    update::assert_second(&mut when_old, &row.update(), &next.update());
    let goes_on = next.is(Kind::OldTx);
    let mut when_new = when.when(row.is(Kind::NewTx));
    when_new.assert_one(next.operation.signature.cols.is(SignatureKind::Message0) + goes_on);
    let mut when_on = when_new.when(goes_on);
    update::assert_level(&mut when_on, &row.update(), &next.update());
    walk::assert_goes_on(&mut when_on, &levels, &next_levels);
    let mut when_done = when_new.when(AB::Expr::ONE - goes_on);
    when_done.assert_eq(*levels.count, Val::from_usize(TX_DEPTH - 1));
    when_done.assert_eq(walk::number::<AB>(&levels), *row.own.count);
    assert_all_eq(&mut when_done, cols.node, row.own.txs.map(Into::into));

    let done = (AB::Expr::ONE - goes_on) * row.is(Kind::NewTx);
    let node = walk::node::<AB>(&row.operation.signature.permutation);
    for (i, node) in node.into_iter().enumerate() {
        let root = done.clone() * (node - row.own.txs[i]) + row.own.txs[i];
        when.assert_eq(next.own.txs[i], root);
    }
    when.assert_eq(*next.own.count, done + *row.own.count);
}

/// Each operation's fee and kind are counted, in its Op0. Degree 2.
fn assert_counts<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    let cols = &row.operation.cols;
    let counts = row.operation.is(OperationKind::Op0);
    let mut when = builder.when_transition();
    let registrations = counts * *cols.register + *row.own.registrations;
    when.assert_eq(*next.own.registrations, registrations);
    for i in 0..4 {
        let fees = counts * cols.fee[i] + row.own.fees[i];
        when.assert_eq(next.own.fees[i], fees);
    }
}

/// The proposer's account comes last, once: its Balance, Fees, and the rows of a change. Degree 5.
fn assert_collects<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    let collects = *row.own.collects;
    builder.assert_bool(collects);
    builder
        .when(collects)
        .assert_zero(*row.operation.cols.receiver);
    builder
        .when(row.operation.is(OperationKind::Start))
        .assert_zero(collects);
    // It starts with a Balance, and nothing ends it.
    let mut when = builder.when_transition();
    when.when(collects).assert_one(*next.own.collects);
    let starts = AB::Expr::ONE - next.operation.is(OperationKind::Balance);
    when.when(starts).assert_eq(*next.own.collects, collects);
    let mut when_path = when.when(row.operation.is(OperationKind::NewPath));
    when_path
        .when(collects)
        .assert_one(next.operation.is(OperationKind::OldPath) + next.is(Kind::Txs0));
    when_path
        .when(AB::Expr::ONE - collects)
        .assert_zero(next.is(Kind::Txs0));

    // What three limbs of the fees carry has five digits each.
    let input = row.operation.signature.permutation.input;
    let state = row.operation.signature.cols.state;
    let mut when_fees = builder.when(row.is(Kind::Fees));
    assert_base4(&mut when_fees, &input[..15]);
    for (i, digits) in input[..15].chunks(5).enumerate() {
        when_fees.assert_eq(state[4 + i], weighted_sum::<AB>(digits, 4));
    }
    let mut when_fees = when_fees.when_transition();
    when_fees.assert_one(next.operation.is(OperationKind::Old0));
    let next_state = next.operation.signature.cols.state;
    assert_all_eq(
        &mut when_fees,
        &next_state[4..7],
        state[4..7].iter().map(|&x| x.into()),
    );
}

/// The claim: the operations' root, the root that all of it leads to, and few registrations. Degree 3.
fn assert_end<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let permutation = &row.operation.signature.permutation;
    let next_input = next.operation.signature.permutation.input;
    let [t0, t1, t2, t3, t4, t5, t6, t7] = *row.own.txs;

    let mut when = builder.when(row.is(Kind::Txs0));
    let block = [t0, t1, t2, t3, t4, t5].map(Into::into);
    let block = [(*row.own.count).into(), AB::Expr::ZERO]
        .into_iter()
        .chain(block);
    sponge::assert_starts(&mut when, permutation.input, block, Domain::Txs, 10);
    let mut when = when.when_transition();
    when.assert_one(next.is(Kind::Txs1));
    let rest = [t6, t7].map(Into::into);
    sponge::assert_absorbs(
        &mut when,
        permutation.output,
        next_input,
        Block::Second(rest),
        2,
    );

    let mut when = builder.when(row.is(Kind::Txs1));
    assert_all_eq(
        &mut when,
        &permutation.output[..RATE],
        public.tx_root.iter().cloned(),
    );
    when.when_transition().assert_one(next.is(Kind::End));

    let check = &row.operation.signature.cols;
    let mut when = builder.when(row.is(Kind::End));
    assert_all_eq(
        &mut when,
        row.operation.cols.root,
        public.after.iter().cloned(),
    );
    // 16 − registrations is 0 to 16: `quad` is 0 to 3, the bits are bits.
    let [a, b, c, _] = *check.digit_bits;
    let spare = *check.quad + a * Val::from_u32(4) + b * Val::from_u32(8) + c;
    when.assert_eq(
        *row.own.registrations + spare,
        Val::from_u32(MAX_REGISTRATIONS),
    );
}

/// The hash of the operation, from its last block to Message0.
fn hash<AB: AirBuilder>(row: &Row<'_, AB::Var>) -> [AB::Expr; 8] {
    core::array::from_fn(|i| row.operation.signature.cols.state[8 + i].into())
}

/// What may come first: an operation, or the proposer's account. Degree 2.
fn starts<AB: AirBuilder>(row: &Row<'_, AB::Var>) -> AB::Expr {
    let collects = row.operation.is(OperationKind::Balance) * *row.own.collects;
    collects + row.operation.is(OperationKind::Start)
}

/// What may follow an operation, or the proposer's account. Degree 2.
fn done<AB: AirBuilder>(row: &Row<'_, AB::Var>) -> AB::Expr {
    starts::<AB>(row) + row.is(Kind::Txs0)
}

/// One where any kind is set. Degree 1.
fn any_kind<AB: AirBuilder>(row: &Row<'_, AB::Var>) -> AB::Expr {
    sum::<AB>(row.operation.signature.cols.kind)
        + sum::<AB>(row.operation.cols.kind)
        + sum::<AB>(row.own.kind)
}
