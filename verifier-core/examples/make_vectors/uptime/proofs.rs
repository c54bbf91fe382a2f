//! Proofs about a validator's votes.

use rpp_verifier::Uptime;

use super::statements::Made;
use super::{EPOCH, LONG_EPOCH, Windows};
use crate::circuits::{
    CHAIN, OTHER_CHAIN, proof, proof_of_height, renamed, store_proof, store_proof_as,
};
use crate::parts::Bytes;
use crate::{Result, VectorWriter, digest};

/// The proofs of the first header after the genesis, and of heights on both sides of 65,536.
const ONE: &str = "uptime-one";
const CARRY: &str = "uptime-carry";

/// What follows `uptime-` in its name, the verdict, the key's chain, the statement and the proof.
type Written<'a> = (&'a str, &'a str, u32, Made, Option<Bytes>);

pub(super) fn write_proofs(writer: &mut VectorWriter, windows: &Windows) -> Result<()> {
    store_proof::<Uptime>(writer, &windows.end.witness())?;
    store_proof_as::<Uptime>(writer, ONE, &windows.one.witness())?;
    store_proof_as::<Uptime>(writer, CARRY, &windows.carry.witness())?;
    write(writer, &of_windows(windows))?;
    write(writer, &of_others(windows))?;
    write(writer, &changed(windows)?)
}

fn write(writer: &mut VectorWriter, cases: &[Written<'_>]) -> Result<()> {
    for (name, expect, chain_id, made, proof) in cases {
        let note = format!("uptime {}", name.replace('-', " "));
        let case = made.case(*chain_id, proof.clone())?;
        writer.write(&format!("uptime-{name}"), &note, expect, case)?;
    }
    Ok(())
}

/// The proofs of three windows, and two of them in the place of another.
fn of_windows(windows: &Windows) -> Vec<Written<'_>> {
    let end = Made::of(&windows.end, EPOCH);
    let one = Made::of(&windows.one, EPOCH);
    let carry = Made::of(&windows.carry, LONG_EPOCH);
    let of = |name, expect, made: &Made, of| (name, expect, CHAIN, made.clone(), proof(of, vec![]));
    vec![
        of("proof", "accept", &end, "uptime"),
        of("proof-one", "accept", &one, ONE),
        of("proof-carry", "accept", &carry, CARRY),
        of("proof-of-one", "proof-of-work", &end, ONE),
        of("proof-of-more", "proof-of-work", &one, "uptime"),
    ]
}

/// The first proof with statements about others.
fn of_others(windows: &Windows) -> Vec<Written<'_>> {
    let good = Made::of(&windows.end, EPOCH);
    let of = |name, expect, made: Made| {
        let proof = proof("uptime", vec![]);
        (name, expect, made.head.chain_id, made, proof)
    };
    let other = |change: fn(&mut Made)| good.changed(change);
    let work = "proof-of-work";
    vec![
        of(
            "proof-other-validator",
            work,
            Made::of_neighbour(&windows.end, EPOCH),
        ),
        of("proof-other-index", work, other(|m| m.claim.index ^= 512)),
        of(
            "proof-other-key",
            work,
            other(|m| m.claim.key_id = digest(9)),
        ),
        of("proof-one-vote-more", work, other(|m| m.claim.signed += 1)),
        of("proof-one-vote-less", work, other(|m| m.claim.signed -= 1)),
        of(
            "proof-other-set",
            work,
            other(|m| m.claim.validator_set_root = digest(9)),
        ),
        of("proof-shorter", work, other(|m| m.claim.first += 1)),
        of("proof-longer", work, other(|m| m.claim.first -= 1)),
        of(
            "proof-other-heights",
            work,
            other(|m| (m.claim.first, m.head.height) = (19, 24)),
        ),
        of(
            "proof-other-head",
            work,
            other(|m| m.head.randomness = digest(9)),
        ),
        of("proof-other-chain", work, good.clone().of_other_chain()),
        // Whether the window is of one epoch is no part of what is proven.
        of(
            "proof-other-epoch",
            "accept",
            other(|m| m.epoch_length = 16),
        ),
        of(
            "proof-of-two-epochs",
            "uptime-epoch",
            other(|m| m.epoch_length = 12),
        ),
    ]
}

/// Files that are no proofs of this circuit or key.
fn changed(windows: &Windows) -> Result<Vec<Written<'static>>> {
    let good = Made::of(&windows.end, EPOCH);
    let of = |name, expect, proof| (name, expect, CHAIN, good.clone(), proof);
    let high = |log_rows| proof_of_height("uptime", log_rows);
    let state = "documents/state-proof.bin";
    Ok(vec![
        (
            "proof-wrong-chain",
            "wrong-chain",
            OTHER_CHAIN,
            good.clone(),
            proof("uptime", vec![]),
        ),
        of("proof-of-state", "wrong-circuit", proof("state", vec![])),
        of("proof-of-state-renamed", "proof-shape", renamed(state, 5)),
        of("proof-height-5", "trace-height", high(5)?),
        of("proof-height-6", "proof-of-work", high(6)?),
        of("proof-height-8", "proof-of-work", high(8)?),
        of("proof-height-9", "proof-shape", high(9)?),
        of("proof-height-15", "proof-shape", high(15)?),
        of("proof-height-16", "trace-height", high(16)?),
    ])
}
