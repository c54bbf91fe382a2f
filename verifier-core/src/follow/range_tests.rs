//! Blocks that are proven up to a trusted header, in one range and in several, and each lie about them.
#![expect(clippy::indexing_slicing, reason = "tests may panic")]

use alloc::vec::Vec;

use super::*;
use crate::chain::{ChainParams, Header};
use crate::circuit::pruning::tests::headers::Headers;
use crate::circuit::pruning::{PruningStatementError, PruningWitness};
use crate::hash::Digest;
use crate::stark::{Prover, Verified, VerifyingKey};

fn trust(header: &Header) -> TrustedHeader {
    let params = ChainParams::new(header.chain_id, 64).unwrap();
    let chain = TrustedChain::new(params, header, &header.hash()).unwrap();
    chain.trusted(header).unwrap()
}

fn at(chain: &Headers, height: u32) -> &Header {
    &chain.headers[usize::try_from(height).unwrap()]
}

fn prove(witness: &PruningWitness) -> Verified<RangeCircuit> {
    let chain_id = witness.statement.chain_id;
    let proof = Prover::<RangeCircuit>::new(chain_id).prove(witness);
    let key = VerifyingKey::<RangeCircuit>::new(chain_id);
    key.verify(witness.statement.clone(), &proof.unwrap())
        .unwrap()
}

fn roots(chain: &Headers, first: u32, end: u32) -> Vec<Digest> {
    (first..end)
        .map(|height| at(chain, height).tx_root)
        .collect()
}

/// The blocks 0 to 6 of a chain are three ranges.
#[test]
fn ranges_that_meet_are_one_up_to_a_trusted_header() {
    let chain = Headers::new(8);
    let proven = [(6, 7), (4, 6), (0, 4)].map(|(start, end)| prove(&chain.witness(start, end)));
    let [last, middle, first] = &proven;
    let trusted = trust(at(&chain, 7));
    let range = trusted.range(at(&chain, 6), last).unwrap();
    assert_eq!(range.start(), &trust(at(&chain, 6)));
    assert_eq!((range.end(), range.proofs()), (&trusted, 1));
    assert!(range.has_operations(&roots(&chain, 6, 7)));
    let range = range.before(at(&chain, 4), middle).unwrap();
    assert_eq!(range.fold_before(), &chain.fold(4));
    let range = range.before(at(&chain, 0), first).unwrap();
    assert_eq!(range.start().header(), at(&chain, 0));
    assert_eq!((range.end(), range.proofs()), (&trusted, 3));
    assert_eq!(range.fold_before(), &Digest::ZERO);
    assert_eq!(range.fold_after(), &chain.fold(7));

    let all = roots(&chain, 0, 7);
    assert!(range.has_operations(&all));
    let mut other = all.clone();
    other[3] = other[2];
    let mut swapped = all.clone();
    swapped.swap(3, 4);
    let longer = roots(&chain, 0, 8);
    for wrong in [&other[..], &swapped, &all[..6], &longer, &[]] {
        assert!(!range.has_operations(wrong));
    }
}

#[test]
fn rejects_a_range_that_does_not_end_at_the_trusted_header() {
    let chain = Headers::new(9);
    let verified = prove(&chain.witness(4, 6));
    let trusted = trust(at(&chain, 6));
    assert!(trusted.range(at(&chain, 4), &verified).is_ok());
    // The next header, and another one after the same headers: its history is not that of the range.
    let next = trust(at(&chain, 8)).range(at(&chain, 4), &verified);
    assert_eq!(next, Err(ClaimError::NotProven));
    for change in [
        |header: &mut Header| header.history_root = header.tx_root,
        |header: &mut Header| header.parent_hash = header.tx_root,
    ] {
        let mut other = trusted.header().clone();
        change(&mut other);
        let other = trust(&other).range(at(&chain, 4), &verified);
        assert_eq!(other, Err(ClaimError::NotProven));
    }
    // Another header at its start, of the same height.
    let start = Header {
        randomness: at(&chain, 4).tx_root,
        ..at(&chain, 4).clone()
    };
    let start = trusted.range(&start, &verified);
    assert_eq!(start, Err(ClaimError::NotProven));
    for start in [0, 3, 5, 6, 9] {
        let other = trusted.range(at(&chain, start), &verified).unwrap_err();
        let expected = match start {
            5 => ClaimError::NotProven,
            _ => PruningStatementError::Range.into(),
        };
        assert_eq!(other, expected, "{start}");
    }
    let foreign = Header {
        chain_id: 8,
        ..at(&chain, 4).clone()
    };
    let foreign = trusted.range(&foreign, &verified).unwrap_err();
    assert_eq!(foreign, PruningStatementError::Chain.into());
    assert_eq!(foreign.code(), "header-chain-id");
}

#[test]
fn rejects_an_earlier_range_that_does_not_lead_to_the_later_one() {
    let chain = Headers::new(8);
    let later = trust(at(&chain, 8)).range(at(&chain, 4), &prove(&chain.witness(4, 8)));
    let later = later.unwrap();
    let honest = chain.witness(2, 4);
    let earlier = later.clone().before(at(&chain, 2), &prove(&honest));
    assert_eq!(earlier.unwrap().start(), &trust(at(&chain, 2)));

    // The right headers, folded after something else: both proofs hold, and what they bind is not one thing.
    let fold = chain.fold(3);
    let (end, path) = (at(&chain, 4), chain.history(4).path(2));
    let folded = PruningWitness::new(honest.headers.clone(), end, &path, fold).unwrap();
    let folded = prove(&folded);
    assert!(trust(end).range(at(&chain, 2), &folded).is_ok());
    let folded = later.clone().before(at(&chain, 2), &folded);
    assert_eq!(folded, Err(ClaimError::NotProven));
    // A block is left out between the two, or stands in both.
    for (start, end) in [(2, 3), (4, 6), (0, 2)] {
        let apart = prove(&chain.witness(start, end));
        let apart = later.clone().before(at(&chain, start), &apart).unwrap_err();
        let expected = match start {
            4 => PruningStatementError::Range.into(),
            _ => ClaimError::NotProven,
        };
        assert_eq!(apart, expected, "{start}");
    }
}

#[test]
fn rejects_a_proof_under_another_key() {
    let chain = Headers::new(4);
    let (witness, trusted) = (chain.witness(2, 4), trust(at(&chain, 4)));
    let key = VerifyingKey::<RangeCircuit>::new(trusted.header().chain_id);
    let weak = key.changed(|constants| constants.version = 2);
    let proof = Prover::with_key(weak.clone()).prove(&witness).unwrap();
    let weakly = weak.verify(witness.statement, &proof).unwrap();
    let weakly = trusted.range(at(&chain, 2), &weakly);
    assert_eq!(weakly, Err(ClaimError::NotProven));
}
