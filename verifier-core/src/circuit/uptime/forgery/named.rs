//! The forgeries of uptime proofs that have a name.

use p3_field::PrimeCharacteristicRing;

use super::super::columns::{Cells, Kind};
use super::super::{Uptime, UptimeStatement};
use super::families::{
    another_height, another_set, carry_that_is_no_bit, from_the_second_header, header_twice,
    height_past_its_limb, no_end, no_header_after, nothing, other_side, other_side_from,
    path_beyond_its_end, path_that_ends_early, path_without_its_end, vote_of_the_next_one,
};
use super::window::window;
use crate::circuit::forging::{named, rowwise};
use crate::gadget::meddle::Draft;
use crate::hash::Val;
use crate::stark::mutation::Forged;

named! { Uptime:
    rejects_a_header_of_another_version = || lane(Kind::Header0, 3, 0),
        "assert_header.8", "witness-place";
    rejects_a_header_of_another_chain = || lane(Kind::Header0, 3, 2),
        "assert_header.10", "witness-place";
    rejects_a_header_with_more_integers = || lane(Kind::Header1, 3, 6),
        "assert_header.12", "witness-place";
    rejects_a_header_at_another_height = || changed(Kind::Header0, 1, another_height),
        "assert_height.18", "witness-place";
    rejects_a_height_far_above = || lane(Kind::Header0, 3, 5),
        "assert_height.19", "witness-place";
    rejects_a_place_that_is_left_out = place_left_out,
        "assert_window.1", "witness-length";
    rejects_a_height_past_its_limb = || height_past_its_limb(None),
        "assert_height.17", "witness-place";
    rejects_a_carry_that_is_no_bit = carry_that_is_no_bit,
        "assert_height.16", "witness-place";
    rejects_a_header_that_does_not_follow = || lane(Kind::Header2, 3, 0),
        "assert_header.22", "witness-link";
    rejects_another_head = || claimed(|claim| claim.head_hash.0.0[0] += Val::ONE),
        "assert_previous.16", "witness-link";
    rejects_a_window_without_its_first_header = from_the_second_header,
        "assert_window.0", "witness-length";
    rejects_a_window_without_its_last_header = || claimed(|claim| claim.last += 1),
        "assert_window.2", "witness-length";
    rejects_a_header_between_two = header_twice,
        "assert_order.10", "witness-length";
    rejects_a_window_that_ends_after_a_header = no_header_after,
        "assert_order.10", "witness-count";
    rejects_a_window_without_rows = nothing,
        "assert_order.0", "witness-count";
    rejects_a_window_without_an_end = no_end,
        "assert_kinds.25", "witness-count";
    rejects_a_header_of_another_set = || lane(Kind::Header5, 3, 0),
        "assert_header.102", "witness-set";
    rejects_a_header_whose_set_is_not_looked_at = set_not_looked_at,
        "assert_window.3", "witness-set";
    rejects_votes_that_the_header_does_not_have = || lane(Kind::Header7, 3, 0),
        "assert_header.38", "witness-votes";
    rejects_votes_that_are_changed_while_hashed = || lane(Kind::Votes3, 3, 8),
        "assert_votes.24", "witness-votes";
    rejects_a_vote_that_is_not_there = vote_that_is_not_there,
        "assert_count.1", "witness-count";
    rejects_a_vote_that_is_not_there_in_the_first_block = vote_in_the_first_block,
        "assert_count.0", "witness-count";
    rejects_the_vote_of_the_next_validator = vote_of_the_next_one,
        "assert_height.13", "witness-count";
    rejects_a_count_that_starts_at_one = count_from_one,
        "assert_count.3", "witness-count";
    rejects_a_count_that_goes_up_without_a_vote = count_without_a_vote,
        "assert_count.2", "witness-count";
    rejects_a_count_one_too_high = || claimed(|claim| claim.signed += 1),
        "assert_count.4", "witness-count";
    rejects_a_count_one_too_low = || claimed(|claim| claim.signed -= 1),
        "assert_count.4", "witness-count";
    rejects_another_key = || claimed(|claim| claim.key_id.0[0] += Val::ONE),
        "assert_member.0", "witness-not-a-member";
    rejects_the_leaf_of_another_index = || other_side(0),
        "assert_member.43", "witness-not-a-member";
    rejects_an_index_that_changes_on_the_way = || other_side_from(4),
        "assert_member.59", "witness-not-a-member";
    rejects_a_path_beyond_its_end = path_beyond_its_end,
        "assert_member.16", "witness-length";
    rejects_a_path_without_its_end = path_without_its_end,
        "assert_member.53", "witness-length";
    rejects_a_path_that_ends_early = path_that_ends_early,
        "assert_member.90", "witness-length";
    rejects_a_node_that_is_another_one_above = || lane(Kind::SetPath, 1, 0),
        "assert_member.74", "witness-not-a-member";
    rejects_a_tree_that_is_not_the_sets = || lane(Kind::Set0, 0, 0),
        "assert_member.91", "witness-not-a-member";
    rejects_a_set_without_the_key = || another_set(0),
        "assert_set.20", "witness-not-a-member";
}

/// One more in a lane that the n-th row of a kind takes in.
fn lane(kind: Kind, nth: usize, lane: usize) -> Forged {
    changed(kind, nth, move |draft| draft.input[lane] += Val::ONE)
}

/// A header of another set says when it is hashed that it is the last one, and then that it is not.
fn set_not_looked_at() -> Forged {
    changed(Kind::Header5, 3, |draft| {
        draft.input[0] += Val::ONE;
        let mut written = draft.cells.clone();
        written.own.voted = Val::ZERO;
        draft.written = Some(written);
    })
}

/// A bit is set beside a bitmap in which it is not.
fn vote_that_is_not_there() -> Forged {
    // The validator has not voted for the header at 9.
    changed(Kind::Votes1, 2, |draft| {
        draft.cells.own.bits[173 % 16] += Val::ONE;
    })
}

fn vote_in_the_first_block() -> Forged {
    let at = (Kind::Votes0.place(), 2);
    rowwise::changed::<Uptime>(&window(7, 5, 34), at, |draft| {
        draft.cells.own.bits[34 % 16] += Val::ONE;
    })
}

/// From one header to the next, places go up by two, and heights with them.
fn place_left_out() -> Forged {
    let mut witness = window(7, 5, 173);
    // Headers at 7, 9, 10, 11 and 12, where the claim is of five, and so of all up to 12.
    witness.headers.remove(1);
    witness.votes.remove(0);
    let voted = witness.votes.iter().filter(|votes| votes.contains(173));
    witness.statement.signed = u32::try_from(voted.count()).unwrap_or_default();
    let at = (Kind::Votes0.place(), 0);
    rowwise::changed::<Uptime>(&witness, at, |draft| draft.cells.own.index += Val::ONE)
}

fn count_from_one() -> Forged {
    let mut start = Cells::default();
    start.own.count = Val::ONE;
    let nothing = |_: usize, _: &mut Draft<'_, Cells>| {};
    rowwise::forge::<Uptime>(&window(7, 5, 173), &start, &nothing, |_, _| {})
}

fn count_without_a_vote() -> Forged {
    changed(Kind::Header3, 2, |draft| draft.cells.own.count += Val::ONE)
}

fn changed(
    kind: Kind,
    nth: usize,
    change: impl Fn(&mut Draft<'_, Cells>) + Clone + Send + Sync,
) -> Forged {
    rowwise::changed::<Uptime>(&window(7, 5, 173), (kind.place(), nth), change)
}

/// All is honest but the claim.
fn claimed(change: impl Fn(&mut UptimeStatement)) -> Forged {
    rowwise::claimed::<Uptime>(&window(7, 5, 173), change)
}
