//! What a trace shows of a signature, and the signature that fits it.

use alloc::vec::Vec;

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use crate::gadget::meddle::Meddle;
use crate::gadget::rows::{Rows, TraceCells};
use crate::gadget::signature::{
    Kind, SignaturePlan, SignatureRow, SignatureTrace, message_end, message_start,
};
use crate::hash::{Digest, Domain, Val, permute};
use crate::signature::{CHAINS, ChainValue, TARGET_SUM, digits};

/// What is signed of a message digest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Encoding {
    /// The digit of each chain.
    pub(crate) digits: [u8; CHAINS],
    /// Bits 26 to 30 of the six elements that the digits come from.
    pub(crate) tops: [u8; 6],
}

impl Encoding {
    /// Returns what an honest signer makes of `digest`.
    pub(crate) fn of(digest: &Digest) -> Self {
        Self {
            digits: digits(digest),
            tops: tops(digest),
        }
    }

    /// Returns the sum of the digits.
    pub(crate) fn sum(&self) -> u32 {
        self.digits.iter().map(|&digit| u32::from(digit)).sum()
    }
}

/// Bits 26 to 30 of the elements that give digits.
pub(crate) fn tops(digest: &Digest) -> [u8; 6] {
    core::array::from_fn(|j| u8::try_from(digest.0[j].as_canonical_u32() >> 26).expect("five bits"))
}

/// What is signed of a digest, if the digits have the sum that is asked for.
pub(crate) type Wanted<'a> = &'a (dyn Fn(&Digest, u32) -> Option<Encoding> + Sync);

/// What an honest signer wants.
pub(crate) fn on_target(digest: &Digest, target: u32) -> Option<Encoding> {
    let encoding = Encoding::of(digest);
    (encoding.sum() == target).then_some(encoding)
}

/// What a trace shows of a signature.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeenSignature {
    /// The elements of the message digest, as they are squeezed.
    digest: Vec<Val>,
    /// The present element and what the digits are held against, where a flag is set.
    elements: Vec<[Val; 2]>,
    /// The sum that the digits are held against.
    digit_sum: Val,
    /// Parameter and leaf where the chains start.
    parameter: [Val; 5],
    leaf: Val,
    /// The number of each pair.
    counts: Vec<Val>,
    /// The root that the path reaches.
    pub(crate) root: Option<Digest>,
    /// The key id.
    pub(crate) key_id: Option<Digest>,
}

impl SeenSignature {
    /// Takes in a row of the signature, which starts with Message2.
    pub(crate) fn see(&mut self, row: &SignatureRow<'_, Val>) {
        let cols = &row.cols;
        let is = |kind: Kind| cols.is(kind) == Val::ONE;
        let output = row.permutation.output;
        if is(Kind::Message2) {
            self.digest = output[..6].to_vec();
        }
        if is(Kind::Leaf) {
            (self.parameter, self.leaf) = (*cols.parameter, *cols.leaf);
        }
        if is(Kind::Ends) {
            let [a, b, c, d] = *cols.digit_bits;
            let [d0, d1] = [b.double() + a, d.double() + c];
            self.digit_sum = *cols.digit_sum + d0 + d1;
            self.counts.push(*cols.count);
            let pair = d0 + *cols.end * d1 * Val::from_u8(4);
            if *cols.mid + *cols.end == Val::ONE {
                let counted = *cols.sum + pair * *cols.weight;
                self.elements.push([cols.digest[0], counted]);
            }
        }
        if is(Kind::Key0) {
            self.root = Some(Digest(core::array::from_fn(|i| cols.state[i])));
        }
        if is(Kind::Key1) {
            self.key_id = Some(Digest(core::array::from_fn(|i| output[i])));
        }
    }
}

/// Returns the last element of a randomizer under which the digest that the trace has is signed, and what
/// is signed of it, if that is not what is signed already. `digests` gives the digest for each such element.
pub(crate) fn fit<D: Fn(u32) -> [Val; 6]>(
    seen: &SeenSignature,
    signed: &Encoding,
    wanted: Wanted<'_>,
    digests: impl FnOnce() -> D,
) -> Option<(u32, Encoding)> {
    let digest = <[Val; 6]>::try_from(seen.digest.as_slice()).ok()?;
    let elements = *seen.elements.first_chunk::<6>()?;
    // By how much the trace counts more than the digits say.
    let counted: [Val; 6] = core::array::from_fn(|j| {
        let digits = signed.digits[13 * j..][..13].iter().rev();
        let value = digits.fold(Val::ZERO, |value, &digit| {
            value * Val::from_u8(4) + Val::from_u8(digit)
        });
        elements[j][1] - value
    });
    let target = Val::from_u32(TARGET_SUM) + Val::from_u32(signed.sum()) - seen.digit_sum;
    let target = target.as_canonical_u32();
    let present: [Val; 6] = core::array::from_fn(|j| elements[j][0] - counted[j]);
    if wanted(&padded(present), target) == Some(*signed) {
        return None;
    }
    // Others are too rare to be found.
    if !(TARGET_SUM - 12..=TARGET_SUM + 8).contains(&target) {
        return None;
    }
    let change: [Val; 6] = core::array::from_fn(|j| present[j] - digest[j]);
    let digest_of = digests();
    (0..MOST_TRIES).find_map(|i| {
        let digest = digest_of(i);
        let changed = core::array::from_fn(|j| digest[j] + change[j]);
        wanted(&padded(changed), target).map(|encoding| (i, encoding))
    })
}

/// Returns the message digest for each last element of the randomizer, where `rows` go on with its rows.
pub(crate) fn digests<C: TraceCells, M: Meddle<C>>(
    mut rows: Rows<C, M>,
    plan: &SignaturePlan<'_>,
) -> impl Fn(u32) -> [Val; 6] + use<C, M>
where
    Rows<C, M>: SignatureTrace,
{
    let state = message_start(&mut rows, plan);
    let Rows { cells, meddler, .. } = rows;
    let randomizer = plan.signature.randomizer;
    move |i| {
        let mut randomizer = randomizer;
        randomizer[6] = Val::from_u32(i);
        let mut rows = Rows::new(cells.clone(), meddler.clone());
        message_end(&mut rows, &randomizer, state)
    }
}

/// A digest is wanted long before, if one can be.
const MOST_TRIES: u32 = 1 << 21;

/// Returns a digest of which the elements that give no digits are zero.
fn padded(elements: [Val; 6]) -> Digest {
    Digest(core::array::from_fn(|i| {
        elements.get(i).copied().unwrap_or(Val::ZERO)
    }))
}

/// Returns the chain values from which the chains, as they run in the trace, reach the same ends whatever
/// the digits are.
pub(crate) fn chain_values(
    secrets: &[ChainValue; CHAINS],
    seen: &SeenSignature,
    digits: &[u8; CHAINS],
) -> [ChainValue; CHAINS] {
    core::array::from_fn(|chain| {
        let honest = Val::from_usize(chain / 2);
        let count = seen.counts.get(chain / 2).copied().unwrap_or(honest);
        let start = count * Val::from_u8(8) + Val::from_usize(4 * (chain % 2));
        (0..digits[chain]).fold(secrets[chain], |value, step| {
            let mut state = [Val::ZERO; 16];
            state[..4].copy_from_slice(&value);
            state[4..9].copy_from_slice(&seen.parameter);
            state[9] = seen.leaf;
            state[10] = start + Val::from_u8(step);
            state[11] = Domain::Chain.tag();
            permute(&mut state);
            [state[0], state[1], state[2], state[3]]
        })
    })
}
