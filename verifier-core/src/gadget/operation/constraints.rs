//! What each row of an operation must satisfy.

use p3_air::AirBuilder;
use p3_field::PrimeCharacteristicRing;

use super::HALF;
use super::columns::{Kind, OperationInputs, OperationRow};
use crate::gadget::bits::{assert_bits, below, weighted_sum};
use crate::gadget::limbs::assert_base4;
use crate::gadget::permutation::Permutation;
use crate::gadget::row::assert_all_eq;
use crate::gadget::signature::Kind as SignatureKind;
use crate::gadget::sponge::{self, Block, squeeze};
use crate::gadget::{update, walk};
use crate::hash::{Domain, RATE, Val};

const LIMB: u32 = 1 << 16;

/// Asserts everything from Start to the last NewPath, but for the signature check.
///
/// The circuit says what comes before Start, that kinds are one-hot, and what follows the hash and the
/// operation. `phase` is called before each group of constraints with its name.
pub fn assert_operation<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &OperationRow<'_, AB::Var>,
    next: &OperationRow<'_, AB::Var>,
    inputs: &OperationInputs<AB::Expr>,
    phase: &mut impl FnMut(&AB, &'static str),
) {
    phase(builder, "assert_flags");
    assert_flags(builder, row, inputs);
    phase(builder, "assert_constant");
    assert_constant(builder, row, next);
    phase(builder, "assert_digits");
    assert_digits(builder, row);
    phase(builder, "assert_fields");
    assert_fields(builder, row, next, inputs);
    phase(builder, "assert_hash");
    assert_hash(builder, row, next, inputs);
    phase(builder, "assert_signer");
    assert_signer(builder, row, next);
    phase(builder, "assert_old");
    assert_old(builder, row, next, inputs);
    phase(builder, "assert_balance");
    assert_balance(builder, row, next, inputs);
    phase(builder, "assert_new");
    assert_new(builder, row, next, inputs);
    phase(builder, "assert_accounts_path");
    assert_accounts_path(builder, row, next, inputs);
    phase(builder, "assert_done");
    assert_done(builder, row, next, inputs);
}

/// Flags are bits, an operation is of one kind, the payer comes first. Degree 2.
fn assert_flags<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &OperationRow<'_, AB::Var>,
    inputs: &OperationInputs<AB::Expr>,
) {
    let cols = &row.cols;
    let kinds = [*cols.transfer, *cols.register, *cols.rekey];
    assert_bits(builder, &kinds);
    assert_bits(builder, &[*cols.receiver, *cols.high]);
    let mut when = builder.when(row.is(Kind::Start));
    when.assert_one(*cols.transfer + *cols.register + *cols.rekey);
    when.assert_zero(*cols.receiver);
    let receives: AB::Expr = match &inputs.collector {
        Some(collector) => collector.is_row.clone() + *cols.receiver,
        None => (*cols.receiver).into(),
    };
    builder.when(row.is(Kind::Balance)).assert_one(receives);
}

/// What an operation says stays to its end; what is left and who receives, to the next account.
///
/// Degree 2.
fn assert_constant<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &OperationRow<'_, AB::Var>,
    next: &OperationRow<'_, AB::Var>,
) {
    let (cols, next_cols) = (&row.cols, &next.cols);
    let mut when = builder.when_transition();
    let mut when_same = when.when(AB::Expr::ONE - next.is(Kind::Start));
    for (after, before) in [
        (next_cols.transfer, cols.transfer),
        (next_cols.register, cols.register),
        (next_cols.rekey, cols.rekey),
    ] {
        when_same.assert_eq(*after, *before);
    }
    assert_all_eq(&mut when_same, next_cols.index, cols.index.map(Into::into));
    assert_all_eq(&mut when_same, next_cols.fee, cols.fee.map(Into::into));
    assert_all_eq(&mut when_same, next_cols.nonce, cols.nonce.map(Into::into));
    assert_all_eq(&mut when_same, next_cols.gap, cols.gap.map(Into::into));
    assert_all_eq(&mut when_same, next_cols.body, cols.body.map(Into::into));
    let starts = next.is(Kind::Start) + next.is(Kind::Balance);
    let mut when_same = when.when(AB::Expr::ONE - starts);
    assert_all_eq(&mut when_same, next_cols.left, cols.left.map(Into::into));
    when_same.assert_eq(*next_cols.receiver, *cols.receiver);
}

/// Four limbs in 32 base-4 digits: sixteen in the lanes of the permutation, sixteen in `state`.
///
/// Degree 5.
fn assert_digits<AB: AirBuilder<F = Val>>(builder: &mut AB, row: &OperationRow<'_, AB::Var>) {
    let cols = &row.cols;
    let (input, state) = (row.signature.permutation.input, row.signature.cols.state);
    let digits = || input.iter().chain(state);
    let starts = row.is(Kind::Start) + row.is(Kind::Balance);
    let any = starts.clone() + row.is(Kind::Fee) + row.is(Kind::Nonce) + row.is(Kind::Amount);
    assert_base4(&mut builder.when(any), digits());
    let [n0, n1] = *cols.nonce;
    let [g0, g1] = *cols.gap;
    let [_, _, a0, a1, a2, a3, _, _] = *cols.body;
    let of = [
        (starts, *cols.left),
        (row.is(Kind::Fee).into(), *cols.fee),
        (row.is(Kind::Nonce).into(), [n0, n1, g0, g1]),
        (row.is(Kind::Amount).into(), [a0, a1, a2, a3]),
    ];
    let lanes = [&input[..8], &input[8..], &state[..8], &state[8..]];
    for (selector, limbs) in of {
        let mut when = builder.when(selector);
        for (limb, digits) in limbs.into_iter().zip(lanes) {
            when.assert_eq(limb, weighted_sum::<AB>(digits, 4));
        }
    }
}

/// What no field of a registration says is zero; the rows come in their order. Degree 3.
fn assert_fields<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &OperationRow<'_, AB::Var>,
    next: &OperationRow<'_, AB::Var>,
    inputs: &OperationInputs<AB::Expr>,
) {
    let cols = &row.cols;
    let mut when = builder.when(row.is(Kind::Start));
    let mut when = when.when(*cols.register);
    for &limb in cols.left.iter().chain(cols.fee).chain(cols.gap) {
        when.assert_zero(limb);
    }
    // The nonce of a transfer is in both blocks of the hash.
    let mut when = builder.when(row.is(Kind::Amount));
    when.assert_eq(cols.body[6], cols.nonce[0]);
    when.assert_eq(cols.body[7], cols.nonce[1]);

    let mut when = builder.when_transition();
    when.when(row.is(Kind::Start))
        .assert_one(next.is(Kind::Fee));
    when.when(row.is(Kind::Fee))
        .assert_one(next.is(Kind::Nonce));
    let mut when_nonce = when.when(row.is(Kind::Nonce));
    when_nonce.assert_eq(next.is(Kind::Amount), *cols.transfer);
    when_nonce.assert_one(next.is(Kind::Amount) + next.is(Kind::Op0));
    when.when(row.is(Kind::Amount))
        .assert_one(next.is(Kind::Op0));
    let mut when_balance = when.when(row.is(Kind::Balance));
    match &inputs.collector {
        None => when_balance.assert_one(next.is(Kind::Old0)),
        Some(collector) => {
            when_balance.assert_eq(collector.carries.clone(), collector.is_row.clone());
            when_balance.assert_one(collector.carries.clone() + next.is(Kind::Old0));
        }
    }
}

/// The operation's hash, which goes into the last eight of `state`. Degree 3.
fn assert_hash<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &OperationRow<'_, AB::Var>,
    next: &OperationRow<'_, AB::Var>,
    inputs: &OperationInputs<AB::Expr>,
) {
    let cols = &row.cols;
    let Permutation { input, output } = row.signature.permutation;
    let next_input = next.signature.permutation.input;

    let tags = [
        (*cols.transfer, Domain::Transfer),
        (*cols.register, Domain::Register),
        (*cols.rekey, Domain::Rekey),
    ];
    let tag = tags
        .into_iter()
        .fold(AB::Expr::ZERO, |sum, (flag, domain)| {
            sum + flag * domain.tag()
        });
    let length = *cols.rekey * Val::TWO + Val::from_u32(16);
    let mut when = builder.when(row.is(Kind::Op0));
    sponge::assert_capacity_of(&mut when, input, tag, length);
    assert_all_eq(&mut when, &input[..2], inputs.chain_id.iter().cloned());
    assert_all_eq(&mut when, &input[2..4], cols.index.map(Into::into));
    // A registration has its leaf, in one element, where the others have the first limb of the fee.
    let leaf = *cols.register * (cols.nonce[1] * Val::from_u32(LIMB) + cols.nonce[0]);
    when.assert_eq(input[4], leaf + cols.fee[0]);
    assert_all_eq(
        &mut when,
        &input[5..8],
        cols.fee[1..].iter().map(|&x| x.into()),
    );
    let mut when = when.when_transition();
    when.assert_one(next.is(Kind::Op1));
    let body = cols.body.map(Into::into);
    sponge::assert_absorbs(&mut when, output, next_input, Block::Second(body), RATE);

    let mut when = builder.when_transition();
    let mut when_one = when.when(row.is(Kind::Op1));
    when_one.assert_eq(next.is(Kind::Op2), *cols.rekey);
    when_one.assert_one(inputs.hashed.clone() + next.is(Kind::Op2));
    let nonce = cols.nonce.map(Into::into);
    let mut when_two = when_one.when(*cols.rekey);
    sponge::assert_absorbs(&mut when_two, output, next_input, Block::Second(nonce), 2);
    when.when(row.is(Kind::Op2))
        .assert_one(inputs.hashed.clone());
    let last = (AB::Expr::ONE - *cols.rekey) * row.is(Kind::Op1) + row.is(Kind::Op2);
    let hash = squeeze::<AB>(&row.signature.permutation);
    assert_all_eq(&mut when.when(last), &next.signature.cols.state[8..], hash);
}

/// The key id that the signature check reaches is that of the account that is opened next, or of the
/// one that is registered. Degree 3.
fn assert_signer<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &OperationRow<'_, AB::Var>,
    next: &OperationRow<'_, AB::Var>,
) {
    let cols = &row.cols;
    let key_id = squeeze::<AB>(&row.signature.permutation);
    let mut when = builder.when_transition();
    let mut when = when.when(row.signature.cols.is(SignatureKind::Key1));
    when.assert_eq(next.is(Kind::New0), *cols.register);
    when.assert_one(next.is(Kind::New0) + next.is(Kind::Old0));
    assert_all_eq(&mut when, &next.signature.cols.state[8..], key_id.clone());
    let mut when = when.when(*cols.register);
    assert_all_eq(&mut when, cols.body, key_id);
    for &element in next.cols.node {
        when.assert_zero(element);
    }
}

/// The account before: its key id, and what its second block says of nonce and leaf. Degree 4.
fn assert_old<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &OperationRow<'_, AB::Var>,
    next: &OperationRow<'_, AB::Var>,
    inputs: &OperationInputs<AB::Expr>,
) {
    let cols = &row.cols;
    let check = &row.signature.cols;
    let Permutation { input, output } = row.signature.permutation;
    let next_input = next.signature.permutation.input;

    let mut when = builder.when(row.is(Kind::Old0));
    let key_id = check.state[8..].iter().map(|&x| x.into());
    sponge::assert_starts(&mut when, input, key_id, Domain::Account, 16);
    let mut when = when.when_transition();
    when.assert_one(next.is(Kind::Old1));
    sponge::assert_carries(&mut when, output, next_input, RATE);
    let block = second_block::<AB>(row, next);

    let signs = signs::<AB>(row, inputs);
    let mut when_signs = when.when(signs.clone());
    // nonce = the account's + gap.
    let carry = check.digit_bits[0];
    let limb = Val::from_u32(LIMB);
    when_signs.assert_eq(block[4].clone() + cols.gap[0], carry * limb + cols.nonce[0]);
    when_signs.assert_eq(block[5].clone() + cols.gap[1] + carry, cols.nonce[1]);
    // leaf = nonce − key_offset as integers: the high limbs differ by 0 to 19, so that neither side
    // comes near the modulus.
    let low = block[6].clone() * -Val::ONE + cols.nonce[0];
    let high = block[7].clone() * -Val::ONE + cols.nonce[1];
    assert_leaf(&mut when_signs, row, low, high);
    let mut when_transfer = when_signs.when(*cols.transfer);
    when_transfer.assert_eq(block[6].clone(), check.state[2]);
    when_transfer.assert_eq(block[7].clone(), check.state[3]);
    let mut when_receives = when.when(AB::Expr::ONE - signs);
    for i in 0..4 {
        when_receives.assert_eq(block[4 + i].clone(), check.state[i]);
    }

    let mut when = builder.when_transition();
    let leaf = squeeze::<AB>(&row.signature.permutation);
    let mut when_one = when.when(row.is(Kind::Old1));
    when_one.assert_one(next.is(Kind::New0));
    assert_all_eq(&mut when_one, next.cols.node, leaf);
    let mut when = when.when(row.is(Kind::Old0) + row.is(Kind::Old1));
    let state = check.state.map(Into::into);
    assert_all_eq(&mut when, next.signature.cols.state, state);
}

/// The account before has what is left and what was paid, or what is left is what it had and gets.
///
/// As integers: limbs are below 2^16, and the carries are 0 to 2, or what the circuit makes them. Degree 5.
fn assert_balance<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &OperationRow<'_, AB::Var>,
    next: &OperationRow<'_, AB::Var>,
    inputs: &OperationInputs<AB::Expr>,
) {
    let cols = &row.cols;
    let carries = &row.signature.cols.state[4..7];
    let block = second_block::<AB>(row, next);
    let amount = |i: usize| cols.body[2 + i];
    // What comes into limb i from below, less what goes up.
    let carried = |i: usize| {
        let mut sum = AB::Expr::ZERO;
        if i > 0 {
            sum += carries[i - 1];
        }
        if i < 3 {
            sum -= carries[i] * Val::from_u32(LIMB);
        }
        sum
    };
    let signs = signs::<AB>(row, inputs);
    let is_collector = inputs.collector.as_ref().map(|c| c.is_row.clone());
    let bounded = is_collector.map_or(AB::Expr::ONE, |is_row| AB::Expr::ONE - is_row);
    let mut when = builder.when(row.is(Kind::Old0));
    let mut when_bounded = when.when(bounded);
    for &carry in carries {
        when_bounded.assert_zero(below::<AB>(carry, 3));
    }
    let mut when = when.when_transition();
    let mut when_signs = when.when(signs);
    for (i, balance) in block.iter().take(4).enumerate() {
        let paid = *cols.transfer * amount(i) + cols.fee[i];
        when_signs.assert_eq(paid + cols.left[i] + carried(i), balance.clone());
    }
    let mut when_receives = when.when(*cols.receiver);
    for (i, balance) in block.iter().take(4).enumerate() {
        let sum = balance.clone() + amount(i) + carried(i);
        when_receives.assert_eq(sum, cols.left[i]);
    }
    if let Some(collector) = &inputs.collector {
        let mut when_collects = when.when(collector.is_row.clone());
        for (i, balance) in block.into_iter().take(4).enumerate() {
            let sum = balance + collector.credit[i].clone() + carried(i);
            when_collects.assert_eq(sum, cols.left[i]);
        }
    }
}

/// The account after: its key id, what is left, the nonce and the key offset. Degree 4.
fn assert_new<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &OperationRow<'_, AB::Var>,
    next: &OperationRow<'_, AB::Var>,
    inputs: &OperationInputs<AB::Expr>,
) {
    let cols = &row.cols;
    let check = &row.signature.cols;
    let Permutation { input, output } = row.signature.permutation;
    let next_input = next.signature.permutation.input;
    let signs = signs::<AB>(row, inputs);

    let mut when = builder.when(row.is(Kind::New0));
    let other_key = signs.clone() * *cols.rekey;
    let key_id = (0..8).map(|i| {
        let (old, new) = (check.state[8 + i], cols.body[i]);
        other_key.clone() * (new - old) + old
    });
    sponge::assert_starts(&mut when, input, key_id, Domain::Account, 16);

    // Nonce and key offset after an operation are in the first four of `state`. The nonce goes up by
    // one: `carries` where its low limb is full, and then the high one is not.
    let carries = check.digit_bits[1];
    let inverse = check.state[7];
    let full = Val::from_u32(LIMB - 1);
    let mut when_signs = when.when(signs);
    when_signs.assert_eq(
        carries * Val::from_u32(LIMB) + check.state[0],
        cols.nonce[0] + Val::ONE,
    );
    when_signs.assert_eq(check.state[1], cols.nonce[1] + carries);
    let mut when_stays = when_signs.when(AB::Expr::ONE - carries);
    when_stays.assert_one((cols.nonce[0] - full) * inverse);
    let mut when_carries = when_signs.when(carries);
    when_carries.assert_eq(cols.nonce[0], full);
    when_carries.assert_one((cols.nonce[1] - full) * inverse);
    let mut when_rekey = when_signs.when(*cols.rekey);
    when_rekey.assert_eq(check.state[2], check.state[0]);
    when_rekey.assert_eq(check.state[3], check.state[1]);
    let mut when_register = when_signs.when(*cols.register);
    when_register.assert_zero(check.state[2]);
    when_register.assert_zero(check.state[3]);
    let [low, high] = cols.nonce.map(Into::into);
    assert_leaf(&mut when_register, row, low, high);

    let mut when = when.when_transition();
    when.assert_one(next.is(Kind::New1));
    let [b0, b1, b2, b3] = *cols.left;
    let [n0, n1, o0, o1, ..] = *check.state;
    let block = [b0, b1, b2, b3, n0, n1, o0, o1].map(Into::into);
    sponge::assert_absorbs(&mut when, output, next_input, Block::Second(block), RATE);
    assert_all_eq(&mut when, next.cols.node, cols.node.map(Into::into));

    let mut when = builder.when_transition();
    let mut when = when.when(row.is(Kind::New1));
    when.assert_one(next.is(Kind::OldPath));
    let before = cols.node.map(Into::into);
    let levels = next.signature.cols.walk();
    walk::assert_child(&mut when, next_input, &levels, &before);
    walk::assert_starts(&mut when, &levels);
    when.assert_zero(*next.cols.high);
    assert_all_eq(
        &mut when,
        next.cols.node,
        squeeze::<AB>(&row.signature.permutation),
    );
}

/// Thirty-two levels over both accounts, along the bits of the account's number; the root moves from
/// the one before to the one after. Degree 5.
fn assert_accounts_path<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &OperationRow<'_, AB::Var>,
    next: &OperationRow<'_, AB::Var>,
    inputs: &OperationInputs<AB::Expr>,
) {
    let (cols, next_cols) = (&row.cols, &next.cols);
    let (levels, next_levels) = (row.signature.cols.walk(), next.signature.cols.walk());
    let goes_on = next.is(Kind::OldPath);

    let mut when = builder.when_transition();
    let mut when_old = when.when(row.is(Kind::OldPath));
    when_old.assert_one(next.is(Kind::NewPath));
    when_old.assert_eq(*next_cols.high, *cols.high);
    update::assert_second(&mut when_old, &row.update(), &next.update());

    let number = walk::number::<AB>(&levels);
    let [low, high] = target::<AB>(row, inputs);
    let turns = *next_cols.high - *cols.high;
    let mut when_new = when.when(row.is(Kind::NewPath));
    let mut when_on = when_new.when(goes_on);
    update::assert_level(&mut when_on, &row.update(), &next.update());
    when_on.assert_eq(*next_levels.count, *levels.count + Val::ONE);
    when_on.assert_bool(turns.clone());
    let stays = AB::Expr::ONE - turns.clone();
    let mut when_stays = when_on.when(stays);
    when_stays.assert_eq(*next_levels.weight, *levels.weight * Val::TWO);
    when_stays.assert_eq(*next_levels.sum, number.clone());
    let mut when_turns = when_on.when(turns);
    when_turns.assert_eq(*levels.count, Val::from_u32(HALF - 1));
    when_turns.assert_one(*next_levels.weight);
    when_turns.assert_zero(*next_levels.sum);
    when_turns.assert_eq(number.clone(), low);

    let mut when_done = when_new.when(AB::Expr::ONE - goes_on);
    when_done.assert_eq(*levels.count, Val::from_u32(2 * HALF - 1));
    when_done.assert_one(*cols.high);
    when_done.assert_eq(number, high);
    assert_all_eq(&mut when_done, cols.node, cols.root.map(Into::into));

    let done = (AB::Expr::ONE - goes_on) * row.is(Kind::NewPath);
    let node = walk::node::<AB>(&row.signature.permutation);
    for (i, node) in node.into_iter().enumerate() {
        let root = done.clone() * (node - cols.root[i]) + cols.root[i];
        when.assert_eq(next_cols.root[i], root);
    }
}

/// After the payer of a transfer comes the receiver, and after every other account what the circuit
/// says. Degree 5.
fn assert_done<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &OperationRow<'_, AB::Var>,
    next: &OperationRow<'_, AB::Var>,
    inputs: &OperationInputs<AB::Expr>,
) {
    let pays = signs::<AB>(row, inputs) * *row.cols.transfer;
    let receives = next.is(Kind::Balance) * *next.cols.receiver;
    let mut when = builder.when_transition();
    let mut when = when.when(row.is(Kind::NewPath));
    when.assert_one(receives.clone() + inputs.done.clone() + next.is(Kind::OldPath));
    when.assert_zero((AB::Expr::ONE - pays.clone()) * receives);
    when.assert_zero(pays * inputs.done.clone());
}

/// One where the account is the one that signs. Degree 1.
fn signs<AB: AirBuilder<F = Val>>(
    row: &OperationRow<'_, AB::Var>,
    inputs: &OperationInputs<AB::Expr>,
) -> AB::Expr {
    let signs = AB::Expr::ONE - *row.cols.receiver;
    match &inputs.collector {
        None => signs,
        Some(collector) => signs - collector.is_row.clone(),
    }
}

/// The number of the account that is changed. Degree 2.
fn target<AB: AirBuilder<F = Val>>(
    row: &OperationRow<'_, AB::Var>,
    inputs: &OperationInputs<AB::Expr>,
) -> [AB::Expr; 2] {
    let signs = signs::<AB>(row, inputs);
    core::array::from_fn(|i| {
        let named = signs.clone() * row.cols.index[i] + *row.cols.receiver * row.cols.body[i];
        match &inputs.collector {
            None => named,
            Some(collector) => named + collector.is_row.clone() * collector.index[i].clone(),
        }
    })
}

/// The second block of an account, which the next row absorbs. Degree 1.
fn second_block<AB: AirBuilder>(
    row: &OperationRow<'_, AB::Var>,
    next: &OperationRow<'_, AB::Var>,
) -> [AB::Expr; RATE] {
    let output = row.signature.permutation.output;
    let next_input = next.signature.permutation.input;
    core::array::from_fn(|i| next_input[i] - output[i])
}

/// Asserts that the leaf that signed is `low + high·2^16`, where `high` is 0 to 19. Degree 1.
fn assert_leaf<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &OperationRow<'_, AB::Var>,
    low: AB::Expr,
    high: AB::Expr,
) {
    let check = &row.signature.cols;
    builder.assert_eq(high.clone(), *check.quint * Val::from_u32(4) + *check.quad);
    builder.assert_eq(*check.leaf, high * Val::from_u32(LIMB) + low);
}
