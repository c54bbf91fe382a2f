//! Forgeries of what is signed, by whom, and at which leaf.

use alloc::vec::Vec;

use p3_field::{Field, PrimeCharacteristicRing};

use super::{
    a_registration, a_rekey, a_transfer, an_operation, change, edited, first_of, is_account, of,
    remove,
};
use crate::circuit::forging::block::{Subject, forge};
use crate::circuit::forging::search::rows_of;
use crate::circuit::forging::world::{
    AMOUNT, CHAIN, LEAF, PAYER, RECEIVER, VACANT, accounts, as_key_id, block, key, payer, rekey,
    transfer,
};
use crate::gadget::meddle::Draft;
use crate::gadget::operation::Kind;
use crate::gadget::signature::Kind as SignatureKind;
use crate::hash::Val;
use crate::ledger::{Account, Operation};
use crate::stark::mutation::Forged;

/// The account has another key id than that of the key that signs.
pub(crate) fn signed_by_another_key<S: Subject>(lane: usize) -> Forged {
    let block = if S::TRANSFERS {
        a_transfer::<S>()
    } else {
        a_registration::<S>()
    };
    change::<S>(&block, |nth, draft| {
        if is_account(draft.kind) && nth == 0 {
            draft.input[lane] += Val::ONE;
        }
        if (draft.kind, nth) == (first_of::<S>(), 0) {
            S::parts(draft.cells).0.state[8 + lane] += Val::ONE;
        }
    })
}

/// The payer's account is not opened: nothing says what it has.
pub(crate) fn unopened_account<S: Subject>() -> Forged {
    let mut block = a_transfer::<S>();
    block.operations[0].payer_after.balance += 1 << 40;
    edited::<S>(&block, |trace| {
        let rows = [Kind::Old0, Kind::Old1].map(|kind| rows_of::<S>(trace, of(kind))[0]);
        remove(trace, rows);
    })
}

/// The leaf after the right one signs.
pub(crate) fn signed_at_another_leaf<S: Subject>() -> Forged {
    let mut block = an_operation::<S>(VACANT, VACANT);
    let operation = &mut block.operations[0];
    operation.sign(operation.message, LEAF + 1);
    change::<S>(&block, |_, _| {})
}

/// An operation with a nonce that the account had before.
pub(crate) fn nonce_of_before<S: Subject>() -> Forged {
    let account = Account {
        nonce: 0x0002_0004,
        ..payer()
    };
    let operation = Operation::Rekey(rekey(PAYER));
    change::<S>(
        &block::<S>(&accounts(PAYER, account), operation, PAYER),
        |_, _| {},
    )
}

/// An operation of no kind, or of two.
pub(crate) fn operation_of_kinds<S: Subject>(transfer: bool, rekey: bool) -> Forged {
    let mut block = a_rekey::<S>();
    // As far as it is a transfer, the new key id is what is received and nobody does, but for the fee.
    if let Operation::Rekey(rekey) = &mut block.operations[0].signed.operation {
        rekey.new_key_id = as_key_id(RECEIVER, 0);
    }
    block.operations[0].payer_after.key_id = as_key_id(RECEIVER, 0);
    change::<S>(&block, |nth, draft| {
        if (draft.kind, nth) == (of(Kind::Start), 0) {
            let (_, operation) = S::parts(draft.cells);
            [operation.transfer, operation.rekey] = [transfer, rekey].map(Val::from_bool);
        }
    })
}

/// A third block in the hash of an operation that has two: it starts from what it likes.
pub(crate) fn third_block<S: Subject>() -> Forged {
    let mut block = if S::TRANSFERS {
        a_transfer::<S>()
    } else {
        a_registration::<S>()
    };
    block.detour.third_block = Some(true);
    change::<S>(&block, |_, draft| {
        if draft.kind == of(Kind::Op2) {
            let (signature, operation) = S::parts(draft.cells);
            let nonce = operation.nonce;
            // What is said of the row after the last block holds for this one as well.
            let mut hash: [Val; 8] = core::array::from_fn(|i| draft.input[i]);
            hash.iter_mut()
                .zip(nonce)
                .for_each(|(x, nonce)| *x -= nonce);
            signature.state[8..].copy_from_slice(&hash);
            signature.walk().start();
            operation.node = hash;
            draft.input[..8].fill(Val::ZERO);
        }
    })
}

/// An operation of the other circuit.
pub(crate) fn operation_of_another_circuit<S: Subject>() -> Forged {
    let block = if S::TRANSFERS {
        a_registration::<S>()
    } else {
        a_rekey::<S>()
    };
    change::<S>(&block, |_, _| {})
}

/// Nobody signs: the account has the hash of the operation as its key id.
pub(crate) fn operation_that_nobody_signed<S: Subject>(rekeys: bool) -> Forged {
    let mut start = S::Cells::default();
    let block = if S::TRANSFERS {
        let operation = if rekeys {
            Operation::Rekey(rekey(PAYER))
        } else {
            Operation::Transfer(transfer(AMOUNT))
        };
        let account = Account {
            key_id: operation.hash(CHAIN).0,
            ..payer()
        };
        block::<S>(&accounts(PAYER, account), operation, PAYER)
    } else {
        a_registration::<S>()
    };
    let cells = S::parts(&mut start).0;
    cells.parameter = key().public_key().parameter;
    cells.leaf = Val::from_u32(LEAF);
    let hash = block.operations[0].message;
    let act = |nth: usize, draft: &mut Draft<'_, S::Cells>| {
        if is_account(draft.kind) && nth == 0 {
            S::parts(draft.cells).0.state[8..].copy_from_slice(&hash.0);
            if draft.kind == of(Kind::Old0) || !rekeys {
                draft.input[..8].copy_from_slice(&hash.0);
            }
        }
    };
    forge::<S>(&block, &start, &act, |trace, _| {
        let signed = (0..SignatureKind::COUNT).flat_map(|kind| rows_of::<S>(trace, kind));
        let signed: Vec<usize> = signed.collect();
        remove(trace, signed);
    })
}

/// The nonce goes up to another high limb before the low one is full.
pub(crate) fn nonce_that_carries_early<S: Subject>() -> Forged {
    let block = an_operation::<S>(VACANT, VACANT);
    change::<S>(&block, |nth, draft| {
        if (draft.kind, nth) == (first_of::<S>(), 0) {
            let (signature, operation) = S::parts(draft.cells);
            let [low, high] = operation.nonce;
            signature.digit_bits[1] = Val::ONE;
            let full = Val::from_u32(0xffff);
            let rekeys = operation.rekey;
            signature.state[0] = low - full;
            signature.state[1] = high + Val::ONE;
            signature.state[2] = rekeys * signature.state[0];
            signature.state[3] = rekeys * signature.state[1];
            signature.state[7] = (high - full).inverse();
        }
    })
}
