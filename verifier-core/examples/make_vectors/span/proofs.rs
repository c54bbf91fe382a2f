//! Proofs about ends of epochs.

use rpp_verifier::Span;

use super::statements::Made;
use super::{EPOCH, Spans};
use crate::circuits::{
    CHAIN, OTHER_CHAIN, proof, proof_of_height, renamed, store_proof, store_proof_as,
};
use crate::parts::Bytes;
use crate::{Result, VectorWriter, digest};

/// The proof of one end.
const ONE: &str = "span-one";

/// What follows `span-` in its name, the verdict, the key's chain, the statement and the proof.
type Written<'a> = (&'a str, &'a str, u32, Made, Option<Bytes>);

pub(super) fn write_proofs(writer: &mut VectorWriter, spans: &Spans) -> Result<()> {
    store_proof::<Span>(writer, &spans.two.witness)?;
    store_proof_as::<Span>(writer, ONE, &spans.one.witness)?;
    write(writer, &of_spans(spans))?;
    write(writer, &of_others(spans))?;
    write(writer, &changed(spans)?)
}

fn write(writer: &mut VectorWriter, cases: &[Written<'_>]) -> Result<()> {
    for (name, expect, chain_id, made, proof) in cases {
        let note = format!("span {}", name.replace('-', " "));
        let case = made.case(*chain_id, proof.clone())?;
        writer.write(&format!("span-{name}"), &note, expect, case)?;
    }
    Ok(())
}

/// The proofs of both spans, and each in the place of the other.
fn of_spans(spans: &Spans) -> Vec<Written<'_>> {
    let (two, one) = (Made::of(&spans.two), Made::of(&spans.one));
    let of = |name, expect, made: &Made, of| (name, expect, CHAIN, made.clone(), proof(of, vec![]));
    vec![
        of("proof", "accept", &two, "span"),
        of("proof-one", "accept", &one, ONE),
        of("proof-of-one", "proof-of-work", &two, ONE),
        of("proof-of-two", "proof-of-work", &one, "span"),
    ]
}

/// The first proof with statements about others.
fn of_others(spans: &Spans) -> Vec<Written<'_>> {
    let good = Made::of(&spans.two);
    let of = |name, expect, made: Made| {
        let proof = proof("span", vec![]);
        (name, expect, made.last.chain_id, made, proof)
    };
    let other = |change: fn(&mut Made)| good.changed(change);
    let work = "proof-of-work";
    let next = spans.two.witness.ends[1].header.validator_set_root;
    vec![
        // One in sixteen meets the first grinding by chance.
        of(
            "proof-other-set",
            "opening",
            other(|m| m.validator_set_root = digest(9)),
        ),
        of(
            "proof-next-set",
            work,
            good.changed(|m| m.validator_set_root = next),
        ),
        of(
            "proof-other-last",
            work,
            other(|m| m.last.randomness = digest(9)),
        ),
        of(
            "proof-first-as-last",
            work,
            good.changed(|m| m.last = spans.two.witness.ends[0].header.clone()),
        ),
        of("proof-shorter", work, other(|m| m.first_height += EPOCH)),
        of("proof-longer", work, other(|m| m.last.height += EPOCH)),
        of(
            "proof-other-epochs",
            work,
            other(|m| (m.first_height, m.last.height) = (2 * EPOCH - 1, 3 * EPOCH - 1)),
        ),
        of(
            "proof-shorter-epochs",
            work,
            other(|m| m.epoch_length = EPOCH / 2),
        ),
        of("proof-other-chain", work, good.clone().of_other_chain()),
        of(
            "proof-of-longer-epochs",
            "span-ends",
            other(|m| m.epoch_length = 2 * EPOCH),
        ),
        of(
            "proof-of-no-ends",
            "span-not-an-end",
            other(|m| (m.first_height, m.last.height) = (EPOCH - 2, 2 * EPOCH - 2)),
        ),
    ]
}

/// Files that are no proofs of this circuit or key.
fn changed(spans: &Spans) -> Result<Vec<Written<'static>>> {
    let good = Made::of(&spans.two);
    let of = |name, expect, proof| (name, expect, CHAIN, good.clone(), proof);
    let high = |log_rows| proof_of_height("span", log_rows);
    let state = "documents/state-proof.bin";
    Ok(vec![
        (
            "proof-wrong-chain",
            "wrong-chain",
            OTHER_CHAIN,
            good.clone(),
            proof("span", vec![]),
        ),
        of("proof-of-state", "wrong-circuit", proof("state", vec![])),
        of("proof-of-state-renamed", "proof-shape", renamed(state, 8)),
        of("proof-height-7", "trace-height", high(7)?),
        of("proof-height-8", "proof-shape", high(8)?),
        of("proof-height-10", "proof-of-work", high(10)?),
        of("proof-height-12", "proof-shape", high(12)?),
        of("proof-height-18", "proof-shape", high(18)?),
        of("proof-height-19", "trace-height", high(19)?),
    ])
}
