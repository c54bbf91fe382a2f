//! Forgeries of uptime proofs, each of which breaks one constraint and no other.

mod families;
mod named;
mod rowwise;
mod search;
mod shown;
pub(super) mod window;

use alloc::vec::Vec;

use p3_air::AirBuilder;

use super::{Uptime, UptimeAir};
use crate::hash::Val;
use crate::stark::mutation::{Attempt, Forgeable, Forgery, Redundant};

impl Forgeable for Uptime {
    fn eval_phases<AB: AirBuilder<F = Val>>(
        air: &UptimeAir,
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

/// Whoever breaks this one alone has two preimages of a hash.
const COLLISIONS: &[Redundant] = &[Redundant {
    constraint: "assert_kinds.23",
    because: "Two kinds at once. Each but Set1 asks for one that follows it (assert_order), while two of these leave none to come next \
              (kinds.24), and the last row has none but Set1 (kinds.25): so there are Set1 and one more. What follows that one has to come to a second end, with the same output \
              (set.20 to .27); and before the first end nothing is free, so that two hashes would be one.",
}];
