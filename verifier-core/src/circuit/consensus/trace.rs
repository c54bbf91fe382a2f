//! The trace of a consensus witness.
//!
//! Building checks nothing: a witness of a false statement gives a trace that breaks the constraint
//! of just that sentence, and a proof that nobody accepts.

use alloc::vec::Vec;

use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_matrix::dense::RowMajorMatrix;
use p3_maybe_rayon::prelude::*;

use super::columns::{Kind, WIDTH};
use super::registers::{Registers, Rows, SIDE, State};
use crate::circuit::consensus::{ConsensusStatement, ConsensusWitness, VoteWitness};
use crate::gadget::permutation::{self, permutation_trace};
use crate::gadget::signature::Kind as SignatureKind;
use crate::hash::{Digest, Domain, Val, u32_limbs};
use crate::signature::{CHAINS, digits, message_digest};

/// Everything the rows of one vote depend on; a test that forges changes it.
#[derive(Clone, Debug)]
pub(crate) struct VotePlan {
    pub(crate) vote: VoteWitness,
    pub(crate) message: Digest,
    pub(crate) chain_id: u32,
    pub(crate) leaf: u32,
    pub(crate) slot: u32,
    pub(crate) key_domain: Domain,
    /// The digit of each chain.
    pub(crate) digits: [u8; CHAINS],
    /// Bits 26 to 30 of the six elements that the digits come from.
    pub(crate) tops: [u8; 6],
    /// The parent's randomness and the reveal, in the proposer's vote.
    pub(crate) reveal: Option<(Digest, Digest)>,
}

impl VotePlan {
    /// Returns what an honest prover does with `vote`.
    pub(crate) fn new(statement: &ConsensusStatement, vote: &VoteWitness, reveal: &Digest) -> Self {
        let message = statement.vote_message();
        let leaf = statement.slot.wrapping_sub(vote.validator.start_slot);
        let parameter = &vote.public_key.parameter;
        let encoded = message_digest(parameter, leaf, &message, &vote.signature.randomizer);
        let is_proposer = vote.index == statement.proposer;
        Self {
            vote: vote.clone(),
            message,
            chain_id: statement.chain_id,
            leaf,
            slot: statement.slot,
            key_domain: Domain::KeyVote,
            digits: digits(&encoded),
            tops: core::array::from_fn(|j| {
                u8::try_from(encoded.0[j].as_canonical_u32() >> 26).expect("five bits")
            }),
            reveal: is_proposer.then_some((statement.parent_randomness, *reveal)),
        }
    }
}

/// Returns the number of rows before padding.
#[must_use]
pub fn rows(witness: &ConsensusWitness) -> usize {
    let heights = witness.votes.iter().map(|vote| vote.signature.path.len());
    let votes: usize = heights.map(|height| 144 + height).sum();
    votes + 3 + 8 + 1
}

/// Returns the trace of `witness`, with room for an extension by 2^`log_blowup`.
pub(crate) fn generate(witness: &ConsensusWitness, log_blowup: usize) -> RowMajorMatrix<Val> {
    let statement = &witness.statement;
    let plan = |vote| VotePlan::new(statement, vote, &witness.reveal);
    let plans: Vec<_> = witness.votes.iter().map(plan).collect();
    generate_from_plans(statement, &plans, log_blowup)
}

/// [`generate`] from what each vote's rows depend on.
pub(crate) fn generate_from_plans(
    statement: &ConsensusStatement,
    plans: &[VotePlan],
    log_blowup: usize,
) -> RowMajorMatrix<Val> {
    let mut counted = Registers::new();
    let mut segments = Vec::with_capacity(plans.len());
    for plan in plans {
        let blocks = plan.vote.index / 128;
        let start = counted.clone();
        counted.absorb_until(blocks);
        counted.count(plan);
        segments.push((start, blocks, plan));
    }
    let mut rows: Vec<Rows> = segments
        .into_par_iter()
        .map(|(mut registers, blocks, plan)| {
            let mut rows = Rows::default();
            signers_rows(&mut rows, &mut registers, blocks);
            vote_rows(&mut rows, &mut registers, plan);
            rows
        })
        .collect();
    let mut last = Rows::default();
    signers_rows(&mut last, &mut counted, 8);
    final_row(&mut last, &mut counted, statement);
    rows.push(last);
    assemble(&rows, &counted, log_blowup)
}

fn vote_rows(rows: &mut Rows, registers: &mut Registers, plan: &VotePlan) {
    let leaf_hash = signature_rows(rows, registers, plan);
    if let Some((parent, reveal)) = plan.reveal {
        reveal_rows(rows, registers, &leaf_hash, &parent, &reveal);
    }
    let root = key_tree_rows(rows, registers, plan, &leaf_hash);
    let key_id = key_rows(rows, registers, plan, &root);
    member_rows(rows, registers, plan, &key_id);
}

/// Message digest and one-time key; returns the leaf hash.
fn signature_rows(rows: &mut Rows, registers: &mut Registers, plan: &VotePlan) -> Digest {
    let parameter = plan.vote.public_key.parameter;
    let randomizer = plan.vote.signature.randomizer;
    let leaf = Val::from_u32(plan.leaf);
    let message = plan.message.0;
    let gap = Val::from_u32(plan.vote.index) - registers.index - Val::ONE;
    registers.parameter = parameter;
    registers.leaf = leaf;
    registers.index = Val::from_u32(plan.vote.index);
    registers.set_bits(gap.as_canonical_u32());

    let mut input = sponge_start(Domain::SigMessage, 21);
    input[..5].copy_from_slice(&parameter);
    input[5] = leaf;
    input[6..8].copy_from_slice(&message[..2]);
    let mut state = rows.push_signature(SignatureKind::Message0, input, registers);
    add(&mut state, &message[2..]);
    add(&mut state[6..], &randomizer[..2]);
    let mut state = rows.push_signature(SignatureKind::Message1, state, registers);
    add(&mut state, &randomizer[2..]);
    let state = rows.push_signature(SignatureKind::Message2, state, registers);
    registers.digest.copy_from_slice(&state[..6]);

    let mut input = sponge_start(Domain::SigLeaf, 320);
    input[..5].copy_from_slice(&parameter);
    input[5] = leaf;
    let state = rows.push_signature(SignatureKind::Leaf, input, registers);
    registers.state = state;
    registers.count = Val::ZERO;
    registers.weight = Val::ONE;
    registers.sum = Val::ZERO;
    registers.digit_sum = Val::ZERO;
    registers.half = Val::ZERO;
    for pair in 0..CHAINS / 2 {
        pair_rows(rows, registers, plan, pair);
    }
    Digest(core::array::from_fn(|i| registers.state[i]))
}

/// The steps of one pair of chains and the absorption of their ends, into `registers.state`.
fn pair_rows(rows: &mut Rows, registers: &mut Registers, plan: &VotePlan, pair: usize) {
    let [d0, d1] = [plan.digits[2 * pair], plan.digits[2 * pair + 1]];
    registers.digit_bits = [d0 & 1, d0 >> 1, d1 & 1, d1 >> 1].map(Val::from_u8);
    let values = [0, 1].map(|odd| plan.vote.signature.chain_values[2 * pair + odd]);
    // A chain without a step has no row to add its end: the rate lanes hold it from the start.
    for (odd, digit) in [d0, d1].into_iter().enumerate() {
        if digit == 3 {
            add(&mut registers.state[4 * odd..], &values[odd]);
        }
    }
    for (odd, digit) in [d0, d1].into_iter().enumerate() {
        let mut value = values[odd];
        for position in digit..3 {
            registers.bit = Val::from_usize(odd);
            registers.quad = Val::from_u8(position);
            let mut input = [Val::ZERO; 16];
            input[..4].copy_from_slice(&value);
            input[4..9].copy_from_slice(&registers.parameter);
            input[9] = registers.leaf;
            input[10] = Val::from_usize(4 * (2 * pair + odd)) + registers.quad;
            input[11] = Domain::Chain.tag();
            let output = rows.push_signature(SignatureKind::Chain, input, registers);
            value.copy_from_slice(&output[..4]);
        }
        if digit < 3 {
            add(&mut registers.state[4 * odd..], &value);
        }
    }
    ends_row(rows, registers, plan, pair, [d0, d1].map(Val::from_u8));
}

fn ends_row(
    rows: &mut Rows,
    registers: &mut Registers,
    plan: &VotePlan,
    pair: usize,
    [d0, d1]: [Val; 2],
) {
    let (mid, end) = (pair % 13 == 6, pair % 13 == 12);
    registers.bit = Val::ZERO;
    registers.set_small(0);
    if mid || end {
        let top = plan.tops[pair / 13 * 2 + usize::from(end)];
        registers.bit = Val::from_u8(top & 1);
        registers.set_small(u32::from(top >> 1));
    }
    registers.mid = Val::from_bool(mid);
    registers.end = Val::from_bool(end);
    let input = registers.state;
    registers.state = rows.push_signature(SignatureKind::Ends, input, registers);

    registers.mid = Val::ZERO;
    registers.end = Val::ZERO;
    registers.bit = Val::ZERO;
    registers.set_small(0);
    registers.count += Val::ONE;
    registers.digit_sum += d0 + d1;
    if mid || end {
        registers.half = Val::from_bool(mid);
        registers.weight = if mid { Val::from_u8(4) } else { Val::ONE };
        registers.sum = if mid { d1 } else { Val::ZERO };
        registers.digest.rotate_left(1);
        registers.digest[5] = Val::ZERO;
    } else {
        registers.sum += registers.weight * (d0 + d1 * Val::from_u8(4));
        registers.weight *= Val::from_u8(16);
    }
}

/// The proposer's reveal.
fn reveal_rows(
    rows: &mut Rows,
    registers: &mut Registers,
    leaf_hash: &Digest,
    parent: &Digest,
    reveal: &Digest,
) {
    registers.state[..8].copy_from_slice(&leaf_hash.0);
    registers.state[8..].copy_from_slice(&reveal.0);
    let mut input = sponge_start(Domain::Random, 16);
    input[..8].copy_from_slice(&parent.0);
    let mut state = rows.push_own(Kind::Random0, input, registers);
    add(&mut state, &reveal.0);
    let _ = rows.push_own(Kind::Random1, state, registers);
    let mut input = sponge_start(Domain::Slot, 8);
    input[..8].copy_from_slice(&reveal.0);
    let _ = rows.push_own(Kind::Slot, input, registers);
    registers.reveals += Val::ONE;
}

/// From the tree leaf up; returns the root that is reached.
fn key_tree_rows(
    rows: &mut Rows,
    registers: &mut Registers,
    plan: &VotePlan,
    leaf_hash: &Digest,
) -> Digest {
    let input = concat(leaf_hash, &plan.vote.signature.slot_digest);
    let output = rows.push_signature(SignatureKind::Node, input, registers);
    let mut node = feed_forward(&input, &output);
    start_walk(registers);
    for (level, sibling) in plan.vote.signature.path.iter().enumerate() {
        let is_right = plan.leaf >> level & 1 == 1;
        node = walk_up(rows, registers, &node, sibling, is_right, Walk::Key);
    }
    node
}

fn key_rows(rows: &mut Rows, registers: &mut Registers, plan: &VotePlan, root: &Digest) -> Digest {
    registers.bit = Val::ZERO;
    registers.state[..8].copy_from_slice(&root.0);
    let height = registers.count;
    registers.set_small(height.as_canonical_u32().wrapping_sub(4) % 20);
    let mut input = sponge_start(plan.key_domain, 16);
    input[..2].copy_from_slice(&u32_limbs(plan.chain_id));
    input[2] = height;
    input[3..8].copy_from_slice(&registers.parameter);
    let mut state = rows.push_signature(SignatureKind::Key0, input, registers);
    add(&mut state, &root.0);
    registers.set_small(0);
    rate(&rows.push_signature(SignatureKind::Key1, state, registers))
}

fn member_rows(rows: &mut Rows, registers: &mut Registers, plan: &VotePlan, key_id: &Digest) {
    let VoteWitness {
        index,
        validator,
        set_path,
        ..
    } = &plan.vote;
    let mut input = sponge_start(Domain::SetLeaf, 14);
    input[..8].copy_from_slice(&key_id.0);
    registers.set_bits(*index);
    registers.set_small((plan.slot >> 16).wrapping_sub(validator.start_slot >> 16) % 20);
    let mut state = rows.push_own(Kind::Member0, input, registers);
    for (limbs, x) in
        state
            .chunks_mut(2)
            .zip([validator.power, validator.account, validator.start_slot])
    {
        add(limbs, &u32_limbs(x));
    }
    registers.count_member(plan);
    registers.set_small(0);
    let mut node = rate(&rows.push_own(Kind::Member1, state, registers));
    start_walk(registers);
    for (level, sibling) in set_path.0.iter().enumerate() {
        let is_right = index >> level & 1 == 1;
        node = walk_up(rows, registers, &node, sibling, is_right, Walk::Set);
    }
    registers.bit = Val::ZERO;
}

fn signers_rows(rows: &mut Rows, registers: &mut Registers, block: u32) {
    while registers.block < block {
        registers.signers = rows.push_own(Kind::Signers, registers.signers, registers);
        registers.block += 1;
    }
}

fn final_row(rows: &mut Rows, registers: &mut Registers, statement: &ConsensusStatement) {
    let limbs = |x: u32| [i64::from(x & 0xffff), i64::from(x >> 16)];
    let [signed, total] = [statement.signed_power, statement.set.total_power].map(limbs);
    let surplus = [
        3 * signed[0] - 2 * total[0] - 1,
        3 * signed[1] - 2 * total[1],
    ];
    let borrow = surplus[0].div_euclid(1 << 16);
    let low = surplus[0].rem_euclid(1 << 16);
    let high = (surplus[1] + borrow).rem_euclid(1 << 18);
    let carry = i64::from(registers.power[0].as_canonical_u32() >> 16);
    let digit = |x: i64, i: usize| Val::from_u8(u8::try_from(x >> (2 * i) & 3).expect("two bits"));
    let input = core::array::from_fn(|i| {
        if i < 8 {
            digit(low, i)
        } else {
            digit(high, i - 8)
        }
    });
    registers.state = [Val::ZERO; 16];
    registers.state[0] = digit(high, 8);
    for i in 0..5 {
        registers.state[1 + i] = digit(carry, i);
    }
    registers.quint = Val::from_u8(u8::try_from(borrow + 2).unwrap_or(0));
    let _ = rows.push_own(Kind::Final, input, registers);
    registers.quint = Val::ZERO;
}

#[derive(Clone, Copy)]
enum Walk {
    Key,
    Set,
}

fn start_walk(registers: &mut Registers) {
    registers.count = Val::ZERO;
    registers.weight = Val::ONE;
    registers.sum = Val::ZERO;
}

fn walk_up(
    rows: &mut Rows,
    registers: &mut Registers,
    node: &Digest,
    sibling: &Digest,
    is_right: bool,
    walk: Walk,
) -> Digest {
    registers.bit = Val::from_bool(is_right);
    let input = if is_right {
        concat(sibling, node)
    } else {
        concat(node, sibling)
    };
    let output = match walk {
        Walk::Key => rows.push_signature(SignatureKind::Path, input, registers),
        Walk::Set => rows.push_own(Kind::SetPath, input, registers),
    };
    registers.sum += registers.bit * registers.weight;
    registers.count += Val::ONE;
    registers.weight = registers.weight.double();
    feed_forward(&input, &output)
}

fn assemble(rows: &[Rows], padding: &Registers, log_blowup: usize) -> RowMajorMatrix<Val> {
    let used: usize = rows.iter().map(|rows| rows.inputs.len()).sum();
    let height = used.next_power_of_two();
    let mut inputs: Vec<State> = rows
        .iter()
        .flat_map(|rows| rows.inputs.iter().copied())
        .collect();
    inputs.resize(height, [Val::ZERO; 16]);
    let permutations = permutation_trace(inputs);

    let mut values = Vec::with_capacity((height * WIDTH) << log_blowup);
    values.resize(height * WIDTH, Val::ZERO);
    let mut padding_side = Vec::new();
    padding.write(usize::MAX, &mut padding_side);
    let side = rows.iter().flat_map(|rows| rows.side.chunks(SIDE));
    let side = side.chain(core::iter::repeat(padding_side.as_slice()));
    let permuted = permutations.values.chunks(permutation::COLUMNS);
    for ((row, permutation), side) in values.chunks_mut(WIDTH).zip(permuted).zip(side) {
        let (head, tail) = row.split_at_mut(permutation::COLUMNS);
        head.copy_from_slice(permutation);
        tail.copy_from_slice(side);
    }
    RowMajorMatrix::new(values, WIDTH)
}

fn sponge_start(domain: Domain, length: u32) -> State {
    let mut state = [Val::ZERO; 16];
    state[8] = domain.tag();
    state[9] = Val::from_u32(length);
    state
}

fn add(lanes: &mut [Val], values: &[Val]) {
    for (lane, &value) in lanes.iter_mut().zip(values) {
        *lane += value;
    }
}

fn rate(state: &State) -> Digest {
    Digest(core::array::from_fn(|i| state[i]))
}

fn concat(left: &Digest, right: &Digest) -> State {
    core::array::from_fn(|i| if i < 8 { left.0[i] } else { right.0[i - 8] })
}

fn feed_forward(input: &State, output: &State) -> Digest {
    Digest(core::array::from_fn(|i| input[i] + output[i]))
}
