//! The changes that a search tries: each lane and each cell of some rows of each kind, each part of the claim, each end; and those of the
//! families.

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use super::super::{Span, SpanStatement};
use super::ends::Ends;
use super::families;
use crate::circuit::forging::rowwise::{self, claimed, push};
use crate::circuit::forging::signature;
use crate::hash::{Digest, Val};
use crate::stark::mutation::Attempt;

/// Ends, and what they are called.
pub(super) type Case = rowwise::Case<Span>;

/// Returns ends at odd and at even heights and of both upper halves, behind a carry and not, of members of both sides of a set's tree and of a
/// key's.
pub(in crate::circuit::span) fn cases() -> Vec<Case> {
    let cases = [
        ("1 end, index 5", Ends::alone(99, 100, &[5])),
        (
            "2 ends from 0x2fff9, indices 5 and 0",
            Ends::alone(0x0002_fff9, 7, &[5, 0]),
        ),
        (
            "2 ends from 2^16, indices 0 and 5",
            Ends::alone(1 << 16, (1 << 16) + 1, &[0, 5]),
        ),
        (
            "2 ends from 98, indices 10 and 5",
            Ends::alone(98, 99, &[10, 5]),
        ),
        ("1 end, index 130", Ends::alone(99, 100, &[130])),
    ];
    cases.map(Arc::new).into()
}

/// Returns the attempts, in an order that is always the same.
pub(super) fn attempts() -> Vec<Attempt> {
    let alone = Arc::new(Ends::alone(99, 100, &[5]));
    let mut attempts = signature::attempts::<Span>(&alone);
    attempts.extend(families::attempts());
    for (round, case) in cases().iter().enumerate() {
        attempts.extend(rowwise::attempts::<Span>(case, round));
        claims(&mut attempts, case, round);
    }
    attempts
}

/// A part of the claim.
fn claims(attempts: &mut Vec<Attempt>, case: &Case, round: usize) {
    type Part = fn(&mut SpanStatement) -> &mut Digest;
    const DIGESTS: [(&str, Part); 2] = [
        ("validator_set_root", |claim| &mut claim.validator_set_root),
        ("last_hash", |claim| &mut claim.last_hash.0),
    ];
    for (name, part) in DIGESTS {
        for element in 0..8 {
            let name = format!("{name} {element} of the claim + 1");
            push::<Span>(attempts, case, round, name, move |ends| {
                claimed::<Span>(ends, move |claim| part(claim).0[element] += Val::ONE)
            });
        }
    }
    type Change = fn(&mut SpanStatement);
    const NUMBERS: [(&str, Change); 7] = [
        ("chain_id, low", |claim| claim.chain_id ^= 1),
        ("chain_id, high", |claim| claim.chain_id ^= 1 << 16),
        ("epoch_length, low", |claim| claim.epoch_length |= 8),
        ("epoch_length, high", |claim| claim.epoch_length |= 1 << 16),
        ("first_height, low", |claim| claim.first_height ^= 1 << 9),
        ("first_height, high", |claim| claim.first_height ^= 1 << 18),
        ("ends + 1", |claim| claim.ends += 1),
    ];
    for (name, change) in NUMBERS {
        let name = format!("{name} of the claim");
        push::<Span>(attempts, case, round, name, move |ends| {
            claimed::<Span>(ends, change)
        });
    }
}
