//! What each row of the span trace must satisfy.

use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::columns::{HEADER, Kind, Row, WIDTH};
use super::statement::PublicValues;
use crate::chain::Header;
use crate::gadget::bits::{assert_bits, weighted_sum};
use crate::gadget::limbs::{assert_base4, assert_not_negative};
use crate::gadget::permutation::{PermutationAir, assert_permutation, permutation_air};
use crate::gadget::row::{assert_all_eq, sum};
use crate::gadget::signature::{Kind as SignatureKind, SignatureInputs, assert_signature};
use crate::gadget::sponge::{self, Block, squeeze};
use crate::gadget::walk;
use crate::hash::{Domain, RATE, Val};
use crate::limits::SET_DEPTH;

/// The AIR of [`SpanStatement`](super::SpanStatement).
#[derive(Clone)]
pub struct SpanAir {
    permutation: PermutationAir,
}

impl Default for SpanAir {
    fn default() -> Self {
        Self {
            permutation: permutation_air(),
        }
    }
}

/// Largest degree of a constraint: that of the digits of a signature.
pub const MAX_CONSTRAINT_DEGREE: usize = 8;

impl BaseAir<Val> for SpanAir {
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

impl<AB: AirBuilder<F = Val>> Air<AB> for SpanAir {
    fn eval(&self, builder: &mut AB) {
        self.eval_phases(builder, &mut |_, _| {});
    }
}

impl SpanAir {
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
        let inputs = SignatureInputs {
            message: row.own.message.map(Into::into),
            chain_id: public.chain_id.clone(),
            key_domain: Domain::KeyVote,
            detour: AB::Expr::ZERO,
        };
        assert_signature(builder, &row.signature, &next.signature, &inputs, phase);
        phase(builder, "assert_ends");
        assert_ends(builder, &row, &next, &public);
        phase(builder, "assert_set");
        assert_set(builder, &row, &next);
        phase(builder, "assert_header");
        assert_header(builder, &row, &next, &public);
        phase(builder, "assert_integers");
        assert_integers(builder, &row, &next);
        phase(builder, "assert_hash");
        assert_hash(builder, &row, &next);
        phase(builder, "assert_vote");
        assert_vote(builder, &row, &next, &public);
        phase(builder, "assert_index");
        assert_index(builder, &row, &next);
        phase(builder, "assert_member");
        assert_member(builder, &row, &next);
        phase(builder, "assert_set_path");
        assert_set_path(builder, &row, &next);
        phase(builder, "assert_final");
        assert_final(builder, &row);
        phase(builder, "assert_history");
        assert_history(builder, &row, &next);
        phase(builder, "assert_height");
        assert_height(builder, &row, &next, &public);
    }
}

/// Exactly one kind is set, or none: padding, which only End and padding come before. Degree 2.
fn assert_kinds<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    assert_bits(builder, row.signature.cols.kind);
    assert_bits(builder, row.own.kind);
    let any = any_kind::<AB>(row);
    builder.assert_bool(any.clone());
    let is_end = row.is(Kind::End);
    let mut when = builder.when_transition();
    when.when(AB::Expr::ONE - any.clone() + is_end)
        .assert_zero(any_kind::<AB>(next));
    builder.when_last_row().assert_eq(any, is_end);
}

/// Which kind of row follows which; the signature check says it of its own. Degree 2.
fn assert_order<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    builder.when_first_row().assert_one(row.is(Kind::Set0));
    let mut when = builder.when_transition();
    let mut straight = |kind: Kind, after: Kind| {
        when.when(row.is(kind)).assert_one(next.is(after));
    };
    straight(Kind::Set0, Kind::Set1);
    straight(Kind::Set1, Kind::Header0);
    let after = HEADER[1..].iter().copied().chain([Kind::Vote0]);
    for (kind, after) in HEADER.into_iter().zip(after) {
        straight(kind, after);
    }
    straight(Kind::Vote0, Kind::Vote1);
    straight(Kind::Member0, Kind::Member1);
    straight(Kind::Member1, Kind::SetPath);
    straight(Kind::History0, Kind::History1);
    straight(Kind::History1, Kind::Set0);
    let starts_vote = next.signature.cols.is(SignatureKind::Message0);
    when.when(row.is(Kind::Vote1)).assert_one(starts_vote);
    let is_key = row.signature.cols.is(SignatureKind::Key1);
    when.when(is_key).assert_one(next.is(Kind::Member0));
    when.when(row.is(Kind::SetPath))
        .assert_one(after_vote::<AB>(next) + next.is(Kind::SetPath));
    for (kind, [on, done]) in [
        (Kind::Final, [Kind::HistoryLow, Kind::End]),
        (Kind::HistoryLow, [Kind::HistoryLow, Kind::HistoryHigh]),
        (Kind::HistoryHigh, [Kind::HistoryHigh, Kind::History0]),
    ] {
        when.when(row.is(kind))
            .assert_one(next.is(on) + next.is(done));
    }
}

/// Ends are counted; behind as many as the claim has, the last one's hash is that of the claim. Degree 2.
fn assert_ends<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    builder.when_first_row().assert_zero(*row.own.epoch);
    builder
        .when_transition()
        .assert_eq(*next.own.epoch, *row.own.epoch + row.is(Kind::History1));
    let mut when = builder.when(row.is(Kind::End));
    let [last_epoch] = public.last_epoch.clone();
    when.assert_eq(*row.own.epoch, last_epoch);
    assert_all_eq(&mut when, row.own.hash, public.last_hash.iter().cloned());
}

/// The set is opened: its root is that of the tree, a size, and a power of 32 bits. Degree 5.
fn assert_set<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    let permutation = &row.signature.permutation;
    let (output, next_input) = (permutation.output, next.signature.permutation.input);
    let mut when = builder.when(row.is(Kind::Set0));
    let tree = row.own.tree.map(Into::into);
    sponge::assert_starts(&mut when, permutation.input, tree, Domain::Set, 12);
    let mut when = when.when_transition();
    sponge::assert_carries(&mut when, output, next_input, 4);
    for i in 0..2 {
        when.assert_eq(next_input[2 + i], output[2 + i] + row.own.total[i]);
    }

    let mut when = builder.when(row.is(Kind::Set1));
    let digits = row.signature.cols.state;
    assert_base4(&mut when, digits);
    when.assert_eq(row.own.total[0], weighted_sum::<AB>(&digits[..8], 4));
    when.assert_eq(row.own.total[1], weighted_sum::<AB>(&digits[8..], 4));
    assert_all_eq(&mut when, row.own.set, squeeze::<AB>(permutation));

    let mut when = builder.when_transition();
    let mut when = when.when(AB::Expr::ONE - next.is(Kind::Set0));
    assert_all_eq(&mut when, next.own.tree, row.own.tree.map(Into::into));
    assert_all_eq(&mut when, next.own.total, row.own.total.map(Into::into));
}

/// A header of this chain and version is hashed, at its height, with the set that signs it and the history that it must have. Degree 2.
fn assert_header<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let permutation = &row.signature.permutation;
    let (output, next_input) = (permutation.output, next.signature.permutation.input);
    let mut when = builder.when(row.is(Kind::Header0));
    let [chain_low, chain_high] = public.chain_id.clone();
    let version = AB::Expr::from(Val::from_u32(Header::VERSION));
    let [low, high] = row.own.height.map(Into::into);
    let [slot_low, slot_high] = row.own.slot.map(Into::into);
    let zero = AB::Expr::ZERO;
    let block = [
        version, zero, chain_low, chain_high, low, high, slot_low, slot_high,
    ];
    sponge::assert_starts(&mut when, permutation.input, block, Domain::Header, 80);

    let mut when = builder.when_transition();
    // Proposer and timestamp are six limbs; two are zero.
    let mut when_second = when.when(row.is(Kind::Header0));
    sponge::assert_carries(&mut when_second, output, next_input, 6);
    for (before, digest) in [
        (Kind::Header4, next.own.set),
        (Kind::Header5, next.own.set),
        (Kind::Header7, next.own.message),
    ] {
        let mut when = when.when(row.is(before));
        let digest = Block::Second(digest.map(Into::into));
        sponge::assert_absorbs(&mut when, output, next_input, digest, RATE);
    }
    for before in [1, 2, 3, 6, 8] {
        let mut when = when.when(row.is(HEADER[before]));
        sponge::assert_carries(&mut when, output, next_input, RATE);
    }
    let mut when_slot = when.when(AB::Expr::ONE - next.is(Kind::Header0));
    assert_all_eq(&mut when_slot, next.own.slot, row.own.slot.map(Into::into));
    let mut when_set = when.when(AB::Expr::ONE - next.is(Kind::Header6));
    assert_all_eq(&mut when_set, next.own.set, row.own.set.map(Into::into));
    let mut when_first = builder.when_first_row();
    let set = public.validator_set_root.iter().cloned();
    assert_all_eq(&mut when_first, row.own.set, set);
}

/// A header's slot, proposer and timestamp are limbs of 16 bits: nobody has hashed it before. Degree 5.
///
/// The digits of proposer and timestamp are in the rows of the first two blocks, those of the slot in the row of the third.
fn assert_integers<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    let hashes_integers = row.is(Kind::Header0) + row.is(Kind::Header1);
    let slot = &row.signature.cols.state;
    let mut when = builder.when(hashes_integers.clone() + row.is(Kind::Header2));
    assert_base4(&mut when, slot.iter());
    let digits = integer_digits::<AB>(row);
    assert_base4(&mut builder.when(hashes_integers), &digits[2]);

    let (output, next_input) = (
        row.signature.permutation.output,
        next.signature.permutation.input,
    );
    let mut when = builder.when_transition();
    let mut when_first = when.when(row.is(Kind::Header0));
    let limbs = digits.into_iter().chain(integer_digits::<AB>(next));
    for (i, digits) in limbs.enumerate() {
        let limb = next_input[i] - output[i];
        when_first.assert_eq(limb, weighted_sum::<AB>(&digits, 4));
    }
    let mut when_slot = builder.when(row.is(Kind::Header2));
    for (i, digits) in slot.chunks(8).enumerate() {
        when_slot.assert_eq(row.own.slot[i], weighted_sum::<AB>(digits, 4));
    }
}

/// The cells of a row that have the digits of three limbs. Degree 1.
fn integer_digits<AB: AirBuilder>(row: &Row<'_, AB::Var>) -> [[AB::Var; 8]; 3] {
    let cols = &row.signature.cols;
    let [a, b, c, d, e, f] = *cols.digest;
    let state = |from: usize| core::array::from_fn(|i| cols.state[from + i]);
    [
        state(0),
        state(8),
        [a, b, c, d, e, f, *cols.count, *cols.weight],
    ]
}

/// The hash of a header stays beside the rows up to the end of the next one. Degree 2.
fn assert_hash<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    let is_last = row.is(Kind::Header9);
    let mut when = builder.when_transition();
    let mut when_last = when.when(is_last);
    let hash = squeeze::<AB>(&row.signature.permutation);
    assert_all_eq(&mut when_last, next.own.hash, hash);
    let mut when_keeps = when.when(AB::Expr::ONE - is_last);
    assert_all_eq(&mut when_keeps, next.own.hash, row.own.hash.map(Into::into));
}

/// The votes are for this header, at its height and slot. Degree 2.
fn assert_vote<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let permutation = &row.signature.permutation;
    let mut when = builder.when(row.is(Kind::Vote0));
    let [chain_low, chain_high] = public.chain_id.clone();
    let [low, high] = row.own.height.map(Into::into);
    let [slot_low, slot_high] = row.own.slot.map(Into::into);
    let [h0, h1, h2, h3, h4, h5, h6, h7] = row.own.hash.map(Into::into);
    let block = [
        chain_low, chain_high, low, high, slot_low, slot_high, h0, h1,
    ];
    sponge::assert_starts(&mut when, permutation.input, block, Domain::Vote, 14);
    let mut when = when.when_transition();
    let rest = Block::Second([h2, h3, h4, h5, h6, h7]);
    let next_input = next.signature.permutation.input;
    sponge::assert_absorbs(&mut when, permutation.output, next_input, rest, 6);

    let mut when = builder.when_transition();
    let changes = row.is(Kind::Vote1) + row.is(Kind::History1);
    let mut when_changes = when.when(changes.clone());
    assert_all_eq(
        &mut when_changes,
        next.own.message,
        squeeze::<AB>(permutation),
    );
    let mut when_keeps = when.when(AB::Expr::ONE - changes);
    assert_all_eq(
        &mut when_keeps,
        next.own.message,
        row.own.message.map(Into::into),
    );
}

/// Indices strictly increase in each end: each Message0 adds one and a number of ten bits. Powers are counted from nothing. Degree 3.
fn assert_index<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    let starts_vote = row.signature.cols.is(SignatureKind::Message0);
    assert_bits(
        &mut builder.when(starts_vote),
        &row.signature.cols.state[..SET_DEPTH],
    );
    let gap = weighted_sum::<AB>(&next.signature.cols.state[..SET_DEPTH], 2);
    let step = (gap + AB::Expr::ONE) * next.signature.cols.is(SignatureKind::Message0);
    let starts = row.is(Kind::Vote1);
    let mut when = builder.when_transition();
    // As if the index before were −1.
    let mut when_first = when.when(starts);
    when_first.assert_eq(*next.own.index + AB::Expr::ONE, step.clone());
    when_first.assert_zero(next.own.power[0]);
    when_first.assert_zero(next.own.power[1]);
    let mut when_on = when.when(AB::Expr::ONE - starts);
    when_on.assert_eq(*next.own.index, step + *row.own.index);
    let (output, next_input) = (
        row.signature.permutation.output,
        next.signature.permutation.input,
    );
    for i in 0..2 {
        let counted = (next_input[i] - output[i]) * row.is(Kind::Member0);
        when_on.assert_eq(next.own.power[i], counted + row.own.power[i]);
    }
}

/// The set leaf: the key id that was reached, the power that is counted, the leaf's slot. Degree 3.
fn assert_member<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    let cols = &row.signature.cols;
    let permutation = &row.signature.permutation;
    let (input, output) = (permutation.input, permutation.output);
    let next_input = next.signature.permutation.input;

    let mut when = builder.when_transition();
    let mut when_key = when.when(cols.is(SignatureKind::Key1));
    assert_all_eq(
        &mut when_key,
        &next_input[..RATE],
        squeeze::<AB>(permutation),
    );

    let mut when = builder.when(row.is(Kind::Member0));
    sponge::assert_capacity(&mut when, input, Domain::SetLeaf, 14);
    let mut when = when.when_transition();
    sponge::assert_carries(&mut when, output, next_input, 6);
    // leaf = slot − start_slot as integers: the high limbs differ by 0 to 19, so that neither side
    // comes near the modulus.
    let start: [AB::Expr; 2] = core::array::from_fn(|i| next_input[4 + i] - output[4 + i]);
    let [low, high] = core::array::from_fn(|i| AB::Expr::from(row.own.slot[i]) - start[i].clone());
    when.assert_eq(high.clone(), *cols.quad + *cols.quint * Val::from_u32(4));
    when.assert_eq(*cols.leaf, low + high * Val::from_u32(1 << 16));

    let mut when = builder.when_transition();
    let mut when = when.when(row.is(Kind::Member1));
    let levels = next.signature.cols.walk();
    walk::assert_child(&mut when, next_input, &levels, &squeeze::<AB>(permutation));
    walk::assert_starts(&mut when, &levels);
}

/// Ten levels up to the root of the set's tree, along the bits of `index`. Degree 4.
fn assert_set_path<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    let cols = &row.signature.cols;
    let (levels, next_levels) = (cols.walk(), next.signature.cols.walk());
    let node = walk::node::<AB>(&row.signature.permutation);
    let mut when = builder.when_transition();
    let mut when = when.when(row.is(Kind::SetPath));
    let mut when_on = when.when(next.is(Kind::SetPath));
    walk::assert_goes_on(&mut when_on, &levels, &next_levels);
    let next_input = next.signature.permutation.input;
    walk::assert_child(&mut when_on, next_input, &next_levels, &node);
    let mut when_done = when.when(after_vote::<AB>(next));
    when_done.assert_eq(*cols.count, Val::from_usize(SET_DEPTH - 1));
    when_done.assert_eq(*row.own.index, walk::number::<AB>(&levels));
    assert_all_eq(&mut when_done, row.own.tree, node);
}

/// The power that was counted is more than two thirds: `3·signed − 2·total − 1` is not negative. Degree 5.
fn assert_final<AB: AirBuilder<F = Val>>(builder: &mut AB, row: &Row<'_, AB::Var>) {
    let input = row.signature.permutation.input;
    let state = row.signature.cols.state;
    // Base-4 digits: 8 for the low 16 bits of the surplus, 14 for the rest, 6 for what is carried.
    let mut when = builder.when(row.is(Kind::Final));
    assert_base4(&mut when, input.iter().chain(&state[..12]));
    let low = weighted_sum::<AB>(&input[..8], 4);
    let high = weighted_sum::<AB>(&input[8..], 4)
        + weighted_sum::<AB>(&state[..6], 4) * Val::from_u32(1 << 16);
    let carry = weighted_sum::<AB>(&state[6..12], 4) - AB::Expr::TWO;
    let three = Val::from_u32(3);
    let ([signed_low, signed_high], [total_low, total_high]) = (*row.own.power, *row.own.total);
    let surplus = [
        signed_low * three - total_low * Val::TWO - AB::Expr::ONE,
        signed_high * three - total_high * Val::TWO,
    ];
    assert_not_negative(&mut when, surplus, carry, low, high);
}

/// The end before is in the history that the next header must have: 32 levels, along the limbs of its height. Degree 4.
fn assert_history<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    let permutation = &row.signature.permutation;
    let next_input = next.signature.permutation.input;
    let (levels, next_levels) = (row.signature.cols.walk(), next.signature.cols.walk());
    let node = walk::node::<AB>(permutation);
    let (low, high) = (Kind::HistoryLow, Kind::HistoryHigh);
    let mut when = builder.when_transition();
    let mut when_first = when.when(row.is(Kind::Final) * next.is(low));
    let hash = row.own.hash.map(Into::into);
    walk::assert_child(&mut when_first, next_input, &next_levels, &hash);
    walk::assert_starts(&mut when_first, &next_levels);

    // A limb has 16 levels.
    let last = Val::from_u32(15);
    for (limb, kind, after) in [(0, low, high), (1, high, Kind::History0)] {
        let mut when = when.when(row.is(kind));
        let mut when_on = when.when(next.is(kind));
        walk::assert_goes_on(&mut when_on, &levels, &next_levels);
        walk::assert_child(&mut when_on, next_input, &next_levels, &node);
        let mut when_done = when.when(next.is(after));
        when_done.assert_eq(*levels.count, last);
        when_done.assert_eq(row.own.height[limb], walk::number::<AB>(&levels));
    }
    let mut when_high = when.when(row.is(low) * next.is(high));
    walk::assert_child(&mut when_high, next_input, &next_levels, &node);
    walk::assert_starts(&mut when_high, &next_levels);
    let mut when_root = when.when(row.is(high) * next.is(Kind::History0));
    let (first, rest) = node.split_at(6);
    assert_all_eq(&mut when_root, &next_input[2..RATE], first.iter().cloned());
    let kept = &next.signature.cols.digest[..2];
    assert_all_eq(&mut when_root, kept, rest.iter().cloned());

    let mut when = builder.when(row.is(Kind::History0));
    sponge::assert_capacity(&mut when, permutation.input, Domain::History, 10);
    assert_all_eq(
        &mut when,
        &permutation.input[..2],
        row.own.height.map(Into::into),
    );
    let mut when = when.when_transition();
    let digest = row.signature.cols.digest;
    let rest = Block::Second([digest[0].into(), digest[1].into()]);
    sponge::assert_absorbs(&mut when, permutation.output, next_input, rest, 2);
}

/// From one end to the next the height goes up by the length of an epoch. Degree 3.
///
/// The low limb is below 2^16, so that the carry has one value; the verifier checks that the last height has 32 bits.
fn assert_height<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let mut when_first = builder.when_first_row();
    let first = public.first_height.iter().cloned();
    assert_all_eq(&mut when_first, row.own.height, first);
    let bits = row.signature.cols.state;
    let mut when = builder.when(row.is(Kind::History0));
    assert_bits(&mut when, bits);
    when.assert_eq(row.own.height[0], weighted_sum::<AB>(bits, 2));

    let mut when = builder.when_transition();
    let goes_up = next.is(Kind::History0);
    // A bit everywhere.
    let carry = *next.signature.cols.bit;
    let [length_low, length_high] = public.epoch_length.clone();
    let mut when_up = when.when(goes_up);
    when_up.assert_eq(
        AB::Expr::from(Val::from_u32(1 << 16)) * carry + next.own.height[0],
        length_low + row.own.height[0],
    );
    when_up.assert_eq(next.own.height[1], length_high + row.own.height[1] + carry);
    let mut when_keeps = when.when(AB::Expr::ONE - goes_up);
    assert_all_eq(
        &mut when_keeps,
        next.own.height,
        row.own.height.map(Into::into),
    );
}

/// What may follow a vote. Degree 1.
fn after_vote<AB: AirBuilder>(next: &Row<'_, AB::Var>) -> AB::Expr {
    next.signature.cols.is(SignatureKind::Message0) + next.is(Kind::Final)
}

/// One where any kind is set. Degree 1.
fn any_kind<AB: AirBuilder>(row: &Row<'_, AB::Var>) -> AB::Expr {
    sum::<AB>(row.signature.cols.kind) + sum::<AB>(row.own.kind)
}
