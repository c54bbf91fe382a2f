//! The changes that a search tries: each lane and each cell of some rows of each kind, each part of the claim, each end.

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use super::super::{Uptime, UptimeStatement};
use super::families;
use super::window::window;
use crate::circuit::forging::rowwise::{self, claimed, push};
use crate::hash::{Digest, Val};
use crate::stark::mutation::Attempt;

/// A witness, and what it is called.
pub(super) type Case = rowwise::Case<Uptime>;

/// Returns windows of one header and of more, with and without a carry, and a validator in each block of votes.
pub(super) fn cases() -> Vec<Case> {
    let cases = [
        ("5 from 65534, validator 173", window(65_534, 5, 173)),
        ("1 from 9, validator 0", window(9, 1, 0)),
        ("2 from 1, validator 300", window(1, 2, 300)),
        ("2 from 7, validator 401", window(7, 2, 401)),
        ("2 from 7, validator 530", window(7, 2, 530)),
        ("2 from 7, validator 659", window(7, 2, 659)),
        ("2 from 7, validator 788", window(7, 2, 788)),
        (
            "3 from 2^32 - 4, validator 1023",
            window(u32::MAX - 3, 3, 1023),
        ),
    ];
    cases.map(Arc::new).into()
}

/// Returns the attempts, in an order that is always the same.
pub(super) fn attempts() -> Vec<Attempt> {
    let cases = cases();
    let mut attempts: Vec<_> = cases.iter().take(1).flat_map(families::attempts).collect();
    for (round, case) in cases.iter().enumerate() {
        attempts.extend(rowwise::attempts::<Uptime>(case, round));
        claims(&mut attempts, case, round);
    }
    attempts
}

/// A part of the claim.
fn claims(attempts: &mut Vec<Attempt>, case: &Case, round: usize) {
    type Part = fn(&mut UptimeStatement) -> &mut Digest;
    const DIGESTS: [(&str, Part); 3] = [
        ("head_hash", |claim| &mut claim.head_hash.0),
        ("validator_set_root", |claim| &mut claim.validator_set_root),
        ("key_id", |claim| &mut claim.key_id),
    ];
    for (name, part) in DIGESTS {
        for element in 0..8 {
            let name = format!("{name} {element} of the claim + 1");
            push::<Uptime>(attempts, case, round, name, move |witness| {
                claimed::<Uptime>(witness, move |claim| part(claim).0[element] += Val::ONE)
            });
        }
    }
    type Change = fn(&mut UptimeStatement);
    const NUMBERS: [(&str, Change); 7] = [
        ("chain_id, low", |claim| claim.chain_id ^= 1),
        ("chain_id, high", |claim| claim.chain_id ^= 1 << 16),
        ("first, high", |claim| {
            claim.first ^= 1 << 18;
            claim.last ^= 1 << 18;
        }),
        ("last + 1", |claim| claim.last += 1),
        ("index", |claim| claim.index ^= 1),
        ("signed + 1", |claim| claim.signed += 1),
        ("signed - 1", |claim| claim.signed -= 1),
    ];
    for (name, change) in NUMBERS {
        let name = format!("{name} of the claim");
        push::<Uptime>(attempts, case, round, name, move |witness| {
            claimed::<Uptime>(witness, change)
        });
    }
}
