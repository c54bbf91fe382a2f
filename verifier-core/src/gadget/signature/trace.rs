//! The rows of a signature check.
//!
//! Building checks nothing: a signature that does not verify gives rows that break the constraint
//! of just what is wrong with it.

use alloc::vec::Vec;

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use super::columns::{Kind, SignatureCells};
use crate::gadget::sponge::{add, rate, start};
use crate::gadget::walk::{climb, compression, feed_forward};
use crate::hash::{Digest, Domain, Val, WIDTH, u32_limbs};
use crate::signature::{CHAINS, ChainValue, PublicKey, Signature};

/// What the rows of one signature check depend on.
#[derive(Clone, Copy, Debug)]
pub struct SignaturePlan<'a> {
    /// The key.
    pub public_key: &'a PublicKey,
    /// The signature.
    pub signature: &'a Signature,
    /// What is signed.
    pub message: &'a Digest,
    /// The chain that the key belongs to.
    pub chain_id: u32,
    /// The purpose that the key is made for.
    pub key_domain: Domain,
    /// The leaf that signs.
    pub leaf: u32,
    /// The digit of each chain.
    pub digits: &'a [u8; CHAINS],
    /// Bits 26 to 30 of the six elements that the digits come from.
    pub tops: &'a [u8; 6],
}

/// A trace in which signatures are checked: the circuit adds its own columns to each row.
pub trait SignatureTrace {
    /// Returns the columns of the signature check as the next row will have them.
    fn cells(&mut self) -> &mut SignatureCells;

    /// Adds a row of `kind` with the permutation of `input` and returns its output. Somebody who
    /// forges may change both on the way.
    fn push(&mut self, kind: Kind, input: &mut [Val; WIDTH]) -> [Val; WIDTH];

    /// Returns how many pairs of chains there are.
    fn pairs(&self) -> usize {
        CHAINS / 2
    }

    /// Returns the chain steps of a pair, where they shall not be what its digits leave: which of
    /// the two chains, and its position.
    fn steps(&self, _pair: usize) -> Option<Vec<(usize, u8)>> {
        None
    }
}

/// Adds Message0 to Message2, and returns the elements of the message digest that give digits.
pub fn message_rows<R: SignatureTrace>(rows: &mut R, plan: &SignaturePlan<'_>) -> [Val; 6] {
    let state = message_start(rows, plan);
    message_end(rows, &plan.signature.randomizer, state)
}

/// Adds Message0 and Message1, and returns the state of the sponge.
pub fn message_start<R: SignatureTrace>(rows: &mut R, plan: &SignaturePlan<'_>) -> [Val; WIDTH] {
    let SignaturePlan {
        message, signature, ..
    } = plan;
    let randomizer = &signature.randomizer;
    rows.cells().parameter = plan.public_key.parameter;
    rows.cells().leaf = Val::from_u32(plan.leaf);

    let mut state = start(Domain::SigMessage, 21);
    state[..5].copy_from_slice(&plan.public_key.parameter);
    state[5] = Val::from_u32(plan.leaf);
    state[6..8].copy_from_slice(&message.0[..2]);
    state = rows.push(Kind::Message0, &mut state);
    add(&mut state, &message.0[2..]);
    add(&mut state[6..], &randomizer[..2]);
    rows.push(Kind::Message1, &mut state)
}

/// Adds Message2, and returns the elements of the message digest that give digits.
pub fn message_end<R: SignatureTrace>(
    rows: &mut R,
    randomizer: &[Val; 7],
    mut state: [Val; WIDTH],
) -> [Val; 6] {
    add(&mut state, &randomizer[2..]);
    state = rows.push(Kind::Message2, &mut state);
    core::array::from_fn(|i| state[i])
}

/// Adds Leaf to the last Ends, and returns the leaf hash. `digest` is the message digest.
pub fn one_time_rows<R: SignatureTrace>(
    rows: &mut R,
    plan: &SignaturePlan<'_>,
    digest: [Val; 6],
) -> Digest {
    let cells = rows.cells();
    cells.digest = digest;
    let mut state = start(Domain::SigLeaf, 320);
    state[..5].copy_from_slice(&cells.parameter);
    state[5] = cells.leaf;
    let state = rows.push(Kind::Leaf, &mut state);
    let cells = rows.cells();
    cells.state = state;
    cells.walk().start();
    cells.digit_sum = Val::ZERO;
    cells.half = Val::ZERO;
    for pair in 0..rows.pairs() {
        pair_rows(rows, plan, pair);
    }
    rate(&rows.cells().state)
}

/// The steps of one pair of chains and the absorption of their ends, into `state`.
fn pair_rows<R: SignatureTrace>(rows: &mut R, plan: &SignaturePlan<'_>, pair: usize) {
    // There is a pair too many only where somebody forges.
    let digit = |odd| plan.digits.get(2 * pair + odd).copied().unwrap_or(0);
    let value = |odd| plan.signature.chain_values.get(2 * pair + odd).copied();
    let digits @ [d0, d1] = [0, 1].map(digit);
    let values = [0, 1].map(|odd| value(odd).unwrap_or_default());
    rows.cells().digit_bits = [d0 & 1, d0 >> 1, d1 & 1, d1 >> 1].map(Val::from_u8);
    // A chain without a step has no row to add its end: the rate lanes hold it from the start.
    for odd in [0, 1] {
        if digits[odd] == 3 {
            add(&mut rows.cells().state[4 * odd..], &values[odd]);
        }
    }
    match rows.steps(pair) {
        None => chain_rows(rows, values, steps(digits)),
        Some(others) => chain_rows(rows, values, others),
    }
    ends_row(rows, plan, pair);
}

/// The steps that the chains of a pair have left: which of the two, and its position.
fn steps([d0, d1]: [u8; 2]) -> impl Iterator<Item = (usize, u8)> {
    let even = (d0..3).map(|position| (0, position));
    even.chain((d1..3).map(|position| (1, position)))
}

fn chain_rows<R: SignatureTrace>(
    rows: &mut R,
    values: [ChainValue; 2],
    steps: impl IntoIterator<Item = (usize, u8)>,
) {
    let mut running = None;
    for (odd, position) in steps {
        let mut value = running.take().unwrap_or(values[odd]);
        let cells = rows.cells();
        cells.bit = Val::from_usize(odd);
        cells.quad = Val::from_u8(position);
        let mut input = [Val::ZERO; WIDTH];
        input[..4].copy_from_slice(&value);
        input[4..9].copy_from_slice(&cells.parameter);
        input[9] = cells.leaf;
        input[10] = cells.count * Val::from_u8(8) + cells.bit * Val::from_u8(4) + cells.quad;
        input[11] = Domain::Chain.tag();
        let output = rows.push(Kind::Chain, &mut input);
        value.copy_from_slice(&output[..4]);
        if position == 2 {
            add(&mut rows.cells().state[4 * odd..], &value);
        } else {
            running = Some(value);
        }
    }
}

fn ends_row<R: SignatureTrace>(rows: &mut R, plan: &SignaturePlan<'_>, pair: usize) {
    let (mid, end) = (pair % 13 == 6, pair % 13 == 12);
    let cells = rows.cells();
    cells.bit = Val::ZERO;
    cells.set_small(0);
    if mid || end {
        let element = pair / 13 * 2 + usize::from(end);
        let top = plan.tops.get(element).copied().unwrap_or(0);
        cells.bit = Val::from_u8(top & 1);
        cells.set_small(u32::from(top >> 1));
    }
    cells.mid = Val::from_bool(mid);
    cells.end = Val::from_bool(end);
    let mut input = cells.state;
    let output = rows.push(Kind::Ends, &mut input);

    // What follows is computed from the row as it stands.
    let cells = rows.cells();
    let (mid, end) = (cells.mid, cells.end);
    let (flag, no_flag) = (mid + end, Val::ONE - mid - end);
    let [a, b, c, d] = cells.digit_bits;
    let [d0, d1] = [b.double() + a, d.double() + c];
    cells.state = output;
    cells.mid = Val::ZERO;
    cells.end = Val::ZERO;
    cells.bit = Val::ZERO;
    cells.set_small(0);
    cells.count += Val::ONE;
    cells.digit_sum += d0 + d1;
    cells.half += mid - end;
    let pair_value = cells.weight * (d0 + d1 * Val::from_u8(4));
    cells.sum = no_flag * (cells.sum + pair_value) + mid * d1;
    cells.weight = no_flag * cells.weight * Val::from_u8(16) + mid * Val::from_u8(4) + end;
    let [_, later @ ..] = cells.digest;
    for (element, later) in cells
        .digest
        .iter_mut()
        .zip(later.into_iter().chain([Val::ZERO]))
    {
        *element += flag * (later - *element);
    }
}

/// Adds Node to the last Path, and returns the root that is reached.
pub fn certified_rows<R: SignatureTrace>(
    rows: &mut R,
    plan: &SignaturePlan<'_>,
    leaf_hash: &Digest,
) -> Digest {
    let mut input = compression(leaf_hash, &plan.signature.slot_digest);
    let output = rows.push(Kind::Node, &mut input);
    let leaf = rows.cells().leaf.as_canonical_u32();
    climb(
        rows,
        feed_forward(&input, &output),
        leaf,
        &plan.signature.path,
        |rows| rows.cells().walk(),
        |rows, input| rows.push(Kind::Path, input),
    )
}

/// Adds Key0 and Key1, and returns the key id.
pub fn key_rows<R: SignatureTrace>(
    rows: &mut R,
    plan: &SignaturePlan<'_>,
    root: &Digest,
) -> Digest {
    let cells = rows.cells();
    cells.bit = Val::ZERO;
    cells.state[..8].copy_from_slice(&root.0);
    let height = cells.count;
    cells.set_small(height.as_canonical_u32().wrapping_sub(4) % 20);
    let mut state = start(plan.key_domain, 16);
    state[..2].copy_from_slice(&u32_limbs(plan.chain_id));
    state[2] = height;
    state[3..8].copy_from_slice(&cells.parameter);
    state = rows.push(Kind::Key0, &mut state);
    // The root as the row holds it.
    let root: [Val; 8] = core::array::from_fn(|i| rows.cells().state[i]);
    add(&mut state, &root);
    rows.cells().set_small(0);
    rate(&rows.push(Kind::Key1, &mut state))
}
