//! The forgeries of pruning proofs that have a name.

use p3_field::PrimeCharacteristicRing;

use super::super::columns::{Cells, Kind};
use super::super::{Pruning, PruningStatement};
use super::families::{
    from_the_second_header, half_of_the_headers, merge_too_many, no_end, node_that_skips_a_merge,
    not_the_first_header, nothing, other_root_before, other_side, path_beyond_its_end,
    path_that_ends_early,
};
use super::range::range;
use crate::circuit::forging::{named, rowwise};
use crate::gadget::meddle::Draft;
use crate::hash::Val;
use crate::stark::mutation::Forged;

named! { Pruning:
    rejects_a_header_of_another_version = || lane(Kind::Header0, 3, 0),
        "assert_header.8", "witness-place";
    rejects_a_header_of_another_chain = || lane(Kind::Header0, 3, 2),
        "assert_header.10", "witness-place";
    rejects_a_header_at_another_height = || lane(Kind::Header0, 3, 4),
        "assert_header.12", "witness-place";
    rejects_a_header_with_more_integers = || lane(Kind::Header1, 3, 6),
        "assert_header.14", "witness-place";
    rejects_a_header_that_does_not_follow = || lane(Kind::Header2, 3, 0),
        "assert_previous.0", "witness-link";
    rejects_another_first_header = || claimed(|claim| claim.start_hash.0.0[0] += Val::ONE),
        "assert_header.96", "witness-link";
    rejects_a_first_header_that_is_not_the_first = not_the_first_header,
        "assert_first_row.2", "witness-link";
    rejects_another_last_header = || claimed(|claim| claim.last_hash.0.0[0] += Val::ONE),
        "assert_previous.24", "witness-link";
    rejects_a_range_without_its_first_header = from_the_second_header,
        "assert_first_row.1", "witness-length";
    rejects_a_range_without_its_second_half = half_of_the_headers,
        "assert_index.33", "witness-length";
    rejects_a_range_without_rows = nothing,
        "assert_first_row.0", "witness-after";
    rejects_headers_up_to_the_last_row = no_end,
        "assert_kinds.22", "witness-link";
    rejects_another_leaf = || lane(Kind::Merge, 2, 8),
        "assert_stack.8", "witness-after";
    rejects_another_node_on_the_left = || lane(Kind::Merge, 2, 0),
        "assert_stack.0", "witness-after";
    rejects_a_header_in_the_place_of_a_node = node_that_skips_a_merge,
        "assert_index.12", "witness-after";
    rejects_a_leaf_that_is_no_header = merge_too_many,
        "assert_index.12", "witness-after";
    rejects_an_eleventh_merge = eleventh_merge,
        "assert_index.22", "witness-after";
    rejects_a_range_at_another_place = || other_side(0),
        "assert_path.25", "witness-before";
    rejects_a_path_beyond_its_end = path_beyond_its_end,
        "assert_path.0", "witness-length";
    rejects_a_path_that_ends_early = path_that_ends_early,
        "assert_path.171", "witness-length";
    rejects_other_siblings_after_than_before = || lane(Kind::NewPath, 3, 8),
        "assert_path.59", "witness-after";
    rejects_another_root_before = || other_root_before(0),
        "assert_path.172", "witness-before";
    rejects_another_count_before = || lane(Kind::OldRoot0, 0, 0),
        "assert_roots.0", "witness-before";
    rejects_another_count_after = || lane(Kind::NewRoot0, 0, 0),
        "assert_roots.32", "witness-after";
    rejects_another_history_before = || claimed(|claim| claim.start_history.0[0] += Val::ONE),
        "assert_roots.64", "witness-before";
    rejects_another_history_after = || claimed(|claim| claim.end_history.0[0] += Val::ONE),
        "assert_roots.72", "witness-after";
    rejects_a_fold_of_other_operations = fold_of_other_operations,
        "assert_header.32", "witness-fold";
    rejects_a_fold_at_another_height = || lane(Kind::Fold1, 3, 0),
        "assert_fold.16", "witness-fold";
    rejects_a_fold_that_starts_elsewhere = || lane(Kind::Fold0, 3, 0),
        "assert_fold.0", "witness-fold";
    rejects_another_fold_before = || claimed(|claim| claim.fold_before.0[0] += Val::ONE),
        "assert_first_row.3", "witness-fold";
    rejects_another_fold_after = || claimed(|claim| claim.fold_after.0[0] += Val::ONE),
        "assert_fold.72", "witness-fold";
}

/// One more in a lane that the n-th row of a kind takes in.
fn lane(kind: Kind, nth: usize, lane: usize) -> Forged {
    changed(kind, nth, move |draft| draft.input[lane] += Val::ONE)
}

fn fold_of_other_operations() -> Forged {
    changed(Kind::Fold1, 3, |draft| {
        draft.input[2] += Val::ONE;
        draft.cells.own.node[0] += Val::ONE;
    })
}

/// Of 1,024 headers, whose last place has all bits: one more is fed behind them, and some node joins the subtree.
fn eleventh_merge() -> Forged {
    // The first of the last ten.
    let at = (Kind::Merge.place(), 1013);
    rowwise::changed::<Pruning>(&range(1024, 10), at, |draft| {
        draft.cells.own.bits[9] = Val::ONE;
    })
}

fn changed(
    kind: Kind,
    nth: usize,
    change: impl Fn(&mut Draft<'_, Cells>) + Clone + Send + Sync,
) -> Forged {
    rowwise::changed::<Pruning>(&range(8, 3), (kind.place(), nth), change)
}

/// All is honest but the claim.
fn claimed(change: impl Fn(&mut PruningStatement)) -> Forged {
    rowwise::claimed::<Pruning>(&range(8, 3), change)
}
