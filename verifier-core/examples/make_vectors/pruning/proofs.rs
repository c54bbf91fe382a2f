//! Proofs about ranges of headers.

use rpp_verifier::Pruning;

use super::chain::Chain;
use super::statements::Made;
use crate::circuits::{
    CHAIN, OTHER_CHAIN, proof, proof_of_height, renamed, store_proof, store_proof_as,
};
use crate::parts::Bytes;
use crate::{Result, VectorWriter, digest};

/// The proof of the first header alone.
const GENESIS: &str = "pruning-genesis";

/// What follows `pruning-` in its name, the verdict, the key's chain, the statement and the proof.
type Written<'a> = (&'a str, &'a str, u32, Made, Option<Bytes>);

pub(super) fn write_proofs(writer: &mut VectorWriter, chain: &Chain) -> Result<()> {
    store_proof::<Pruning>(writer, &chain.witness(8, 16)?)?;
    store_proof_as::<Pruning>(writer, GENESIS, &chain.witness(0, 1)?)?;
    write(writer, &of_others(chain))?;
    write(writer, &changed(chain)?)
}

fn write(writer: &mut VectorWriter, cases: &[Written<'_>]) -> Result<()> {
    for (name, expect, chain_id, made, proof) in cases {
        let note = format!("pruning {}", name.replace('-', " "));
        let case = made.case(*chain_id, proof.clone());
        writer.write(&format!("pruning-{name}"), &note, expect, case)?;
    }
    Ok(())
}

/// The proofs of two ranges, and the first of them with statements about others.
fn of_others(chain: &Chain) -> Vec<Written<'_>> {
    let (good, first) = (Made::of(chain, 8, 16), Made::of(chain, 0, 1));
    let of = |name, expect, made: Made| {
        let proof = proof("pruning", vec![]);
        (name, expect, made.start.chain_id, made, proof)
    };
    let other = |change: fn(&mut Made)| good.changed(change);
    let work = "proof-of-work";
    vec![
        of("proof", "accept", good.clone()),
        (
            "proof-genesis",
            "accept",
            CHAIN,
            first.clone(),
            proof(GENESIS, vec![]),
        ),
        (
            "proof-of-genesis",
            work,
            CHAIN,
            good.clone(),
            proof(GENESIS, vec![]),
        ),
        of("proof-of-later", work, first),
        of("proof-other-half", work, Made::of(chain, 8, 12)),
        of("proof-other-range", work, Made::of(chain, 0, 8)),
        of(
            "proof-other-height",
            work,
            other(|m| {
                m.start.height = 16;
                m.end.height = 24;
            }),
        ),
        of(
            "proof-other-start",
            work,
            other(|m| m.start.randomness = digest(9)),
        ),
        of(
            "proof-other-start-history",
            work,
            other(|m| m.start.history_root = digest(9)),
        ),
        of(
            "proof-other-parent",
            "opening",
            other(|m| m.end.parent_hash = digest(9)),
        ),
        of(
            "proof-other-end-history",
            work,
            other(|m| m.end.history_root = digest(9)),
        ),
        of(
            "proof-other-fold-before",
            work,
            other(|m| m.folds[0] = digest(9)),
        ),
        of(
            "proof-other-fold-after",
            work,
            other(|m| m.folds[1] = digest(9)),
        ),
        of("proof-other-chain", work, good.clone().of_other_chain()),
        // What the header after the range says of itself is no part of the statement.
        of(
            "proof-other-end",
            "accept",
            other(|m| m.end.randomness = digest(9)),
        ),
    ]
}

/// Files that are no proofs of this circuit or key.
fn changed(chain: &Chain) -> Result<Vec<Written<'static>>> {
    let good = Made::of(chain, 8, 16);
    let of = |name, expect, proof| (name, expect, CHAIN, good.clone(), proof);
    let high = |log_rows| proof_of_height("pruning", log_rows);
    let state = "documents/state-proof.bin";
    Ok(vec![
        (
            "proof-wrong-chain",
            "wrong-chain",
            OTHER_CHAIN,
            good.clone(),
            proof("pruning", vec![]),
        ),
        of("proof-of-state", "wrong-circuit", proof("state", vec![])),
        of("proof-of-state-renamed", "proof-shape", renamed(state, 6)),
        of("proof-height-6", "trace-height", high(6)?),
        of("proof-height-7", "opening", high(7)?),
        of("proof-height-9", "proof-shape", high(9)?),
        of("proof-height-14", "proof-shape", high(14)?),
        of("proof-height-15", "trace-height", high(15)?),
    ])
}
