//! What a trace shows of the operations and accounts in it: all that a prover may choose is there.

use alloc::vec::Vec;

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use crate::gadget::operation::{Kind, OperationRow};
use crate::hash::{Digest, Domain, MerklePath, Val};
use crate::ledger::{Account, Opening, Operation, Register, Rekey, Transfer};
use crate::stark::Trace;

/// The operations and accounts of a trace.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// One for each first block of a hash.
    pub(crate) operations: Vec<FoundOperation>,
    /// What was found at the numbers of accounts that were changed, in their order.
    pub(crate) openings: Vec<(u32, Opening)>,
}

/// An operation as it was hashed.
#[derive(Debug, Default)]
pub(crate) struct FoundOperation {
    blocks: Vec<[Val; 8]>,
    tag: Val,
}

impl FoundOperation {
    /// Returns chain and operation, if what was hashed encodes one.
    pub(crate) fn decode(&self) -> Option<(u32, Operation)> {
        let Self { blocks, tag } = self;
        let first = blocks.first()?;
        let second = blocks.get(1)?;
        let chain_id = number(&first[..2])?;
        let index = number(&first[2..4])?;
        let operation = if *tag == Domain::Transfer.tag() {
            Operation::Transfer(Transfer {
                from: index,
                to: number(&second[..2])?,
                amount: long(&second[2..6])?,
                fee: long(&first[4..8])?,
                nonce: number(&second[6..])?,
            })
        } else if *tag == Domain::Register.tag() {
            if first[5..] != [Val::ZERO; 3] {
                return None;
            }
            Operation::Register(Register {
                index,
                key_id: Digest(*second),
                leaf: first[4].as_canonical_u32(),
            })
        } else if *tag == Domain::Rekey.tag() {
            let third = blocks.get(2)?;
            if third[2..] != [Val::ZERO; 6] {
                return None;
            }
            Operation::Rekey(Rekey {
                index,
                new_key_id: Digest(*second),
                fee: long(&first[4..8])?,
                nonce: number(&third[..2])?,
            })
        } else {
            return None;
        };
        Some((chain_id, operation))
    }
}

/// Reads the operations and accounts of a trace.
pub(crate) fn find(trace: &Trace) -> Found {
    let rows: Vec<_> = trace
        .values
        .chunks(trace.width)
        .map(OperationRow::first_of)
        .collect();
    let mut found = Found::default();
    let mut account: Option<Account> = None;
    let mut level = 0;
    for (before, row) in rows.iter().zip(rows.iter().skip(1)) {
        let is = |kind: Kind| row.is(kind) == Val::ONE;
        let (input, output) = (
            row.signature.permutation.input,
            before.signature.permutation.output,
        );
        let absorbed: [Val; 8] = core::array::from_fn(|i| input[i] - output[i]);
        if is(Kind::Op0) {
            found.operations.push(FoundOperation {
                blocks: alloc::vec![core::array::from_fn(|i| input[i])],
                tag: input[8],
            });
        }
        if is(Kind::Op1) || is(Kind::Op2) {
            let operation = found.operations.last_mut();
            operation
                .into_iter()
                .for_each(|operation| operation.blocks.push(absorbed));
        }
        if is(Kind::Old1) {
            let key_id = before.signature.permutation.input;
            account = read(core::array::from_fn(|i| key_id[i]), &absorbed);
        }
        let levels = row.signature.cols.walk();
        if is(Kind::OldPath) {
            if before.is(Kind::New1) == Val::ONE {
                level = 0;
                let path = MerklePath([Digest::ZERO; 32]);
                let account = account.take();
                found.openings.push((0, Opening { account, path }));
            }
            let is_right = *levels.bit == Val::ONE;
            let left = if is_right { 0 } else { 8 };
            let opening = found.openings.last_mut();
            let sibling = Digest(core::array::from_fn(|i| input[left + i]));
            if let Some((index, opening)) = opening {
                *index |= u32::from(is_right)
                    .checked_shl(u32::try_from(level).unwrap())
                    .unwrap_or(0);
                opening
                    .path
                    .0
                    .get_mut(level)
                    .into_iter()
                    .for_each(|place| *place = sibling);
                level += 1;
            }
        }
    }
    found
}

fn read(key_id: [Val; 8], block: &[Val; 8]) -> Option<Account> {
    Some(Account {
        key_id: Digest(key_id),
        balance: long(&block[..4])?,
        nonce: number(&block[4..6])?,
        key_offset: number(&block[6..])?,
    })
}

/// Returns the number of limbs that are below 2^16, least significant first.
fn limbs(limbs: &[Val]) -> Option<u64> {
    limbs.iter().rev().try_fold(0, |number, limb| {
        let limb = limb.as_canonical_u32();
        (limb >> 16 == 0).then(|| number << 16 | u64::from(limb))
    })
}

fn number(two: &[Val]) -> Option<u32> {
    u32::try_from(limbs(two)?).ok()
}

fn long(four: &[Val]) -> Option<u64> {
    limbs(four)
}
