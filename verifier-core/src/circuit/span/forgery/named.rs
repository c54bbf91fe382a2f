//! The forgeries of spans that have a name.

use p3_field::PrimeCharacteristicRing;

use super::super::columns::{Cells, Kind};
use super::super::{Span, SpanStatement};
use super::ends::Ends;
use super::families::{
    acted, another_tree, hash_of_no_header, lane, no_end, one_end, opening_of_another_set,
    other_upper_half, set_that_changes, shorter, total_that_changes, tree_that_changes, two_ends,
    two_thirds,
};
use super::forge::{Forging, own};
use crate::circuit::forging::rowwise::{claimed, forge, honest, settle};
use crate::circuit::forging::signature::{
    Change, Signer, Wanted, no_step, on_target, other_side, plus_modulus, step_number, with_digits,
};
use crate::circuit::forging::{named, rowwise};
use crate::gadget::meddle::Draft;
use crate::gadget::signature::Kind as SignatureKind;
use crate::hash::{Domain, Val};
use crate::stark::mutation::Forged;

named! { Span:
    rejects_a_header_of_another_version = || of_header(Kind::Header0, 0, 1),
        "assert_header.0", "witness-place";
    rejects_a_header_of_another_chain = || of_header(Kind::Header0, 2, 1),
        "assert_header.2", "witness-place";
    rejects_a_header_at_another_height = || of_header(Kind::Header0, 4, 1),
        "assert_header.4", "witness-place";
    rejects_a_header_with_more_integers = || of_header(Kind::Header1, 6, 1),
        "assert_header.16", "witness-place";
    rejects_a_slot_past_its_limb = slot_past_its_limb,
        "assert_integers.30", "witness-place";
    rejects_a_proposer_past_its_limb = || of_header(Kind::Header1, 0, 1 << 16),
        "assert_integers.24", "witness-place";
    rejects_a_timestamp_past_its_limb = || of_header(Kind::Header1, 5, 1 << 16),
        "assert_integers.29", "witness-place";
    rejects_a_header_that_is_changed_while_hashed = || of_header(Kind::Header3, 8, 1),
        "assert_header.82", "witness-signature";
    rejects_a_hash_of_no_header = || hash_of_no_header(0),
        "assert_hash.0", "witness-signature";
    rejects_another_first_height = || claimed::<Span>(&one_end(), |claim| claim.first_height += 100),
        "assert_height.0", "witness-place";
    rejects_an_end_at_another_distance = end_at_another_distance,
        "assert_height.19", "witness-place";
    rejects_an_end_far_above = end_far_above,
        "assert_height.20", "witness-place";
    rejects_a_height_past_its_limb = height_past_its_limb,
        "assert_height.18", "witness-place";
    rejects_another_first_set = || claimed::<Span>(&one_end(), |claim| claim.validator_set_root.0[0] += Val::ONE),
        "assert_header.124", "witness-set";
    rejects_a_header_of_another_set = || of_header(Kind::Header5, 0, 1),
        "assert_header.26", "witness-set";
    rejects_a_set_that_the_end_before_does_not_name = || of_header(Kind::Header6, 0, 1),
        "assert_header.42", "witness-set";
    rejects_a_set_that_changes_on_the_way = || set_that_changes(0),
        "assert_header.116", "witness-set";
    rejects_an_opening_of_another_set = || opening_of_another_set(0),
        "assert_set.48", "witness-set";
    rejects_a_tree_that_is_not_the_sets = || lane(&one_end(), own(Kind::Set0), 0, 0, Val::ONE),
        "assert_set.0", "witness-not-a-member";
    rejects_a_tree_that_changes_on_the_way = || tree_that_changes(0),
        "assert_set.56", "witness-not-a-member";
    rejects_a_power_that_is_not_the_sets = power_that_is_not_the_sets,
        "assert_set.28", "witness-below-threshold";
    rejects_a_power_that_changes_on_the_way = || total_that_changes(0),
        "assert_set.64", "witness-below-threshold";
    rejects_a_power_past_its_limb = power_past_its_limb,
        "assert_set.46", "witness-set";
    rejects_a_vote_of_another_chain = || lane(&one_end(), own(Kind::Vote0), 0, 0, Val::ONE),
        "assert_vote.0", "witness-signature";
    rejects_a_vote_at_another_height = || lane(&one_end(), own(Kind::Vote0), 0, 2, Val::ONE),
        "assert_vote.2", "witness-signature";
    rejects_a_vote_at_another_slot = || lane(&one_end(), own(Kind::Vote0), 0, 4, Val::ONE),
        "assert_vote.4", "witness-signature";
    rejects_a_vote_for_another_header = || lane(&one_end(), own(Kind::Vote0), 0, 6, Val::ONE),
        "assert_vote.6", "witness-signature";
    rejects_a_vote_for_another_end_of_the_hash = || lane(&one_end(), own(Kind::Vote1), 0, 0, Val::ONE),
        "assert_vote.16", "witness-signature";
    rejects_a_message_that_is_not_the_votes = || message(&one_end(), 0),
        "assert_vote.32", "witness-signature";
    rejects_a_message_that_changes_between_votes = || message(&two_votes(), 1),
        "assert_vote.40", "witness-signature";
    rejects_a_signature_over_another_message = || of_check(SignatureKind::Message0, 6),
        "assert_message.6", "witness-signature";
    rejects_a_signature_over_another_end_of_the_message = || of_check(SignatureKind::Message1, 0),
        "assert_message.17", "witness-signature";
    rejects_a_key_of_another_chain = || of_check(SignatureKind::Key0, 0),
        "assert_key.3", "witness-not-a-member";
    rejects_a_key_of_another_purpose = key_of_another_purpose,
        "assert_key.11", "witness-not-a-member";
    rejects_a_key_id_over_another_root = || of_check(SignatureKind::Key1, 0),
        "assert_key.20", "witness-not-a-member";
    rejects_a_chain_value_that_is_not_hashed_on = chain_value_that_is_not_hashed_on,
        "assert_chain.47", "witness-signature";
    rejects_a_chain_without_a_step = || no_step::<Span>(&one_end()),
        "assert_pair_starts.12", "witness-signature";
    rejects_an_end_that_is_not_absorbed = || lane(&one_end(), SignatureKind::Ends.place(), 20, 0, Val::ONE),
        "assert_ends.0", "witness-signature";
    rejects_a_digest_that_is_not_the_messages = digest_that_is_not_the_messages,
        "assert_message.44", "witness-signature";
    rejects_an_element_as_itself_plus_the_modulus = || signed(&|digest, target| plus_modulus(digest, target, 0..1 << 31)),
        "assert_elements.7", "witness-signature";
    rejects_an_element_of_a_bit_more = || signed(&|digest, target| plus_modulus(digest, target, 1 << 31..40 << 26)),
        "assert_elements.6", "witness-signature";
    rejects_a_sum_below_the_target = || signed(&|digest, target| on_target(digest, target - 1)),
        "assert_leaf_leaves.3", "witness-signature";
    rejects_a_leaf_at_another_place_of_the_tree = || other_side::<Span>(&one_end(), SignatureKind::Path.place(), Val::ZERO),
        "assert_key.0", "witness-signature";
    rejects_a_leaf_hash_that_is_not_in_the_tree = || of_check(SignatureKind::Node, 0),
        "assert_leaf_leaves.4", "witness-signature";
    rejects_a_root_that_the_path_does_not_reach = root_that_the_path_does_not_reach,
        "assert_path.40", "witness-signature";
    rejects_a_signature_of_another_slot = || another_slot(|start| start - 1),
        "assert_member.27", "witness-signature";
    rejects_a_start_after_the_slot_by_the_modulus = || another_slot(|start| start.wrapping_add(0x7800_0001)),
        "assert_member.26", "witness-not-started";
    rejects_a_key_that_is_not_the_members = || lane(&one_end(), own(Kind::Member0), 0, 0, Val::ONE),
        "assert_member.0", "witness-not-a-member";
    rejects_a_leaf_that_is_not_the_members = || lane(&one_end(), own(Kind::SetPath), 0, 8, Val::ONE),
        "assert_member.29", "witness-not-a-member";
    rejects_an_index_that_is_not_the_leafs_place = || other_side::<Span>(&one_end(), own(Kind::SetPath), Val::ZERO),
        "assert_set_path.20", "witness-not-a-member";
    rejects_a_root_under_the_sets = || shorter(&one_end(), own(Kind::SetPath), 9, Val::ZERO),
        "assert_set_path.19", "witness-not-a-member";
    rejects_a_member_of_another_tree = || another_tree(0),
        "assert_set_path.21", "witness-not-a-member";
    rejects_a_validator_counted_twice = counted_twice,
        "assert_index.0", "witness-order";
    rejects_a_power_beside_the_leaf = power_beside_the_leaf,
        "assert_index.14", "witness-below-threshold";
    rejects_a_power_counted_before_the_first_vote = || counted_before(&two_thirds(), 0),
        "assert_index.11", "witness-below-threshold";
    rejects_a_quorum_counted_across_two_ends = across_two_ends,
        "assert_index.11", "witness-below-threshold";
    rejects_a_power_of_two_thirds = || honest::<Span>(&two_thirds()),
        "assert_final.29", "witness-below-threshold";
    rejects_a_history_of_another_header = || lane(&two_ends(), own(Kind::HistoryLow), 0, 8, Val::ONE),
        "assert_history.1", "witness-history";
    rejects_a_hash_that_changes_before_the_history = || on(&two_ends(), Kind::Final, 0, |cells| cells.own.hash[0] += Val::ONE),
        "assert_hash.8", "witness-history";
    rejects_a_header_at_another_place_of_the_history = || other_side::<Span>(&two_ends(), own(Kind::HistoryLow), Val::ZERO),
        "assert_history.39", "witness-history";
    rejects_a_header_in_another_upper_half = || other_upper_half(Val::ZERO),
        "assert_history.60", "witness-history";
    rejects_a_node_that_is_another_one_above = || lane(&two_ends(), own(Kind::HistoryLow), 4, 0, Val::ONE),
        "assert_history.22", "witness-history";
    rejects_a_history_path_that_ends_early = || shorter(&two_ends(), own(Kind::HistoryHigh), 15, Val::ZERO),
        "assert_history.59", "witness-history";
    rejects_a_history_of_another_length = || lane(&two_ends(), own(Kind::History0), 0, 0, Val::ONE),
        "assert_history.96", "witness-history";
    rejects_a_history_of_another_root = || lane(&two_ends(), own(Kind::History0), 0, 2, Val::ONE),
        "assert_history.80", "witness-history";
    rejects_a_history_that_the_header_does_not_have = || lane(&two_ends(), own(Kind::Header8), 1, 0, Val::ONE),
        "assert_header.58", "witness-history";
    rejects_a_history_that_changes_on_the_way = || on(&two_ends(), Kind::Set0, 1, |cells| cells.own.message[0] += Val::ONE),
        "assert_vote.32", "witness-history";
    rejects_ends_that_are_counted_from_one = counted_from_one,
        "assert_ends.0", "witness-length";
    rejects_an_end_that_is_left_out = || on(&one_end(), Kind::Final, 0, |cells| cells.own.epoch += Val::ONE),
        "assert_ends.1", "witness-length";
    rejects_a_claim_of_more_ends = || claimed::<Span>(&one_end(), |claim| claim.ends += 1),
        "assert_ends.2", "witness-length";
    rejects_another_last_header = || claimed::<Span>(&one_end(), |claim| claim.last_hash.0.0[0] += Val::ONE),
        "assert_ends.3", "witness-link";
    rejects_a_last_hash_that_changes_on_the_way = || on(&one_end(), Kind::End, 0, |cells| cells.own.hash[0] += Val::ONE),
        "assert_hash.8", "witness-link";
    rejects_a_span_without_an_end = || no_end(|claim| claim.last_hash.0.0[0] += Val::ONE),
        "assert_kinds.35", "witness-link";
}

/// Changes the second header, or the first where it is about the next set, which the second end is held against.
fn of_header(kind: Kind, at: usize, by: u32) -> Forged {
    let nth = usize::from(kind != Kind::Header6);
    lane(&two_ends(), own(kind), nth, at, Val::from_u32(by))
}

/// Changes the cells of the n-th row of a kind, and of all that come after it.
fn on(
    ends: &Ends,
    kind: Kind,
    nth: usize,
    change: impl Fn(&mut Cells) + Clone + Send + Sync,
) -> Forged {
    rowwise::changed::<Span>(ends, (own(kind), nth), move |draft| change(draft.cells))
}

/// Changes a lane of a row of the signature check.
fn of_check(kind: SignatureKind, at: usize) -> Forged {
    lane(&one_end(), kind.place(), 0, at, Val::ONE)
}

/// The slot is what it is, its low limb 2^16 more and its high limb one less.
fn slot_past_its_limb() -> Forged {
    // The key's start has another high limb than the slot.
    acted(&Ends::alone(99, 100, &[10]), |_, draft| {
        let past = Val::from_u32(1 << 16);
        if draft.kind == own(Kind::Header0) {
            draft.input[6] += past;
            draft.input[7] -= Val::ONE;
            draft.cells.own.slot[0] += past;
            draft.cells.own.slot[1] -= Val::ONE;
        }
        if draft.kind == own(Kind::Header2) {
            draft.cells.signature.state[8] -= Val::ONE;
        }
        if draft.kind == own(Kind::Member0) {
            draft.cells.signature.quad -= Val::ONE;
        }
    })
}

fn end_at_another_distance() -> Forged {
    acted(&two_ends(), |_, draft| {
        // The height is odd.
        if draft.kind == own(Kind::History0) {
            draft.input[0] -= Val::ONE;
            draft.cells.own.height[0] -= Val::ONE;
            draft.cells.signature.state[0] -= Val::ONE;
        }
    })
}

fn end_far_above() -> Forged {
    acted(&two_ends(), |_, draft| {
        if draft.kind == own(Kind::History0) {
            draft.input[1] += Val::ONE;
            draft.cells.own.height[1] += Val::ONE;
        }
    })
}

fn height_past_its_limb() -> Forged {
    acted(&two_ends(), |_, draft| {
        if draft.kind == own(Kind::History0) {
            let past = Val::from_u32(1 << 16);
            draft.input[0] -= past;
            draft.input[1] += Val::ONE;
            draft.cells.own.height[0] -= past;
            draft.cells.own.height[1] += Val::ONE;
            draft.cells.signature.bit = Val::ONE;
        }
    })
}

fn power_that_is_not_the_sets() -> Forged {
    acted(&two_thirds(), |_, draft| {
        if draft.kind == own(Kind::Set0) {
            draft.cells.own.total[0] -= Val::ONE;
        }
        if draft.kind == own(Kind::Set1) {
            draft.cells.signature.state[0] -= Val::ONE;
        }
    })
}

/// The set is hashed with a power that is below nothing.
fn power_past_its_limb() -> Forged {
    acted(&two_thirds(), |_, draft| {
        let by = Val::from_u32(7);
        if draft.kind == own(Kind::Set0) {
            draft.cells.own.total[0] -= by;
        }
        if draft.kind == own(Kind::Set1) {
            draft.input[2] -= by;
        }
        if draft.kind == own(Kind::Final) {
            // 3·2 + 2·4 − 1, and nothing is carried.
            let digits = [1, 3].map(Val::from_u8);
            *draft.input = [Val::ZERO; 16];
            draft.input[..2].copy_from_slice(&digits);
            draft.cells.signature.state = [Val::ZERO; 16];
            draft.cells.signature.state[6] = Val::TWO;
        }
    })
}

fn two_votes() -> Ends {
    Ends::new(99, 100, &[(&[3, 3, 1], &[0, 1])])
}

/// The message of a vote is another one.
fn message(ends: &Ends, vote: usize) -> Forged {
    rowwise::changed::<Span>(ends, (SignatureKind::Message0.place(), vote), |draft| {
        draft.cells.own.message[0] += Val::ONE;
        draft.input[6] += Val::ONE;
    })
}

fn key_of_another_purpose() -> Forged {
    rowwise::changed::<Span>(&one_end(), (SignatureKind::Key0.place(), 0), |draft| {
        draft.input[8] += Domain::KeyAccount.tag() - Domain::KeyVote.tag();
    })
}

/// The second step of a chain does not go on from the first.
fn chain_value_that_is_not_hashed_on() -> Forged {
    let act = |number: usize, draft: &mut Draft<'_, Cells>| {
        if (draft.kind, number) == (SignatureKind::Chain.place(), step_number(1, 1)) {
            draft.input[0] += Val::ONE;
        }
    };
    let wanted = with_digits(1, [0, 3]);
    let change = Change {
        wanted: &wanted,
        ..Change::rows(&act)
    };
    <Span as Signer>::forge(&one_end(), change, None)
}

fn digest_that_is_not_the_messages() -> Forged {
    rowwise::changed::<Span>(&one_end(), (SignatureKind::Leaf.place(), 0), |draft| {
        draft.cells.signature.digest[0] += Val::ONE;
    })
}

/// Signs what is wanted of a message digest.
fn signed(wanted: Wanted<'_>) -> Forged {
    let change = Change {
        wanted,
        ..Change::rows(&|_, _| {})
    };
    <Span as Signer>::forge(&one_end(), change, None)
}

fn root_that_the_path_does_not_reach() -> Forged {
    rowwise::changed::<Span>(&one_end(), (SignatureKind::Key0.place(), 0), |draft| {
        draft.cells.signature.state[0] += Val::ONE;
    })
}

/// The member's key starts at another slot, and signs at the leaf that it would have signed at.
fn another_slot(start: fn(u32) -> u32) -> Forged {
    let mut ends = one_end();
    let vote = &mut ends.witness.ends[0].votes[0];
    let honest = vote.validator.start_slot;
    vote.validator.start_slot = start(honest);
    let mut forging = Forging::new(&ends, Change::rows(&|_, _| {}));
    forging.signed[0].leaf = ends.witness.ends[0].header.slot - honest;
    forging.keeps_start = true;
    let (ends, trace) = forging.settle();
    settle::<Span>(&ends, trace, |_, _| {})
}

fn counted_twice() -> Forged {
    let mut ends = one_end();
    let votes = &mut ends.witness.ends[0].votes;
    votes.push(votes[0].clone());
    rowwise::changed::<Span>(&ends, (SignatureKind::Message0.place(), 1), |draft| {
        // A gap of −1.
        draft.cells.signature.state = [Val::ZERO; 16];
        draft.cells.signature.state[0] = Val::NEG_ONE;
    })
}

fn power_beside_the_leaf() -> Forged {
    on(&two_thirds(), Kind::Member1, 0, |cells| {
        cells.own.power[0] += Val::from_u8(100);
    })
}

/// Something is counted before the first vote of an end.
fn counted_before(ends: &Ends, vote: usize) -> Forged {
    rowwise::changed::<Span>(ends, (SignatureKind::Message0.place(), vote), |draft| {
        draft.cells.own.power[0] += Val::from_u8(5);
    })
}

/// What was counted at the first end is counted at the second.
fn across_two_ends() -> Forged {
    let ends = Ends::new(99, 100, &[(&[5, 1], &[0]), (&[2, 1], &[0])]);
    counted_before(&ends, 1)
}

fn counted_from_one() -> Forged {
    let mut start = Cells::default();
    start.own.epoch += Val::ONE;
    let nothing = |_: usize, _: &mut Draft<'_, Cells>| {};
    forge::<Span>(&one_end(), &start, &nothing, |_, _: &mut SpanStatement| {})
}
