//! What each row of the consensus trace must satisfy.

use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::columns::{BITMAP_BLOCKS, Kind, Row, WIDTH};
use super::statement::PublicValues;
use crate::chain::Bitmap;
use crate::gadget::bits::{assert_bits, weighted_sum};
use crate::gadget::limbs::{assert_base4, assert_not_negative, assert_sum};
use crate::gadget::permutation::{PermutationAir, assert_permutation, permutation_air};
use crate::gadget::row::{assert_all_eq, sum};
use crate::gadget::signature::{Kind as SignatureKind, SignatureInputs, assert_signature};
use crate::gadget::sponge::{self, Block, squeeze};
use crate::gadget::walk;
use crate::hash::{Domain, Val};
use crate::limits::SET_DEPTH;

/// The AIR of [`ConsensusStatement`](super::ConsensusStatement).
#[derive(Clone)]
pub struct ConsensusAir {
    permutation: PermutationAir,
}

impl Default for ConsensusAir {
    fn default() -> Self {
        Self {
            permutation: permutation_air(),
        }
    }
}

/// Largest degree of a constraint.
pub const MAX_CONSTRAINT_DEGREE: usize = 8;

impl BaseAir<Val> for ConsensusAir {
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

impl<AB: AirBuilder<F = Val>> Air<AB> for ConsensusAir {
    fn eval(&self, builder: &mut AB) {
        self.eval_phases(builder, &mut |_, _| {});
    }
}

impl ConsensusAir {
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
        assert_first_row(builder, &row);
        let inputs = SignatureInputs {
            message: public.message.clone(),
            chain_id: public.chain_id.clone(),
            key_domain: Domain::KeyVote,
            detour: next.is(Kind::Random0).into(),
        };
        assert_signature(builder, &row.signature, &next.signature, &inputs, phase);
        phase(builder, "assert_order");
        assert_order(builder, &row, &next);
        phase(builder, "assert_reveal");
        assert_reveal(builder, &row, &next, &public);
        phase(builder, "assert_member");
        assert_member(builder, &row, &next, &public);
        phase(builder, "assert_set_path");
        assert_set_path(builder, &row, &next, &public);
        phase(builder, "assert_bitmap");
        assert_bitmap(builder, &row, &next);
        phase(builder, "assert_final");
        assert_final(builder, &row, &public);
    }
}

/// Exactly one kind is set, or none: padding, which only Final and padding come before. Degree 2.
fn assert_kinds<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    assert_bits(builder, row.signature.cols.kind);
    assert_bits(builder, row.own.kind);
    let any = any_kind::<AB>(row);
    let next_any = any_kind::<AB>(next);
    builder.assert_bool(any.clone());

    let is_final: AB::Expr = row.is(Kind::Final).into();
    let mut when = builder.when_transition();
    when.when(AB::Expr::ONE - any.clone() + is_final.clone())
        .assert_zero(next_any);
    builder.when_last_row().assert_eq(any, is_final);
}

/// The first row starts a vote or absorbs an empty block; nothing is counted. Degree 3.
fn assert_first_row<AB: AirBuilder<F = Val>>(builder: &mut AB, row: &Row<'_, AB::Var>) {
    let starts_vote = row.signature.cols.is(SignatureKind::Message0);
    let index = index_step::<AB>(row);
    let mut when = builder.when_first_row();
    when.assert_one(starts_vote + row.is(Kind::Signers));
    // As if the index before were −1.
    when.assert_eq(*row.own.index + Val::ONE, index);
    when.assert_zero(*row.own.block);
    when.assert_zero(*row.own.reveals);
    when.assert_zero(row.own.power[0]);
    when.assert_zero(row.own.power[1]);
    let length = u32::try_from(Bitmap::LIMBS).expect("64 limbs");
    let empty = core::array::from_fn::<_, 8, _>(|_| AB::Expr::ZERO);
    sponge::assert_starts(&mut when, row.own.signers, empty, Domain::Signers, length);
}

/// Indices strictly increase: each Message0 adds one and a number of ten bits. Degree 2.
fn assert_order<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    let starts_vote = row.signature.cols.is(SignatureKind::Message0);
    assert_bits(
        &mut builder.when(starts_vote),
        &row.signature.cols.state[..SET_DEPTH],
    );
    let step = index_step::<AB>(next);
    builder
        .when_transition()
        .assert_eq(*next.own.index, step + *row.own.index);
}

/// The proposer's reveal: only by the proposer, behind its slot digest, giving `randomness`.
///
/// Degree 3.
fn assert_reveal<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let cols = &row.signature.cols;
    let (input, output) = (
        row.signature.permutation.input,
        row.signature.permutation.output,
    );
    let next_input = next.signature.permutation.input;
    let next_state = next.signature.cols.state;
    let state = || cols.state.iter().map(|&x| x.into());

    let mut when = builder.when_transition();
    let mut when = when.when(cols.is(SignatureKind::Ends));
    let mut when = when.when(next.is(Kind::Random0));
    assert_all_eq(
        &mut when,
        &next_state[..8],
        squeeze::<AB>(&row.signature.permutation),
    );

    let mut when = builder.when(row.is(Kind::Random0));
    when.assert_eq(*row.own.index, public.proposer[0].clone());
    when.assert_zero(public.proposer[1].clone());
    let parent = public.parent_randomness.iter().cloned();
    sponge::assert_starts(&mut when, input, parent, Domain::Random, 16);
    let mut when = when.when_transition();
    when.assert_one(next.is(Kind::Random1));
    assert_all_eq(&mut when, next_state, state());
    let reveal = core::array::from_fn::<_, 8, _>(|i| next_state[8 + i].into());
    sponge::assert_absorbs(&mut when, output, next_input, Block::Second(reveal), 8);

    let mut when = builder.when(row.is(Kind::Random1));
    assert_all_eq(&mut when, &output[..8], public.randomness.iter().cloned());
    let mut when = when.when_transition();
    when.assert_one(next.is(Kind::Slot));
    assert_all_eq(&mut when, next_state, state());

    let mut when = builder.when(row.is(Kind::Slot));
    sponge::assert_starts(&mut when, input, state().skip(8), Domain::Slot, 8);
    let mut when = when.when_transition();
    when.assert_one(next.signature.cols.is(SignatureKind::Node));
    assert_all_eq(&mut when, &next_input[..8], state());
    assert_all_eq(
        &mut when,
        &next_input[8..],
        squeeze::<AB>(&row.signature.permutation),
    );

    builder
        .when_transition()
        .assert_eq(*next.own.reveals, *row.own.reveals + row.is(Kind::Slot));
}

/// The set leaf: the key id that was reached, the power that is counted, the leaf's slot.
///
/// Degree 6.
fn assert_member<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let cols = &row.signature.cols;
    let (input, output) = (
        row.signature.permutation.input,
        row.signature.permutation.output,
    );
    let next_input = next.signature.permutation.input;

    let mut when = builder.when_transition();
    let mut when = when.when(cols.is(SignatureKind::Key1));
    when.assert_one(next.is(Kind::Member0));
    assert_all_eq(
        &mut when,
        &next_input[..8],
        squeeze::<AB>(&row.signature.permutation),
    );

    let mut when = builder.when(row.is(Kind::Member0));
    sponge::assert_capacity(&mut when, input, Domain::SetLeaf, 14);
    let mut when = when.when_transition();
    when.assert_one(next.is(Kind::Member1));
    sponge::assert_carries(&mut when, output, next_input, 6);
    // leaf = slot − start_slot as integers: the high limbs differ by 0 to 19, so that neither side
    // comes near the modulus.
    let start: [AB::Expr; 2] = core::array::from_fn(|i| next_input[4 + i] - output[4 + i]);
    let [low, high] = core::array::from_fn(|i| public.slot[i].clone() - start[i].clone());
    when.assert_eq(high.clone(), *cols.quad + *cols.quint * Val::from_u32(4));
    when.assert_eq(*cols.leaf, low + high * Val::from_u32(1 << 16));

    let mut when = builder.when_transition();
    for i in 0..2 {
        let counted = (next_input[i] - output[i]) * row.is(Kind::Member0);
        when.assert_eq(next.own.power[i], counted + row.own.power[i]);
    }

    let mut when = builder.when_transition();
    let mut when = when.when(row.is(Kind::Member1));
    when.assert_one(next.is(Kind::SetPath));
    let leaf = squeeze::<AB>(&row.signature.permutation);
    let levels = next.signature.cols.walk();
    walk::assert_child(&mut when, next_input, &levels, &leaf);
    walk::assert_starts(&mut when, &levels);
}

/// Ten levels up to the set's root, along the bits of `index`; then a vote, a block or the end.
///
/// Degree 3.
fn assert_set_path<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let cols = &row.signature.cols;
    let (levels, next_levels) = (cols.walk(), next.signature.cols.walk());
    let node = walk::node::<AB>(&row.signature.permutation);
    let goes_on = next.is(Kind::SetPath);

    let mut when = builder.when_transition();
    let mut when = when.when(row.is(Kind::SetPath));
    when.assert_one(after_vote::<AB>(next) + goes_on);
    let mut when_on = when.when(goes_on);
    walk::assert_goes_on(&mut when_on, &levels, &next_levels);
    let next_input = next.signature.permutation.input;
    walk::assert_child(&mut when_on, next_input, &next_levels, &node);
    let mut when_done = when.when(after_vote::<AB>(next));
    when_done.assert_eq(*cols.count, Val::from_usize(SET_DEPTH - 1));
    when_done.assert_eq(*row.own.index, walk::number::<AB>(&levels));
    for (i, node) in node.into_iter().enumerate() {
        when_done.assert_eq(node, public.set_root[i].clone());
    }
}

/// Each vote sets its bit in the present block; a Signers row absorbs the block. Degree 8.
fn assert_bitmap<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    let (input, output) = (
        row.signature.permutation.input,
        row.signature.permutation.output,
    );
    let absorbs = row.is(Kind::Signers);
    let index_bits = &row.signature.cols.state[..SET_DEPTH];

    let mut when = builder.when(row.is(Kind::Member0));
    assert_bits(&mut when, index_bits);
    when.assert_eq(*row.own.index, weighted_sum::<AB>(index_bits, 2));
    when.assert_eq(*row.own.block, weighted_sum::<AB>(&index_bits[7..], 2));

    let mut when = builder.when(absorbs);
    assert_all_eq(&mut when, input, row.own.signers.map(Into::into));
    when.when_transition().assert_one(after_vote::<AB>(next));

    let mut when = builder.when_transition();
    when.assert_eq(*next.own.block, *row.own.block + absorbs);
    let kept = AB::Expr::ONE - absorbs;
    for i in 0..16 {
        let mut after = kept.clone() * row.own.signers[i] + absorbs * output[i];
        if i < 8 {
            after += place_value::<AB>(index_bits, i) * row.is(Kind::Member0);
        }
        when.assert_eq(next.own.signers[i], after);
    }
}

/// All blocks are absorbed, the proposer revealed, the sums are the claim, the claim is enough.
///
/// `3·signed − 2·total − 1` is not negative: it has 34 bits. Degree 5.
fn assert_final<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let cols = &row.signature.cols;
    let input = row.signature.permutation.input;
    // Base-4 digits: 8 for the low 16 bits of the surplus, 9 for the rest, 5 for the sums' carry.
    let low_digits = &input[..8];
    let (high_digits, top_digit) = (&input[8..], cols.state[0]);
    let carry_digits = &cols.state[1..6];
    let low = weighted_sum::<AB>(low_digits, 4);
    let high = weighted_sum::<AB>(high_digits, 4) + top_digit * Val::from_u32(1 << 16);
    let carry = weighted_sum::<AB>(carry_digits, 4);

    let mut when = builder.when(row.is(Kind::Final));
    when.assert_eq(*row.own.block, Val::from_u32(BITMAP_BLOCKS));
    assert_all_eq(
        &mut when,
        &row.own.signers[..8],
        public.signers.iter().cloned(),
    );
    when.assert_one(*row.own.reveals);
    assert_base4(&mut when, input.iter().chain(&cols.state[..6]));
    assert_sum(&mut when, row.own.power, carry, &public.signed_power);
    let [signed_low, signed_high] = public.signed_power.clone();
    let [total_low, total_high] = public.total_power.clone();
    let three = Val::from_u32(3);
    let surplus = [
        signed_low * three - total_low * Val::TWO - AB::Expr::ONE,
        signed_high * three - total_high * Val::TWO,
    ];
    assert_not_negative(&mut when, surplus, *cols.quint - Val::TWO, low, high);
}

/// What may follow a vote or a block of the bitmap. Degree 1.
fn after_vote<AB: AirBuilder>(next: &Row<'_, AB::Var>) -> AB::Expr {
    next.signature.cols.is(SignatureKind::Message0) + next.is(Kind::Signers) + next.is(Kind::Final)
}

/// One where any kind is set. Degree 1.
fn any_kind<AB: AirBuilder>(row: &Row<'_, AB::Var>) -> AB::Expr {
    sum::<AB>(row.signature.cols.kind) + sum::<AB>(row.own.kind)
}

/// By how much a row moves the index on: 1 to 1,024 where a vote starts. Degree 2.
fn index_step<AB: AirBuilder<F = Val>>(row: &Row<'_, AB::Var>) -> AB::Expr {
    let gap = weighted_sum::<AB>(&row.signature.cols.state[..SET_DEPTH], 2);
    (gap + AB::Expr::ONE) * row.signature.cols.is(SignatureKind::Message0)
}

/// The bit of an index in limb `lane` of its block, zero if it is in another limb. Degree 7.
fn place_value<AB: AirBuilder<F = Val>>(index_bits: &[AB::Var], lane: usize) -> AB::Expr {
    let mut value = AB::Expr::ONE;
    for (i, &bit) in index_bits[..4].iter().enumerate() {
        value *= bit * Val::from_u32((1 << (1 << i)) - 1) + AB::Expr::ONE;
    }
    for (i, &bit) in index_bits[4..7].iter().enumerate() {
        value *= if lane >> i & 1 == 1 {
            bit.into()
        } else {
            AB::Expr::ONE - bit
        };
    }
    value
}
