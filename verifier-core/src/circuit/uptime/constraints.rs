//! What each row of the uptime trace must satisfy.

use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::columns::{HEADER, Kind, LIMB_BITS, Row, VOTES, WIDTH};
use super::statement::PublicValues;
use crate::chain::Header;
use crate::gadget::bits::{assert_bits, weighted_sum};
use crate::gadget::permutation::{PermutationAir, assert_permutation, permutation_air};
use crate::gadget::row::{assert_all_eq, sum};
use crate::gadget::sponge::{self, Block, squeeze};
use crate::gadget::walk;
use crate::hash::{Domain, RATE, Val};
use crate::limits::SET_DEPTH;

/// The AIR of [`UptimeStatement`](super::UptimeStatement).
#[derive(Clone)]
pub struct UptimeAir {
    permutation: PermutationAir,
}

impl Default for UptimeAir {
    fn default() -> Self {
        Self {
            permutation: permutation_air(),
        }
    }
}

/// Largest degree of a constraint: that of the permutation.
pub const MAX_CONSTRAINT_DEGREE: usize = 7;
/// What stands behind the last bit of the set path: no bit.
pub(super) const END_OF_PATH: Val = Val::TWO;

impl BaseAir<Val> for UptimeAir {
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

impl<AB: AirBuilder<F = Val>> Air<AB> for UptimeAir {
    fn eval(&self, builder: &mut AB) {
        self.eval_phases(builder, &mut |_, _| {});
    }
}

impl UptimeAir {
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
        phase(builder, "assert_window");
        assert_window(builder, &row, &next, &public);
        phase(builder, "assert_header");
        assert_header(builder, &row, &next, &public);
        phase(builder, "assert_height");
        assert_height(builder, &row, &public);
        phase(builder, "assert_previous");
        assert_previous(builder, &row, &next, &public);
        phase(builder, "assert_votes");
        assert_votes(builder, &row, &next);
        phase(builder, "assert_count");
        assert_count(builder, &row, &next, &public);
        phase(builder, "assert_member");
        assert_member(builder, &row, &next, &public);
        phase(builder, "assert_set");
        assert_set(builder, &row, &next, &public);
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
    let is_end = row.is(Kind::Set1);
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
    builder.when_first_row().assert_one(row.is(Kind::Header0));
    let mut when = builder.when_transition();
    let after = HEADER[1..].iter().copied();
    for (kind, after) in HEADER.into_iter().zip(after) {
        when.when(row.is(kind)).assert_one(next.is(after));
    }
    // Behind a header whose votes are counted there is another one, with its votes before it.
    let mut when_ends = when.when(row.is(Kind::Header9));
    when_ends.assert_eq(next.is(Kind::Votes0), *row.own.voted);
    when_ends.assert_eq(next.is(Kind::Member0), AB::Expr::ONE - *row.own.voted);
    let after = VOTES[1..].iter().copied().chain([Kind::Header0]);
    for (kind, after) in VOTES.into_iter().zip(after) {
        when.when(row.is(kind)).assert_one(next.is(after));
    }
    when.when(row.is(Kind::SetPath))
        .assert_one(next.is(Kind::SetPath) + next.is(Kind::Set0));
    for (kind, after) in [
        (Kind::Member0, Kind::Member1),
        (Kind::Member1, Kind::SetPath),
        (Kind::Set0, Kind::Set1),
    ] {
        when.when(row.is(kind)).assert_one(next.is(after));
    }
}

/// Headers are numbered from 0, and the last one's number is how many are voted for. Degree 2.
fn assert_window<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let index = *row.own.index;
    builder.when_first_row().assert_zero(index);
    let starts = next.is(Kind::Votes0);
    builder
        .when_transition()
        .assert_eq(*next.own.index, index + starts);
    let [voted] = public.voted.clone();
    builder.when(row.is(Kind::Member0)).assert_eq(index, voted);
    // Which of the two a header is does not change where it is used: from its set on.
    let mut when = builder.when_transition();
    let kinds = [5, 6, 7, 8].map(|block| row.is(HEADER[block]));
    when.when(sum::<AB>(&kinds))
        .assert_eq(*next.own.voted, *row.own.voted);
}

/// A header of this chain and version is hashed; where it is voted for, it names the set. Degree 3.
fn assert_header<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let (output, next_input) = (row.permutation.output, next.permutation.input);
    let mut when = builder.when(row.is(Kind::Header0));
    let [chain_low, chain_high] = public.chain_id.clone();
    let version = AB::Expr::from(Val::from_u32(Header::VERSION));
    let integers = [version, AB::Expr::ZERO, chain_low, chain_high];
    let input = row.permutation.input;
    sponge::assert_capacity(&mut when, input, Domain::Header, 80);
    assert_all_eq(&mut when, &input[..4], integers);

    let mut when = builder.when_transition();
    // Proposer and timestamp are six limbs; two are zero.
    let mut when_second = when.when(row.is(Kind::Header0));
    sponge::assert_carries(&mut when_second, output, next_input, 6);
    for block in [1, 6] {
        let digest = [row.own.previous, row.own.votes][usize::from(block == 6)];
        let mut when = when.when(row.is(HEADER[block]));
        let digest = Block::Second(digest.map(Into::into));
        sponge::assert_absorbs(&mut when, output, next_input, digest, RATE);
    }
    let others = [2, 3, 4, 5, 7, 8].map(|block| row.is(HEADER[block]));
    for kind in others {
        sponge::assert_carries(&mut when.when(kind), output, next_input, RATE);
    }
    let is_voted = next.is(Kind::Header5) * *next.own.voted;
    let set = public.validator_set_root.iter().zip(output);
    let set = set.map(|(root, &output)| root.clone() + output);
    assert_all_eq(&mut when.when(is_voted), &next_input[..RATE], set);
}

/// The height in a header is that of its place, as two limbs. Degree 3.
///
/// The low limb is below 2^16, so that the carry has one value: the first height and a place are below 2^17 in sum.
fn assert_height<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let is_sum = row.is(Kind::Header0) + of_validator::<AB>(row, public);
    assert_bits(&mut builder.when(is_sum), row.own.bits);
    let mut when = builder.when(row.is(Kind::Header0));
    let (low, high) = (row.permutation.input[4], row.permutation.input[5]);
    let [first_low, first_high] = public.first.clone();
    let carry = *row.own.carry;
    when.assert_bool(carry);
    when.assert_eq(low, weighted_sum::<AB>(row.own.bits, 2));
    let carried = AB::Expr::from(Val::from_u32(1 << LIMB_BITS)) * carry;
    when.assert_eq(carried + low, first_low + *row.own.index);
    when.assert_eq(high, first_high + carry);
}

/// Each header but the first absorbs the hash of the one before it; the last one's is the public one. Degree 2.
fn assert_previous<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let mut when = builder.when_transition();
    let is_last = row.is(Kind::Header9);
    let mut when_last = when.when(is_last);
    assert_all_eq(
        &mut when_last,
        next.own.previous,
        squeeze::<AB>(&row.permutation),
    );
    let previous = row.own.previous.map(Into::into);
    let mut when_keeps = when.when(AB::Expr::ONE - is_last);
    assert_all_eq(&mut when_keeps, next.own.previous, previous);
    let mut when_end = builder.when(row.is(Kind::Member0));
    let hash = public.head_hash.iter().cloned();
    assert_all_eq(&mut when_end, row.own.previous, hash);
}

/// Who voted for the header before is hashed before each header but the first. Degree 2.
fn assert_votes<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
) {
    let permutation = &row.permutation;
    let mut when_first = builder.when(row.is(Kind::Votes0));
    sponge::assert_capacity(
        &mut when_first,
        permutation.input,
        Domain::Participation,
        64,
    );
    let mut when = builder.when_transition();
    for kind in VOTES.into_iter().take(VOTES.len() - 1) {
        let mut when = when.when(row.is(kind));
        sponge::assert_carries(&mut when, permutation.output, next.permutation.input, RATE);
    }
    let is_last = row.is(Kind::Votes7);
    let mut when_last = when.when(is_last);
    assert_all_eq(&mut when_last, next.own.votes, squeeze::<AB>(permutation));
    let votes = row.own.votes.map(Into::into);
    let mut when_keeps = when.when(AB::Expr::ONE - is_last);
    assert_all_eq(&mut when_keeps, next.own.votes, votes);
}

/// The validator's bit in each bitmap is counted, and nothing else. Degree 3.
fn assert_count<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let [block_0, ..] = blocks::<AB>(public);
    let (output, next_input) = (row.permutation.output, next.permutation.input);
    // A sponge starts from zeros, so that its first block is what the first row takes in.
    let first = row.permutation.input[..RATE]
        .iter()
        .zip(lanes::<AB>(public));
    let limb = first.fold(AB::Expr::ZERO, |limb, (&lane, is)| limb + is * lane);
    builder
        .when(block_0 * row.is(Kind::Votes0))
        .assert_eq(weighted_sum::<AB>(row.own.bits, 2), limb);
    let absorbed = next_input.iter().zip(output).zip(lanes::<AB>(public));
    let limb = absorbed.fold(AB::Expr::ZERO, |limb, ((&next, &before), is)| {
        limb + is * (next - before)
    });
    let later = blocks::<AB>(public).into_iter().zip(VOTES).skip(1);
    let is_later = later.fold(AB::Expr::ZERO, |sum, (block, kind)| {
        sum + block * next.is(kind)
    });
    let mut when = builder.when_transition();
    when.when(is_later)
        .assert_eq(weighted_sum::<AB>(next.own.bits, 2), limb);

    let bits = row.own.bits.iter().zip(positions::<AB>(public));
    let bit = bits.fold(AB::Expr::ZERO, |sum, (&bit, is)| sum + is * bit);
    let voted = of_validator::<AB>(row, public) * bit;
    when.assert_eq(*next.own.count, voted + *row.own.count);
    builder.when_first_row().assert_zero(*row.own.count);
    let [signed] = public.signed.clone();
    builder
        .when(row.is(Kind::Member0))
        .assert_eq(*row.own.count, signed);
}

/// The key's leaf leads to the set's tree, by the bits of the index. Degree 3.
fn assert_member<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let permutation = &row.permutation;
    let mut when_key = builder.when(row.is(Kind::Member0));
    let key = public.key_id.iter().cloned();
    sponge::assert_starts(&mut when_key, permutation.input, key, Domain::SetLeaf, 14);
    let (bit, next_bit) = (row.own.bits[0], next.own.bits[0]);
    builder.when(row.is(Kind::SetPath)).assert_bool(bit);

    let mut when = builder.when_transition();
    // Power, account and start slot are six limbs.
    let mut when_rest = when.when(row.is(Kind::Member0));
    sponge::assert_carries(
        &mut when_rest,
        permutation.output,
        next.permutation.input,
        6,
    );
    let mut when_leaf = when.when(row.is(Kind::Member1));
    walk::assert_child_by(
        &mut when_leaf,
        next.permutation.input,
        next_bit,
        &squeeze::<AB>(permutation),
    );
    let mut path = public.index.to_vec();
    path.push(END_OF_PATH.into());
    path.resize(LIMB_BITS, AB::Expr::ZERO);
    assert_all_eq(&mut when_leaf, next.own.bits, path);

    let mut when_level = when.when(row.is(Kind::SetPath));
    let rest = row.own.bits[1..].iter().map(|&bit| bit.into());
    assert_all_eq(&mut when_level, &next.own.bits[..LIMB_BITS - 1], rest);
    let node = walk::node::<AB>(permutation);
    let mut when_on = when_level.when(next.is(Kind::SetPath));
    walk::assert_child_by(&mut when_on, next.permutation.input, next_bit, &node);
    let mut when_done = when_level.when(next.is(Kind::Set0));
    when_done.assert_eq(next_bit, END_OF_PATH);
    let (root, _) = next.permutation.input.split_at(RATE);
    assert_all_eq(&mut when_done, root, node);
}

/// The tree is the one of the set that the headers name. Degree 2.
fn assert_set<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Row<'_, AB::Var>,
    next: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) {
    let permutation = &row.permutation;
    let mut when = builder.when(row.is(Kind::Set0));
    sponge::assert_capacity(&mut when, permutation.input, Domain::Set, 12);
    // How many members there are, and their power, are four limbs.
    let mut when = when.when_transition();
    sponge::assert_carries(&mut when, permutation.output, next.permutation.input, 4);
    let mut when = builder.when(row.is(Kind::Set1));
    let root = public.validator_set_root.iter().cloned();
    assert_all_eq(&mut when, &permutation.output[..RATE], root);
}

/// One in the row of votes that has the validator's bit. Degree 1.
fn of_validator<AB: AirBuilder<F = Val>>(
    row: &Row<'_, AB::Var>,
    public: &PublicValues<AB::Expr>,
) -> AB::Expr {
    let blocks = blocks::<AB>(public).into_iter().zip(VOTES);
    blocks.fold(AB::Expr::ZERO, |sum, (block, kind)| {
        sum + block * row.is(kind)
    })
}

/// One for the block of eight limbs that has the validator's, by the highest bits of its index. Degree 0, as the two that follow.
fn blocks<AB: AirBuilder<F = Val>>(public: &PublicValues<AB::Expr>) -> [AB::Expr; 8] {
    one_of::<AB, 8>(&public.index[7..])
}

/// One for the limb among these, by the bits in the middle.
fn lanes<AB: AirBuilder<F = Val>>(public: &PublicValues<AB::Expr>) -> [AB::Expr; 8] {
    one_of::<AB, 8>(&public.index[4..7])
}

/// One for the bit of that limb, by the lowest bits.
fn positions<AB: AirBuilder<F = Val>>(public: &PublicValues<AB::Expr>) -> [AB::Expr; LIMB_BITS] {
    one_of::<AB, LIMB_BITS>(&public.index[..4])
}

/// One at the place whose bits these are, zero elsewhere.
fn one_of<AB: AirBuilder<F = Val>, const N: usize>(bits: &[AB::Expr]) -> [AB::Expr; N] {
    core::array::from_fn(|place| {
        let factors = bits
            .iter()
            .enumerate()
            .map(|(i, bit)| match place >> i & 1 {
                1 => bit.clone(),
                _ => AB::Expr::ONE - bit.clone(),
            });
        factors.fold(AB::Expr::ONE, |product, factor| product * factor)
    })
}

const _: () = assert!(SET_DEPTH == 10 && 1 << SET_DEPTH == VOTES.len() * RATE * LIMB_BITS);
