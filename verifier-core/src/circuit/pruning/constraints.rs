//! What each row of the pruning trace must satisfy.

use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::columns::{HEADER, Kind, Row, STACK, WIDTH};
use super::statement::{END_OF_PATH, PublicValues};
use crate::chain::Header;
use crate::gadget::bits::{assert_bits, weighted_sum};
use crate::gadget::permutation::{PermutationAir, assert_permutation, permutation_air};
use crate::gadget::row::{assert_all_eq, sum};
use crate::gadget::sponge::{self, Block, squeeze};
use crate::gadget::update::assert_same_sibling;
use crate::gadget::walk;
use crate::hash::{Domain, RATE, Val};

/// The AIR of [`PruningStatement`](super::PruningStatement).
#[derive(Clone)]
pub struct PruningAir {
    permutation: PermutationAir,
}

impl Default for PruningAir {
    fn default() -> Self {
        Self {
            permutation: permutation_air(),
        }
    }
}

/// Largest degree of a constraint: that of the permutation.
pub const MAX_CONSTRAINT_DEGREE: usize = 7;

impl BaseAir<Val> for PruningAir {
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

impl<AB: AirBuilder<F = Val>> Air<AB> for PruningAir {
    fn eval(&self, builder: &mut AB) {
        self.eval_phases(builder, &mut |_, _| {});
    }
}

impl PruningAir {
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
        phase(builder, "assert_order");
        assert_order(builder, &row, &next);
        phase(builder, "assert_first_row");
        assert_first_row(builder, &row, &public);
        phase(builder, "assert_fold");
        assert_fold(builder, &row, &next, &public);
        phase(builder, "assert_header");
        assert_header(builder, &row, &next, &public);
        phase(builder, "assert_previous");
        assert_previous(builder, &row, &next, &public);
        phase(builder, "assert_index");
        assert_index(builder, &row, &next, &public);
        phase(builder, "assert_stack");
        assert_stack(builder, &row, &next);
        phase(builder, "assert_path");
        assert_path(builder, &row, &next, &public);
        phase(builder, "assert_roots");
        assert_roots(builder, &row, &next, &public);
    }
}

/// Exactly one kind is set, or none: padding, which only the last row of the claim and padding come before. Degree 2.
fn assert_kinds<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    assert_bits(builder, row.own.kind);
    let any = sum::<AB>(row.own.kind);
    let next_any = sum::<AB>(next.own.kind);
    builder.assert_bool(any.clone());
    let is_end = row.is(Kind::NewRoot1);
    let mut when = builder.when_transition();
    when.when(AB::Expr::ONE - any.clone() + is_end)
        .assert_zero(next_any);
    builder.when_last_row().assert_eq(any, is_end);
}

/// Which kind of row follows which. Degree 2.
fn assert_order<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    let mut when = builder.when_transition();
    let straight = [Kind::Fold0, Kind::Fold1, Kind::Fold2];
    let straight = straight.into_iter().chain(HEADER);
    let after = [Kind::Fold1, Kind::Fold2].into_iter().chain(HEADER);
    for (kind, after) in straight.zip(after) {
        when.when(row.is(kind)).assert_one(next.is(after));
    }
    when.when(ends_node::<AB>(row))
        .assert_one(next.is(Kind::Merge) + next.is(Kind::Fold0) + next.is(Kind::OldPath));
    when.when(row.is(Kind::OldPath))
        .assert_one(next.is(Kind::NewPath));
    when.when(row.is(Kind::NewPath))
        .assert_one(next.is(Kind::OldPath) + next.is(Kind::OldRoot0));
    for (kind, after) in [
        (Kind::OldRoot0, Kind::OldRoot1),
        (Kind::OldRoot1, Kind::NewRoot0),
        (Kind::NewRoot0, Kind::NewRoot1),
    ] {
        when.when(row.is(kind)).assert_one(next.is(after));
    }
}

/// The first row starts the first header, after the fold before. Degree 2.
fn assert_first_row<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let mut when = builder.when_first_row();
    when.assert_one(row.is(Kind::Fold0));
    when.assert_zero(*row.own.index);
    when.assert_one(*row.own.first);
    assert_all_eq(&mut when, row.own.fold, public.fold_before.iter().cloned());
}

/// Each header's height and operations' root are folded, and nothing else. Degree 2.
fn assert_fold<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let permutation = &row.permutation;
    let next_input = next.permutation.input;
    let mut when = builder.when(row.is(Kind::Fold0));
    let fold = row.own.fold.map(Into::into);
    sponge::assert_starts(&mut when, permutation.input, fold, Domain::Fold, 18);
    let mut when = when.when_transition();
    let [t0, t1, t2, t3, t4, t5, t6, t7] = next.own.node.map(Into::into);
    let [low, high] = height::<AB>(next, public);
    let block = Block::Second([low, high, t0, t1, t2, t3, t4, t5]);
    sponge::assert_absorbs(&mut when, permutation.output, next_input, block, RATE);

    let mut when = builder.when_transition();
    let mut when_second = when.when(row.is(Kind::Fold1));
    let block = Block::Second([t6, t7]);
    sponge::assert_absorbs(&mut when_second, permutation.output, next_input, block, 2);
    // The operations' root stays beside the rows up to Header4.
    let root = [Kind::Fold1, Kind::Fold2].into_iter().chain(HEADER);
    let keeps = root.take(6).map(|kind| row.is(kind).into());
    let keeps = keeps.fold(AB::Expr::ZERO, |sum, kind: AB::Expr| sum + kind);
    let node = row.own.node.map(Into::into);
    assert_all_eq(&mut when.when(keeps), next.own.node, node);

    let is_last = row.is(Kind::Fold2);
    assert_all_eq(
        &mut when.when(is_last),
        next.own.fold,
        squeeze::<AB>(permutation),
    );
    let fold = row.own.fold.map(Into::into);
    assert_all_eq(&mut when.when(AB::Expr::ONE - is_last), next.own.fold, fold);
    let mut when = builder.when(row.is(Kind::NewRoot1));
    assert_all_eq(&mut when, row.own.fold, public.fold_after.iter().cloned());
}

/// A header of this chain and version is hashed, at its height, with the operations' root that was folded; the first one has the public
/// hash. Degree 3.
fn assert_header<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let permutation = &row.permutation;
    let next_input = next.permutation.input;
    let mut when = builder.when(row.is(Kind::Header0));
    let [chain_low, chain_high] = public.chain_id.clone();
    let [low, high] = height::<AB>(row, public);
    let version = AB::Expr::from(Val::from_u32(Header::VERSION));
    let integers = [version, AB::Expr::ZERO, chain_low, chain_high, low, high];
    sponge::assert_capacity(&mut when, permutation.input, Domain::Header, 80);
    assert_all_eq(&mut when, &permutation.input[..6], integers);

    let mut when = builder.when_transition();
    // Proposer and timestamp are six limbs; two are zero.
    let mut when_second = when.when(row.is(Kind::Header0));
    sponge::assert_carries(&mut when_second, permutation.output, next_input, 6);
    let mut when_parent = when.when(row.is(Kind::Header1));
    sponge::assert_carries(&mut when_parent, permutation.output, next_input, RATE);
    let mut when_operations = when.when(row.is(Kind::Header3));
    let root = Block::Second(next.own.node.map(Into::into));
    sponge::assert_absorbs(
        &mut when_operations,
        permutation.output,
        next_input,
        root,
        RATE,
    );
    for kind in [
        Kind::Header2,
        Kind::Header4,
        Kind::Header5,
        Kind::Header6,
        Kind::Header7,
        Kind::Header8,
    ] {
        let mut when = when.when(row.is(kind));
        sponge::assert_carries(&mut when, permutation.output, next_input, RATE);
    }

    let first = *row.own.first;
    let mut when_first = builder.when(row.is(Kind::Header9) * first);
    let hash = public.start_hash.iter().cloned();
    assert_all_eq(&mut when_first, &permutation.output[..RATE], hash);
    let mut when = builder.when_transition();
    let starts = next.is(Kind::Fold0);
    when.when(starts).assert_zero(*next.own.first);
    when.when(AB::Expr::ONE - starts)
        .assert_eq(*next.own.first, first);
}

/// Each header but the first absorbs the hash of the one before it; the last one's is the public one. Degree 3.
fn assert_previous<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let permutation = &row.permutation;
    let mut when = builder.when_transition();
    let is_linked = AB::Expr::ONE - *row.own.first;
    let mut when_parent = when.when(row.is(Kind::Header1) * is_linked);
    for (i, &lane) in next.permutation.input[..RATE].iter().enumerate() {
        when_parent.assert_eq(lane, permutation.output[i] + row.own.previous[i]);
    }
    let is_last = row.is(Kind::Header9);
    assert_all_eq(
        &mut when.when(is_last),
        next.own.previous,
        squeeze::<AB>(permutation),
    );
    // On the path there is no header more.
    let changes = row.is(Kind::NewPath) + is_last;
    let previous = row.own.previous.map(Into::into);
    assert_all_eq(
        &mut when.when(AB::Expr::ONE - changes),
        next.own.previous,
        previous,
    );
    let mut when = builder.when(row.is(Kind::OldPath));
    let last = public.last_hash.iter().cloned();
    assert_all_eq(&mut when, row.own.previous, last);
}

/// The headers are counted, and each finishes the nodes on whose right it is. Degree 3.
fn assert_index<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    assert_bits(builder, row.own.bits);
    builder
        .when(row.is(Kind::Fold0))
        .assert_eq(*row.own.index, weighted_sum::<AB>(row.own.bits, 2));
    let mut when = builder.when_transition();
    let starts = next.is(Kind::Fold0);
    when.assert_eq(*next.own.index, *row.own.index + starts);

    let merges = next.is(Kind::Merge);
    let bit = row.own.bits[0];
    let ends = ends_node::<AB>(row);
    when.when(ends.clone()).assert_eq(bit, merges);
    let mut when_merges = when.when(merges);
    for (i, &next) in next.own.bits.iter().enumerate() {
        match row.own.bits.get(i + 1) {
            Some(&bit) => when_merges.assert_eq(next, bit),
            None => when_merges.assert_zero(next),
        }
    }
    let keeps = in_header::<AB>(row);
    let bits = row.own.bits.map(Into::into);
    assert_all_eq(&mut when.when(keeps), next.own.bits, bits);
    let [last_index] = public.last_index.clone();
    when.when(ends)
        .when(next.is(Kind::OldPath))
        .assert_eq(*row.own.index, last_index);
}

/// A node that is finished waits on the stack for the one on its right, and is compressed with it. Degree 3.
fn assert_stack<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    let node = node::<AB>(row);
    let next_input = next.permutation.input;
    let (stack, next_stack) = (row.own.stack, next.own.stack);
    let mut when = builder.when_transition();
    let mut when_merges = when.when(next.is(Kind::Merge));
    let left = stack[..RATE].iter().map(|&cell| cell.into());
    assert_all_eq(&mut when_merges, &next_input[..RATE], left);
    assert_all_eq(&mut when_merges, &next_input[RATE..], node.clone());
    let rest = stack[RATE..].iter().map(|&cell| cell.into());
    assert_all_eq(&mut when_merges, &next_stack[..STACK - RATE], rest);

    let mut when_waits = when.when(next.is(Kind::Fold0));
    assert_all_eq(&mut when_waits, &next_stack[..RATE], node);
    let rest = stack[..STACK - RATE].iter().map(|&cell| cell.into());
    assert_all_eq(&mut when_waits, &next_stack[RATE..], rest);

    let mut when_keeps = when.when(in_header::<AB>(row));
    assert_all_eq(&mut when_keeps, next_stack, stack.map(Into::into));
}

/// The subtree of the headers takes the place of the vacant one, along the public path. Degree 4.
fn assert_path<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let (bit, next_bit) = (row.own.stack[0], next.own.stack[0]);
    let is_path = row.is(Kind::OldPath) + row.is(Kind::NewPath);
    builder.when(is_path).assert_bool(bit);
    let mut when = builder.when_transition();
    let mut when_starts = when.when(ends_node::<AB>(row) * next.is(Kind::OldPath));
    let next_input = next.permutation.input;
    walk::assert_child_by(&mut when_starts, next_input, next_bit, &public.vacant);
    assert_all_eq(&mut when_starts, next.own.node, node::<AB>(row));
    let (path, _) = next.own.stack.split_at(public.path.len());
    assert_all_eq(&mut when_starts, path, public.path.iter().cloned());

    let mut when_old = when.when(row.is(Kind::OldPath));
    let (permutation, next_permutation) = (&row.permutation, &next.permutation);
    assert_same_sibling(
        &mut when_old,
        bit,
        permutation,
        row.own.node,
        next_permutation,
        next.own.node,
    );
    let (path, next_path) = (&row.own.stack[..33], &next.own.stack[..33]);
    let same = path.iter().map(|&cell| cell.into());
    assert_all_eq(&mut when_old, next_path, same);

    let mut when_new = when.when(row.is(Kind::NewPath));
    let rest = path[1..].iter().map(|&cell| cell.into());
    assert_all_eq(&mut when_new, &next_path[..32], rest);
    let mut when_on = when_new.when(next.is(Kind::OldPath));
    let before = row.own.node.map(Into::into);
    walk::assert_child_by(&mut when_on, next_input, next_bit, &before);
    assert_all_eq(&mut when_on, next.own.node, walk::node::<AB>(permutation));
    let mut when_done = when_new.when(next.is(Kind::OldRoot0));
    when_done.assert_eq(next_bit, Val::from_u32(END_OF_PATH));
    assert_all_eq(&mut when_done, next.own.node, row.own.node.map(Into::into));
    assert_all_eq(
        &mut when_done,
        next.own.previous,
        walk::node::<AB>(permutation),
    );
}

/// Both roots are hashed with their counts, and are the public ones. Degree 2.
fn assert_roots<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let permutation = &row.permutation;
    let next_input = next.permutation.input;
    let roots = [
        (Kind::OldRoot0, row.own.node, &public.start_height),
        (Kind::NewRoot0, row.own.previous, &public.end_height),
    ];
    for (kind, root, [low, high]) in roots {
        let [r0, r1, r2, r3, r4, r5, r6, r7] = root.map(Into::into);
        let block = [low.clone(), high.clone(), r0, r1, r2, r3, r4, r5];
        let mut when = builder.when(row.is(kind));
        sponge::assert_starts(&mut when, permutation.input, block, Domain::History, 10);
        let mut when = when.when_transition();
        let rest = Block::Second([r6, r7]);
        sponge::assert_absorbs(&mut when, permutation.output, next_input, rest, 2);
    }
    for (kind, history) in [
        (Kind::OldRoot1, &public.start_history),
        (Kind::NewRoot1, &public.end_history),
    ] {
        let mut when = builder.when(row.is(kind));
        let history = history.iter().cloned();
        assert_all_eq(&mut when, &permutation.output[..RATE], history);
    }
}

/// The height of the row's header, as limbs: the range is too short for a carry. Degree 1.
fn height<AB: AirBuilder<F = Val>>(
    row: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) -> [AB::Expr; 2] {
    let [low, high] = public.start_height.clone();
    [low + *row.own.index, high]
}

/// The node that a row finishes: a header's hash, or what a Merge has made. Degree 2.
fn node<AB: AirBuilder<F = Val>>(row: &Row<'_, AB::Var>) -> [AB::Expr; 8] {
    let permutation = &row.permutation;
    core::array::from_fn(|i| row.is(Kind::Merge) * permutation.input[i] + permutation.output[i])
}

/// One where a node is finished. Degree 1.
fn ends_node<AB: AirBuilder>(row: &Row<'_, AB::Var>) -> AB::Expr {
    row.is(Kind::Header9) + row.is(Kind::Merge)
}

/// One in the rows of a header and its fold, but the last. Degree 1.
fn in_header<AB: AirBuilder>(row: &Row<'_, AB::Var>) -> AB::Expr {
    let folds = [Kind::Fold0, Kind::Fold1, Kind::Fold2];
    let kinds = folds.into_iter().chain(HEADER).take(12);
    let kinds = kinds.map(|kind| row.is(kind));
    kinds.fold(AB::Expr::ZERO, |sum, kind| sum + kind)
}
