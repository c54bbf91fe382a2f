//! A row that is the first of a path and, with the selector −1, a Start.

use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use crate::circuit::forging::signature::{Change, SIGNATURE, Signer, set_permutation};
use crate::circuit::forging::{Block, OPERATION};
use crate::circuit::state::State;
use crate::circuit::state::columns::Cells;
use crate::gadget::operation::Kind;
use crate::gadget::signature::Kind as SignatureKind;
use crate::gadget::{permutation, rows::TraceCells};
use crate::hash::{Digest, Val};
use crate::stark::mutation::Attempt;

/// Levels of the keys of two transfers and two registrations with which row 1,024 is the first of the last
/// path: 2·275 + 203 + 140, 16 for each place among the operations, and these.
const LEVELS: [usize; 4] = [20, 20, 20, 7];

/// Returns the attempt on a block of two transfers and two registrations: its trace ends where the path of
/// the last account starts. There nothing has come into the account, so that no lane or cell is anything but
/// zero; the proposer's account, where nothing may start any more, was not yet opened.
pub(super) fn start_beside_path(block: Block) -> Attempt {
    let mut block = block;
    for (operation, levels) in block.operations.iter_mut().zip(LEVELS) {
        operation.signed.signature.path.resize(levels, Digest::ZERO);
    }
    let edit = |rows: &mut Vec<Vec<Val>>| {
        rows.truncate(1024);
        let Some(row) = rows.last_mut() else { return };
        let path = OPERATION.kind.start + Kind::OldPath.place();
        if row[path] != Val::ONE {
            return;
        }
        set_permutation(row, [Val::ZERO; 16]);
        row[SIGNATURE.state].fill(Val::ZERO);
        let start = SignatureKind::COUNT + Kind::Start.place();
        row[permutation::COLUMNS + Cells::kind_column(start)] = Val::NEG_ONE;
    };
    Attempt::by_hand("Start is −1 beside the first row of a path", move || {
        <State as Signer>::forge(&block, Change::rows(&|_, _| ()), Some(&edit))
    })
}
