//! Forgeries of pruning proofs, each of which breaks one constraint and no other.

mod families;
mod named;
pub(super) mod range;
mod rowwise;
mod search;
mod shown;

use alloc::vec::Vec;

use p3_air::AirBuilder;

use super::{Pruning, PruningAir};
use crate::hash::Val;
use crate::stark::mutation::{Attempt, Forgeable, Forgery, Redundant};

impl Forgeable for Pruning {
    fn eval_phases<AB: AirBuilder<F = Val>>(
        air: &PruningAir,
        builder: &mut AB,
        phase: &mut impl FnMut(&AB, &'static str),
    ) {
        air.eval_phases(builder, phase);
    }

    fn forgeries() -> Vec<Forgery> {
        named::FORGERIES.to_vec()
    }

    fn search() -> Vec<Attempt> {
        search::attempts()
    }

    const REDUNDANT: &'static [&'static [Redundant]] = &[];
    const INFEASIBLE: &'static [&'static [Redundant]] = &[COLLISIONS];
}

/// Whoever breaks one of these alone has two preimages of a hash, or one of a given one, or has made 2^30 tries.
const COLLISIONS: &[Redundant] = &[
    Redundant {
        constraint: "assert_kinds.20",
        because: "Two kinds at once. Each but NewRoot1 asks for one that follows it (assert_order), while two of these leave none to come next \
                  (kinds.21), and the last row has none but NewRoot1 (kinds.22): so there are NewRoot1 and one more. What follows that one has to come to a second end, with the same output \
                  (roots.72 to .79); and before the first end nothing is free, so that two hashes would be one.",
    },
    Redundant {
        constraint: "assert_kinds.14",
        because: "OldPath at −1 beside others asks for NewPath next (order.13). They are none in sum with it, and what comes next is none in sum too, so that \
                  this is the last row, or the one before it, where OldPath is at −2. There it stands beside a row of a header, for a NewPath is never in such a row \
                  of a trace of this length, and behind the end `previous` is no header's hash (previous.16). So the trace ends in a header, with no history shown, and a node \
                  that waits on the stack has 0 or 1 as its first element (path.0): one header in 2^30 has, and whoever grinds for it finds one.",
    },
    Redundant {
        constraint: "assert_header.104",
        because: "`first`, where it is not 0, asks for the hash of the first header (header.96 to .103), and any later one has \
                  another height (header.12).",
    },
];
