//! For each rule of a span's last header, one candidate that breaks only that rule.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

use core::num::NonZeroU32;

use super::tests::{CHAIN_ID, Chain, EPOCH_LENGTH, NOW_MS, digest, set};
use super::*;
use crate::chain::{ChainParams, Header, SetOpening};
use crate::circuit::span::SpanStatementError;

const LENGTH: NonZeroU32 = NonZeroU32::new(EPOCH_LENGTH).unwrap();

impl Chain {
    fn span(&self, head: u32, height: u32) -> SpanCandidate {
        let history = self.history(height);
        SpanCandidate {
            header: self.at(height).clone(),
            parent: self.at(height - 1).clone(),
            parent_path: history.path(height - 1),
            head_path: history.path(head),
            set: set(height / EPOCH_LENGTH),
        }
    }
}

/// Checks a span from a head at height 5 to the end at height 15, after `change`.
fn check_changed(change: impl FnOnce(&mut SpanCandidate)) -> Result<CheckedSpan, HeaderError> {
    let chain = Chain::new(16);
    let mut candidate = chain.span(5, 15);
    change(&mut candidate);
    chain.trusted(5).check_span(&candidate, NOW_MS)
}

fn rejects(change: impl FnOnce(&mut SpanCandidate), rule: HeaderError) {
    assert_eq!(check_changed(change), Err(rule));
}

/// Changes the parent, and everything that depends on it to match.
fn rejects_parent(change: impl FnOnce(&mut Header), rule: HeaderError) {
    rejects(
        |c| {
            change(&mut c.parent);
            c.header.parent_hash = c.parent.hash().0;
        },
        rule,
    );
}

#[test]
fn accepts_every_end_from_that_of_the_trusted_epoch_on() {
    let chain = Chain::new(16);
    for (head, last, first, ends) in [
        (0, 3, 3, 1),
        (0, 7, 3, 2),
        (3, 7, 7, 1),
        (3, 15, 7, 3),
        (5, 15, 7, 3),
        (6, 7, 7, 1),
    ] {
        let mut trusted = chain.trusted(head);
        let checked = trusted.check_span(&chain.span(head, last), NOW_MS).unwrap();
        let expected =
            SpanStatement::new(first, LENGTH, *trusted.set_root(), chain.at(last)).unwrap();
        assert_eq!(expected.ends, ends);
        assert_eq!(*checked.statement(), expected);
        trusted.advance(checked).unwrap();
        let next_epoch = (last + 1) / EPOCH_LENGTH;
        assert_eq!(trusted.epoch(), next_epoch);
        assert_eq!(*trusted.set_root(), set(next_epoch).set_root());
        assert_eq!(trusted.head(), chain.trusted(last).head());
        assert!(trusted.is_between());
    }
}

#[test]
fn nothing_is_believed_under_the_last_header_of_a_span() {
    let chain = Chain::new(12);
    let mut trusted = chain.trusted(5);
    assert!(trusted.trusted(chain.at(5)).is_ok());
    let span = trusted.check_span(&chain.span(5, 7), NOW_MS).unwrap();
    trusted.advance(span).unwrap();
    assert_eq!(trusted.trusted(chain.at(7)), Err(ClaimError::NotHead));
    assert_ne!(trusted, chain.trusted(7));
    let head = trusted.check(&chain.candidate(7, 9), NOW_MS).unwrap();
    trusted.advance(head).unwrap();
    assert_eq!(trusted, chain.trusted(9));
    assert!(trusted.trusted(chain.at(9)).is_ok());
}

#[test]
fn rejects_another_version_or_chain() {
    let (expected, got) = (1, 2);
    let version = HeaderError::Version { expected, got };
    rejects(|c| c.header.version = 2, version);
    let (expected, got) = (CHAIN_ID, 8);
    let chain_id = HeaderError::ChainId { expected, got };
    rejects(|c| c.header.chain_id = 8, chain_id);
}

#[test]
fn rejects_a_header_that_is_not_an_end_from_the_trusted_epoch_on() {
    let chain = Chain::new(16);
    let at = |head: u32, got| chain.trusted(head).check_span(&chain.span(3, got), NOW_MS);
    for got in [4, 5] {
        assert_eq!(at(5, got), Err(HeaderError::NotAhead { head: 5, got }));
    }
    // The end of an older epoch than the trusted one is not above the head.
    let (head, got) = (8, 7);
    assert_eq!(at(head, got), Err(HeaderError::NotAhead { head, got }));
    let ends = HeaderError::Span(SpanStatementError::Ends);
    for got in [6, 8, 14] {
        assert_eq!(at(5, got), Err(ends));
    }
    assert_eq!(ends.code(), "span-ends");
}

#[test]
fn rejects_more_ends_than_a_span_has() {
    let mut candidate = Chain::new(16).span(3, 15);
    let mut of_height = |height| {
        candidate.header.height = height;
        candidate.parent.height = height - 1;
        candidate.header.parent_hash = candidate.parent.hash().0;
        Chain::new(4).trusted(3).check_span(&candidate, NOW_MS)
    };
    // The first end is at height 7, and there are at most 1,024.
    let most = 7 + 1023 * EPOCH_LENGTH;
    assert_eq!(of_height(most), Err(HeaderError::ParentNotInHistory));
    let ends = HeaderError::Span(SpanStatementError::Ends);
    assert_eq!(of_height(most + EPOCH_LENGTH), Err(ends));
}

#[test]
fn rejects_an_opening_of_another_set_and_a_set_of_another_size() {
    rejects(|c| c.set.total_power = 8, HeaderError::SetOpening);
    rejects(|c| c.set.n = 4, HeaderError::SetOpening);
    rejects(|c| c.set.root = digest(5), HeaderError::SetOpening);
    for got in [0, 1025] {
        let broken = SetOpening { n: got, ..set(3) };
        let change = |c: &mut SpanCandidate| {
            c.header.validator_set_root = broken.set_root();
            c.set = broken;
        };
        rejects(change, HeaderError::SetSize { got });
    }
}

#[test]
fn takes_no_proposer_as_proven() {
    // That rule, and those on reveal and signed power, are the next head's.
    assert!(check_changed(|c| c.header.proposer ^= 1).is_ok());
}

#[test]
fn rejects_a_parent_that_is_none() {
    rejects(|c| c.parent.slot -= 1, HeaderError::ParentHash);
    let (parent, got) = (13, 15);
    let height = HeaderError::ParentHeight { parent, got };
    rejects_parent(|p| p.height = 13, height);
    let (parent, got) = (30, 30);
    rejects_parent(|p| p.slot = 30, HeaderError::ParentSlot { parent, got });
    let (parent, got) = (16_000, 16_000);
    let timestamp = HeaderError::ParentTimestamp { parent, got };
    rejects_parent(|p| p.timestamp_ms = 16_000, timestamp);
}

#[test]
fn rejects_a_timestamp_more_than_30_s_ahead() {
    let at = |got| check_changed(|c| c.header.timestamp_ms = got);
    let max = NOW_MS + 30_000;
    assert!(at(max).is_ok());
    let got = max + 1;
    assert_eq!(at(got), Err(HeaderError::Future { max, got }));
}

#[test]
fn rejects_a_history_without_the_parent_or_the_head() {
    let missing = HeaderError::ParentNotInHistory;
    rejects_parent(|p| p.state_root = digest(9), missing);
    rejects(|c| c.parent_path.0[3] = digest(9), missing);
    rejects(|c| c.header.history_root = digest(9), missing);
    rejects(
        |c| c.head_path.0[3] = digest(9),
        HeaderError::HeadNotInHistory,
    );
    // Another branch: the header at the height of the head is another one.
    let chain = Chain::new(16);
    let mut forked = Chain::new(6);
    forked.0[5].state_root = digest(9);
    let on_fork = forked.trusted(5).check_span(&chain.span(5, 15), NOW_MS);
    assert_eq!(on_fork, Err(HeaderError::HeadNotInHistory));
}

#[test]
fn rejects_a_span_that_was_checked_from_another_head() {
    let chain = Chain::new(16);
    let mut trusted = chain.trusted(5);
    let near = trusted.check_span(&chain.span(5, 7), NOW_MS).unwrap();
    let far = trusted.check_span(&chain.span(5, 15), NOW_MS).unwrap();
    trusted.advance(far).unwrap();
    let (expected, got) = (5, 15);
    let moved = Err(HeaderError::HeadMoved { expected, got });
    assert_eq!(trusted.advance(near), moved);
    // A head at the same header, which was proven by itself, is another.
    let mut proven = chain.trusted(7);
    let from = chain.span(7, 11);
    let mut between = chain.trusted(5);
    let span = between.check_span(&chain.span(5, 7), NOW_MS).unwrap();
    between.advance(span).unwrap();
    let checked = between.check_span(&from, NOW_MS).unwrap();
    let (expected, got) = (7, 7);
    let moved = Err(HeaderError::HeadMoved { expected, got });
    assert_eq!(proven.advance(checked), moved);
}

#[test]
#[cfg(feature = "prover")]
fn moves_by_the_proof_of_its_statement_alone() {
    use crate::circuit::span::forgery::ends::Ends;
    use crate::stark::{Prover, VerifyingKey};

    let Ends { witness, .. } = Ends::alone(99, 100, &[5, 0]);
    let statement = &witness.statement;
    let [first, last] = [0, 1].map(|place| witness.ends[place].header.clone());
    let params = ChainParams::new(statement.chain_id, 100).unwrap();
    let head = Header {
        height: 50,
        next_validator_set_root: first.validator_set_root,
        ..first.clone()
    };
    let trusted = TrustedChain::new(params, &head, &head.hash()).unwrap();
    let checked = |statement: &SpanStatement, last: &Header| {
        CheckedMove::new(statement.clone(), &trusted, trusted.at_span_end(last))
    };
    let key = VerifyingKey::<SpanCircuit>::new(statement.chain_id);
    let prover = Prover::<SpanCircuit>::new(statement.chain_id);
    let proof = prover.prove(&witness).unwrap();
    let verified = key.verify(statement.clone(), &proof).unwrap();
    let mut moved = trusted.clone();
    let taken = moved.accept_span(checked(statement, &last), &verified);
    assert_eq!(taken, Ok(()));
    assert_eq!((moved.head().height, moved.epoch()), (199, 2));
    assert_eq!(*moved.set_root(), last.next_validator_set_root);

    let refused = |statement: &SpanStatement, last, verified| {
        let mut moved = trusted.clone();
        let refused = moved.accept_span(checked(statement, last), verified);
        assert_eq!(moved, trusted);
        refused
    };
    // One end less, and a span whose last header is another one.
    let shorter = SpanStatement::new(
        99,
        statement.epoch_length,
        head.next_validator_set_root,
        &first,
    );
    let not_proven = Err(HeaderError::NotProven);
    assert_eq!(refused(&shorter.unwrap(), &first, &verified), not_proven);
    let other = Header {
        tx_root: digest(9),
        ..last.clone()
    };
    let length = statement.epoch_length;
    let lied = SpanStatement::new(99, length, head.next_validator_set_root, &other).unwrap();
    assert_eq!(refused(&lied, &other, &verified), not_proven);
    // A key with other constants makes verified statements as well.
    let weak = key.changed(|constants| constants.version = 2);
    let proof = Prover::with_key(weak.clone()).prove(&witness).unwrap();
    let weakly = weak.verify(statement.clone(), &proof).unwrap();
    assert_eq!(refused(statement, &last, &weakly), not_proven);
}
