//! Forgeries of spans, each of which breaks one constraint and no other.

#![allow(
    clippy::unwrap_used,
    reason = "a forgery that cannot be made is a fault of this module"
)]

pub(crate) mod ends;
mod families;
mod forge;
mod named;
pub(super) mod search;
mod shown;

use alloc::vec::Vec;

use p3_air::AirBuilder;

use super::{Span, SpanAir};
use crate::circuit::forging::signature;
use crate::hash::Val;
use crate::stark::mutation::{Attempt, Forgeable, Forgery, Redundant};

impl Forgeable for Span {
    fn eval_phases<AB: AirBuilder<F = Val>>(
        air: &SpanAir,
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

    const REDUNDANT: &'static [&'static [Redundant]] = &[signature::REDUNDANT, REDUNDANT];
}

/// What follows from others here.
const REDUNDANT: &[Redundant] = &[Redundant {
    constraint: "assert_kinds.30",
    because: "The selector of History0 is a bit. Where it is neither 0 nor 1 in a row that is not the first, the height of that row is both the one \
              before (height.21, .22) and that and the length of an epoch (height.19, .20); so the length is 0, as its low limb is below 2^16 and what is carried \
              is a bit (ranges.4), and there is no such epoch. In the first row Set0 is set (order.0), so that Set1 and History1 come next (order.1, .16); the other selectors of that row are bits, \
              and so is its own of History0, by the same, so that they are at least two in sum, which is no bit (kinds.33).",
}];
