//! What is false is rejected, for the reason that it is false.

use crate::chain::{Header, history_root};
use crate::circuit::span::forgery::ends::Ends;
use crate::circuit::span::{Span, SpanWitness};
use crate::circuit::trial::assert_forgery;

#[track_caller]
fn rejects(witness: &SpanWitness, code: &str, groups: &[&str]) {
    assert_forgery::<Span>("span", witness, code, groups);
}

/// Returns three ends, and who signs them.
fn honest() -> Ends {
    let ends = Ends::many(99, 100, 3);
    assert_eq!(ends.witness.check(), Ok(()));
    ends
}

/// Makes the ends have each other in their histories again, and has them signed; the claim is what they then are.
fn relink(ends: &mut Ends) {
    for place in 0..ends.witness.ends.len() {
        if let Some(before) = place.checked_sub(1) {
            let before = ends.witness.ends[before].header.clone();
            let end = &mut ends.witness.ends[place];
            let root = end.path.unwrap().root(before.hash().0, before.height);
            end.header.history_root = history_root(end.header.height, &root);
        }
        ends.sign(place);
    }
    let last = ends.witness.ends.last().unwrap();
    ends.witness.statement.last_hash = last.header.hash();
}

#[test]
fn rejects_an_end_left_out_doubled_or_swapped() {
    type Change = fn(&mut Ends);
    let changes: [(Change, &str, &[&str]); 3] = [
        (
            |ends| {
                ends.witness.ends.remove(1);
                ends.sets.remove(1);
            },
            "witness-length",
            &["assert_ends", "assert_header", "assert_set"],
        ),
        (
            |ends| {
                ends.witness.ends[1] = ends.witness.ends[2].clone();
                ends.sets[1] = ends.sets[2].clone();
            },
            "witness-place",
            &["assert_header", "assert_set"],
        ),
        (
            |ends| {
                ends.witness.ends.swap(1, 2);
                ends.sets.swap(1, 2);
            },
            "witness-place",
            &["assert_header", "assert_set"],
        ),
    ];
    for (change, code, groups) in changes {
        let mut ends = honest();
        change(&mut ends);
        relink(&mut ends);
        rejects(&ends.witness, code, groups);
    }
}

#[test]
fn rejects_a_span_from_an_older_epoch_or_another_set() {
    let mut ends = honest();
    ends.witness.statement.first_height += 100;
    relink(&mut ends);
    rejects(&ends.witness, "witness-place", &["assert_header"]);
    let mut ends = honest();
    ends.witness.statement.validator_set_root = ends.sets[1].set.set_root();
    rejects(
        &ends.witness,
        "witness-set",
        &["assert_set", "assert_header"],
    );
}

#[test]
fn rejects_a_header_of_another_chain_version_or_height() {
    let changes: [fn(&mut Header); 3] = [
        |header| header.chain_id += 1,
        |header| header.version += 1,
        |header| header.height += 1,
    ];
    for change in changes {
        let mut ends = honest();
        change(&mut ends.witness.ends[1].header);
        relink(&mut ends);
        rejects(&ends.witness, "witness-place", &["assert_header"]);
    }
}

#[test]
fn rejects_a_set_that_the_end_before_does_not_name() {
    let mut ends = honest();
    ends.witness.ends[0].header.next_validator_set_root = ends.sets[0].set.set_root();
    relink(&mut ends);
    rejects(
        &ends.witness,
        "witness-set",
        &["assert_set", "assert_header"],
    );
}

#[test]
fn rejects_a_quorum_below_two_thirds() {
    let mut ends = honest();
    let _ = ends.witness.ends[1].votes.pop();
    rejects(&ends.witness, "witness-below-threshold", &["assert_final"]);
}

#[test]
fn rejects_votes_for_the_end_of_another_epoch() {
    let mut ends = honest();
    ends.witness.ends[1].votes = ends.witness.ends[2].votes.clone();
    rejects(
        &ends.witness,
        "witness-not-a-member",
        &["assert_leaf_leaves", "assert_set_path"],
    );
}

#[test]
fn rejects_a_header_that_is_not_in_the_history_of_the_next() {
    let mut ends = honest();
    relink(&mut ends);
    let end = &mut ends.witness.ends[2];
    end.header.history_root = end.header.state_root;
    ends.sign(2);
    ends.witness.statement.last_hash = ends.witness.ends[2].header.hash();
    rejects(&ends.witness, "witness-history", &["assert_header"]);
}

#[test]
fn rejects_the_last_hash_of_another_epoch() {
    let mut ends = honest();
    ends.witness.statement.last_hash = ends.witness.ends[1].header.hash();
    rejects(&ends.witness, "witness-link", &["assert_ends"]);
}
