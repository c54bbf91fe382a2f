//! The changes that a search tries: each lane and each cell of some rows of each kind, each part of the claim, each end.

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use super::super::{Pruning, PruningStatement};
use super::families;
use super::range::range;
use crate::chain::HeaderHash;
use crate::circuit::forging::rowwise::{self, claimed, push};
use crate::hash::{Digest, Val};
use crate::stark::mutation::Attempt;

/// A witness, and what it is called.
pub(super) type Case = rowwise::Case<Pruning>;

/// Returns ranges at an odd and at an even place, of one header and of more, with and without a high limb.
pub(super) fn cases() -> Vec<Case> {
    let cases = [
        ("8 from 8", range(8, 3)),
        ("1 from 5", range(5, 0)),
        ("4 from 2^31 + 2^16", range(0x8001_0000, 2)),
        ("2 from 6", range(6, 1)),
    ];
    cases.map(Arc::new).into()
}

/// Returns the attempts, in an order that is always the same.
pub(super) fn attempts() -> Vec<Attempt> {
    let cases = cases();
    let mut attempts: Vec<_> = cases.iter().take(1).flat_map(families::attempts).collect();
    for (round, case) in cases.iter().enumerate() {
        attempts.extend(rowwise::attempts::<Pruning>(case, round));
        claims(&mut attempts, case, round);
    }
    attempts
}

/// A part of the claim.
fn claims(attempts: &mut Vec<Attempt>, case: &Case, round: usize) {
    type Part = fn(&mut PruningStatement) -> &mut Digest;
    const DIGESTS: [(&str, Part); 6] = [
        ("start_hash", |claim| hash(&mut claim.start_hash)),
        ("last_hash", |claim| hash(&mut claim.last_hash)),
        ("start_history", |claim| &mut claim.start_history),
        ("end_history", |claim| &mut claim.end_history),
        ("fold_before", |claim| &mut claim.fold_before),
        ("fold_after", |claim| &mut claim.fold_after),
    ];
    for (name, part) in DIGESTS {
        for element in 0..8 {
            let name = format!("{name} {element} of the claim + 1");
            push::<Pruning>(attempts, case, round, name, move |witness| {
                claimed::<Pruning>(witness, move |claim| part(claim).0[element] += Val::ONE)
            });
        }
    }
    for bit in [0, 16] {
        push::<Pruning>(
            attempts,
            case,
            round,
            format!("chain_id bit {bit}"),
            move |witness| claimed::<Pruning>(witness, move |claim| claim.chain_id ^= 1 << bit),
        );
    }
    for place in [10, 16, 31] {
        push::<Pruning>(
            attempts,
            case,
            round,
            format!("heights bit {place}"),
            move |witness| {
                claimed::<Pruning>(witness, move |claim| {
                    claim.start_height ^= 1 << place;
                    claim.end_height ^= 1 << place;
                })
            },
        );
    }
}

const fn hash(hash: &mut HeaderHash) -> &mut Digest {
    &mut hash.0
}
