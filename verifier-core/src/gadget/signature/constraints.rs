//! What each row of a signature check must satisfy.

use p3_air::AirBuilder;
use p3_field::PrimeCharacteristicRing;

use super::columns::{Kind, SignatureCols, SignatureInputs, SignatureRow};
use crate::gadget::bits::{assert_bits, assert_canonical, below, top_value};
use crate::gadget::row::assert_all_eq;
use crate::gadget::sponge::{self, Block, squeeze};
use crate::gadget::walk;
use crate::hash::{Domain, Val};
use crate::signature::{CHAINS, TARGET_SUM};

/// Weight of d0 in the pair that closes the first element of two.
const MID_WEIGHT: u32 = 1 << 24;
/// Weight of d0 in the pair that closes the second element of two.
const END_WEIGHT: u32 = 1 << 22;
/// The last pair of chains.
const LAST_PAIR: u32 = 38;
const _: () = assert!(CHAINS == 78);

/// Asserts everything between Message0 and the key id in the output of Key1.
///
/// The circuit says what comes before Message0 and after Key1, that kinds are one-hot, and how its
/// detour, if it has one, carries the leaf hash to Node. `phase` is called before each group of
/// constraints with its name.
pub fn assert_signature<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &SignatureRow<'_, AB::Var>,
    next: &SignatureRow<'_, AB::Var>,
    inputs: &SignatureInputs<AB::Expr>,
    phase: &mut impl FnMut(&AB, &'static str),
) {
    phase(builder, "assert_ranges");
    assert_ranges(builder, &row.cols);
    phase(builder, "assert_carried");
    assert_carried(builder, &row.cols, &next.cols);
    phase(builder, "assert_message");
    assert_message(builder, row, next, &inputs.message);
    phase(builder, "assert_leaf");
    assert_leaf(builder, row, next);
    phase(builder, "assert_chain");
    assert_chain(builder, row, next);
    phase(builder, "assert_ends");
    assert_ends(builder, row);
    phase(builder, "assert_pair_starts");
    assert_pair_starts(builder, row, next);
    phase(builder, "assert_pair_closes");
    assert_pair_closes(builder, row, next);
    phase(builder, "assert_elements");
    assert_elements(builder, &row.cols);
    phase(builder, "assert_leaf_leaves");
    assert_leaf_leaves(builder, row, next, &inputs.detour);
    phase(builder, "assert_path");
    assert_path(builder, row, next);
    phase(builder, "assert_key");
    assert_key(builder, row, next, inputs);
}

/// Bits are bits, `quad` is 0 to 3, `quint` 0 to 4, flags belong to Ends. Degree 5.
fn assert_ranges<AB: AirBuilder<F = Val>>(builder: &mut AB, row: &SignatureCols<'_, AB::Var>) {
    assert_bits(builder, row.digit_bits);
    assert_bits(builder, &[*row.bit, *row.mid, *row.end]);
    builder.assert_zero(below::<AB>(*row.quad, 4));
    builder.assert_zero(below::<AB>(*row.quint, 5));
    builder.assert_zero((*row.mid + *row.end) * (AB::Expr::ONE - row.is(Kind::Ends)));
    builder.assert_zero(*row.mid * *row.end);
}

/// Parameter and leaf stay from one Message0 to the next. Degree 2.
fn assert_carried<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &SignatureCols<'_, AB::Var>,
    next: &SignatureCols<'_, AB::Var>,
) {
    let same_key = AB::Expr::ONE - next.is(Kind::Message0);
    let mut when = builder.when_transition();
    let mut when = when.when(same_key);
    assert_all_eq(&mut when, next.parameter, row.parameter.map(Into::into));
    when.assert_eq(*next.leaf, *row.leaf);
}

/// The three blocks of the message digest; `R` is free. Degree 2.
fn assert_message<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &SignatureRow<'_, AB::Var>,
    next: &SignatureRow<'_, AB::Var>,
    message: &[AB::Expr; 8],
) {
    let (input, output) = (row.permutation.input, row.permutation.output);
    let next_input = next.permutation.input;
    let [first, second, rest @ ..] = message.clone();

    let mut when = builder.when(row.cols.is(Kind::Message0));
    let block = key_prefix::<AB>(&row.cols).chain([first, second]);
    sponge::assert_starts(&mut when, input, block, Domain::SigMessage, 21);
    let mut when = when.when_transition();
    when.assert_one(next.cols.is(Kind::Message1));
    // Two elements of `R` are in lanes 6 and 7, five in the first lanes of the next block.
    sponge::assert_absorbs(&mut when, output, next_input, Block::First(rest), 8);

    let mut when = builder.when_transition();
    let mut when = when.when(row.cols.is(Kind::Message1));
    when.assert_one(next.cols.is(Kind::Message2));
    sponge::assert_carries(&mut when, output, next_input, 5);

    let mut when = builder.when_transition();
    let mut when = when.when(row.cols.is(Kind::Message2));
    when.assert_one(next.cols.is(Kind::Leaf));
    assert_all_eq(
        &mut when,
        next.cols.digest,
        output[..6].iter().map(|&x| x.into()),
    );
}

/// The first block of the leaf hash, and the counters before the first pair. Degree 2.
fn assert_leaf<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &SignatureRow<'_, AB::Var>,
    next: &SignatureRow<'_, AB::Var>,
) {
    let input = row.permutation.input;
    let mut when = builder.when(row.cols.is(Kind::Leaf));
    let block = key_prefix::<AB>(&row.cols).chain([AB::Expr::ZERO, AB::Expr::ZERO]);
    sponge::assert_starts(&mut when, input, block, Domain::SigLeaf, 8 + 4 * 78);
    let mut when = when.when_transition();
    when.assert_one(next.cols.is(Kind::Chain) + next.cols.is(Kind::Ends));
    walk::assert_starts(&mut when, &next.cols.walk());
    when.assert_zero(*next.cols.digit_sum);
    when.assert_zero(*next.cols.half);
    assert_all_eq(&mut when, next.cols.digest, row.cols.digest.map(Into::into));
}

/// What the message digest and the leaf hash begin with: parameter and leaf.
fn key_prefix<AB: AirBuilder<F = Val>>(
    row: &SignatureCols<'_, AB::Var>,
) -> impl Iterator<Item = AB::Expr> {
    let leaf = *row.leaf;
    row.parameter.iter().copied().chain([leaf]).map(Into::into)
}

/// One step of a chain, and what follows it. Degree 7.
fn assert_chain<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &SignatureRow<'_, AB::Var>,
    next: &SignatureRow<'_, AB::Var>,
) {
    let (input, output) = (row.permutation.input, row.permutation.output);
    let (cols, next_cols) = (&row.cols, &next.cols);
    let (odd, position) = (*cols.bit, *cols.quad);

    let mut when = builder.when(cols.is(Kind::Chain));
    when.assert_zero(below::<AB>(position, 3));
    assert_all_eq(&mut when, &input[4..9], cols.parameter.map(Into::into));
    when.assert_eq(input[9], *cols.leaf);
    let tweak = *cols.count * Val::from_u32(8) + odd * Val::from_u32(4) + position;
    when.assert_eq(input[10], tweak);
    when.assert_eq(input[11], Domain::Chain.tag());
    for &lane in &input[12..] {
        when.assert_zero(lane);
    }

    // Everything about the pair stays while its chains run.
    let mut when = when.when_transition();
    assert_all_eq(
        &mut when,
        next_cols.digit_bits,
        cols.digit_bits.map(Into::into),
    );
    for (after, before) in [
        (next_cols.count, cols.count),
        (next_cols.weight, cols.weight),
        (next_cols.sum, cols.sum),
        (next_cols.digit_sum, cols.digit_sum),
        (next_cols.half, cols.half),
    ] {
        when.assert_eq(*after, *before);
    }
    assert_all_eq(&mut when, next_cols.digest, cols.digest.map(Into::into));

    // A last step adds its end to the rate lanes of its chain.
    let last = is_two::<AB>(position);
    let odd_last = last.clone() * odd;
    let even_last = last.clone() - odd_last.clone();
    for i in 0..4 {
        let even = even_last.clone() * output[i];
        let odd = odd_last.clone() * output[i];
        when.assert_eq(next_cols.state[i], even + cols.state[i]);
        when.assert_eq(next_cols.state[4 + i], odd + cols.state[4 + i]);
    }
    assert_all_eq(
        &mut when,
        &next_cols.state[8..],
        cols.state[8..].iter().map(|&x| x.into()),
    );

    // Not the last step: the next one of the same chain.
    let mut when_on = when.when(AB::Expr::ONE - last);
    when_on.assert_one(next_cols.is(Kind::Chain));
    when_on.assert_eq(*next_cols.bit, odd);
    when_on.assert_eq(*next_cols.quad, position + Val::ONE);
    for i in 0..4 {
        when_on.assert_eq(next.permutation.input[i], output[i]);
    }

    // After the even chain the odd one, unless it has no step; after the odd chain the ends.
    assert_odd_starts(&mut when, cols, next_cols, even_last);
    when.when(odd_last).assert_one(next_cols.is(Kind::Ends));
}

/// Where `after_even` holds, the odd chain of the pair of `pair` starts, or the ends follow.
fn assert_odd_starts<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    pair: &SignatureCols<'_, AB::Var>,
    next: &SignatureCols<'_, AB::Var>,
    after_even: AB::Expr,
) {
    let [_, odd_is_full] = full_digits::<AB>(pair);
    let [_, odd_digit] = digits::<AB>(pair);
    let mut when = builder.when(after_even.clone() * (AB::Expr::ONE - odd_is_full.clone()));
    when.assert_one(next.is(Kind::Chain));
    when.assert_one(*next.bit);
    when.assert_eq(*next.quad, odd_digit);
    builder
        .when(after_even * odd_is_full)
        .assert_one(next.is(Kind::Ends));
}

/// An Ends row absorbs `state`. Degree 2.
fn assert_ends<AB: AirBuilder<F = Val>>(builder: &mut AB, row: &SignatureRow<'_, AB::Var>) {
    let mut when = builder.when(row.cols.is(Kind::Ends));
    assert_all_eq(
        &mut when,
        row.permutation.input,
        row.cols.state.map(Into::into),
    );
}

/// A pair starts after Leaf, and after an Ends row that another pair follows. Degree 7.
fn assert_pair_starts<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &SignatureRow<'_, AB::Var>,
    next: &SignatureRow<'_, AB::Var>,
) {
    let output = row.permutation.output;
    let cols = &next.cols;
    let [even_is_full, odd_is_full] = full_digits::<AB>(cols);
    let [even_digit, _] = digits::<AB>(cols);
    let pair_follows = cols.is(Kind::Chain) + cols.is(Kind::Ends);
    let starts = pair_follows * row.cols.is(Kind::Ends) + row.cols.is(Kind::Leaf);

    let mut when = builder.when_transition();
    let mut when = when.when(starts);
    assert_all_eq(
        &mut when,
        &cols.state[8..],
        output[8..].iter().map(|&x| x.into()),
    );
    let mut when_even = when.when(AB::Expr::ONE - even_is_full.clone());
    for i in 0..4 {
        when_even.assert_eq(cols.state[i], output[i]);
    }
    when_even.assert_one(cols.is(Kind::Chain));
    when_even.assert_zero(*cols.bit);
    when_even.assert_eq(*cols.quad, even_digit);
    let mut when_odd = when.when(AB::Expr::ONE - odd_is_full);
    for i in 4..8 {
        when_odd.assert_eq(cols.state[i], output[i]);
    }
    assert_odd_starts(&mut when, cols, cols, even_is_full);
}

/// What an Ends row hands to the next pair: counters, place value, elements. Degree 5.
fn assert_pair_closes<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &SignatureRow<'_, AB::Var>,
    next: &SignatureRow<'_, AB::Var>,
) {
    let (cols, next_cols) = (&row.cols, &next.cols);
    let [d0, d1] = digits::<AB>(cols);
    let flag = *cols.mid + *cols.end;
    let no_flag = AB::Expr::ONE - flag.clone();
    let pair_follows = next_cols.is(Kind::Chain) + next_cols.is(Kind::Ends);

    let mut when = builder.when_transition();
    let mut when = when.when(pair_follows * cols.is(Kind::Ends));
    when.assert_eq(*next_cols.count, *cols.count + Val::ONE);
    when.assert_eq(
        *next_cols.digit_sum,
        d0.clone() + d1.clone() + *cols.digit_sum,
    );
    when.assert_eq(*next_cols.half, *cols.half + *cols.mid - *cols.end);
    let weight = no_flag.clone() * (*cols.weight * Val::from_u32(16))
        + *cols.mid * Val::from_u32(4)
        + *cols.end;
    when.assert_eq(*next_cols.weight, weight);
    let pair_value = (d0 + d1.clone() * Val::from_u32(4)) * *cols.weight + *cols.sum;
    when.assert_eq(
        *next_cols.sum,
        no_flag.clone() * pair_value + d1 * *cols.mid,
    );
    for i in 0..5 {
        let shifted = flag.clone() * (cols.digest[i + 1] - cols.digest[i]) + cols.digest[i];
        when.assert_eq(next_cols.digest[i], shifted);
    }
    when.assert_eq(next_cols.digest[5], no_flag * cols.digest[5]);
}

/// Where a flag is set, thirteen digits and five more bits are the present element. Degree 8.
fn assert_elements<AB: AirBuilder<F = Val>>(builder: &mut AB, cols: &SignatureCols<'_, AB::Var>) {
    let [d0, d1] = digits::<AB>(cols);
    let element = cols.digest[0];
    let top = top_value::<AB>(&cols.top_bits());

    let mut when = builder.when(*cols.mid);
    when.assert_eq(*cols.weight, Val::from_u32(MID_WEIGHT));
    when.assert_zero(*cols.half);
    when.assert_eq(element, d0.clone() * *cols.weight + *cols.sum + top.clone());

    let mut when = builder.when(*cols.end);
    when.assert_eq(*cols.weight, Val::from_u32(END_WEIGHT));
    when.assert_one(*cols.half);
    let pair_value = (d0 + d1 * Val::from_u32(4)) * *cols.weight;
    when.assert_eq(element, pair_value + *cols.sum + top);

    let mut when = builder.when(*cols.mid + *cols.end);
    assert_canonical(&mut when, &cols.top_bits(), element);
}

/// After the last pair: all 39 are in, the digits sum to the target, the leaf hash goes to Node.
///
/// Degree 3.
fn assert_leaf_leaves<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &SignatureRow<'_, AB::Var>,
    next: &SignatureRow<'_, AB::Var>,
    detour: &AB::Expr,
) {
    let (cols, next_cols) = (&row.cols, &next.cols);
    let [d0, d1] = digits::<AB>(cols);
    let pair_follows = next_cols.is(Kind::Chain) + next_cols.is(Kind::Ends);
    let leaves = detour.clone() + next_cols.is(Kind::Node);

    let mut when = builder.when_transition();
    let mut when = when.when(cols.is(Kind::Ends));
    when.assert_one(pair_follows + leaves.clone());
    let mut when_leaves = when.when(leaves);
    when_leaves.assert_eq(*cols.count, Val::from_u32(LAST_PAIR));
    when_leaves.assert_one(*cols.end);
    when_leaves.assert_eq(d0 + d1 + *cols.digit_sum, Val::from_u32(TARGET_SUM));
    let mut when_node = when.when(next_cols.is(Kind::Node));
    assert_all_eq(
        &mut when_node,
        &next.permutation.input[..8],
        squeeze::<AB>(&row.permutation),
    );
}

/// From the tree leaf up to the root. Degree 3.
fn assert_path<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &SignatureRow<'_, AB::Var>,
    next: &SignatureRow<'_, AB::Var>,
) {
    let (cols, next_cols) = (&row.cols, &next.cols);
    let node = walk::node::<AB>(&row.permutation);
    let next_input = next.permutation.input;
    let (levels, next_levels) = (cols.walk(), next_cols.walk());

    let mut when = builder.when_transition();
    let mut when = when.when(cols.is(Kind::Node));
    when.assert_one(next_cols.is(Kind::Path));
    walk::assert_child(&mut when, next_input, &next_levels, &node);
    walk::assert_starts(&mut when, &next_levels);

    let mut when = builder.when_transition();
    let mut when = when.when(cols.is(Kind::Path));
    when.assert_one(next_cols.is(Kind::Path) + next_cols.is(Kind::Key0));
    walk::assert_goes_on(&mut when, &levels, &next_levels);
    let mut when_on = when.when(next_cols.is(Kind::Path));
    walk::assert_child(&mut when_on, next_input, &next_levels, &node);
    assert_all_eq(
        &mut when.when(next_cols.is(Kind::Key0)),
        &next_cols.state[..8],
        node,
    );
}

/// The key id, over the height that was walked and the root that was reached. Degree 6.
fn assert_key<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &SignatureRow<'_, AB::Var>,
    next: &SignatureRow<'_, AB::Var>,
    inputs: &SignatureInputs<AB::Expr>,
) {
    let (cols, next_cols) = (&row.cols, &next.cols);
    let (input, output) = (row.permutation.input, row.permutation.output);

    let mut when = builder.when(cols.is(Kind::Key0));
    when.assert_eq(*cols.sum, *cols.leaf);
    // 4 to 20 levels: a leaf number then has one meaning in the field.
    let height = *cols.quad + *cols.quint * Val::from_u32(4) + Val::from_u32(4);
    when.assert_eq(*cols.count, height);
    when.assert_zero(below::<AB>(*cols.quint, 4) * *cols.quad);
    let levels: AB::Expr = (*cols.count).into();
    let block = inputs.chain_id.iter().cloned().chain([levels]);
    let block = block.chain(cols.parameter.map(Into::into));
    sponge::assert_starts(&mut when, input, block, inputs.key_domain, 16);
    let mut when = when.when_transition();
    when.assert_one(next_cols.is(Kind::Key1));
    let root = core::array::from_fn::<_, 8, _>(|i| cols.state[i].into());
    sponge::assert_absorbs(
        &mut when,
        output,
        next.permutation.input,
        Block::Second(root),
        8,
    );
}

/// The two digits of the pair. Degree 1.
fn digits<AB: AirBuilder<F = Val>>(cols: &SignatureCols<'_, AB::Var>) -> [AB::Expr; 2] {
    let [a, b, c, d] = *cols.digit_bits;
    [b * Val::TWO + a, d * Val::TWO + c]
}

/// Whether each of the two digits is 3, so that its chain has no step. Degree 2.
fn full_digits<AB: AirBuilder<F = Val>>(cols: &SignatureCols<'_, AB::Var>) -> [AB::Expr; 2] {
    let [a, b, c, d] = *cols.digit_bits;
    [a * b, c * d]
}

/// One where `x` is 2, zero where it is 0 or 1. Degree 2.
fn is_two<AB: AirBuilder<F = Val>>(x: AB::Var) -> AB::Expr {
    (x * (x - Val::ONE)).halve()
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    /// Every choice of flags that the weights of 39 pairs allow, `half` left aside.
    fn schedules() -> Vec<(Vec<u32>, Vec<u32>)> {
        let mut open = vec![(Val::ONE, vec![], vec![])];
        let mut done = vec![];
        for pair in 0..=LAST_PAIR {
            let mut next = vec![];
            for (weight, mids, ends) in open {
                if weight == Val::from_u32(MID_WEIGHT) {
                    let mids = [mids.clone(), vec![pair]].concat();
                    next.push((Val::from_u32(4), mids, ends.clone()));
                }
                if weight == Val::from_u32(END_WEIGHT) {
                    let ends = [ends.clone(), vec![pair]].concat();
                    if pair == LAST_PAIR {
                        done.push((mids.clone(), ends.clone()));
                    }
                    next.push((Val::ONE, mids.clone(), ends));
                }
                next.push((weight * Val::from_u32(16), mids, ends));
            }
            open = next;
        }
        done
    }

    #[test]
    fn flags_have_one_schedule() {
        assert_eq!(schedules(), [(vec![6, 19, 32], vec![12, 25, 38])]);
    }
}
