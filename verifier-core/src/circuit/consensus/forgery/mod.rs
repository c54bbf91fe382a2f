//! Forgeries of consensus proofs, each of which breaks one constraint and no other.
//!
//! Everything after a change is computed from it, so that only the link that was changed is false.
//! The keys are made for this: all their secrets are at hand.

#![allow(
    clippy::unwrap_used,
    reason = "a forgery that cannot be made is a fault of this module"
)]

mod families;
pub(super) mod fixture;
pub(super) mod forge;
pub(super) mod named;
mod redundant;
mod search;

use alloc::vec::Vec;

use p3_air::AirBuilder;

use super::{Consensus, ConsensusAir};
use crate::hash::Val;
use crate::stark::mutation::{Attempt, Forgeable, Forgery, Redundant};

impl Forgeable for Consensus {
    fn eval_phases<AB: AirBuilder<F = Val>>(
        air: &ConsensusAir,
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

    const REDUNDANT: &'static [Redundant] = redundant::REDUNDANT;
}
