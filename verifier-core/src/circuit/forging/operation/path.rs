//! Forgeries of the path of an account: another number, another depth.

use p3_field::PrimeCharacteristicRing;

use super::{an_operation, change, of};
use crate::circuit::forging::block::Subject;
use crate::circuit::forging::world::PAYER;
use crate::gadget::operation::Kind;
use crate::hash::Val;
use crate::stark::mutation::Forged;

/// A small number, whose account another one with it as high limb is taken for.
const SMALL: u32 = 0x21;
/// A number below 2^31 of which half the limbs can be doubled.
const HALF: u32 = 0x1234_1678;

/// What a row of a path says is another, and the path is that of another account.
pub(super) struct OtherPath {
    pub(super) name: &'static str,
    /// The account that the path leads to, and the number that the operation names.
    at: u32,
    index: u32,
    /// Levels of the path.
    levels: usize,
    /// What is changed in a row of the path: its kind, its level, and cells.
    changes: &'static [(Kind, usize, Cells)],
}

/// Changes of bit, count, weight, sum and `high`, where not as they are.
#[derive(Clone, Copy)]
enum Cells {
    FlipBit,
    Count,
    Weight(u32),
    Sum(u32),
    High(bool),
    /// `high` in this row alone.
    HighHere,
    /// Weight and sum as in one walk over both limbs.
    GoOn(u32),
}

pub(super) const OTHER_PATHS: &[OtherPath] = &[
    OtherPath {
        name: "a bit of the number in the second row of a level",
        at: PAYER,
        index: PAYER ^ 8,
        levels: 32,
        changes: &[(Kind::NewPath, 3, Cells::FlipBit)],
    },
    OtherPath {
        name: "a low limb that nobody looks at, since a second row is of the upper half",
        at: SMALL,
        index: SMALL << 16 | 0x5678,
        levels: 32,
        changes: &[
            (Kind::NewPath, 15, Cells::HighHere),
            (Kind::OldPath, 16, Cells::GoOn(SMALL)),
        ],
    },
    OtherPath {
        name: "a level is counted twice, in its second row",
        at: PAYER,
        index: PAYER,
        levels: 31,
        changes: &[(Kind::NewPath, 20, Cells::Count)],
    },
    OtherPath {
        name: "a weight of two in the second row of the first level",
        at: HALF,
        index: HALF + (HALF & 0xffff),
        levels: 32,
        changes: &[(Kind::NewPath, 0, Cells::Weight(2))],
    },
    OtherPath {
        name: "a sum of one in the second row of the first level",
        at: PAYER,
        index: PAYER + 1,
        levels: 32,
        changes: &[(Kind::NewPath, 0, Cells::Sum(1))],
    },
    OtherPath {
        name: "a level is counted twice",
        at: PAYER,
        index: PAYER,
        levels: 31,
        changes: &[(Kind::OldPath, 20, Cells::Count)],
    },
    OtherPath {
        name: "a sum of one more at the fourth level",
        at: PAYER,
        index: PAYER + 1,
        levels: 32,
        changes: &[(Kind::OldPath, 3, Cells::Sum((PAYER & 7) + 1))],
    },
    OtherPath {
        name: "the upper limb starts a level early",
        at: PAYER,
        index: (PAYER & 0x7fff) | (PAYER >> 15) << 16,
        levels: 32,
        changes: &[
            (Kind::OldPath, 15, Cells::High(true)),
            (Kind::OldPath, 15, Cells::Weight(1)),
            (Kind::OldPath, 15, Cells::Sum(0)),
            (Kind::OldPath, 16, Cells::Weight(2)),
            (Kind::OldPath, 16, Cells::Sum(PAYER >> 15 & 1)),
        ],
    },
    OtherPath {
        name: "the upper limb starts with a weight of two",
        at: HALF,
        index: HALF + (HALF & 0xffff_0000),
        levels: 32,
        changes: &[(Kind::OldPath, 16, Cells::Weight(2))],
    },
    OtherPath {
        name: "the upper limb starts with a sum of one",
        at: PAYER,
        index: PAYER + 0x1_0000,
        levels: 32,
        changes: &[(Kind::OldPath, 16, Cells::Sum(1))],
    },
    OtherPath {
        name: "a path of 31 levels",
        at: PAYER,
        index: PAYER,
        levels: 31,
        changes: &[],
    },
    OtherPath {
        name: "a low limb that nobody looks at, since all levels are of the lower half",
        at: SMALL,
        index: SMALL << 16 | 0x5678,
        levels: 32,
        changes: &[
            (Kind::OldPath, 16, Cells::High(false)),
            (Kind::OldPath, 16, Cells::GoOn(SMALL)),
        ],
    },
    OtherPath {
        name: "a path that starts at level one",
        at: PAYER,
        index: (PAYER & 0x7fff) | (PAYER >> 15) << 16,
        levels: 31,
        changes: &[(Kind::OldPath, 0, Cells::Count)],
    },
    OtherPath {
        name: "a path that starts with a weight of two",
        at: HALF,
        index: HALF + (HALF & 0xffff),
        levels: 32,
        changes: &[(Kind::OldPath, 0, Cells::Weight(2))],
    },
    OtherPath {
        name: "a path that starts with a sum of one",
        at: PAYER,
        index: PAYER + 1,
        levels: 32,
        changes: &[(Kind::OldPath, 0, Cells::Sum(1))],
    },
    OtherPath {
        name: "a low limb that nobody looks at, since all levels are of the upper half",
        at: SMALL,
        index: SMALL << 16 | 0x5678,
        levels: 32,
        changes: &[
            (Kind::OldPath, 0, Cells::High(true)),
            (Kind::OldPath, 16, Cells::GoOn(SMALL)),
        ],
    },
];

/// The forgery number `nth` of the paths that are another's.
pub(crate) fn other_path<S: Subject>(nth: usize) -> Forged {
    let path = &OTHER_PATHS[nth];
    let mut block = an_operation::<S>(path.index, path.at);
    block.detour.signer_levels = Some(path.levels);
    change::<S>(&block, |nth, draft| {
        for &(kind, level, change) in path.changes {
            if (draft.kind, nth) != (of(kind), level) {
                continue;
            }
            let (signature, operation) = S::parts(draft.cells);
            let walk = signature.walk();
            match change {
                Cells::FlipBit => *walk.bit = Val::ONE - *walk.bit,
                Cells::Count => *walk.count += Val::ONE,
                Cells::Weight(weight) => *walk.weight = Val::from_u32(weight),
                Cells::Sum(sum) => *walk.sum = Val::from_u32(sum),
                Cells::High(high) => operation.high = Val::from_bool(high),
                Cells::GoOn(number) => {
                    *walk.weight = Val::from_u32(1 << level);
                    *walk.sum = Val::from_u32(number);
                }
                Cells::HighHere => {
                    let mut written = draft.cells.clone();
                    S::parts(&mut written).1.high = Val::ONE;
                    draft.written = Some(written);
                }
            }
        }
    })
}
