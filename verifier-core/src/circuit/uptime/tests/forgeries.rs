//! What is false is rejected, for the reason that it is false.

use crate::chain::{Bitmap, Header, HeaderHash};
use crate::circuit::trial::assert_forgery;
use crate::circuit::uptime::forgery::window::window;
use crate::circuit::uptime::{Uptime, UptimeWitness};

#[track_caller]
fn rejects(witness: &UptimeWitness, code: &str, groups: &[&str]) {
    assert_forgery::<Uptime>("uptime", witness, code, groups);
}

/// Returns a window of eight headers, the validator's votes for which are counted: for all but those at 9, 12 and 15.
fn honest() -> UptimeWitness {
    let witness = window(8, 8, 173);
    assert_eq!((witness.check(), witness.statement.signed), (Ok(()), 5));
    witness
}

/// Links the headers to each other again, from one on, and to their votes.
fn relink(witness: &mut UptimeWitness, from: usize) {
    for i in from..witness.headers.len() {
        if i > 0 {
            witness.headers[i].parent_hash = witness.headers[i - 1].hash().0;
            witness.headers[i].participation_root = witness.votes[i - 1].participation_root();
        }
    }
    recount(witness);
}

/// Makes the claim agree with the headers and the votes.
fn recount(witness: &mut UptimeWitness) {
    let index = witness.statement.index;
    let counted = witness.votes.iter().filter(|votes| votes.contains(index));
    witness.statement.signed = u32::try_from(counted.count()).unwrap();
    witness.statement.head_hash = witness.headers.last().map(Header::hash).unwrap();
}

#[test]
fn rejects_a_header_skipped_inserted_repeated_or_out_of_order() {
    let changes: [fn(&mut UptimeWitness); 4] = [
        // One is left out, and one more is at the end.
        |witness| {
            witness.headers.remove(3);
            let mut more = witness.headers[7].clone();
            more.height += 1;
            witness.headers.push(more);
        },
        |witness| {
            let mut other = witness.headers[3].clone();
            other.slot ^= 1;
            witness.headers.insert(3, other);
            witness.headers.pop();
        },
        |witness| witness.headers[4] = witness.headers[3].clone(),
        |witness| witness.headers.swap(3, 4),
    ];
    for change in changes {
        let mut witness = honest();
        change(&mut witness);
        relink(&mut witness, 1);
        rejects(&witness, "witness-place", &["assert_height"]);
    }
}

#[test]
fn rejects_a_header_of_another_chain_version_or_height() {
    type Change = fn(&mut Header);
    let changes: [(Change, &str); 3] = [
        (|header| header.chain_id += 1, "assert_header"),
        (|header| header.version += 1, "assert_header"),
        (|header| header.height += 8, "assert_height"),
    ];
    for (change, group) in changes {
        let mut witness = honest();
        change(&mut witness.headers[2]);
        relink(&mut witness, 3);
        rejects(&witness, "witness-place", &[group]);
    }
}

#[test]
fn rejects_a_header_that_does_not_follow_the_one_before_it() {
    let mut witness = honest();
    witness.headers[5].parent_hash = witness.headers[3].hash().0;
    for i in 6..9 {
        witness.headers[i].parent_hash = witness.headers[i - 1].hash().0;
    }
    recount(&mut witness);
    rejects(&witness, "witness-link", &["assert_header"]);
}

#[test]
fn rejects_another_head() {
    let mut witness = honest();
    witness.statement.head_hash = HeaderHash(witness.headers[8].parent_hash);
    rejects(&witness, "witness-link", &["assert_previous"]);
}

#[test]
fn rejects_votes_of_another_header() {
    // The validator has voted at 8 and not at 9: with the votes for 8 twice, it has once more.
    let mut witness = honest();
    witness.votes[1] = witness.votes[0];
    recount(&mut witness);
    rejects(&witness, "witness-votes", &["assert_header"]);
}

#[test]
fn rejects_the_votes_of_the_epoch_before() {
    // The first header has the votes for the one before it, of which nothing is said.
    let mut witness = honest();
    let mut before = Bitmap::default();
    before.insert(173);
    witness.headers[0].participation_root = before.participation_root();
    relink(&mut witness, 1);
    assert_eq!(witness.check(), Ok(()));
    witness.votes.rotate_right(1);
    witness.votes[0] = before;
    recount(&mut witness);
    rejects(&witness, "witness-votes", &["assert_header"]);
}

#[test]
fn rejects_a_window_across_the_end_of_an_epoch() {
    let mut witness = honest();
    for header in &mut witness.headers[6..8] {
        header.validator_set_root = header.state_root;
    }
    relink(&mut witness, 7);
    rejects(&witness, "witness-set", &["assert_header"]);
    // The header after the window may be of another epoch.
    let mut witness = honest();
    witness.headers[8].validator_set_root = witness.headers[8].state_root;
    recount(&mut witness);
    assert_eq!(witness.check(), Ok(()));
}

#[test]
fn rejects_the_bit_of_another_validator() {
    let mut witness = honest();
    witness.votes.iter_mut().for_each(|votes| votes.insert(172));
    relink(&mut witness, 1);
    assert_eq!(witness.check(), Ok(()));
    witness.statement.signed = 8;
    rejects(&witness, "witness-count", &["assert_count"]);
    // As if it were the one at 172, of whom all bits are set.
    witness.statement.index = 172;
    rejects(&witness, "witness-not-a-member", &["assert_set"]);
}

#[test]
fn rejects_a_key_that_is_not_at_the_index() {
    let mut witness = honest();
    witness.statement.key_id = witness.headers[0].state_root;
    rejects(&witness, "witness-not-a-member", &["assert_member"]);
    let mut witness = honest();
    witness.member.key_id = witness.headers[0].state_root;
    witness.statement.key_id = witness.member.key_id;
    rejects(&witness, "witness-not-a-member", &["assert_set"]);
    let mut witness = honest();
    witness.path.0[9] = witness.path.0[8];
    rejects(&witness, "witness-not-a-member", &["assert_set"]);
}

#[test]
fn rejects_a_count_one_too_high_or_too_low() {
    for signed in [4, 6] {
        let mut witness = honest();
        witness.statement.signed = signed;
        rejects(&witness, "witness-count", &["assert_count"]);
    }
}

#[test]
fn rejects_a_window_with_a_header_less_or_more() {
    let mut witness = honest();
    witness.statement.first += 1;
    rejects(
        &witness,
        "witness-length",
        &["assert_height", "assert_window"],
    );
    let mut witness = honest();
    witness.statement.last += 1;
    rejects(&witness, "witness-length", &["assert_window"]);
}
