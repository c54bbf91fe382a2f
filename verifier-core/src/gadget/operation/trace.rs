//! The rows of an operation.
//!
//! Building checks nothing: an operation that is not valid gives rows that break the constraint of just
//! what is wrong with it.

use p3_field::{Field, PrimeCharacteristicRing, PrimeField32};

use super::HALF;
use super::columns::{Kind, OperationCells};
use crate::gadget::signature::{
    SignaturePlan, SignatureTrace, certified_rows, key_rows, message_rows, one_time_rows,
};
use crate::gadget::sponge::{add, rate, start};
use crate::gadget::update::{UpdateTrace, climb};
use crate::gadget::walk::WalkCells;
use crate::hash::{Digest, Domain, RATE, Val, WIDTH, u32_limbs, u64_limbs};
use crate::ledger::Opening;
use crate::ledger::{Account, Operation, SignedOperation};
use crate::limits::STATE_DEPTH;
use crate::signature::{CHAINS, digits, message_digest};

/// An account before and after a change.
#[derive(Clone, Copy, Debug)]
pub struct AccountChange<'a> {
    /// Its number.
    pub index: u32,
    /// What is there before.
    pub before: &'a Opening,
    /// What is there after.
    pub after: Account,
}

/// What the rows of one operation depend on.
#[derive(Clone, Debug)]
pub struct OperationPlan<'a> {
    /// The operation.
    pub signed: &'a SignedOperation,
    /// The message that is signed.
    pub message: Digest,
    /// The leaf that signs.
    pub leaf: u32,
    /// The digit of each chain.
    pub digits: [u8; CHAINS],
    /// Bits 26 to 30 of the six elements that the digits come from.
    pub tops: [u8; 6],
    /// The account that signs.
    pub payer: AccountChange<'a>,
    /// The account that receives, in a transfer.
    pub receiver: Option<AccountChange<'a>>,
}

impl<'a> OperationPlan<'a> {
    /// Returns what an honest prover does with an operation on accounts that are opened one after the
    /// other. Nothing is checked: what does not fit wraps around.
    #[must_use]
    pub fn new(
        signed: &'a SignedOperation,
        payer: &'a Opening,
        receiver: Option<&'a Opening>,
    ) -> Self {
        let message = signed.hash().0;
        let before = payer.account.unwrap_or(VACANT);
        let (leaf, after) = match signed.operation {
            Operation::Transfer(transfer) => {
                let paid = transfer.amount.wrapping_add(transfer.fee);
                let nonce = transfer.nonce.wrapping_add(1);
                let balance = before.balance.wrapping_sub(paid);
                let after = Account {
                    balance,
                    nonce,
                    ..before
                };
                (transfer.nonce.wrapping_sub(before.key_offset), after)
            }
            Operation::Register(register) => {
                let after = Account {
                    key_id: register.key_id,
                    balance: 0,
                    nonce: register.leaf.wrapping_add(1),
                    key_offset: 0,
                };
                (register.leaf, after)
            }
            Operation::Rekey(rekey) => {
                let nonce = rekey.nonce.wrapping_add(1);
                let after = Account {
                    key_id: rekey.new_key_id,
                    balance: before.balance.wrapping_sub(rekey.fee),
                    nonce,
                    key_offset: nonce,
                };
                (rekey.nonce.wrapping_sub(before.key_offset), after)
            }
        };
        let parameter = &signed.public_key.parameter;
        let encoded = message_digest(parameter, leaf, &message, &signed.signature.randomizer);
        let top = |j: usize| encoded.0[j].as_canonical_u32() >> 26;
        Self {
            signed,
            message,
            leaf,
            digits: digits(&encoded),
            tops: core::array::from_fn(|j| u8::try_from(top(j)).expect("five bits")),
            payer: AccountChange {
                index: signed.operation.signer(),
                before: payer,
                after,
            },
            receiver: match (&signed.operation, receiver) {
                (Operation::Transfer(transfer), Some(before)) => {
                    let account = before.account.unwrap_or(VACANT);
                    let balance = account.balance.wrapping_add(transfer.amount);
                    Some(AccountChange {
                        index: transfer.to,
                        before,
                        after: Account { balance, ..account },
                    })
                }
                _ => None,
            },
        }
    }

    /// Returns what the rows of its signature check depend on.
    #[must_use]
    pub fn signature(&self) -> SignaturePlan<'_> {
        SignaturePlan {
            public_key: &self.signed.public_key,
            signature: &self.signed.signature,
            message: &self.message,
            chain_id: self.signed.chain_id,
            key_domain: Domain::KeyAccount,
            leaf: self.leaf,
            digits: &self.digits,
            tops: &self.tops,
        }
    }

    /// Returns the number of rows, but for what the circuit does with the hash.
    #[must_use]
    pub fn rows(signed: &SignedOperation) -> usize {
        let height = signed.signature.path.len();
        height
            + match signed.operation {
                Operation::Transfer(_) => 275,
                Operation::Register(_) => 203,
                Operation::Rekey(_) => 206,
            }
    }
}

/// What is taken for an account that is not there.
const VACANT: Account = Account {
    key_id: Digest::ZERO,
    balance: 0,
    nonce: 0,
    key_offset: 0,
};

/// Where the rows of an operation leave what it says: nowhere, but for somebody who forges.
#[derive(Clone, Copy, Debug, Default)]
pub struct Detour {
    /// Whether its hash has a third block.
    pub third_block: Option<bool>,
    /// The account that signs is one that receives.
    pub credits_signer: bool,
    /// How many levels the path of the account that signs has.
    pub signer_levels: Option<usize>,
    /// Its place in the block, where that is not the next one.
    pub place: Option<u32>,
}

/// A trace in which operations are applied: the circuit adds its own columns to each row.
pub trait OperationTrace: SignatureTrace {
    /// Returns where the rows leave what the operation says.
    fn detour(&self) -> Detour {
        Detour::default()
    }

    /// Returns the columns of the operation as the next row will have them.
    fn operation(&mut self) -> &mut OperationCells;

    /// Adds a row of `kind` with the permutation of `input` and returns its output. Somebody who
    /// forges may change both on the way.
    fn push_operation(&mut self, kind: Kind, input: &mut [Val; WIDTH]) -> [Val; WIDTH];
}

/// Sets what an operation says in the columns that hold it to its end.
pub fn set_operation(cells: &mut OperationCells, plan: &OperationPlan<'_>) {
    let operation = &plan.signed.operation;
    let [transfer, register, rekey] = [
        matches!(operation, Operation::Transfer(_)),
        matches!(operation, Operation::Register(_)),
        matches!(operation, Operation::Rekey(_)),
    ];
    [cells.transfer, cells.register, cells.rekey] = [transfer, register, rekey].map(Val::from_bool);
    cells.index = u32_limbs(operation.signer());
    cells.fee = u64_limbs(operation.fee());
    cells.nonce = u32_limbs(operation.nonce());
    let before = plan.payer.before.account.unwrap_or(VACANT).nonce;
    let gap = operation.nonce().wrapping_sub(before);
    cells.gap = u32_limbs(if register { 0 } else { gap });
    match operation {
        Operation::Transfer(transfer) => {
            cells.body[..2].copy_from_slice(&u32_limbs(transfer.to));
            cells.body[2..6].copy_from_slice(&u64_limbs(transfer.amount));
            cells.body[6..].copy_from_slice(&u32_limbs(transfer.nonce));
        }
        Operation::Register(register) => cells.body = register.key_id.0,
        Operation::Rekey(rekey) => cells.body = rekey.new_key_id.0,
    }
}

/// Adds Start to the last row of the hash, and returns it; it is in `state` then.
pub fn start_rows<R: OperationTrace>(rows: &mut R, plan: &OperationPlan<'_>) -> Digest {
    let cells = rows.operation();
    set_operation(cells, plan);
    cells.receiver = Val::ZERO;
    cells.left = u64_limbs(plan.payer.after.balance);
    let left = cells.left;
    digit_row(rows, Kind::Start, left);
    let fee = rows.operation().fee;
    digit_row(rows, Kind::Fee, fee);
    let cells = rows.operation();
    let [n0, n1] = cells.nonce;
    let [g0, g1] = cells.gap;
    digit_row(rows, Kind::Nonce, [n0, n1, g0, g1]);
    let cells = rows.operation();
    if cells.transfer == Val::ONE {
        let [_, _, a0, a1, a2, a3, ..] = cells.body;
        digit_row(rows, Kind::Amount, [a0, a1, a2, a3]);
    }
    hash_rows(rows, plan.signed.chain_id)
}

/// Adds Op0 to Op2.
fn hash_rows<R: OperationTrace>(rows: &mut R, chain_id: u32) -> Digest {
    let detour = rows.detour();
    let cells = rows.operation();
    let has_third = detour.third_block.unwrap_or(cells.rekey == Val::ONE);
    let mut state = [Val::ZERO; WIDTH];
    state[RATE] = cells.transfer * Domain::Transfer.tag()
        + cells.register * Domain::Register.tag()
        + cells.rekey * Domain::Rekey.tag();
    state[RATE + 1] = cells.rekey.double() + Val::from_u8(16);
    state[..2].copy_from_slice(&u32_limbs(chain_id));
    state[2..4].copy_from_slice(&cells.index);
    state[4..8].copy_from_slice(&cells.fee);
    state[4] += cells.register * (cells.nonce[0] + cells.nonce[1] * Val::from_u32(1 << 16));
    let mut state = rows.push_operation(Kind::Op0, &mut state);
    add(&mut state, &rows.operation().body);
    state = rows.push_operation(Kind::Op1, &mut state);
    if has_third {
        add(&mut state, &rows.operation().nonce);
        state = rows.push_operation(Kind::Op2, &mut state);
    }
    let hash = rate(&state);
    rows.cells().state[8..].copy_from_slice(&hash.0);
    hash
}

/// Adds Message0 to the last NewPath of the account that signs.
pub fn payer_rows<R: OperationTrace + UpdateTrace>(rows: &mut R, plan: &OperationPlan<'_>) {
    let signature = plan.signature();
    let digest = message_rows(rows, &signature);
    let leaf_hash = one_time_rows(rows, &signature, digest);
    let root = certified_rows(rows, &signature, &leaf_hash);
    let key_id = key_rows(rows, &signature, &root);
    if rows.detour().credits_signer {
        let [_, _, a0, a1, a2, a3, ..] = rows.operation().body;
        return credited_rows(rows, &plan.payer, [a0, a1, a2, a3], |_| ());
    }
    let cells = rows.operation();
    let (is_rekey, body) = (cells.rekey == Val::ONE, cells.body);
    let AccountChange { before, .. } = plan.payer;
    let old = before.account.unwrap_or(VACANT);
    let nonce = cells.nonce.map(|limb| limb.as_canonical_u32());
    // The leaf is the nonce less the offset, limb by limb.
    let offset = before.account.map_or(0, |account| account.key_offset);
    let high = nonce[1].wrapping_sub(offset >> 16);
    let gap = cells.gap[0].as_canonical_u32();
    let paid = [cells.left, cells.fee].map(|limbs| limbs.map(|limb| limb.as_canonical_u32()));
    let amount = if cells.transfer == Val::ONE {
        core::array::from_fn(|i| body[2 + i].as_canonical_u32())
    } else {
        [0; 4]
    };
    let carries = carries(&[paid[0], paid[1], amount]);
    let cells = rows.cells();
    cells.set_small(high % 20);
    let full = Val::from_u32(0xffff);
    let [n0, n1] = nonce.map(Val::from_u32);
    let overflows = n0 == full;
    cells.digit_bits = [
        Val::from_bool((old.nonce & 0xffff) + gap > 0xffff),
        Val::from_bool(overflows),
        Val::ZERO,
        Val::ZERO,
    ];
    let after = plan.payer.after;
    let tail = [u32_limbs(after.nonce), u32_limbs(after.key_offset)];
    cells.state[..4].copy_from_slice(tail.as_flattened());
    cells.state[4..7].copy_from_slice(&carries);
    let inverse = (if overflows { n1 } else { n0 } - full).try_inverse();
    cells.state[7] = inverse.unwrap_or_default();
    cells.state[8..].copy_from_slice(&key_id.0);
    let new_key_id = if is_rekey { Digest(body) } else { key_id };
    let levels = rows.detour().signer_levels.unwrap_or(STATE_DEPTH);
    change_rows(rows, &plan.payer, &key_id, &new_key_id, levels);
}

/// Adds Balance to the last NewPath of an account that is credited `amount`.
pub fn credit_rows<R: OperationTrace + UpdateTrace>(
    rows: &mut R,
    change: &AccountChange<'_>,
    amount: [Val; 4],
) {
    let cells = rows.operation();
    cells.receiver = Val::ONE;
    cells.left = u64_limbs(change.after.balance);
    let left = cells.left;
    digit_row(rows, Kind::Balance, left);
    credited_rows(rows, change, amount, |_| ());
}

/// Adds Old0 to the last NewPath of an account that is credited `amount`, whose limbs may be sums;
/// `carries_rows` adds rows before them, when what the limbs carry is in `state`.
pub fn credited_rows<R: OperationTrace + UpdateTrace>(
    rows: &mut R,
    change: &AccountChange<'_>,
    amount: [Val; 4],
    carries_rows: impl FnOnce(&mut R),
) {
    let old = change.before.account.unwrap_or(VACANT);
    let limbs = [u64_limbs(old.balance), amount].map(|limbs| limbs.map(|x| x.as_canonical_u32()));
    let carries = carries(&limbs);
    let cells = rows.cells();
    let tail = [u32_limbs(old.nonce), u32_limbs(old.key_offset)];
    cells.state = [Val::ZERO; 16];
    cells.state[..4].copy_from_slice(tail.as_flattened());
    cells.state[4..7].copy_from_slice(&carries);
    cells.state[8..].copy_from_slice(&old.key_id.0);
    carries_rows(rows);
    let (key_id, new_key_id) = (old.key_id, change.after.key_id);
    change_rows(rows, change, &key_id, &new_key_id, STATE_DEPTH);
}

/// Adds Old0 to the last NewPath: `state` holds all that the second blocks need.
fn change_rows<R: OperationTrace + UpdateTrace>(
    rows: &mut R,
    change: &AccountChange<'_>,
    key_id: &Digest,
    new_key_id: &Digest,
    levels: usize,
) {
    rows.operation().node = Digest::ZERO.0;
    if let Some(account) = &change.before.account {
        let mut state = start(Domain::Account, 16);
        state[..8].copy_from_slice(&key_id.0);
        state = rows.push_operation(Kind::Old0, &mut state);
        add(&mut state, &u64_limbs(account.balance));
        add(&mut state[4..], &u32_limbs(account.nonce));
        add(&mut state[6..], &u32_limbs(account.key_offset));
        let leaf = rate(&rows.push_operation(Kind::Old1, &mut state));
        rows.operation().node = leaf.0;
    }
    let mut state = start(Domain::Account, 16);
    state[..8].copy_from_slice(&new_key_id.0);
    state = rows.push_operation(Kind::New0, &mut state);
    add(&mut state, &rows.operation().left);
    let [n0, n1, o0, o1, ..] = rows.cells().state;
    add(&mut state[4..], &[n0, n1, o0, o1]);
    let after = rate(&rows.push_operation(Kind::New1, &mut state));
    let before = Digest(rows.operation().node);
    rows.operation().high = Val::ZERO;
    let siblings = &change.before.path.0[..levels];
    let [_, after] = climb(rows, [before, after], change.index, siblings);
    rows.operation().root = after.0;
    rows.operation().high = Val::ZERO;
}

/// Adds a row whose lanes and `state` hold the base-4 digits of four limbs.
pub fn digit_row<R: OperationTrace>(rows: &mut R, kind: Kind, limbs: [Val; 4]) {
    let mut input = [Val::ZERO; WIDTH];
    let state = &mut rows.cells().state;
    let lanes = input.chunks_mut(8).chain(state.chunks_mut(8));
    for (limb, lanes) in limbs.into_iter().zip(lanes) {
        let limb = limb.as_canonical_u32();
        for (i, lane) in lanes.iter_mut().enumerate() {
            *lane = Val::from_u32(limb >> (2 * i) & 3);
        }
    }
    let _ = rows.push_operation(kind, &mut input);
}

/// Returns what each of the lower three limbs of a sum carries to the next.
fn carries(summands: &[[u32; 4]]) -> [Val; 3] {
    let mut carry = 0;
    core::array::from_fn(|i| {
        let sum: u64 = summands.iter().map(|limbs| u64::from(limbs[i])).sum();
        carry = (sum + carry) >> 16;
        Val::from_u64(carry)
    })
}

/// Does to the columns of an account's path what the end of its lower half does to them.
pub fn turn(walk: WalkCells<'_>, high: &mut Val) {
    if *walk.count == Val::from_u32(HALF) {
        *walk.weight = Val::ONE;
        *walk.sum = Val::ZERO;
        *high = Val::ONE;
    }
}
