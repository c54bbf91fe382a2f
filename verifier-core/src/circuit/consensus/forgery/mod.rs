//! Forgeries of consensus proofs, each of which breaks one constraint and no other.
//!
//! Everything after a change is computed from it, so that only the link that was changed is false.
//! The keys are made for this: all their secrets are at hand.

#![allow(
    clippy::unwrap_used,
    reason = "a forgery that cannot be made is a fault of this module"
)]

mod families;
pub(in crate::circuit) mod fixture;
pub(super) mod forge;
pub(super) mod named;
mod search;

use alloc::vec::Vec;

use p3_air::AirBuilder;

use super::{Consensus, ConsensusAir};
use crate::circuit::forging::signature;
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

    const REDUNDANT: &'static [&'static [Redundant]] = &[signature::REDUNDANT];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stark::mutation::{check_forgery, constraint_names};

    #[test]
    fn redundant_constraints_exist_and_no_forgery_names_one() {
        let names = constraint_names::<Consensus>();
        assert_eq!(names.len(), 782);
        for redundant in signature::REDUNDANT {
            let name = redundant.constraint;
            assert!(names.iter().any(|other| other == name), "{name}");
            assert!(
                named::FORGERIES
                    .iter()
                    .all(|forgery| forgery.constraint != name)
            );
        }
    }

    #[test]
    fn rejects_a_forgery_that_breaks_another_constraint_or_says_nothing_false() {
        let named = *named::FORGERIES.first().unwrap();
        let other = Forgery {
            constraint: "assert_order.1",
            ..named
        };
        assert_eq!(
            check_forgery::<Consensus>(&other).unwrap_err(),
            "rejects_a_validator_counted_twice breaks [\"assert_order.0\"], not assert_order.1"
        );
        let other = Forgery {
            refused: None,
            ..named
        };
        assert_eq!(
            check_forgery::<Consensus>(&other).unwrap_err(),
            "rejects_a_validator_counted_twice: the oracle says Some(\"witness-order\"), not None"
        );
    }
}
